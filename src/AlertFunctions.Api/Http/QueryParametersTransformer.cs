using System.Text.Json.Nodes;
using Microsoft.AspNetCore.OpenApi;
using Microsoft.OpenApi;

namespace AlertFunctions.Api.Http;

/// <summary>Describes in the OpenAPI document the query parameters that routes name (<see cref="QueryNames"/>), with what each accepts.</summary>
internal sealed class QueryParametersTransformer : IOpenApiOperationTransformer
{
    /// <inheritdoc/>
    public Task TransformAsync(OpenApiOperation operation, OpenApiOperationTransformerContext context, CancellationToken cancellationToken)
    {
        foreach (QueryNames names in context.Description.ActionDescriptor.EndpointMetadata.OfType<QueryNames>())
        {
            foreach (string name in names.Accepted)
            {
                operation.Parameters ??= [];
                operation.Parameters.Add(new OpenApiParameter { Name = name, In = ParameterLocation.Query, Schema = SchemaOf(name) });
            }
        }

        return Task.CompletedTask;
    }

    /// <summary>What a parameter accepts. A name means the same on every route.</summary>
    private static OpenApiSchema SchemaOf(string name) => name switch
    {
        "top" => new OpenApiSchema { Type = JsonSchemaType.Integer, Minimum = "1", Maximum = "1000" },
        "id" => new OpenApiSchema { Type = JsonSchemaType.Integer },
        "from" or "to" => new OpenApiSchema { Type = JsonSchemaType.String, Format = "date-time" },
        "dryRun" => new OpenApiSchema { Type = JsonSchemaType.Boolean },
        "culture" => OneOf("ja", "en"),
        "severity" => OneOf("critical", "warning"),
        "level" => OneOf("information", "warning", "error"),
        "outcome" => OneOf("sent", "failed", "givenUp"),
        "sort" => OneOf("severity", "raisedAt", "alert", "computer"),
        "order" => OneOf("asc", "desc"),
        _ => new OpenApiSchema { Type = JsonSchemaType.String },
    };

    private static OpenApiSchema OneOf(params IEnumerable<string> words) => new()
    {
        Type = JsonSchemaType.String,
        Enum = [.. words.Select(word => (JsonNode)JsonValue.Create(word))],
    };
}
