using System.ComponentModel.DataAnnotations;
using System.Text.Json;
using System.Text.Json.Serialization;
using AlertFunctions.Api.Documentation;
using AlertFunctions.Api.Events;
using AlertFunctions.Api.Events.Formats;
using AlertFunctions.Api.Http;
using AlertFunctions.Core.Mappings;
using AlertFunctions.Core.Settings;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace AlertFunctions.Api.Mappings;

/// <summary><c>/api/mappings</c>: how bodies that no format knows become events.</summary>
internal static class MappingEndpoints
{
    private const string ExampleFields = """
        "computer": "host", "alert": "trigger", "state": "value", "id": "eventid", "time": "clock", "severity": "contains(['High', 'Disaster'], severity) && 'critical' || 'warning'", "message": "opdata"
        """;

    private const string ExampleRequest = $$"""{ {{ExampleFields}} }""";

    /// <summary>A mapping in JSON, for the document.</summary>
    public const string Example = $$"""{ "name": "zabbix", "items": null, {{ExampleFields}} }""";

    public static void MapMappings(this IEndpointRouteBuilder endpoints)
    {
        endpoints.MapGet("/api/mappings", ListAsync).RequireAuthorization(AccessPolicies.Read)
            .WithName("listMappings")
            .WithSummary("List mappings")
            .Produces<ItemList<MappingBody>>()
            .WithExamples(answer: $$"""{ "items": [{{Example}}], "total": 1, "continuation": null }""");
        endpoints.MapGet("/api/mappings/{name}", GetAsync).RequireAuthorization(AccessPolicies.Read)
            .WithName("getMapping")
            .WithSummary("Get one mapping")
            .Produces<MappingBody>()
            .ProducesOwnProblem(StatusCodes.Status404NotFound)
            .WithVersions()
            .WithExamples(answer: Example);
        endpoints.MapPut("/api/mappings/{name}", WriteAsync).RequireAuthorization(AccessPolicies.Manage)
            .WithName("replaceMapping")
            .WithSummary("Add or replace a mapping")
            .WithDescription("Adds or replaces a mapping, by which `POST /api/events?mapping=` makes events of any JSON. Each field is a JMESPath expression.")
            .Accepts<NewMappingBody>(JsonBody.MediaType)
            .Produces<MappingBody>()
            .WithVersions()
            .WithExamples(request: ExampleRequest, answer: Example);
        endpoints.MapPatch("/api/mappings/{name}", WriteAsync).RequireAuthorization(AccessPolicies.Manage)
            .WithName("changeMapping")
            .WithSummary("Change a mapping")
            .WithDescription("Changes a mapping as RFC 7396 says: what is left out stays, and null takes the expression away.")
            .Accepts<MappingChangeBody>(JsonBody.MergePatchMediaType, JsonBody.MediaType)
            .Produces<MappingBody>()
            .ProducesOwnProblem(StatusCodes.Status404NotFound)
            .WithVersions()
            .WithExamples(request: """{ "state": "value" }""", answer: Example);
        endpoints.MapDelete("/api/mappings/{name}", DeleteAsync).RequireAuthorization(AccessPolicies.Manage)
            .WithName("deleteMapping")
            .WithSummary("Remove a mapping")
            .WithDescription("Removes a mapping; requests that name it are answered 404 from now on.")
            .Produces(StatusCodes.Status204NoContent)
            .ProducesOwnProblem(StatusCodes.Status404NotFound)
            .WithVersions();
        endpoints.MapPost("/api/mappings/try", TryAsync).RequireAuthorization(AccessPolicies.Manage)
            .WithName("tryMapping")
            .WithSummary("Try a mapping")
            .WithDescription("The events that a mapping, which need not be stored, makes of a sample. Nothing is recorded.")
            .Accepts<MappingTrialBody>(JsonBody.MediaType)
            .Produces<MappedSampleBody>()
            .WithExamples(
                request: """{ "mapping": { "computer": "host", "alert": "trigger", "state": "value", "id": "eventid", "time": "clock" }, "sample": { "host": "web01", "trigger": "Disk full", "value": "1", "eventid": "4711", "clock": "1795485600" } }""",
                answer: """{ "events": [{ "id": "4711", "time": "2026-11-24T02:00:00Z", "computer": "web01", "alert": "Disk full", "state": "occurred", "severity": null, "message": null, "data": { "host": "web01", "trigger": "Disk full", "value": "1", "eventid": "4711", "clock": "1795485600" } }], "rejected": 0, "reasons": [] }""");
    }

