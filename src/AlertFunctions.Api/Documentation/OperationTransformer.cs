using System.Globalization;
using System.Text.Json.Nodes;
using AlertFunctions.Api.Http;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.OpenApi;
using Microsoft.Net.Http.Headers;
using Microsoft.OpenApi;

namespace AlertFunctions.Api.Documentation;

/// <summary>Describes of a route what its types do not say: parameters, keys, headers, what a status means, examples.</summary>
internal sealed class OperationTransformer : IOpenApiOperationTransformer
{
    private static readonly Dictionary<string, OpenApiMediaType> NoContent = new(StringComparer.Ordinal);

    /// <inheritdoc/>
    public Task TransformAsync(OpenApiOperation operation, OpenApiOperationTransformerContext context, CancellationToken cancellationToken)
    {
        IList<object> metadata = context.Description.ActionDescriptor.EndpointMetadata;
        string? policy = metadata.OfType<IAuthorizeData>().FirstOrDefault()?.Policy;
        DescribeParameters(operation, metadata);
        operation.Security = policy is null ? [] : [Requirement(DocumentTransformer.KeyScheme, context), Requirement(DocumentTransformer.CodeScheme, context)];
        KeyValuePair<string, IOpenApiResponse>[] answers = [.. (operation.Responses ?? []).OrderBy(answer => answer.Key, StringComparer.Ordinal)];
        operation.Responses = [];
        foreach ((string status, IOpenApiResponse answer) in answers)
        {
            operation.Responses.Add(status, answer);
        }

        foreach ((string status, IOpenApiResponse answer) in answers)
        {
            DescribeAnswer((OpenApiResponse)answer, int.Parse(status, CultureInfo.InvariantCulture), operation, metadata, policy);
        }

        foreach (RouteExamples examples in metadata.OfType<RouteExamples>())
        {
            AddExample(operation.RequestBody?.Content?.Values, examples.Request);
            AddExample(answers.Where(answer => answer.Key.StartsWith('2')).SelectMany(answer => answer.Value.Content ?? NoContent).Where(content => content.Key == JsonBody.MediaType).Select(content => content.Value), examples.Answer);
        }

        return Task.CompletedTask;
    }

    private static void DescribeParameters(OpenApiOperation operation, IList<object> metadata)
    {
        operation.Parameters ??= [];
        foreach (OpenApiParameter parameter in operation.Parameters.OfType<OpenApiParameter>().Where(parameter => parameter.In == ParameterLocation.Path))
        {
            parameter.Description = $"The name: 1 to {Names.MaximumPathNameLength} letters of any script, digits, spaces and `. _ - @`.";
            parameter.Schema = new OpenApiSchema { Type = JsonSchemaType.String, MinLength = 1, MaxLength = Names.MaximumPathNameLength };
        }

        foreach (QueryParameter parameter in metadata.OfType<QueryNames>().SelectMany(names => names.Accepted))
        {
            operation.Parameters.Add(parameter.Describe());
        }

        if (operation.Responses?.ContainsKey("412") is true)
        {
            operation.Parameters.Add(Header(HeaderNames.IfMatch, "The `ETag` of the version that is to be changed; of any other version nothing is changed. Without it, any version is."));
        }

        if (operation.Responses?.ContainsKey("304") is true)
        {
            operation.Parameters.Add(Header(HeaderNames.IfNoneMatch, "The `ETag` of the last answer; while nothing has changed, there is no body."));
        }
    }

    private static void DescribeAnswer(OpenApiResponse answer, int status, OpenApiOperation operation, IList<object> metadata, string? policy)
    {
        answer.Description = status switch
        {
            StatusCodes.Status202Accepted => "It was started, and goes on.",
            StatusCodes.Status204NoContent => "It was removed.",
            StatusCodes.Status304NotModified => "Nothing has changed.",
            StatusCodes.Status400BadRequest => "The request is invalid. `errors` lists every fault, and nothing was changed.",
            StatusCodes.Status401Unauthorized => $"No key, or one that may not {AllowedBy(policy)}. The Functions host sends no body.",
            StatusCodes.Status403Forbidden => "A page of another site sent the request to a host without keys.",
            StatusCodes.Status404NotFound => "It does not exist.",
            StatusCodes.Status408RequestTimeout => "The body did not arrive in time.",
            StatusCodes.Status409Conflict => "What is there does not allow it; the title says why.",
            StatusCodes.Status412PreconditionFailed => "It was changed or removed since the version that `If-Match` names.",
            StatusCodes.Status413PayloadTooLarge => $"The body is larger than {JsonBody.MaximumLength} bytes.",
            StatusCodes.Status415UnsupportedMediaType => "The content type, its charset or the content encoding is not accepted.",
            StatusCodes.Status500InternalServerError => "An unexpected error, which the log has under the `traceId`.",
            StatusCodes.Status503ServiceUnavailable when IsProblem(answer) => "It cannot be done now, as a rule because storage does not answer; try again after the time in `Retry-After`.",
            StatusCodes.Status503ServiceUnavailable => "Storage does not answer.",
            _ => answer.Description,
        };
        if (status == StatusCodes.Status503ServiceUnavailable && IsProblem(answer))
        {
            AddHeader(answer, HeaderNames.RetryAfter, "After how many seconds to try again.", new OpenApiSchema { Type = JsonSchemaType.Integer });
        }

        bool hasVersion = metadata.OfType<ResourceVersions>().Any() || operation.Responses!.ContainsKey("304");
        if (hasVersion && status is StatusCodes.Status200OK or StatusCodes.Status304NotModified)
        {
            AddHeader(answer, HeaderNames.ETag, "The version.", new OpenApiSchema { Type = JsonSchemaType.String });
        }

        if (answer.Content?.TryGetValue(CsvAnswer.ContentType, out OpenApiMediaType? csv) is true)
        {
            csv.Schema = new OpenApiSchema { Type = JsonSchemaType.String, Description = "The same items in UTF-8 with a byte order mark, with a line of headings." };
            if (metadata.OfType<QueryNames>().Any(names => names.Accepted.Contains(QueryParameters.Continuation)))
            {
                AddHeader(answer, HeaderNames.Link, "Of CSV, the address of the next page with `rel=\"next\"` (RFC 8288).", new OpenApiSchema { Type = JsonSchemaType.String });
            }
        }
    }

    private static string AllowedBy(string? policy) => policy switch
    {
        AccessPolicies.PostEvents => "post events",
        AccessPolicies.Read => "read",
        _ => "change anything",
    };

    private static bool IsProblem(OpenApiResponse answer) => answer.Content?.ContainsKey("application/problem+json") is true;

    private static OpenApiSecurityRequirement Requirement(string scheme, OpenApiOperationTransformerContext context) => new() { [new OpenApiSecuritySchemeReference(scheme, context.Document)] = [] };

    private static OpenApiParameter Header(string name, string description) =>
        new() { Name = name, In = ParameterLocation.Header, Description = description, Schema = new OpenApiSchema { Type = JsonSchemaType.String } };

    private static void AddHeader(OpenApiResponse answer, string name, string description, OpenApiSchema schema)
    {
        answer.Headers ??= new Dictionary<string, IOpenApiHeader>(StringComparer.Ordinal);
        answer.Headers[name] = new OpenApiHeader { Description = description, Schema = schema };
    }

    private static void AddExample(IEnumerable<OpenApiMediaType>? content, string? json)
    {
        if (json is null)
        {
            return;
        }

        foreach (OpenApiMediaType type in content ?? [])
        {
            type.Example = JsonNode.Parse(json);
        }
    }
}
