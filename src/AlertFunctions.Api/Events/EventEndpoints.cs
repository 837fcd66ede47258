using System.ComponentModel.DataAnnotations;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using AlertFunctions.Api.Documentation;
using AlertFunctions.Api.Events.Formats;
using AlertFunctions.Api.Events.Formats.CloudEvents;
using AlertFunctions.Api.Http;
using AlertFunctions.Core.Events;
using AlertFunctions.Core.Mail.Compose;
using AlertFunctions.Core.Mappings;
using AlertFunctions.Core.Outbox;
using AlertFunctions.Core.Texts;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.OpenApi;

namespace AlertFunctions.Api.Events;

/// <summary><c>POST /api/events</c>.</summary>
internal static class EventEndpoints
{
    /// <summary>For routing alone, which would refuse a content type before anybody looks at <c>?format=</c> or at headers that mark a format.</summary>
    private const string AnyMediaType = "*/*";

    public static void MapEvents(this IEndpointRouteBuilder endpoints)
    {
        var formats = endpoints.ServiceProvider.GetRequiredService<EventFormats>();
        endpoints.MapPost("/api/events", RecordAsync).RequireAuthorization(AccessPolicies.PostEvents).WithQuery(EventQuery.Parameters(formats))
            .WithName("recordEvents")
            .WithSummary("Record events")
            .WithDescription($"""
                Records one event or an array of 1 to 1,000, raises and clears alerts by them, and queues their mail. A 200 means that all of it is durable; of an invalid request nothing is recorded. Repeating a request is safe for events with `id` and `time`.

                {formats.Accepted} They are recognised by content type and shape. Anything else in JSON becomes events by a mapping, which `mapping` names. In all of these, unknown fields are ignored, and an item that cannot be an event is counted in `rejected` and recorded as a system event 199, while the others are recorded.
                """)
            .Accepts<NewEventBody[]>(JsonBody.MediaType, AnyMediaType)
            .Produces<RecordedBody>()
            .ProducesOwnProblem(StatusCodes.Status404NotFound)
            .WithExamples(
                request: """[{ "id": "evt-1", "time": "2026-11-24T02:00:00Z", "computer": "web01", "alert": "Eicar", "state": "occurred", "severity": "critical", "message": "Eicar_test_file", "data": { "path": "/home/user/eicar.com" } }]""",
                answer: """{ "recorded": 1, "duplicates": 0, "raised": [{ "alert": "Eicar", "computer": "web01" }], "cleared": [], "outdated": 0, "warnings": [] }""")
            .AddOpenApiOperationTransformer((operation, context, _) =>
            {
                IDictionary<string, OpenApiMediaType> content = operation.RequestBody!.Content!;
                content.Remove(AnyMediaType);
                AcceptOneOrMany(content[JsonBody.MediaType], context.Document!);
                AcceptForeign(content, formats, context.Document!);
                return Task.CompletedTask;
            });
        endpoints.MapDeliveryPermission(formats);
    }

    /// <summary>What is generated knows only the array. It gets a name, since a client that is generated has no use for an array without one.</summary>
    private static void AcceptOneOrMany(OpenApiMediaType content, OpenApiDocument document)
    {
        var array = (OpenApiSchema)content.Schema!;
        array.MinItems = 1;
        array.MaxItems = Event.MaximumEvents;
        document.AddComponent("NewEvents", array);
        content.Schema = new OpenApiSchema { OneOf = [array.Items!, new OpenApiSchemaReference("NewEvents", document)] };
    }

    private static void AcceptForeign(IDictionary<string, OpenApiMediaType> content, EventFormats formats, OpenApiDocument document)
    {
        foreach (IGrouping<string, EventFormatBody> ofType in formats.All.SelectMany(format => format.Bodies).GroupBy(body => body.MediaType, StringComparer.Ordinal))
        {
            IOpenApiSchema[] schemas = [.. ofType.Select(body => ReferTo(body, document))];
            if (content.TryGetValue(ofType.Key, out OpenApiMediaType? ours))
            {
                ours.Schema = new OpenApiSchema { OneOf = [.. ours.Schema!.OneOf!, .. schemas] };
            }
            else
            {
                string? example = ofType.Select(body => body.Example).FirstOrDefault(example => example is not null);
                content.Add(ofType.Key, new OpenApiMediaType
                {
                    Schema = schemas is [var only] ? only : new OpenApiSchema { OneOf = [.. schemas] },
                    Example = example is null ? null : OperationTransformer.ExampleOf(ofType.Key, example),
                });
            }
        }
    }

