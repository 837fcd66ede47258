using System.Text.Json;
using AlertFunctions.Api.Http;
using AlertFunctions.Core.Events;
using AlertFunctions.Core.Settings;
using Microsoft.AspNetCore.Http;

namespace AlertFunctions.Api.Events;

/// <summary>Records events of our own format: all of a request, or none.</summary>
internal sealed class OwnEventRecorder(EventRecorder recorder, EventPreviewer previewer, EventSettings settings, TimeProvider time)
{
    /// <summary>Enough to see what is meant; the answer is not to be as long as the request.</summary>
    private const int MaximumWarnings = 10;

    /// <summary>Reads the events of a body.</summary>
    /// <param name="body">The body.</param>
    /// <param name="faults">Where everything that is wrong is noted.</param>
    public IReadOnlyList<Event> Read(JsonElement body, Faults faults) => EventReader.Read(body, time.GetUtcNow(), settings.Retention, faults);

    /// <summary>Records events, or says what recording them would do.</summary>
    /// <param name="events">The events.</param>
    /// <param name="body">The body that they were read from.</param>
    /// <param name="dryRun">Whether nothing is to be written.</param>
    /// <param name="cancellationToken">For the storage calls.</param>
    public async Task<IResult> RecordAsync(IReadOnlyList<Event> events, JsonElement body, bool dryRun, CancellationToken cancellationToken)
    {
        if (dryRun)
        {
            return Results.Ok(await previewer.PreviewAsync(events, cancellationToken));
        }

        RecordedEvents recorded = await recorder.RecordAsync(events, cancellationToken);
        return Results.Ok(RecordedBody.Of(recorded) with { Warnings = WarningsOf(body, events) });
    }

    private static List<WarningBody> WarningsOf(JsonElement body, IReadOnlyList<Event> events) => events.Index()
        .Where(item => item.Item is { Id: not null, IsTimedByArrival: true })
        .Take(MaximumWarnings)
        .Select(item => new WarningBody(body.ValueKind == JsonValueKind.Array ? $"$[{item.Index}].id" : "$.id", "recognises a repeated event only together with time; sent again like this, the event is recorded again."))
        .ToList();
}
