using System.ComponentModel.DataAnnotations;
using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;
using AlertFunctions.Api.Documentation;
using AlertFunctions.Api.Events;
using AlertFunctions.Api.Http;
using AlertFunctions.Api.Mail;
using AlertFunctions.Core.Alerts;
using AlertFunctions.Core.Events;
using AlertFunctions.Core.Mail.Queue;
using AlertFunctions.Core.Mail.Sending;
using AlertFunctions.Core.Settings;
using AlertFunctions.Core.Texts;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace AlertFunctions.Api.Alerts;

/// <summary><c>/api/alerts</c>: what is outstanding, and clearing it.</summary>
internal static class AlertEndpoints
{
    public const int MaximumClears = 1_000;
    public const int MaximumNoteLength = 4_096;
    private const int LatestEvents = 20;
    private const int LatestDays = 14;

    private static readonly QueryParameter<Severity?> BySeverity = QueryParameter.Choice("severity", "Only this severity.", ("critical", Severity.Critical), ("warning", Severity.Warning));
    private static readonly QueryParameter<string?> Search = QueryParameter.Text("search", "Only alerts with this text in computer, alert, title or message, whatever its case.");
    private static readonly QueryParameter<string?> WhichComputer = QueryParameter.Text("computer", "The computer.", required: true);
    private static readonly QueryParameter<AlertSort?> Sort = QueryParameter.Choice(
        "sort", "What the list is sorted by; `severity`, the default, has the newest first within each.", ("severity", AlertSort.Severity), ("raisedAt", AlertSort.RaisedAt), ("alert", AlertSort.Alert), ("computer", AlertSort.Computer));

    private static readonly QueryParameter<bool?> Descending = QueryParameter.Choice("order", "Which way it is sorted. Without it, the most severe and the newest are first, and names go from A to Z.", ("asc", false), ("desc", true));

    public static void MapAlerts(this IEndpointRouteBuilder endpoints)
    {
        endpoints.MapGet("/api/alerts", ListAsync).RequireAuthorization(AccessPolicies.Read)
            .WithQuery(QueryParameters.Alert, QueryParameters.Computer, BySeverity, Search, Sort, Descending, QueryParameters.Top, QueryParameters.Continuation)
            .WithName("listAlerts")
            .WithSummary("List outstanding alerts")
            .WithDescription("The outstanding alerts, the most severe first and of those the newest, or as `sort` and `order` say. `total` is exact up to 10,000 and then null.")
            .Produces<Page<AlertBody>>(StatusCodes.Status200OK, JsonBody.MediaType, CsvAnswer.ContentType)
            .WithExamples(answer: """{ "items": [{ "alert": "Eicar", "computer": "web01", "severity": "critical", "raisedAt": "2026-11-24T02:00:00Z", "message": "Eicar_test_file", "eventId": "evt-1" }], "total": 1, "continuation": null }""");
        endpoints.MapGet("/api/alerts/summary", SummarizeAsync).RequireAuthorization(AccessPolicies.Read).WithQuery(QueryParameters.Culture)
            .WithName("summarizeAlerts")
            .WithSummary("Summarize outstanding alerts by type")
            .WithDescription("On how many computers each alert type is outstanding.")
            .Produces<ItemList<AlertSummaryBody>>()
            .WithExamples(answer: $$"""{ "items": [{{AlertSummaryBody.Example}}], "total": 1, "continuation": null }""");
        endpoints.MapGet("/api/computers", ListComputersAsync).RequireAuthorization(AccessPolicies.Read).WithQuery(QueryParameters.Top, QueryParameters.Continuation)
            .WithName("listComputers")
            .WithSummary("List computers with outstanding alerts")
            .WithDescription("The computers with outstanding alerts, the one with the oldest alert first.")
            .Produces<Page<ComputerSummaryBody>>()
            .WithExamples(answer: """{ "items": [{ "computer": "web01", "severity": "critical", "alerts": 1, "firstAlerts": ["Eicar"], "firstRaisedAt": "2026-11-24T02:00:00Z", "lastRaisedAt": "2026-11-24T02:00:00Z" }], "total": 1, "continuation": null }""");
        endpoints.MapGet("/api/alerts/detail", DetailAsync).RequireAuthorization(AccessPolicies.Read).WithQuery(QueryParameters.WhichAlert, WhichComputer, QueryParameters.Culture)
            .WithName("getAlert")
            .WithSummary("Get one alert")
            .WithDescription("One alert, outstanding or cleared, with its timeline: events, raises, clears, and each mail with each recipient's outcome.")
            .Produces<AlertDetailBody>()
            .ProducesOwnProblem(StatusCodes.Status404NotFound)
            .WithExamples(answer: AlertDetailBody.Example);
        endpoints.MapPost("/api/alerts/clear", ClearAsync).RequireAuthorization(AccessPolicies.Manage)
            .WithName("clearAlerts")
            .WithSummary("Clear alerts")
            .WithDescription("Clears alerts by hand, each as one of `items` names it, or all of an alert type or of a computer. When not all could be cleared in the time of a request, `continuation` is not null: repeat the request with it.")
            .Accepts<ClearBody>(JsonBody.MediaType)
            .Produces<ClearedBody>()
            .WithExamples(
                request: """{ "items": [{ "alert": "Eicar", "computer": "web01", "raisedAt": "2026-11-24T02:00:00Z" }], "note": "File removed", "by": "hanako" }""",
                answer: """{ "cleared": [{ "alert": "Eicar", "computer": "web01", "raisedAt": "2026-11-24T02:00:00Z" }], "notFound": [], "continuation": null }""");
    }

