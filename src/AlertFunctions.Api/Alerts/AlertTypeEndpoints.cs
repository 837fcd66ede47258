using System.Text.Json;
using AlertFunctions.Api.Http;
using AlertFunctions.Core.Alerts;
using AlertFunctions.Core.Events;
using AlertFunctions.Core.Texts;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace AlertFunctions.Api.Alerts;

/// <summary><c>/api/alert-types</c>: the settings of S1.</summary>
internal static class AlertTypeEndpoints
{
    public static void MapAlertTypes(this IEndpointRouteBuilder endpoints)
    {
        endpoints.MapGet("/api/alert-types", ListAsync).RequireAuthorization(AccessPolicies.Read).WithSummary("The alert types and their mail switches.").Produces<ItemList<AlertTypeBody>>().ProducesValidationProblem();
        endpoints.MapPut("/api/alert-types", PutAsync).RequireAuthorization(AccessPolicies.Manage).WithSummary("Changes an alert type; what is left out keeps its value.").Accepts<AlertTypeBody>("application/json").Produces<AlertTypeBody>().ProducesValidationProblem();
        endpoints.MapDelete("/api/alert-types", DeleteAsync).RequireAuthorization(AccessPolicies.Manage).WithSummary("Removes an alert type's settings.").Produces(204).ProducesProblem(409).ProducesValidationProblem();
    }

    private static async Task<IResult> ListAsync(HttpContext context, AlertTypeStore alertTypes)
    {
        var faults = new Faults();
        string? name = new Query(context.Request, faults).Name("alert");
        if (faults.Any)
        {
            return Problem.Invalid(faults);
        }

        IReadOnlyList<AlertType> types = name is null ? await alertTypes.ListAsync(context.StorageDeadline())
            : await alertTypes.FindAsync(name, context.StorageDeadline()) is { } type ? [type] : [];
        return Results.Ok(new ItemList<AlertTypeBody>(types.Select(AlertTypeBody.Of).ToList()));
    }

    private static async Task<IResult> PutAsync(HttpContext context, AlertTypeStore alertTypes)
    {
        (JsonDocument? document, IResult? refusal) = await JsonBody.ReadAsync(context.Request);
        if (document is null)
        {
            return refusal!;
        }

        using (document)
        {
            var faults = new Faults();
            JsonFields? fields = JsonFields.Of(document.RootElement, "$", faults, "alert", "severity", "title", "mailWhenRaised", "mailWhenCleared", "enabled");
            string? name = fields?.Name("alert", Event.MaximumNameLength, required: true);
            Severity? severity = fields?.Choice("severity", ("critical", Severity.Critical), ("warning", Severity.Warning));
            JsonFields? title = fields is not null && fields.Has("title") ? JsonFields.Of(fields["title"], "$.title", faults, "ja", "en") : null;
            string? titleJa = title?.Name("ja", Event.MaximumNameLength, required: false);
            string? titleEn = title?.Name("en", Event.MaximumNameLength, required: false);
            bool? mailWhenRaised = fields?.Flag("mailWhenRaised");
            bool? mailWhenCleared = fields?.Flag("mailWhenCleared");
            bool? enabled = fields?.Flag("enabled");
            if (faults.Any)
            {
                return Problem.Invalid(faults);
            }

            AlertType? changed = await alertTypes.PutAsync(
                name!,
                type => type with
                {
                    Severity = severity ?? type.Severity,
                    TitleJa = titleJa ?? type.TitleJa,
                    TitleEn = titleEn ?? type.TitleEn,
                    MailWhenRaised = mailWhenRaised ?? type.MailWhenRaised,
                    MailWhenCleared = mailWhenCleared ?? type.MailWhenCleared,
                    Enabled = enabled ?? type.Enabled,
                },
                context.StorageDeadline());
            return changed is null
                ? Problem.Invalid("$.alert", $"is a new alert type, but there are {AlertTypeStore.MaximumTypes} already.")
                : Results.Ok(AlertTypeBody.Of(changed));
        }
    }

    private static async Task<IResult> DeleteAsync(HttpContext context, AlertTypeStore alertTypes, AlertStore alerts)
    {
        var faults = new Faults();
        string? name = new Query(context.Request, faults).Name("alert", required: true);
        if (faults.Any)
        {
            return Problem.Invalid(faults);
        }

        if (await alerts.IsInUseAsync(name!, context.StorageDeadline()))
        {
            return Problem.Conflict("The alert type has outstanding alerts or transitions that wait to be mailed; clear them first.");
        }

        await alertTypes.DeleteAsync(name!, context.StorageDeadline());
        return Results.NoContent();
    }
}

/// <summary>An alert type's settings.</summary>
/// <param name="Alert">The alert type's name.</param>
/// <param name="Severity">Its severity.</param>
/// <param name="Title">Its title in both languages.</param>
/// <param name="MailWhenRaised">Whether mail is sent when it is raised.</param>
/// <param name="MailWhenCleared">Whether mail is sent when it is cleared.</param>
/// <param name="Enabled">Whether its events raise it; those of a type that is off are recorded and raise nothing.</param>
internal sealed record AlertTypeBody(string Alert, Severity? Severity, TitleBody? Title, bool? MailWhenRaised, bool? MailWhenCleared, bool? Enabled)
{
    public static AlertTypeBody Of(AlertType type) => new(type.Name, type.Severity, new TitleBody(type.TitleJa, type.TitleEn), type.MailWhenRaised, type.MailWhenCleared, type.Enabled);
}

/// <summary>A title in both languages.</summary>
internal sealed record TitleBody(string? Ja, string? En);
