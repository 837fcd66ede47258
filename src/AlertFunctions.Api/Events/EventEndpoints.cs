using System.Text.Json;
using AlertFunctions.Api.Http;
using AlertFunctions.Core.Events;
using AlertFunctions.Core.Mail.Compose;
using AlertFunctions.Core.Settings;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace AlertFunctions.Api.Events;

/// <summary><c>POST /api/events</c>.</summary>
internal static class EventEndpoints
{
    /// <summary>Enough to see what is meant; the answer is not to be as long as the request.</summary>
    private const int MaximumWarnings = 10;

    public static void MapEvents(this IEndpointRouteBuilder endpoints) => endpoints.MapPost("/api/events", RecordAsync).RequireAuthorization(AccessPolicies.PostEvents).WithQuery("dryRun")
        .WithName("RecordEvents")
        .WithSummary("Records one event or an array of 1 to 1,000, raises and clears alerts by them, and queues their mail. With dryRun=true it records nothing and answers what would happen.")
        .Accepts<EventBody[]>("application/json")
        .Produces<RecordedBody>()
        .ProducesValidationProblem()
        .ProducesProblem(StatusCodes.Status413PayloadTooLarge)
        .ProducesProblem(StatusCodes.Status415UnsupportedMediaType)
        .ProducesProblem(StatusCodes.Status503ServiceUnavailable);

    private static async Task<IResult> RecordAsync(HttpContext context, EventRecorder recorder, MailPreviewer previewer, EventSettings settings, TimeProvider time)
    {
        (JsonDocument? document, IResult? refusal) = await JsonBody.ReadAsync(context.Request);
        if (document is null)
        {
            return refusal!;
        }

        using (document)
        {
            var faults = new Faults();
            bool dryRun = new Query(context.Request, faults).DryRun();
            IReadOnlyList<Event> events = EventReader.Read(document.RootElement, time.GetUtcNow(), settings.Retention, faults);
            if (faults.Any)
            {
                return Problem.Invalid(faults);
            }

            if (dryRun)
            {
                EventPreview preview = await recorder.PreviewAsync(events, context.StorageDeadline());
                IReadOnlyList<MailPreview> mails = await previewer.PreviewAsync(preview.Types.Select(type => (type.Type, type.Applied.Transitions)), context.StorageDeadline());
                return Results.Ok(DryRunBody.Of(preview, mails));
            }

            RecordedEvents recorded = await recorder.RecordAsync(events, context.StorageDeadline());
            return Results.Ok(new RecordedBody(recorded.Recorded, recorded.Duplicates, recorded.Raised, recorded.Cleared, recorded.Outdated, WarningsOf(document.RootElement, events)));
        }
    }

    private static List<WarningBody> WarningsOf(JsonElement body, IReadOnlyList<Event> events) => events.Index()
        .Where(item => item.Item is { Id: not null, IsTimedByArrival: true })
        .Take(MaximumWarnings)
        .Select(item => new WarningBody(body.ValueKind == JsonValueKind.Array ? $"$[{item.Index}].id" : "$.id", "recognises a repeated event only together with time; sent again like this, the event is recorded again."))
        .ToList();
}

/// <summary>An event as a computer reports it.</summary>
/// <param name="Id">The sender's id, at most 256 characters; with it and the time, a repeated event of the same alert and computer is recognised.</param>
/// <param name="Time">When it happened, with an offset; else the time of arrival.</param>
/// <param name="Computer">The computer, 1 to 256 characters.</param>
/// <param name="Alert">The alert type, 1 to 256 characters.</param>
/// <param name="State"><c>occurred</c> (default) or <c>cleared</c>.</param>
/// <param name="Severity"><c>critical</c> or <c>warning</c>, used when the alert type is new.</param>
/// <param name="Message">At most 4,096 characters.</param>
/// <param name="Data">A JSON object of at most 16 KiB.</param>
internal sealed record EventBody(string? Id, DateTimeOffset? Time, string Computer, string Alert, string? State, string? Severity, string? Message, System.Text.Json.Nodes.JsonObject? Data)
{
    public static EventBody Of(Event item) => new(
        item.Id,
        item.Time,
        item.Computer,
        item.Alert,
        item.Kind == Core.Outbox.TransitionKind.Raise ? "occurred" : "cleared",
        item.Severity?.ToString().ToLowerInvariant(),
        item.Message,
        item.Data is null ? null : System.Text.Json.Nodes.JsonNode.Parse(item.Data)?.AsObject());
}

/// <summary>What became of the events.</summary>
/// <param name="Recorded">Events that were new.</param>
/// <param name="Duplicates">Events that had been recorded before.</param>
/// <param name="Raised">The alerts that were raised.</param>
/// <param name="Cleared">The alerts that were cleared.</param>
/// <param name="Outdated">Events that were recorded and changed nothing, because by their own time they are older than the clear by an event, or the raise, that is in force.</param>
/// <param name="Warnings">What was accepted and is hardly meant, of at most ten events.</param>
internal sealed record RecordedBody(int Recorded, int Duplicates, IReadOnlyList<AlertName> Raised, IReadOnlyList<AlertName> Cleared, int Outdated, IReadOnlyList<WarningBody> Warnings);

/// <summary>What was accepted and is hardly meant.</summary>
/// <param name="Path">The JSON path of the value.</param>
/// <param name="Message">What it does not do.</param>
internal sealed record WarningBody(string Path, string Message);