    private static OpenApiSchemaReference ReferTo(EventFormatBody body, OpenApiDocument document)
    {
        if (document.Components?.Schemas?.ContainsKey(body.SchemaName) is not true)
        {
            document.AddComponent(body.SchemaName, body.Schema());
        }

        return new OpenApiSchemaReference(body.SchemaName, document);
    }

    private static async Task<IResult> RecordAsync(HttpContext context, OwnEventRecorder own, ForeignEventRecorder foreign, EventFormats formats, MappingStore mappings)
    {
        var faults = new Faults();
        (EventQuery query, IResult? refusal) = await EventQuery.ReadAsync(context, formats, mappings, faults);
        if (refusal is not null)
        {
            return refusal;
        }

        IForeignFormat? format = query.Format ?? formats.MarkedBy(context.Request);
        if (format is not null)
        {
            (ReadOnlyMemory<byte> body, IResult? unreadable) = faults.Any ? (default, Problem.Invalid(faults)) : await RequestBody.ReadBytesAsync(context.Request, RequestBody.MaximumLength);
            return unreadable ?? await foreign.RecordAsync(format, context, body, json: null, query.DryRun);
        }

        (ReadOnlyMemory<byte> text, refusal) = await JsonBody.ReadTextAsync(context.Request, alsoAccepted: formats.Accepted);
        if (refusal is not null)
        {
            return refusal;
        }

        (JsonDocument? document, refusal) = JsonBody.Parse(text);
        using (document)
        {
            return document is null ? refusal! : await RecordJsonAsync(document, text);
        }

        async Task<IResult> RecordJsonAsync(JsonDocument json, ReadOnlyMemory<byte> body)
        {
            bool queryIsValid = !faults.Any;
            IReadOnlyList<Event> events = own.Read(json.RootElement, faults);
            if (!faults.Any)
            {
                return await own.RecordAsync(events, json.RootElement, query.DryRun, context.StorageDeadline());
            }

            // Only what is not ours is looked at as what others send: our own events pay nothing for it.
            if (queryIsValid && formats.WithShape(json.RootElement) is { } shaped)
            {
                return await foreign.RecordAsync(shaped, context, body, json, query.DryRun);
            }

            if (!IsMeantAsOurs(json.RootElement))
            {
                faults.Add("$", $"is no event of ours, which names a computer and an alert. {formats.Accepted}");
            }

            return Problem.Invalid(faults);
        }
    }

    /// <summary>Whether an invalid body was meant as ours: its first object has one of the two names that every event has.</summary>
    private static bool IsMeantAsOurs(JsonElement body)
    {
        JsonElement first = body.ValueKind == JsonValueKind.Array && body.GetArrayLength() > 0 ? body[0] : body;
        return first.Member("computer").ValueKind != JsonValueKind.Undefined || first.Member("alert").ValueKind != JsonValueKind.Undefined;
    }
}

/// <summary>An event as a computer reports it.</summary>
[JsonUnmappedMemberHandling(JsonUnmappedMemberHandling.Disallow)]
internal sealed record NewEventBody
{
    /// <summary>The sender's id. An event with the same alert, computer, time and id is recorded and applied once; without `time` it is not recognised.</summary>
    [MinLength(1), MaxLength(Event.MaximumNameLength)]
    public string? Id { get; init; }

    /// <summary>When it happened, with an offset: at most a day ahead, and not older than events are kept. Without it, the time of arrival.</summary>
    public DateTimeOffset? Time { get; init; }

    /// <summary>The computer: any characters but control characters.</summary>
    [MinLength(1), MaxLength(Event.MaximumNameLength)]
    public required string Computer { get; init; }

    /// <summary>The alert type: any characters but control characters.</summary>
    [MinLength(1), MaxLength(Event.MaximumNameLength)]
    public required string Alert { get; init; }

    /// <summary>`occurred`, the default, raises the alert; `cleared` clears it.</summary>
    public EventState? State { get; init; }

    /// <summary>Used when the alert type is new.</summary>
    public Severity? Severity { get; init; }

    /// <summary>A message for people.</summary>
    [MaxLength(Event.MaximumMessageLength)]
    public string? Message { get; init; }

    /// <summary>Whatever else is known: a JSON object of at most 16 KiB.</summary>
    public JsonObject? Data { get; init; }
}

/// <summary>What an event says of its alert.</summary>
internal enum EventState
{
    /// <summary>It raises the alert.</summary>
    Occurred,

