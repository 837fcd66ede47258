using System.Text.Json.Nodes;
using AlertFunctions.Api.Http;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.OpenApi;
using Microsoft.Net.Http.Headers;
using Microsoft.OpenApi;

namespace AlertFunctions.Api.Documentation;

/// <summary>Describes of a route what its types do not say: parameters, keys, examples, and its answers (<see cref="AnswerDescription"/>).</summary>
internal sealed class OperationTransformer : IOpenApiOperationTransformer
{
    /// <inheritdoc/>
    public Task TransformAsync(OpenApiOperation operation, OpenApiOperationTransformerContext context, CancellationToken cancellationToken)
    {
        IList<object> metadata = context.Description.ActionDescriptor.EndpointMetadata;
        QueryParameter[] query = [.. metadata.OfType<QueryNames>().SelectMany(names => names.Accepted)];
        string? policy = metadata.OfType<IAuthorizeData>().FirstOrDefault()?.Policy;
        operation.Security = policy is null ? [] : [Requirement(DocumentTransformer.KeyScheme, context), Requirement(DocumentTransformer.CodeScheme, context)];

        KeyValuePair<string, IOpenApiResponse>[] answers = [.. (operation.Responses ?? []).OrderBy(answer => answer.Key, StringComparer.Ordinal)];
        bool hasVersions = metadata.OfType<ResourceVersions>().Any() || answers.Any(answer => answer.Key == "304");
        operation.Responses = [];
        foreach ((string status, IOpenApiResponse answer) in answers)
        {
            AnswerDescription.Complete((OpenApiResponse)answer, status, policy, hasVersions, hasPages: query.Contains(QueryParameters.Continuation));
            operation.Responses.Add(status, answer);
        }

        DescribeParameters(operation, query);
        foreach (RouteExamples examples in metadata.OfType<RouteExamples>())
        {
            AddExample(operation.RequestBody?.Content, examples.Request);
            foreach ((string status, IOpenApiResponse answer) in answers)
            {
                AddExample(answer.Content, status.StartsWith('2') ? examples.Answer : examples.Failure);
            }
        }

        return Task.CompletedTask;
    }

    private static void DescribeParameters(OpenApiOperation operation, IEnumerable<QueryParameter> query)
    {
        operation.Parameters ??= [];
        foreach (OpenApiParameter name in operation.Parameters.OfType<OpenApiParameter>().Where(parameter => parameter.In == ParameterLocation.Path))
        {
            name.Description = $"The name: 1 to {Names.MaximumPathNameLength} letters of any script, digits, spaces and `. _ - @`.";
            name.Schema = new OpenApiSchema { Type = JsonSchemaType.String, MinLength = 1, MaxLength = Names.MaximumPathNameLength };
        }

        foreach (QueryParameter parameter in query)
        {
            operation.Parameters.Add(parameter.Describe());
        }

        if (operation.Responses!.ContainsKey("412"))
        {
            operation.Parameters.Add(Header(HeaderNames.IfMatch, "The `ETag` of the version that is to be changed; of any other version nothing is changed. Without it, any version is."));
        }

        if (operation.Responses.ContainsKey("304"))
        {
            operation.Parameters.Add(Header(HeaderNames.IfNoneMatch, "The `ETag` of the last answer; while nothing has changed, there is no body."));
        }
    }

    private static OpenApiSecurityRequirement Requirement(string scheme, OpenApiOperationTransformerContext context) => new() { [new OpenApiSecuritySchemeReference(scheme, context.Document)] = [] };

    private static OpenApiParameter Header(string name, string description) =>
        new() { Name = name, In = ParameterLocation.Header, Description = description, Schema = new OpenApiSchema { Type = JsonSchemaType.String } };

    /// <summary>Adds an example to each JSON content, or to the only one that there is, which may be a text; problem details are no example of a route's.</summary>
    private static void AddExample(IDictionary<string, OpenApiMediaType>? content, string? example)
    {
        foreach ((string name, OpenApiMediaType type) in content ?? new Dictionary<string, OpenApiMediaType>(StringComparer.Ordinal))
        {
            if (example is not null && name != RouteDocumentation.ProblemType && (IsJson(name) || content!.Count == 1))
            {
                type.Example = ExampleOf(name, example);
            }
        }
    }


    /// <summary>Whether a content is JSON, and no lines of it.</summary>
    private static bool IsJson(string contentType) => contentType.EndsWith("/json", StringComparison.Ordinal) || contentType.EndsWith("+json", StringComparison.Ordinal);

    /// <summary>An example as the document has it.</summary>
    /// <param name="contentType">Its content type.</param>
    /// <param name="text">The body as it is sent.</param>
    public static JsonNode? ExampleOf(string contentType, string text) => IsJson(contentType) ? JsonNode.Parse(text) : JsonValue.Create(text);
}
