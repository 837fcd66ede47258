using System.Security.Cryptography;
using System.Text.Json;
using AlertFunctions.Api.Alerts;
using AlertFunctions.Api.Documentation;
using AlertFunctions.Api.Http;
using AlertFunctions.Api.SystemEvents;
using AlertFunctions.Core.Settings;
using AlertFunctions.Core.Texts;
using AlertFunctions.Core.Upkeep;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Json;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.Options;
using Microsoft.Net.Http.Headers;

namespace AlertFunctions.Api.Operation;

/// <summary><c>GET /api/overview</c>.</summary>
internal static class OverviewEndpoints
{
    public static void MapOverview(this IEndpointRouteBuilder endpoints) => endpoints.MapGet("/api/overview", ReadAsync).RequireAuthorization(AccessPolicies.Read).WithQuery(QueryParameters.Culture)
        .WithName("getOverview")
        .WithSummary("Get how things stand")
        .WithDescription("How things stand, in one answer with an `ETag`: outstanding alerts, the last 30 days, mail, health, the latest system events. Asking again costs next to nothing while nothing changes.")
        .Produces<OverviewBody>()
        .Produces(StatusCodes.Status304NotModified)
        .WithExamples(answer: $$"""
            { "alerts": { "total": 2, "critical": 2, "warning": 0, "types": [{{AlertSummaryBody.Example}}] },
              "days": [{ "day": "2026-11-24", "raised": 2, "cleared": 1 }],
              "mail": { "waiting": 0, "oldestWaitingSince": null, "sentToday": 2, "givenUpToday": 0 },
              "health": {{HealthBody.Example}},
              "systemEvents": [{{SystemEventBody.Example}}] }
            """);

    private static async Task<IResult> ReadAsync(HttpContext context, OverviewReader reader, MailSettings settings, IOptions<JsonOptions> json)
    {
        var faults = new Faults();
        MailCulture culture = new Query(context.Request, faults).Culture(settings.Culture);
        if (faults.Any)
        {
            return Problem.Invalid(faults);
        }

        byte[] body = JsonSerializer.SerializeToUtf8Bytes(OverviewBody.Of(await reader.ReadAsync(context.StorageDeadline()), culture), json.Value.SerializerOptions);
        context.Response.Headers[HeaderNames.CacheControl] = "private, no-cache";
        context.Response.Headers[HeaderNames.Vary] = HeaderNames.AcceptLanguage;

        // The tag is of the content, so every process gives the same for the same.
        var tag = new EntityTagHeaderValue($"\"{Convert.ToHexStringLower(SHA256.HashData(body).AsSpan(0, 16))}\"");
        context.Response.Headers.ETag = tag.ToString();
        return EntityTag.IsKnown(context.Request, tag) ? Results.StatusCode(StatusCodes.Status304NotModified) : Results.Bytes(body, "application/json; charset=utf-8");
    }
}

/// <summary>How things stand.</summary>
/// <param name="Alerts">The outstanding alerts.</param>
/// <param name="Days">What was raised and cleared on each of the last 30 days in the system's time zone, today last.</param>
/// <param name="Mail">How mail stands.</param>
/// <param name="Health">What <c>/api/health</c> says.</param>
/// <param name="SystemEvents">The latest 20 system events, newest first.</param>
internal sealed record OverviewBody(OverviewAlertsBody Alerts, IReadOnlyList<OverviewDayBody> Days, OverviewMailBody Mail, HealthBody Health, IReadOnlyList<SystemEventBody> SystemEvents)
{
    public static OverviewBody Of(Overview overview, MailCulture culture) => new(
        new OverviewAlertsBody(
            overview.Alerts.Sum(type => type.Outstanding.Count),
            CountOf(overview, Severity.Critical),
            CountOf(overview, Severity.Warning),
            overview.Alerts.Select(type => AlertSummaryBody.Of(type, culture)).ToList()),
        overview.Days.Select(day => new OverviewDayBody(day.Day, day.Raised, day.Cleared)).ToList(),
        new OverviewMailBody(overview.Mail.Waiting, overview.Mail.OldestWaitingSince, overview.Mail.SentToday, overview.Mail.GivenUpToday),
        HealthBody.Of(overview.Health),
        overview.Latest.Select(item => SystemEventBody.Of(item, culture)).ToList());

    private static int CountOf(Overview overview, Severity severity) => overview.Alerts.Where(type => type.Type.Severity == severity).Sum(type => type.Outstanding.Count);
}

/// <summary>The outstanding alerts, each computer counted.</summary>
/// <param name="Total">All.</param>
/// <param name="Critical">The critical ones.</param>
/// <param name="Warning">The warnings.</param>
/// <param name="Types">By alert type, as <c>/api/alerts/summary</c> has them.</param>
internal sealed record OverviewAlertsBody(int Total, int Critical, int Warning, IReadOnlyList<AlertSummaryBody> Types);

/// <summary>One day.</summary>
/// <param name="Day">The day.</param>
/// <param name="Raised">Alerts raised on it.</param>
/// <param name="Cleared">Alerts cleared on it.</param>
internal sealed record OverviewDayBody(DateOnly Day, int Raised, int Cleared);

/// <summary>How mail stands; each recipient counts.</summary>
/// <param name="Waiting">Recipients who wait for mail; null when there are more than 10,000.</param>
/// <param name="OldestWaitingSince">Since when the oldest mail waits, or null.</param>
/// <param name="SentToday">Deliveries today.</param>
/// <param name="GivenUpToday">Recipients given up today.</param>
internal sealed record OverviewMailBody(int? Waiting, DateTimeOffset? OldestWaitingSince, int SentToday, int GivenUpToday);
