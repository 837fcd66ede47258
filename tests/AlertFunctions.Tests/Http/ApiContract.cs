using System.Text.Json.Nodes;

namespace AlertFunctions.Tests.Http;

/// <summary>What the OpenAPI document says that there is, so that a new route is tried without a word here.</summary>
/// <param name="document">The document.</param>
internal sealed class ApiContract(JsonNode document)
{
    /// <summary>All operations.</summary>
    public IReadOnlyList<ApiOperation> Operations { get; } =
    [
        .. document["paths"]!.AsObject().SelectMany(path => path.Value!.AsObject().Where(item => item.Value is JsonObject).Select(operation => new ApiOperation(
            operation.Key.ToUpperInvariant(),
            path.Key,
            [.. Parameters(operation.Value!).Where(parameter => (string?)parameter["in"] == "query").Select(parameter => ((string)parameter["name"]!, parameter["schema"]!))],
            [.. (operation.Value!["requestBody"]?["content"]?.AsObject() ?? []).Select(content => (content.Key, content.Value!["schema"]))]))),
    ];

    /// <summary>A schema with what it refers to in its place.</summary>
    public JsonNode? Resolve(JsonNode? schema) =>
        (string?)schema?["$ref"] is { } reference ? reference.TrimStart('#', '/').Split('/').Aggregate(document, (node, name) => node[name]!) : schema;

    private static IEnumerable<JsonNode> Parameters(JsonNode operation) => (operation["parameters"]?.AsArray() ?? []).Select(parameter => parameter!);
}

/// <summary>An operation of the API.</summary>
/// <param name="Method">Its method.</param>
/// <param name="Path">Its path, with names in braces.</param>
/// <param name="Query">Its query parameters, each with its schema.</param>
/// <param name="Bodies">The content types of its body, each with its schema.</param>
internal sealed record ApiOperation(string Method, string Path, IReadOnlyList<(string Name, JsonNode Schema)> Query, IReadOnlyList<(string ContentType, JsonNode? Schema)> Bodies);
