using System.ComponentModel.DataAnnotations;
using System.Text.Json;
using System.Text.Json.Serialization;
using AlertFunctions.Api.Documentation;
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
    /// <summary>An alert type in JSON, for the document.</summary>
    public const string Example = """{ "alert": "Eicar", "severity": "critical", "title": { "ja": "Eicar", "en": "Eicar" }, "mailWhenRaised": true, "mailWhenCleared": false, "enabled": true }""";

    public static void MapAlertTypes(this IEndpointRouteBuilder endpoints)
    {
        endpoints.MapGet("/api/alert-types", ListAsync).RequireAuthorization(AccessPolicies.Read).WithQuery(QueryParameters.Alert)
            .WithName("listAlertTypes")
            .WithSummary("List alert types")
            .WithDescription("The alert types with their mail switches. With `alert` the list has that one or none, and the answer an `ETag`.")
            .Produces<ItemList<AlertTypeBody>>()
            .WithVersions()
            .WithExamples(answer: $$"""{ "items": [{{Example}}], "total": 1, "continuation": null }""");
        endpoints.MapPut("/api/alert-types", WriteAsync).RequireAuthorization(AccessPolicies.Manage)
            .WithName("replaceAlertType")
            .WithSummary("Add or replace an alert type")
            .WithDescription("Adds or replaces an alert type's settings; what is left out takes its default.")
            .Accepts<AlertTypeChangeBody>(JsonBody.MediaType)
            .Produces<AlertTypeBody>()
            .WithVersions()
            .WithExamples(request: Example, answer: Example);
        endpoints.MapPatch("/api/alert-types", WriteAsync).RequireAuthorization(AccessPolicies.Manage)
            .WithName("changeAlertType")
            .WithSummary("Change an alert type")
            .WithDescription("Changes an alert type's settings as RFC 7396 says: what is left out stays, and null is the default. A type without settings gets them.")
            .Accepts<AlertTypeChangeBody>(JsonBody.MergePatchMediaType, JsonBody.MediaType)
            .Produces<AlertTypeBody>()
            .WithVersions()
            .WithExamples(request: """{ "alert": "Eicar", "mailWhenCleared": false }""", answer: Example);
        endpoints.MapDelete("/api/alert-types", DeleteAsync).RequireAuthorization(AccessPolicies.Manage).WithQuery(QueryParameters.WhichAlert)
            .WithName("deleteAlertType")
            .WithSummary("Remove an alert type")
            .WithDescription("Removes an alert type's settings; not while it has outstanding alerts, or transitions that wait to be mailed.")
            .Produces(StatusCodes.Status204NoContent)
            .ProducesOwnProblem(StatusCodes.Status404NotFound)
            .ProducesOwnProblem(StatusCodes.Status409Conflict)
            .WithVersions();
    }

    private static async Task<IResult> ListAsync(HttpContext context, AlertTypeStore alertTypes)
    {
        var faults = new Faults();
        string? name = new Query(context.Request, faults).Get(QueryParameters.Alert);
        if (faults.Any)
        {
            return Problem.Invalid(faults);
        }

        if (name is null)
        {
            return Results.Ok(ItemList<AlertTypeBody>.Of((await alertTypes.ListAsync(context.StorageDeadline())).Select(AlertTypeBody.Of).ToList()));
        }

        AlertType? type = await alertTypes.FindAsync(name, context.StorageDeadline());
        if (type is not null)
        {
            context.Response.Headers.ETag = Of(context).TagOf(type);
        }

        return Results.Ok(ItemList<AlertTypeBody>.Of(type is null ? [] : [AlertTypeBody.Of(type)]));
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
        string? name = new Query(context.Request, faults).Get(QueryParameters.WhichAlert);
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
internal sealed record AlertTypeBody(string Alert, Severity Severity, TitleBody Title, bool MailWhenRaised, bool MailWhenCleared, bool Enabled)
{
    public static AlertTypeBody Of(AlertType type) => new(type.Name, type.Severity, new TitleBody(type.TitleJa, type.TitleEn), type.MailWhenRaised, type.MailWhenCleared, type.Enabled);
}

/// <summary>A title in both languages.</summary>
/// <param name="Ja">In Japanese.</param>
/// <param name="En">In English.</param>
internal sealed record TitleBody(string Ja, string En);

/// <summary>An alert type's settings as they are written. What is left out, or null, takes its default, or stays when it is a patch.</summary>
[JsonUnmappedMemberHandling(JsonUnmappedMemberHandling.Disallow)]
internal sealed record AlertTypeChangeBody
{
    /// <summary>The alert type's name.</summary>
    [MinLength(1), MaxLength(Event.MaximumNameLength)]
    public required string Alert { get; init; }

    /// <summary>Its severity; the default is `warning`.</summary>
    public Severity? Severity { get; init; }

    /// <summary>Its title; the default is its name.</summary>
    public TitleChangeBody? Title { get; init; }

    /// <summary>Whether mail is sent when it is raised; the default is true.</summary>
    public bool? MailWhenRaised { get; init; }

    /// <summary>Whether mail is sent when it is cleared; the default is false.</summary>
    public bool? MailWhenCleared { get; init; }

    /// <summary>Whether its events raise it; the default is true.</summary>
    public bool? Enabled { get; init; }
}

/// <summary>A title as it is written.</summary>
[JsonUnmappedMemberHandling(JsonUnmappedMemberHandling.Disallow)]
internal sealed record TitleChangeBody
{
    /// <summary>In Japanese.</summary>
    [MinLength(1), MaxLength(Event.MaximumNameLength)]
    public string? Ja { get; init; }

    /// <summary>In English.</summary>
    [MinLength(1), MaxLength(Event.MaximumNameLength)]
    public string? En { get; init; }
}
