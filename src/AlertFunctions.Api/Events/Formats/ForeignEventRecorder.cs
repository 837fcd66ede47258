using System.Text.Json;
using AlertFunctions.Api.Http;
using AlertFunctions.Core.Events;
using AlertFunctions.Core.Settings;
using Microsoft.AspNetCore.Http;

namespace AlertFunctions.Api.Events.Formats;

/// <summary>
/// Records what is sent in a foreign format. Its sender cannot mend an item and gives up on a refusal, so what can be recorded is, and the rest becomes one
/// system event.
/// </summary>
internal sealed class ForeignEventRecorder(EventRecorder recorder, RejectedItemStore rejections, EventPreviewer previewer, EventSettings settings, TimeProvider time)
{
    /// <summary>Records a request, or says what recording it would do.</summary>
    /// <param name="format">Its format.</param>
    /// <param name="context">The request.</param>
    /// <param name="body">Its body.</param>
    /// <param name="json">Its body as JSON, where it was read as such.</param>
    /// <param name="dryRun">Whether nothing is to be written.</param>
    public async Task<IResult> RecordAsync(IForeignFormat format, HttpContext context, ReadOnlyMemory<byte> body, JsonDocument? json, bool dryRun)
    {
        CancellationToken cancellationToken = context.StorageDeadline();
        using var request = new ForeignRequest(context.Request, body, dryRun, json);
        using var received = new ReceivedEvents(time.GetUtcNow(), settings.Retention);
        if (await format.ReadAsync(request, received, cancellationToken) is { } refusal)
        {
            return refusal;
        }

        RejectedItems? rejected = received.Rejected;
        RecordedBody answer;
        if (dryRun)
        {
            answer = await previewer.PreviewAsync(received.Events, received.Warnings, cancellationToken);
        }
        else
        {
            answer = RecordedBody.Of(await RecordAsync(received.Events, cancellationToken), received.Warnings);
            if (rejected is not null)
            {
                await rejections.RecordAsync(format.Name, rejected, cancellationToken);
            }
        }

        return Results.Ok(answer with { Rejected = rejected?.Count ?? 0, Reasons = RejectedBody.Of(rejected) });
    }

    /// <summary>A notification can hold more events than one request of ours.</summary>
    private async Task<RecordedEvents> RecordAsync(IReadOnlyList<Event> events, CancellationToken cancellationToken)
    {
        var sum = new RecordedEvents(0, 0, [], [], 0);
        foreach (Event[] part in events.Chunk(Event.MaximumEvents))
        {
            RecordedEvents recorded = await recorder.RecordAsync(part, cancellationToken);
            sum = new RecordedEvents(
                sum.Recorded + recorded.Recorded, sum.Duplicates + recorded.Duplicates, [.. sum.Raised, .. recorded.Raised], [.. sum.Cleared, .. recorded.Cleared], sum.Outdated + recorded.Outdated);
        }

        return sum;
    }
}
