using Microsoft.OpenApi;

namespace AlertFunctions.Api.Events.Formats;

/// <summary>Schemas of other systems' bodies: they name the fields that we read, and leave room for all others.</summary>
internal static class ForeignSchema
{
    /// <summary>An object.</summary>
    public static OpenApiSchema Object(string description, string[] required, params (string Name, OpenApiSchema Schema)[] properties) => new()
    {
        Type = JsonSchemaType.Object,
        Description = description,
        Required = new HashSet<string>(required, StringComparer.Ordinal),
        Properties = properties.ToDictionary(property => property.Name, property => (IOpenApiSchema)property.Schema, StringComparer.Ordinal),
        AdditionalPropertiesAllowed = true,
        AdditionalProperties = new OpenApiSchema(),
    };

    /// <summary>A text, which may be missing.</summary>
    public static OpenApiSchema Text(string description) => new() { Type = JsonSchemaType.String | JsonSchemaType.Null, Description = description };

    /// <summary>Texts by names, which may be missing.</summary>
    public static OpenApiSchema Texts(string description) =>
        new() { Type = JsonSchemaType.Object | JsonSchemaType.Null, Description = description, AdditionalProperties = new OpenApiSchema { Type = JsonSchemaType.String } };
}
