using System.ComponentModel.DataAnnotations;
using System.Text.Json;
using System.Text.Json.Serialization;
using AlertFunctions.Api.Documentation;
using AlertFunctions.Api.Http;
using AlertFunctions.Core.Alerts;
using AlertFunctions.Core.Settings;
using AlertFunctions.Core.SystemEvents;
using AlertFunctions.Core.Texts;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace AlertFunctions.Api.Alerts.Catalogues;

/// <summary><c>POST /api/alert-types/import</c>: registers the predefined alerts of another product.</summary>
internal static class CatalogueEndpoints
{
    private const string Catalogue = "catalogue";
    private const string Language = "language";

    public static void MapCatalogues(this IEndpointRouteBuilder endpoints) =>
        endpoints.MapPost("/api/alert-types/import", ImportAsync).RequireAuthorization(AccessPolicies.Manage)
            .WithName("importAlertTypes")
            .WithSummary("Register the predefined alerts of another product")
            .WithDescription("Registers the alert types of a catalogue that are not there, with the severity and titles that the product's documentation says; what it does not say takes its default. An alert type that is there keeps its settings. Repeating the request does the rest of one that failed.")
            .Accepts<CatalogueImportRequestBody>(JsonBody.MediaType)
            .Produces<CatalogueImportBody>()
            .WithExamples(
                request: """{ "catalogue": "deep-security", "language": "en" }""",
                answer: """
                    { "added": 1, "unchanged": 0, "items": [{ "alert": "Abnormal Restart Detected", "added": true, "severity": "warning", "dismissible": true }],
                      "sources": [{ "title": "Predefined alerts", "address": "https://docs.example.com/predefined-alerts" }] }
                    """);

    private static async Task<IResult> ImportAsync(HttpContext context, AlertTypeStore alertTypes, MailSettings settings)
    {
        (JsonDocument? document, IResult? refusal) = await JsonBody.ReadAsync(context.Request);
        if (document is null)
        {
            return refusal!;
        }

        using (document)
        {
            var faults = new Faults();
            JsonFields? fields = JsonFields.Of(document.RootElement, "$", faults, Catalogue, Language);
            if (fields?.Has(Catalogue) is false)
            {
                fields.Refuse(Catalogue, $"is required: '{AlertCatalogue.DeepSecurity}'.");
            }

            CatalogueName? name = fields?.Choice(Catalogue, (AlertCatalogue.DeepSecurity, CatalogueName.DeepSecurity));
            MailCulture language = fields?.Choice(Language, ("ja", MailCulture.Ja), ("en", MailCulture.En)) ?? settings.Culture;
            if (name is null || faults.Any)
            {
                return Problem.Invalid(faults);
            }

            var catalogue = AlertCatalogue.Of(name.Value);
            IReadOnlyList<AlertType> types = [.. catalogue.Alerts.Select(alert => alert.TypeIn(language))];
            RowSetChange? change = await alertTypes.AddMissingAsync(types, context.StorageDeadline());
            return change is null
                ? Problem.Invalid($"$.{Catalogue}", $"has more new alert types than there is room for: there may be {AlertTypeStore.MaximumTypes}.")
                : Results.Ok(CatalogueImportBody.Of(catalogue, types, change));
        }
    }
}

/// <summary>What is imported.</summary>
[JsonUnmappedMemberHandling(JsonUnmappedMemberHandling.Disallow)]
internal sealed record CatalogueImportRequestBody
{
    /// <summary>The catalogue.</summary>
    [AllowedValues(AlertCatalogue.DeepSecurity)]
    public required string Catalogue { get; init; }

    /// <summary>The language in which the product's events name its alerts, and so the language of the alert types' names; the default is the system's. An alert without a title in Japanese is named in English.</summary>
    public MailCulture? Language { get; init; }
}

/// <summary>What an import did.</summary>
/// <param name="Added">How many alert types were not there.</param>
/// <param name="Unchanged">How many were there, and keep their settings.</param>
/// <param name="Items">All of them, as the catalogue has them.</param>
/// <param name="Sources">The documentation that the catalogue was made from.</param>
internal sealed record CatalogueImportBody(int Added, int Unchanged, IReadOnlyList<CatalogueItemBody> Items, IReadOnlyList<CatalogueSource> Sources)
{
    public static CatalogueImportBody Of(AlertCatalogue catalogue, IReadOnlyList<AlertType> types, RowSetChange change)
    {
        HashSet<string> added = change.Added.ToHashSet(StringComparer.Ordinal);
        return new CatalogueImportBody(
            added.Count,
            change.Unchanged,
            [.. catalogue.Alerts.Zip(types, (alert, type) => new CatalogueItemBody(type.Name, added.Contains(type.Name), alert.Severity, alert.Dismissible))],
            [.. catalogue.Sources.Values]);
    }
}

/// <summary>An alert type of a catalogue.</summary>
/// <param name="Alert">The alert type's name.</param>
/// <param name="Added">Whether it was added; one that was there keeps its settings.</param>
/// <param name="Severity">Its default severity by the documentation; null where that does not say.</param>
/// <param name="Dismissible">Whether a person can dismiss the alert in the other product; null where the documentation does not say. Here every alert can be cleared.</param>
internal sealed record CatalogueItemBody(string Alert, bool Added, Severity? Severity, bool? Dismissible);
