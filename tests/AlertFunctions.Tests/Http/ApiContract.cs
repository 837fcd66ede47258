using System.Text.Json.Nodes;

namespace AlertFunctions.Tests.Http;

/// <summary>What the OpenAPI document says that there is, so that a new route is tried without a word here.</summary>
internal sealed class ApiContract
{
    private readonly JsonNode _document;

    /// <summary>Reads the document.</summary>
    /// <param name="document">The document.</param>
    public ApiContract(JsonNode document)
    {
        _document = document;
        Operations = [.. document["paths"]!.AsObject().SelectMany(path => path.Value!.AsObject().Where(item => item.Value?["responses"] is not null).Select(operation => Read(path.Key, operation.Key, operation.Value!)))];
    }

    /// <summary>All operations.</summary>
    public IReadOnlyList<ApiOperation> Operations { get; }

    /// <summary>A part of the document, with what it refers to in its place.</summary>
    public JsonNode? Resolve(JsonNode? part) =>
        (string?)part?["$ref"] is { } reference ? reference.TrimStart('#', '/').Split('/').Aggregate(_document, (node, name) => node[name]!) : part;

    private ApiOperation Read(string path, string method, JsonNode operation) => new(
        method.ToUpperInvariant(),
        path,
        [.. (operation["parameters"]?.AsArray() ?? []).Select(parameter => Resolve(parameter)!).Where(parameter => (string?)parameter["in"] == "query").Select(parameter => ((string)parameter["name"]!, parameter["schema"]!))],
        [.. (Resolve(operation["requestBody"])?["content"]?.AsObject() ?? []).Select(content => (content.Key, content.Value!["schema"]))]);
}

/// <summary>An operation of the API.</summary>
/// <param name="Method">Its method.</param>
/// <param name="Path">Its path, with names in braces.</param>
/// <param name="Query">Its query parameters, each with its schema.</param>
/// <param name="Bodies">The content types of its body, each with its schema.</param>
internal sealed record ApiOperation(string Method, string Path, IReadOnlyList<(string Name, JsonNode Schema)> Query, IReadOnlyList<(string ContentType, JsonNode? Schema)> Bodies);