    private static async Task<IResult> ListAsync(HttpContext context, AlertLister alerts)
    {
        var faults = new Faults();
        var query = new Query(context.Request, faults);
        AlertSort sort = query.Get(Sort) ?? AlertSort.Severity;
        bool descending = query.Get(Descending) ?? sort is AlertSort.Severity or AlertSort.RaisedAt;
        var order = new AlertOrder(sort, descending);
        var wanted = new AlertQuery(query.Get(QueryParameters.Alert), query.Get(QueryParameters.Computer), query.Get(BySeverity), query.Get(Search), order);
        int top = query.Get(QueryParameters.Top);
        string? continuation = query.Continuation(text => AlertPlace.Parse(text, order) is not null);
        if (faults.Any)
        {
            return Problem.Invalid(faults);
        }

        AlertPage page = await alerts.ListAsync(wanted, top, continuation is null ? null : AlertPlace.Parse(continuation, order), context.StorageDeadline());
        List<AlertBody> items = page.Items.Select(item => AlertBody.Of(item.Alert, item.Type)).ToList();
        string? next = Query.EncodeContinuation(page.Next?.ToContinuation(order));
        return CsvAnswer.IsWanted(context.Request)
            ? CsvAnswer.Of(
                context,
                items,
                next,
                ("alert", item => item.Alert),
                ("computer", item => item.Computer),
                ("severity", item => item.Severity.ToString().ToLowerInvariant()),
                ("raisedAt", item => CsvAnswer.Time(item.RaisedAt)),
                ("message", item => item.Message),
                ("eventId", item => item.EventId))
            : Results.Ok(new Page<AlertBody>(items, page.Total, next));
    }

    private static async Task<IResult> SummarizeAsync(HttpContext context, AlertSummarizer summarizer, MailSettings settings)
    {
        var faults = new Faults();
        MailCulture culture = new Query(context.Request, faults).Culture(settings.Culture);
        if (faults.Any)
        {
            return Problem.Invalid(faults);
        }

        IReadOnlyList<AlertSummary> summaries = await summarizer.ByAlertTypeAsync(context.StorageDeadline());
        return Results.Ok(ItemList<AlertSummaryBody>.Of(summaries.Select(summary => AlertSummaryBody.Of(summary, culture)).ToList()));
    }