    /// <summary>It clears the alert.</summary>
    Cleared,
}

/// <summary>An event as it was recorded.</summary>
/// <param name="Id">The sender's id, or null.</param>
/// <param name="Time">When it happened.</param>
/// <param name="Computer">The computer.</param>
/// <param name="Alert">The alert type.</param>
/// <param name="State">Whether it raises or clears the alert.</param>
/// <param name="Severity">The severity that it came with, or null.</param>
/// <param name="Message">Its message, or null.</param>
/// <param name="Data">What else it came with, or null.</param>
internal sealed record EventBody(string? Id, DateTimeOffset Time, string Computer, string Alert, EventState State, Severity? Severity, string? Message, JsonObject? Data)
{
    public static EventBody Of(Event item) => new(
        item.Id,
        item.Time,
        item.Computer,
        item.Alert,
        item.Kind == TransitionKind.Raise ? EventState.Occurred : EventState.Cleared,
        item.Severity,
        item.Message,
        item.Data is null ? null : JsonNode.Parse(item.Data)?.AsObject());
}

/// <summary>The result of recording events; in a dry run, what it would be.</summary>
/// <param name="Recorded">Events that were new.</param>
/// <param name="Duplicates">Events that had been recorded before.</param>
/// <param name="Raised">The alerts that were raised.</param>
/// <param name="Cleared">The alerts that were cleared.</param>
/// <param name="Outdated">Events that were recorded and changed nothing, because by their own time they are older than the clear by an event, or the raise, that is in force.</param>
/// <param name="Warnings">What was accepted and is hardly meant, of at most ten events.</param>
internal sealed record RecordedBody(
    int Recorded, int Duplicates, IReadOnlyList<AlertName> Raised, IReadOnlyList<AlertName> Cleared, int Outdated, IReadOnlyList<WarningBody> Warnings)
{
    /// <summary>Of a request in a foreign format: how many of its items could not be recorded as events. The others were recorded.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public int? Rejected { get; init; }

    /// <summary>Of a request in a foreign format: why items were rejected, of at most ten. They are also recorded as a system event 199.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IReadOnlyList<RejectedBody>? Reasons { get; init; }

    /// <summary>Of a dry run: the alert types that are turned off; their events would be recorded and raise nothing.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IReadOnlyList<string>? Off { get; init; }

    /// <summary>Of a dry run: the mails that would follow, if nothing else waited to be mailed.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IReadOnlyList<DryRunMailBody>? Mails { get; init; }

    public static RecordedBody Of(RecordedEvents events, IReadOnlyList<WarningBody> warnings) => new(events.Recorded, events.Duplicates, events.Raised, events.Cleared, events.Outdated, warnings);

    public static RecordedBody Of(EventPreview preview, IReadOnlyList<MailPreview> mails, IReadOnlyList<WarningBody> warnings) => Of(preview.Recorded, warnings) with
    {
        Off = preview.Types.Where(type => !type.Type.Enabled).Select(type => type.Type.Name).ToList(),
        Mails = mails.Select(DryRunMailBody.Of).ToList(),
    };
}

/// <summary>What was accepted and is hardly meant.</summary>
/// <param name="Path">The JSON path of the value, or the header that has it; of what a mapping gives, that of the item and the name of the expression.</param>
/// <param name="Message">What it does not do.</param>
internal sealed record WarningBody(string Path, string Message)
{
    /// <summary>Enough to see what is meant; the answer is not to be as long as the request.</summary>
    public const int Maximum = 10;

    /// <summary>An id without a time. It cannot do what its sender wants of it.</summary>
    /// <param name="path">Where the id is.</param>
    /// <param name="time">The time that the event came with and that could not be taken; null when it came with none.</param>
    public static WarningBody OfIdAlone(string path, DateTimeOffset? time = null) => new(
        path,
        $"recognises a repeated event only together with time{(time is null ? "" : ", and that of this event is still to come or older than events are kept")}; sent again like this, the event is recorded again.");
}

/// <summary>An item of a request in a foreign format that could not be recorded.</summary>
/// <param name="Path">Where it is in the body.</param>
/// <param name="Message">What is wrong with it, and what is accepted.</param>
internal sealed record RejectedBody(string Path, string Message)
{
    /// <summary>The first of the rejected items; none when there are none.</summary>
    public static IReadOnlyList<RejectedBody> Of(RejectedItems? items) => [.. (items?.First ?? []).Select(item => new RejectedBody(item.Path, item.Reason))];
}
