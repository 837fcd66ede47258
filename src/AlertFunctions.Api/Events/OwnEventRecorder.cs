using System.Text.Json;
using AlertFunctions.Api.Http;
using AlertFunctions.Core.Events;
using AlertFunctions.Core.Settings;
using Microsoft.AspNetCore.Http;

namespace AlertFunctions.Api.Events;

/// <summary>Records events of our own format: all of a request, or none.</summary>
internal sealed class OwnEventRecorder(EventRecorder recorder, EventPreviewer previewer, EventSettings settings, TimeProvider time)
{
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
        List<WarningBody> warnings = WarningsOf(body, events);
        return Results.Ok(dryRun
            ? await previewer.PreviewAsync(events, warnings, cancellationToken)
            : RecordedBody.Of(await recorder.RecordAsync(events, cancellationToken), warnings));
    }

    private static List<WarningBody> WarningsOf(JsonElement body, IReadOnlyList<Event> events) => events.Index()
        .Where(item => item.Item is { Id: not null, IsTimedByArrival: true })
        .Take(WarningBody.Maximum)
        .Select(item => WarningBody.OfIdAlone(body.ValueKind == JsonValueKind.Array ? $"$[{item.Index}].id" : "$.id"))
        .ToList();
}