    private static async Task<IResult> ListComputersAsync(HttpContext context, AlertSummarizer summarizer)
    {
        var faults = new Faults();
        var query = new Query(context.Request, faults);
        int top = query.Get(QueryParameters.Top);
        string? continuation = query.Continuation(text => ComputerPlace.Parse(text) is not null);
        if (faults.Any)
        {
            return Problem.Invalid(faults);
        }

        IReadOnlyList<ComputerSummary> all = await summarizer.ByComputerAsync(context.StorageDeadline());
        ComputerPlace? after = continuation is null ? null : ComputerPlace.Parse(continuation);
        List<ComputerSummary> items = all.Where(computer => after is null || ComputerPlace.Of(computer).IsAfter(after)).Take(top + 1).ToList();
        bool more = items.Count > top;
        return Results.Ok(new Page<ComputerSummaryBody>(
            items.Take(top).Select(ComputerSummaryBody.Of).ToList(),
            all.Count <= AlertLister.MaximumTotal ? all.Count : null,
            Query.EncodeContinuation(more ? ComputerPlace.Of(items[top - 1]).ToContinuation() : null)));
    }

    private static async Task<IResult> DetailAsync(
        HttpContext context, AlertStore alerts, AlertTypeStore alertTypes, AlertTimelineReader timelines, EventStore events, QueuedMailReader mail, MailSettings settings, EventSettings retention, TimeProvider time)
    {
        var faults = new Faults();
        var query = new Query(context.Request, faults);
        string? alertType = query.Get(QueryParameters.WhichAlert);
        string? computer = query.Get(WhichComputer);
        MailCulture culture = query.Culture(settings.Culture);
        if (faults.Any)
        {
            return Problem.Invalid(faults);
        }

        CancellationToken deadline = context.StorageDeadline();
        Alert? alert = await alerts.FindAsync(alertType!, computer!, deadline);
        AlertTimeline timeline = await timelines.ReadAsync(alertType!, computer!, time.GetUtcNow() - retention.Retention, deadline);
        if (alert is null && timeline is { Transitions: [], Mail: [] })
        {
            return Problem.NotFound($"This alert is not outstanding on this computer, and was not within the last {retention.Retention.TotalDays:0} days.");
        }

        var latest = new List<EventBody>();
        await foreach (Event item in events.LatestAsync(alertType!, computer!, LatestDays, LatestEvents, deadline))
        {
            latest.Add(EventBody.Of(item));
        }

        (IReadOnlyList<QueuedMail> queued, _) = await mail.ListAsync(culture, 100, continuation: null, alertType, deadline);
        AlertType type = await alertTypes.FindAsync(alertType!, deadline) ?? alert?.UnregisteredType ?? new AlertType(alertType!);
        return Results.Ok(AlertDetailBody.Of(type, computer!, alert, timeline, latest, queued.Select(MailBody.Of).ToList()));
    }

    private static async Task<IResult> ClearAsync(HttpContext context, AlertClearer clearer)
    {
        (JsonDocument? document, IResult? refusal) = await JsonBody.ReadAsync(context.Request);
        if (document is null)
        {
            return refusal!;
        }

        using (document)
        {
            var faults = new Faults();
            var requests = new List<ClearRequest>();
            JsonFields? fields = JsonFields.Of(document.RootElement, "$", faults, "items", "note", "by", "continuation");
            string? note = fields?.Text("note", MaximumNoteLength);
            string? by = fields?.Text("by", Event.MaximumNameLength);
            if (fields is not null)
            {
                ReadItems(fields, requests, faults);
            }

            string? continuation = fields?.Text("continuation", Query.MaximumContinuationLength);
            string? place = continuation is null ? null : Query.DecodeContinuation(continuation, text => AlertClearer.IsContinuation(text, requests.Count));
            if (continuation is not null && place is null)
            {
                fields!.Refuse("continuation", "must be the value that the answer to the same request gave.");
            }

            if (faults.Any)
            {
                return Problem.Invalid(faults);
            }

            ClearedAlerts cleared = await clearer.ClearAsync(requests, place, note, by, context.StorageDeadline());
            return Results.Ok(new ClearedBody(
                cleared.Cleared.Select(alert => new ClearedItemBody(alert.Type, alert.Computer, alert.RaisedAt)).ToList(),
                cleared.NotFound.Select(request => new NotFoundItemBody(request.Alert, request.Computer, request.RaisedAt)).ToList(),
                Query.EncodeContinuation(cleared.Continuation)));
        }
    }

