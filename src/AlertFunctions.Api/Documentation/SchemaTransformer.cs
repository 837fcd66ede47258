using System.ComponentModel.DataAnnotations;
using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.OpenApi;
using Microsoft.OpenApi;

namespace AlertFunctions.Api.Documentation;

/// <summary>Completes what the generator cannot know of a type: the converters that write it, and the words that a text may be.</summary>
internal sealed class SchemaTransformer : IOpenApiSchemaTransformer
{
    /// <inheritdoc/>
    public Task TransformAsync(OpenApiSchema schema, OpenApiSchemaTransformerContext context, CancellationToken cancellationToken)
    {
        Type type = context.JsonTypeInfo.Type;
        Type underlying = Nullable.GetUnderlyingType(type) ?? type;
        if (underlying == typeof(DateTimeOffset))
        {
            schema.Type = underlying == type ? JsonSchemaType.String : JsonSchemaType.String | JsonSchemaType.Null;
            schema.Format = "date-time";
        }
        else if (underlying.IsEnum)
        {
            // A component: where it may be null, the reference to it stands beside null.
            schema.Type = JsonSchemaType.String;
            schema.Enum = Words(Enum.GetNames(underlying).Select(JsonNamingPolicy.CamelCase.ConvertName));
        }
        else if (context.JsonPropertyInfo?.AttributeProvider?.GetCustomAttributes(typeof(AllowedValuesAttribute), inherit: false) is [AllowedValuesAttribute allowed])
        {
            schema.Enum = Words(allowed.Values.Cast<string>());
        }

        if (context.JsonTypeInfo.ElementType == typeof(DateTimeOffset))
        {
            schema.Items = new OpenApiSchema { Type = JsonSchemaType.String, Format = "date-time" };
        }

        if (schema.Items is OpenApiSchema item && context.JsonPropertyInfo?.AttributeProvider?.GetCustomAttributes(typeof(ItemLengthAttribute), inherit: false) is [ItemLengthAttribute length])
        {
            item.MaxLength = length.Maximum;
        }

        return Task.CompletedTask;
    }

    private static List<JsonNode> Words(IEnumerable<string> words) => [.. words.Select(word => (JsonNode)JsonValue.Create(word))];
}
