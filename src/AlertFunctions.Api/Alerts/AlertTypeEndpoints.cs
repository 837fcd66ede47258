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
        endpoints.MapGet("/api/alert-types", ListAsync).RequireAuthorization(AccessPolicies.Read).WithQuery("alert").WithSummary("The alert types and their mail switches.").Produces<ItemList<AlertTypeBody>>().ProducesValidationProblem();
        endpoints.MapPut("/api/alert-types", WriteAsync).RequireAuthorization(AccessPolicies.Manage).WithSummary("Adds or replaces an alert type's settings; what is left out takes its default.").Accepts<AlertTypeBody>(JsonBody.MediaType).Produces<AlertTypeBody>().ProducesValidationProblem().ProducesProblem(412);
        endpoints.MapPatch("/api/alert-types", WriteAsync).RequireAuthorization(AccessPolicies.Manage).WithSummary("Changes an alert type's settings; what is left out stays. A type without settings gets them.").Accepts<AlertTypeBody>(JsonBody.MergePatchMediaType, JsonBody.MediaType).Produces<AlertTypeBody>().ProducesValidationProblem().ProducesProblem(412);
        endpoints.MapDelete("/api/alert-types", DeleteAsync).RequireAuthorization(AccessPolicies.Manage).WithQuery("alert").WithSummary("Removes an alert type's settings.").Produces(204).ProducesProblem(404).ProducesProblem(409).ProducesProblem(412).ProducesValidationProblem();
    }

    private static async Task<IResult> ListAsync(HttpContext context, AlertTypeStore alertTypes)
    {
        var faults = new Faults();
        string? name = new Query(context.Request, faults).Name("alert");
        if (faults.Any)
        {
            return Problem.Invalid(faults);
        }

        if (name is null)
        {
            return Results.Ok(new ItemList<AlertTypeBody>((await alertTypes.ListAsync(context.StorageDeadline())).Select(AlertTypeBody.Of).ToList()));
        }

        AlertType? type = await alertTypes.FindAsync(name, context.StorageDeadline());
        if (type is not null)
        {
            context.Response.Headers.ETag = Of(context).TagOf(type);
        }

        return Results.Ok(new ItemList<AlertTypeBody>(type is null ? [] : [AlertTypeBody.Of(type)]));
    }

    private static async Task<IResult> WriteAsync(HttpContext context, AlertTypeStore alertTypes)
    {
        (JsonDocument? document, IResult? refusal) = await JsonBody.ReadAsync(context.Request);
        if (document is null)
        {
            return refusal!;
        }

        using (document)
        {
            // Which type it is stands in the body, of a patch as well.
            var faults = new Faults();
            JsonFields? fields = JsonFields.Of(document.RootElement, "$", faults, AlertTypeReader.Fields);
            if (fields?.Name(AlertTypeReader.Alert, Event.MaximumNameLength, required: true) is not { } name || faults.Any)
            {
                AlertTypeReader.Read(document.RootElement, "$", faults = new Faults());
                return Problem.Invalid(faults);
            }

            return await Of(context).WriteAsync(
                document.RootElement,
                change => alertTypes.PutAsync(name, change, context.StorageDeadline()),
                full: Problem.Invalid("$.alert", $"is a new alert type, but there are {AlertTypeStore.MaximumTypes} already."),
                missing: null);
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
            return Problem.Conflict("alertTypeInUse", "The alert type has outstanding alerts or transitions that wait to be mailed; clear them first.");
        }

        return await Of(context).DeleteAsync(allowed => alertTypes.DeleteAsync(name!, allowed, context.StorageDeadline()), Problem.NotFound("There is no alert type of this name."));
    }

    private static Resource<AlertType> Of(HttpContext context) => new(context, (body, faults) => AlertTypeReader.Read(body, "$", faults), AlertTypeBody.Of);
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