    private static async Task<IResult> ListAsync(HttpContext context, MappingStore mappings) =>
        Results.Ok(ItemList<MappingBody>.Of((await mappings.ListAsync(context.StorageDeadline())).Select(MappingBody.Of).ToList()));

    private static async Task<IResult> GetAsync(string name, HttpContext context, MappingStore mappings) =>
        await mappings.FindAsync(name, context.StorageDeadline()) is { } mapping ? Of(name, context).Answer(mapping) : NoSuchMapping();

    private static async Task<IResult> WriteAsync(string name, HttpContext context, MappingStore mappings)
    {
        (JsonDocument? document, IResult? refusal) = await JsonBody.ReadAsync(context.Request);
        if (document is null)
        {
            return refusal!;
        }

        using (document)
        {
            return await Of(name, context).WriteAsync(
                document.RootElement,
                change => mappings.PutAsync(name, change, context.StorageDeadline()),
                full: Problem.Invalid("name", $"is a new mapping, but there are {MappingStore.MaximumMappings} already."),
                missing: NoSuchMapping());
        }
    }

    private static Task<IResult> DeleteAsync(string name, HttpContext context, MappingStore mappings) =>
        Of(name, context).DeleteAsync(allowed => mappings.DeleteAsync(name, allowed, context.StorageDeadline()), NoSuchMapping());

    private static async Task<IResult> TryAsync(HttpContext context, EventSettings settings, TimeProvider time)
    {
        (JsonDocument? document, IResult? refusal) = await JsonBody.ReadAsync(context.Request);
        if (document is null)
        {
            return refusal!;
        }

        using (document)
        {
            var faults = new Faults();
            if (JsonFields.Of(document.RootElement, "$", faults, "mapping", "sample") is not { } fields)
            {
                return Problem.Invalid(faults);
            }

            if (!fields.Has("sample"))
            {
                fields.Refuse("sample", "is required: a body as it is sent.");
            }

            if (!fields.Has("mapping"))
            {
                fields.Refuse("mapping", "is required: an object with the expressions of a mapping.");
            }
            else if (MappingReader.ReadUnnamed(fields["mapping"], fields.PathOf("mapping"), faults) is { } mapping && !faults.Any)
            {
                using var received = new ReceivedEvents(time.GetUtcNow(), settings.Retention);
                new MappedFormat(mapping, (_, _) => { }).Read(fields["sample"], received, context.RequestAborted);
                return Results.Ok(MappedSampleBody.Of(received));
            }

            return Problem.Invalid(faults);
        }
    }

    private static Resource<Mapping> Of(string name, HttpContext context) => new(context, (body, faults) => MappingReader.Read(body, "$", name, faults), MappingBody.Of);

    /// <summary>The answer to a request that names a mapping which is not there.</summary>
    public static IResult NoSuchMapping() => Problem.NotFound("There is no mapping of this name.");
}

/// <summary>A mapping: JMESPath expressions that make events of what a system sends.</summary>
/// <param name="Name">The name, as in the path.</param>
/// <param name="Items">Gives the items of a body, each of which is an event; null where the body is one, or an array of them.</param>
/// <param name="Computer">Gives an item's computer.</param>
/// <param name="Alert">Gives its alert type.</param>
/// <param name="State">Gives a word that says whether the alert is raised or cleared; null where each item raises.</param>
/// <param name="Id">Gives what is the same when the item is sent again; null for the item itself.</param>
/// <param name="Time">Gives the time; null for that of arrival.</param>
/// <param name="Severity">Gives the severity, or null.</param>
/// <param name="Message">Gives the message, or null.</param>
internal sealed record MappingBody(string Name, string? Items, string Computer, string Alert, string? State, string? Id, string? Time, string? Severity, string? Message)
{
    public static MappingBody Of(Mapping mapping) =>
        new(mapping.Name, mapping.Items, mapping.Computer, mapping.Alert, mapping.State, mapping.Id, mapping.Time, mapping.Severity, mapping.Message);
}

/// <summary>A mapping as it is written.</summary>
[JsonUnmappedMemberHandling(JsonUnmappedMemberHandling.Disallow)]
internal sealed record NewMappingBody
{
    /// <summary>The name in the path, if at all.</summary>
    [MaxLength(Names.MaximumPathNameLength)]
    public string? Name { get; init; }

