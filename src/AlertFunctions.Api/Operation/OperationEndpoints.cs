using System.ComponentModel.DataAnnotations;
using AlertFunctions.Api.Documentation;
using AlertFunctions.Core.Settings;
using AlertFunctions.Core.Texts;
using AlertFunctions.Core.Upkeep;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.Configuration;

namespace AlertFunctions.Api.Operation;

/// <summary><c>GET /api/settings</c> and <c>GET /api/health</c>.</summary>
internal static class OperationEndpoints
{
    public static void MapOperation(this IEndpointRouteBuilder endpoints)
    {
        endpoints.MapGet("/api/settings", Settings).RequireAuthorization(AccessPolicies.Read)
            .WithName("getSettings")
            .WithSummary("Get the settings in force")
            .WithDescription("The settings in force, without secrets, and which of them come from configuration.")
            .Produces<SettingsBody>()
            .WithExamples(answer: """
                { "smtp": { "server": { "value": "mail.example.com:587", "configured": true }, "password": { "value": null, "configured": true }, "maxConnections": { "value": 3, "configured": false } },
                  "mail": { "culture": { "value": "ja", "configured": false }, "timeZone": { "value": "Asia/Tokyo", "configured": false } },
                  "events": { "retentionDays": { "value": 90, "configured": false } } }
                """);
        endpoints.MapGet("/api/health", HealthAsync).AllowAnonymous()
            .WithName("getHealth")
            .WithSummary("Get the health")
            .WithDescription("Whether storage answers, mail is being delivered and the timers run. Needs no key, and answers within 3 seconds.")
            .Produces<HealthBody>()
            .Produces<HealthBody>(StatusCodes.Status503ServiceUnavailable)
            .WithExamples(
                answer: HealthBody.Example,
                failure: """{ "status": "unhealthy", "checks": { "storage": "unhealthy", "mail": "unknown", "mailFailingSince": null, "lastRedriveAt": null, "timers": "healthy", "alertTypes": "healthy" } }""");
    }

    private static IResult Settings(AlertFunctionsSettings settings, IConfiguration configuration)
    {
        SettingBody Of(string key, object? value) => new(value, !string.IsNullOrWhiteSpace(configuration[key]));
        SmtpSettings smtp = settings.Smtp;
        MailSettings mail = settings.Mail;
        return Results.Ok(new SettingsBody(
            new Dictionary<string, SettingBody>(StringComparer.Ordinal)
            {
                ["server"] = Of("Smtp:Server", smtp.Host is null ? null : $"{smtp.Host}:{smtp.Port}"),
                ["from"] = Of("Smtp:From", smtp.From?.ToString()),
                ["bounceAddress"] = Of("Smtp:BounceAddress", (smtp.BounceAddress ?? smtp.From)?.Address),
                ["security"] = Of("Smtp:Security", smtp.Security.ToString()),
                ["authentication"] = Of("Smtp:Authentication", smtp.Authentication.ToString()),
                ["userName"] = Of("Smtp:UserName", smtp.UserName),
                ["password"] = Of("Smtp:Password", null),
                ["oauth2Scope"] = Of("Smtp:OAuth2:Scope", smtp.OAuth2Scope),
                ["maxConnections"] = Of("Smtp:MaxConnections", smtp.MaxConnections),
                ["timeoutSeconds"] = Of("Smtp:TimeoutSeconds", (int)smtp.Timeout.TotalSeconds),
            },
            new Dictionary<string, SettingBody>(StringComparer.Ordinal)
            {
                ["culture"] = Of("Mail:Culture", mail.Culture == MailCulture.Ja ? "ja" : "en"),
                ["timeZone"] = Of("Mail:TimeZone", mail.TimeZone.Id),
                ["alertEmailAddress"] = Of("Mail:AlertEmailAddress", mail.AlertEmailAddress),
                ["consoleUrl"] = Of("Mail:ConsoleUrl", mail.ConsoleUrl),
                ["collectSeconds"] = Of("Mail:CollectSeconds", (int)mail.Collect.TotalSeconds),
            },
            new Dictionary<string, SettingBody>(StringComparer.Ordinal)
            {
                ["retentionDays"] = Of("Events:RetentionDays", (int)settings.Events.Retention.TotalDays),
            }));
    }

    private static async Task<IResult> HealthAsync(HttpContext context, MailHealth health)
    {
        Health now = await health.CheckAsync(context.RequestAborted);
        return Results.Json(HealthBody.Of(now), statusCode: now.StorageWorks ? 200 : 503);
    }
}

/// <summary>The settings in force, by their names.</summary>
/// <param name="Smtp">The SMTP server.</param>
/// <param name="Mail">What mail looks like and when it is sent.</param>
/// <param name="Events">How long events are kept.</param>
internal sealed record SettingsBody(IReadOnlyDictionary<string, SettingBody> Smtp, IReadOnlyDictionary<string, SettingBody> Mail, IReadOnlyDictionary<string, SettingBody> Events);

/// <summary>One setting.</summary>
/// <param name="Value">Its value, text or a number; null for a secret.</param>
/// <param name="Configured">Whether it comes from configuration; false for a default.</param>
internal sealed record SettingBody(object? Value, bool Configured);

/// <summary>How the system is doing.</summary>
/// <param name="Status">All checks together: `unhealthy` when storage does not answer, `degraded` when another check fails.</param>
/// <param name="Checks">What was checked.</param>
internal sealed record HealthBody([property: AllowedValues("healthy", "degraded", "unhealthy")] string Status, HealthChecksBody Checks)
{
    /// <summary>One in JSON, for the document.</summary>
    public const string Example =
        """{ "status": "healthy", "checks": { "storage": "healthy", "mail": "healthy", "mailFailingSince": null, "lastRedriveAt": "2026-11-24T02:00:00Z", "timers": "healthy", "alertTypes": "healthy" } }""";

    public static HealthBody Of(Health now) => new(
        !now.StorageWorks ? "unhealthy" : now is { Mail: MailStatus.Healthy, Timers: TimerStatus.Healthy, AlertTypeLimitReached: false } ? "healthy" : "degraded",
        new HealthChecksBody(now.StorageWorks ? "healthy" : "unhealthy", now.Mail, now.FailingSince, now.LastRedriveAt, now.Timers, now.AlertTypeLimitReached ? "limitReached" : "healthy"));
}

/// <summary>What was checked.</summary>
/// <param name="Storage"><c>healthy</c>, or <c>unhealthy</c> when storage does not answer.</param>
/// <param name="Mail">How mail is doing.</param>
/// <param name="MailFailingSince">When mail began to fail; null while it does not.</param>
/// <param name="LastRedriveAt">When the hourly run last happened.</param>
/// <param name="Timers">Whether the timers run.</param>
/// <param name="AlertTypes"><c>healthy</c>, or <c>limitReached</c> when events bring more alert types than can be registered: they raise and mail with the defaults.</param>
internal sealed record HealthChecksBody(
    [property: AllowedValues("healthy", "unhealthy")] string Storage,
    MailStatus Mail,
    DateTimeOffset? MailFailingSince,
    DateTimeOffset? LastRedriveAt,
    TimerStatus Timers,
    [property: AllowedValues("healthy", "limitReached")] string AlertTypes);
