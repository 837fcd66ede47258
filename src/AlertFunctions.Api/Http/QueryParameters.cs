using AlertFunctions.Core.Texts;
using Microsoft.OpenApi;

namespace AlertFunctions.Api.Http;

/// <summary>The query parameters that several routes have.</summary>
internal static class QueryParameters
{
    public static readonly QueryParameter<int> Top = QueryParameter.Number("top", "How many items a page has at most.", 1, 1_000, 100);

    /// <summary>Each route passes what it accepts to <see cref="Query.Continuation"/>.</summary>
    public static readonly QueryParameter<string?> Continuation = new(
        "continuation",
        "The `continuation` of the page before, for the page that follows it.",
        required: false,
        () => new OpenApiSchema { Type = JsonSchemaType.String, MaxLength = Query.MaximumContinuationLength },
        (value, _) => value.Length == 0 ? null : value);

    /// <summary>Each route passes the default to <see cref="Query.Culture"/>.</summary>
    public static readonly QueryParameter<MailCulture?> Culture = new(
        "culture",
        "The language of the answer, `ja` or `en`; a region after it, as in `ja-JP`, makes no difference. Without it, Accept-Language decides, and then the system's language.",
        required: false,
        () => new OpenApiSchema { Type = JsonSchemaType.String, Pattern = "^([jJ][aA]|[eE][nN])(-.*)?$" },
        (value, refuse) =>
        {
            MailCulture? culture = Query.CultureOf(value);
            if (culture is null && value.Length > 0)
            {
                refuse("must be 'ja' or 'en'.");
            }

            return culture;
        });

    public static readonly QueryParameter<DateTimeOffset?> From = QueryParameter.Time("from", "The earliest time, with an offset. Without it, the 30 days up to `to`, or up to now.");

    public static readonly QueryParameter<DateTimeOffset?> To = QueryParameter.Time("to", "The end, with an offset: what happened before it is listed.");

    public static readonly QueryParameter<bool> DryRun = QueryParameter.Flag("dryRun", "Change nothing, and answer what would happen.");

    /// <summary>A filter by alert type.</summary>
    public static readonly QueryParameter<string?> Alert = QueryParameter.Text("alert", "Only this alert type; compared exactly.");

    /// <summary>The one alert type that a request is about.</summary>
    public static readonly QueryParameter<string?> WhichAlert = QueryParameter.Text("alert", "The alert type.", required: true);

    /// <summary>A filter by computer.</summary>
    public static readonly QueryParameter<string?> Computer = QueryParameter.Text("computer", "Only this computer; compared exactly.");
}
