using System.Globalization;
using System.Text.Json;
using AlertFunctions.Api.Documentation;
using AlertFunctions.Api.Http;
using AlertFunctions.Core.Mail.Sending;
using AlertFunctions.Core.Settings;
using AlertFunctions.Core.SystemEvents;
using AlertFunctions.Core.Texts;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Json;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.Options;

namespace AlertFunctions.Api.SystemEvents;

/// <summary><c>GET /api/system-events</c>.</summary>
internal static class SystemEventEndpoints
{
    /// <summary>How far a list looks back, from its end, that does not say so itself.</summary>
    private static readonly TimeSpan DefaultPeriod = TimeSpan.FromDays(30);

    private static readonly QueryParameter<int?> Number = QueryParameter.OptionalNumber("id", "Only system events of this number, such as 197 for delivered mail.", 0, 99_999);
    private static readonly QueryParameter<string?> Search = QueryParameter.Text("search", "Only system events with this text in name, description, target or data, whatever its case.");
    private static readonly QueryParameter<SystemEventLevel?> Level = QueryParameter.Choice(
        "level", "Only this level.", ("information", SystemEventLevel.Information), ("warning", SystemEventLevel.Warning), ("error", SystemEventLevel.Error));

    public static void MapSystemEvents(this IEndpointRouteBuilder endpoints) => endpoints.MapGet("/api/system-events", ListAsync).RequireAuthorization(AccessPolicies.Read)
        .WithQuery(QueryParameters.From, QueryParameters.To, Number, Level, Search, QueryParameters.Top, QueryParameters.Continuation, QueryParameters.Culture)
        .WithName("listSystemEvents")
        .WithSummary("List system events")
        .WithDescription("What the system did and could not do, newest first. A page that is not full may have a continuation.")
        .Produces<Page<SystemEventBody>>(StatusCodes.Status200OK, JsonBody.MediaType, CsvAnswer.ContentType)
        .WithExamples(answer: $$"""{ "items": [{{SystemEventBody.Example}}], "total": 1, "continuation": null }""");

    private static async Task<IResult> ListAsync(HttpContext context, SystemEventStore systemEvents, MailSettings settings, IOptions<JsonOptions> json, TimeProvider time)
    {
        var faults = new Faults();
        var query = new Query(context.Request, faults);
        DateTimeOffset? to = query.Get(QueryParameters.To);
        DateTimeOffset now = time.GetUtcNow();
        DateTimeOffset from = query.Get(QueryParameters.From) ?? (to < now ? to.Value : now) - DefaultPeriod;
        int? number = query.Get(Number);
        SystemEventLevel? level = query.Get(Level);
        string? search = query.Get(Search);
        int top = query.Get(QueryParameters.Top);
        CountedPlace? before = query.CountedContinuation(SystemEventStore.IsContinuation);
        MailCulture culture = query.Culture(settings.Culture);
        if (faults.Any)
        {
            return Problem.Invalid(faults);
        }

        var filter = new SystemEventFilter(number, level, search, culture);
        (IReadOnlyList<SystemEvent> found, string? next) = await systemEvents.ListAsync(from, to, filter, top, before?.Key, context.StorageDeadline());
        List<SystemEventBody> items = found.Select(item => SystemEventBody.Of(item, culture)).ToList();
        return CsvAnswer.IsWanted(context.Request)
            ? CsvAnswer.Of(
                context,
                items,
                next is null ? null : Query.EncodeContinuation(new CountedPlace(next, before?.Total).ToContinuation()),
                ("time", item => CsvAnswer.Time(item.Time)),
                ("id", item => Sentences.Of(item.Id)),
                ("level", item => item.Level.ToString().ToLowerInvariant()),
                ("name", item => item.Name),
                ("description", item => item.Description),
                ("target", item => item.Target),
                ("data", item => JsonSerializer.Serialize(item.Data, json.Value.SerializerOptions)))
            : Results.Ok(await CountedPlace.PageAsync(context, items, top, before, next, (place, limit, deadline) => systemEvents.CountAsync(from, to, filter, place, limit, deadline)));
    }
}

/// <summary>A system event in the reader's language.</summary>
/// <param name="Time">When.</param>
/// <param name="Id">Its number, such as 197 for delivered mail.</param>
/// <param name="Level">How serious it is.</param>
/// <param name="Name">Its name.</param>
/// <param name="Description">What happened.</param>
/// <param name="Target">What it happened to.</param>
/// <param name="Data">The same in figures and words that programs can use.</param>
internal sealed record SystemEventBody(
    DateTimeOffset Time, int Id, SystemEventLevel Level, string Name, string Description, string Target, IReadOnlyDictionary<string, object> Data)
{
    /// <summary>One in JSON, for the document.</summary>
    public const string Example = """
        { "time": "2026-11-24T02:10:00Z", "id": 192, "level": "information", "name": "Alert Cleared", "description": "The alert was cleared.", "target": "Eicar", "data": { "by": "hanako", "note": "File removed" } }
        """;

    public static SystemEventBody Of(SystemEvent item, MailCulture culture) => new(item.Time, item.Number, item.Level, item.Name(culture), item.Description(culture), item.Target, SystemEventData.Of(item.Data));
}

/// <summary>A system event's data as an answer shows it: numbers as numbers, and what is true or false as that, and lists of records as lists, with the words of every other answer.</summary>
internal static class SystemEventData
{
    public static IReadOnlyDictionary<string, object> Of(IReadOnlyDictionary<string, string> data) =>
        data.ToDictionary(item => item.Key, item => ValueOf(item.Key, item.Value), StringComparer.Ordinal);

    private static object ValueOf(string name, string text) => name switch
    {
        "attempt" or "pattern" or "rejected" or "resendsLeft" when TryNumber(text, out int number) => number,
        "outcomeUnknown" => text == "true",
        "attempts" => text.Split(", ").Select(part => TryNumber(part, out int number) ? number : 0).ToList(),
        MailEvents.Deliveries => RecordedDelivery.FromJson(text),
        MailEvents.Mails => RecordedMail.FromJson(text),
        _ => text,
    };

    private static bool TryNumber(string text, out int number) => int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out number);
}