    private static void ReadItems(JsonFields fields, List<ClearRequest> requests, Faults faults)
    {
        if (!fields.Has("items") || fields["items"].ValueKind != JsonValueKind.Array || fields["items"].GetArrayLength() is 0 or > MaximumClears)
        {
            fields.Refuse("items", $"must be an array of 1 to {MaximumClears} alerts.");
            return;
        }

        int index = 0;
        foreach (JsonElement element in fields["items"].EnumerateArray())
        {
            string path = $"$.items[{index++}]";
            if (JsonFields.Of(element, path, faults, "alert", "computer", "raisedAt") is not { } item)
            {
                continue;
            }

            if (!item.Has("alert") && !item.Has("computer"))
            {
                faults.Add(path, "must have alert, computer or both.");
            }

            requests.Add(new ClearRequest(
                item.Name("alert", Event.MaximumNameLength, required: false),
                item.Name("computer", Event.MaximumNameLength, required: false),
                item.Time("raisedAt")));
        }
    }
}

/// <summary>An outstanding alert.</summary>
/// <param name="Alert">The alert type.</param>
/// <param name="Computer">The computer.</param>
/// <param name="Severity">The severity of its type.</param>
/// <param name="RaisedAt">When it was raised.</param>
/// <param name="Message">The message of the event that raised it, or null.</param>
/// <param name="EventId">The id of that event, or null.</param>
internal sealed record AlertBody(string Alert, string Computer, Severity Severity, DateTimeOffset RaisedAt, string? Message, string? EventId)
{
    public static AlertBody Of(Alert alert, AlertType type) => new(alert.Type, alert.Computer, type.Severity, alert.RaisedAt, alert.Message, alert.EventId);
}

/// <summary>An alert type's outstanding alerts in figures.</summary>
/// <param name="Alert">The alert type's name.</param>
/// <param name="Title">Its title in the reader's language.</param>
/// <param name="Severity">Its severity.</param>
/// <param name="Computers">On how many computers it is outstanding.</param>
/// <param name="FirstComputers">The five of them on which it has been outstanding longest.</param>
/// <param name="FirstRaisedAt">Since when, at the earliest.</param>
/// <param name="LastRaisedAt">Since when, at the latest.</param>
internal sealed record AlertSummaryBody(
    string Alert, string Title, Severity Severity, int Computers, IReadOnlyList<string> FirstComputers, DateTimeOffset FirstRaisedAt, DateTimeOffset LastRaisedAt)
{
    /// <summary>One in JSON, for the document.</summary>
    public const string Example =
        """{ "alert": "Eicar", "title": "Eicar", "severity": "critical", "computers": 2, "firstComputers": ["web01", "web02"], "firstRaisedAt": "2026-11-24T02:00:00Z", "lastRaisedAt": "2026-11-24T02:05:00Z" }""";

    public static AlertSummaryBody Of(AlertSummary summary, MailCulture culture) => new(
        summary.Type.Name,
        culture == MailCulture.Ja ? summary.Type.TitleJa : summary.Type.TitleEn,
        summary.Type.Severity,
        summary.Outstanding.Count,
        summary.Outstanding.First,
        summary.Outstanding.FirstRaisedAt,
        summary.Outstanding.LastRaisedAt);
}

/// <summary>A computer's outstanding alerts in figures.</summary>
/// <param name="Computer">The computer.</param>
/// <param name="Severity">The highest severity of its alerts.</param>
/// <param name="Alerts">How many alerts are outstanding on it.</param>
/// <param name="FirstAlerts">The five of them that have been outstanding longest.</param>
/// <param name="FirstRaisedAt">Since when, at the earliest.</param>
/// <param name="LastRaisedAt">Since when, at the latest.</param>
internal sealed record ComputerSummaryBody(
    string Computer, Severity Severity, int Alerts, IReadOnlyList<string> FirstAlerts, DateTimeOffset FirstRaisedAt, DateTimeOffset LastRaisedAt)
{
    public static ComputerSummaryBody Of(ComputerSummary summary) => new(
        summary.Computer, summary.Severity, summary.Outstanding.Count, summary.Outstanding.First, summary.Outstanding.FirstRaisedAt, summary.Outstanding.LastRaisedAt);
}