    /// <summary>Gives the items of a body: an array, or an object as the only one. Without it, the body is the item, or an array of items.</summary>
    [MinLength(1), MaxLength(MappingExpression.MaximumLength)]
    public string? Items { get; init; }

    /// <summary>Gives an item's computer.</summary>
    [MinLength(1), MaxLength(MappingExpression.MaximumLength)]
    public required string Computer { get; init; }

    /// <summary>Gives an item's alert type.</summary>
    [MinLength(1), MaxLength(MappingExpression.MaximumLength)]
    public required string Alert { get; init; }

    /// <summary>Gives a word such as `firing`, `problem`, `down`, `1` or `true`, which raises the alert, or `resolved`, `ok`, `up`, `0` or `false`, which clears it. Without it, or where it gives null, the item raises the alert.</summary>
    [MinLength(1), MaxLength(MappingExpression.MaximumLength)]
    public string? State { get; init; }

    /// <summary>Gives what is the same when the item is sent again. Without it, the whole item is.</summary>
    [MinLength(1), MaxLength(MappingExpression.MaximumLength)]
    public string? Id { get; init; }

    /// <summary>Gives the time, as RFC 3339 writes it or in seconds or milliseconds since 1970. Without it, or where it gives neither, the time of arrival.</summary>
    [MinLength(1), MaxLength(MappingExpression.MaximumLength)]
    public string? Time { get; init; }

    /// <summary>Gives `critical`, `emergency`, `fatal` or `page` for a critical alert, and any other text for a warning.</summary>
    [MinLength(1), MaxLength(MappingExpression.MaximumLength)]
    public string? Severity { get; init; }

    /// <summary>Gives the message for people.</summary>
    [MinLength(1), MaxLength(MappingExpression.MaximumLength)]
    public string? Message { get; init; }
}

/// <summary>A change of a mapping. What is left out stays, and null takes an expression away.</summary>
[JsonUnmappedMemberHandling(JsonUnmappedMemberHandling.Disallow)]
internal sealed record MappingChangeBody
{
    /// <summary>The name in the path, if at all.</summary>
    [MaxLength(Names.MaximumPathNameLength)]
    public string? Name { get; init; }

    /// <summary>Gives the items of a body.</summary>
    [MinLength(1), MaxLength(MappingExpression.MaximumLength)]
    public string? Items { get; init; }

    /// <summary>Gives an item's computer.</summary>
    [MinLength(1), MaxLength(MappingExpression.MaximumLength)]
    public string? Computer { get; init; }

    /// <summary>Gives an item's alert type.</summary>
    [MinLength(1), MaxLength(MappingExpression.MaximumLength)]
    public string? Alert { get; init; }

    /// <summary>Gives a word that says whether the alert is raised or cleared.</summary>
    [MinLength(1), MaxLength(MappingExpression.MaximumLength)]
    public string? State { get; init; }

    /// <summary>Gives what is the same when the item is sent again.</summary>
    [MinLength(1), MaxLength(MappingExpression.MaximumLength)]
    public string? Id { get; init; }

    /// <summary>Gives the time.</summary>
    [MinLength(1), MaxLength(MappingExpression.MaximumLength)]
    public string? Time { get; init; }

    /// <summary>Gives the severity.</summary>
    [MinLength(1), MaxLength(MappingExpression.MaximumLength)]
    public string? Severity { get; init; }

    /// <summary>Gives the message for people.</summary>
    [MinLength(1), MaxLength(MappingExpression.MaximumLength)]
    public string? Message { get; init; }
}

/// <summary>A mapping and what it is tried on.</summary>
[JsonUnmappedMemberHandling(JsonUnmappedMemberHandling.Disallow)]
internal sealed record MappingTrialBody
{
    /// <summary>The mapping, which need not be stored.</summary>
    public required NewMappingBody Mapping { get; init; }

    /// <summary>A body as it is sent.</summary>
    public required JsonElement Sample { get; init; }
}

/// <summary>What a mapping makes of a sample.</summary>
/// <param name="Events">The events.</param>
/// <param name="Rejected">How many items cannot be events.</param>
/// <param name="Reasons">Why, of at most ten of them.</param>
internal sealed record MappedSampleBody(IReadOnlyList<EventBody> Events, int Rejected, IReadOnlyList<RejectedBody> Reasons)
{
    public static MappedSampleBody Of(ReceivedEvents received) =>
        new([.. received.Events.Select(EventBody.Of)], received.Rejected?.Count ?? 0, RejectedBody.Of(received.Rejected));
}
