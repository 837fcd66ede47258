using AlertFunctions.Api.Http;
using Microsoft.Net.Http.Headers;
using Microsoft.OpenApi;

namespace AlertFunctions.Api.Documentation;

/// <summary>What a status means, which headers come with it, and what content is that is not JSON.</summary>
internal static class AnswerDescription
{
    /// <summary>Completes what the types of a route say of an answer.</summary>
    /// <param name="answer">The answer.</param>
    /// <param name="status">Its status.</param>
    /// <param name="policy">The route's access policy; null when it needs no key.</param>
    /// <param name="hasVersions">Whether the resource has versions.</param>
    /// <param name="hasPages">Whether it is a page of a list.</param>
    public static void Complete(OpenApiResponse answer, string status, string? policy, bool hasVersions, bool hasPages)
    {
        bool isProblem = answer.Content?.ContainsKey(RouteDocumentation.ProblemType) is true;
        answer.Description = MeaningOf(status, policy, isProblem) ?? answer.Description;
        if (status == "503" && isProblem)
        {
            AddHeader(answer, HeaderNames.RetryAfter, "After how many seconds to try again.", JsonSchemaType.Integer);
        }

        if (hasVersions && status is "200" or "304")
        {
            AddHeader(answer, HeaderNames.ETag, "The version.", JsonSchemaType.String);
        }

        // The generator gives every content of an answer the same schema.
        foreach ((string type, OpenApiMediaType content) in answer.Content ?? new Dictionary<string, OpenApiMediaType>(StringComparer.Ordinal))
        {
            if (type.StartsWith("text/", StringComparison.Ordinal))
            {
                content.Schema = new OpenApiSchema { Type = JsonSchemaType.String };
            }

            if (type == CsvAnswer.ContentType)
            {
                content.Schema = new OpenApiSchema { Type = JsonSchemaType.String, Description = "The same items in UTF-8 with a byte order mark, below a line of headings." };
                if (hasPages)
                {
                    AddHeader(answer, HeaderNames.Link, "Of CSV, the address of the next page with `rel=\"next\"` (RFC 8288).", JsonSchemaType.String);
                }
            }
        }
    }

    private static string? MeaningOf(string status, string? policy, bool isProblem) => status switch
    {
        "202" => "It was started, and goes on.",
        "204" => "It was removed.",
        "304" => "Nothing has changed.",
        "400" => "The request is invalid. `errors` lists every fault, and nothing was changed.",
        "401" => $"No key, or one that may not {AllowedBy(policy)}. The Functions host sends no body.",
        "403" => "A page of another site sent the request to a host without keys.",
        "404" => "It does not exist.",
        "408" => "The body did not arrive in time.",
        "409" => "What is there does not allow it; the title says why.",
        "412" => "It was changed or removed since the version that `If-Match` names.",
        "413" => "The body is too large; the title says how large it may be.",
        "415" => "The content type, its charset or the content encoding is not accepted.",
        "500" => "An unexpected error, which the log has under the `traceId`.",
        "503" when isProblem => "It cannot be done now, as a rule because storage does not answer; try again after the time in `Retry-After`.",
        "503" => "Storage does not answer.",
        _ => null,
    };

    private static string AllowedBy(string? policy) => policy switch
    {
        AccessPolicies.PostEvents => "post events",
        AccessPolicies.Read => "read",
        _ => "change anything",
    };

    private static void AddHeader(OpenApiResponse answer, string name, string description, JsonSchemaType type)
    {
        answer.Headers ??= new Dictionary<string, IOpenApiHeader>(StringComparer.Ordinal);
        answer.Headers[name] = new OpenApiHeader { Description = description, Schema = new OpenApiSchema { Type = type } };
    }
}