/// <summary>A place in the list of computers, which is by age of their oldest alert and then by name.</summary>
internal sealed record ComputerPlace(DateTimeOffset FirstRaisedAt, string Computer)
{
    /// <summary>No name has a control character.</summary>
    private const char Separator = '\n';

    public static ComputerPlace Of(ComputerSummary summary) => new(summary.Outstanding.FirstRaisedAt, summary.Computer);

    public bool IsAfter(ComputerPlace other) =>
        FirstRaisedAt != other.FirstRaisedAt ? FirstRaisedAt > other.FirstRaisedAt : string.CompareOrdinal(Computer, other.Computer) > 0;

    public string ToContinuation() => $"{FirstRaisedAt.UtcTicks.ToString(CultureInfo.InvariantCulture)}{Separator}{Computer}";

    public static ComputerPlace? Parse(string continuation) =>
        continuation.Split(Separator) is [var ticks, { Length: > 0 } computer]
        && long.TryParse(ticks, NumberStyles.None, CultureInfo.InvariantCulture, out long raisedAt) && raisedAt <= DateTimeOffset.MaxValue.Ticks
            ? new ComputerPlace(new DateTimeOffset(raisedAt, TimeSpan.Zero), computer)
            : null;
}

/// <summary>What to clear.</summary>
[JsonUnmappedMemberHandling(JsonUnmappedMemberHandling.Disallow)]
internal sealed record ClearBody
{
    /// <summary>Alerts, alert types or computers.</summary>
    [MinLength(1), MaxLength(AlertEndpoints.MaximumClears)]
    public required IReadOnlyList<ClearItemBody> Items { get; init; }

    /// <summary>Why, for the mail.</summary>
    [MaxLength(AlertEndpoints.MaximumNoteLength)]
    public string? Note { get; init; }

    /// <summary>Who, for the system event.</summary>
    [MaxLength(Event.MaximumNameLength)]
    public string? By { get; init; }

    /// <summary>What the answer to the same request gave, when it could not clear all in its time.</summary>
    [MaxLength(Query.MaximumContinuationLength)]
    public string? Continuation { get; init; }
}

/// <summary>One alert, by alert type and computer, or all of an alert type or of a computer, when the other is left out.</summary>
[JsonUnmappedMemberHandling(JsonUnmappedMemberHandling.Disallow)]
internal sealed record ClearItemBody
{
    /// <summary>The alert type; left out, all of the computer's.</summary>
    [MinLength(1), MaxLength(Event.MaximumNameLength)]
    public string? Alert { get; init; }

    /// <summary>The computer; left out, all on which the alert type is outstanding.</summary>
    [MinLength(1), MaxLength(Event.MaximumNameLength)]
    public string? Computer { get; init; }

    /// <summary>When it was raised: a newer raise is then not cleared unseen.</summary>
    public DateTimeOffset? RaisedAt { get; init; }
}

/// <summary>An item that named no outstanding alert.</summary>
/// <param name="Alert">Its alert type, or null.</param>
/// <param name="Computer">Its computer, or null.</param>
/// <param name="RaisedAt">Its time, or null.</param>
internal sealed record NotFoundItemBody(string? Alert, string? Computer, DateTimeOffset? RaisedAt);

/// <summary>An alert that was cleared.</summary>
/// <param name="Alert">The alert type.</param>
/// <param name="Computer">The computer.</param>
/// <param name="RaisedAt">When it had been raised.</param>
internal sealed record ClearedItemBody(string Alert, string Computer, DateTimeOffset RaisedAt);

/// <summary>What was cleared, and what was not there.</summary>
/// <param name="Cleared">The alerts that were cleared by this request.</param>
/// <param name="NotFound">The items that named no outstanding alert.</param>
/// <param name="Continuation">Not null when not all could be cleared in the time of a request: repeat the request with it.</param>
internal sealed record ClearedBody(IReadOnlyList<ClearedItemBody> Cleared, IReadOnlyList<NotFoundItemBody> NotFound, string? Continuation);
