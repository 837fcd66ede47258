using System.Globalization;
using System.Net;
using System.Text.Json;
using System.Text.Json.Nodes;
using Json.Schema;
using Microsoft.Net.Http.Headers;

namespace AlertFunctions.Testing;

/// <summary>A request and its answer.</summary>
/// <param name="Method">The method.</param>
/// <param name="Path">The path, with or without a query.</param>
/// <param name="SentType">The content type of the request, or null.</param>
/// <param name="Sent">The body of the request; null when it has none, or none that can be looked at.</param>
/// <param name="Status">The status of the answer.</param>
/// <param name="Type">The content type of the answer, or null.</param>
/// <param name="Body">The body of the answer.</param>
/// <param name="Headers">The names of the answer's headers.</param>
public sealed record Exchange(string Method, string Path, string? SentType, byte[]? Sent, HttpStatusCode Status, string? Type, string Body, IReadOnlyCollection<string> Headers);

/// <summary>
/// The product's OpenAPI document as a contract, to which every request and answer of the tests is held. It is read more strictly than a client should read it: an
/// answer has no field that the document does not know.
/// </summary>
public sealed class OpenApiContract
{
    private const string Components = "#/components/schemas/";
    private const string Definitions = "#/$defs/";
    private const string ProblemType = "application/problem+json";

    private static readonly Lazy<Task<OpenApiContract>> s_ofProduct = new(async () => new OpenApiContract(await ProductProcess.ReadOpenApiDocumentAsync()));
    private static readonly string[] s_describedHeaders = [HeaderNames.ETag, HeaderNames.RetryAfter, HeaderNames.Link];
    private static readonly EvaluationOptions s_quick = new() { OutputFormat = OutputFormat.Flag, RequireFormatValidation = true };
    private static readonly EvaluationOptions s_explaining = new() { OutputFormat = OutputFormat.List, RequireFormatValidation = true };

    private static readonly JsonDocumentOptions s_reading = new() { MaxDepth = 256 };

    private readonly List<Operation> _operations = [];
    private readonly JsonSchema _problem;

    /// <summary>Reads a document.</summary>
    public OpenApiContract(string document)
    {
        JsonNode root = JsonNode.Parse(document.Replace(Components, Definitions, StringComparison.Ordinal))!;
        JsonObject definitions = root["components"]!["schemas"]!.DeepClone().AsObject();
        MakeStrict(definitions);
        _problem = SchemaOf("Problem", definitions);
        foreach ((string path, JsonNode? methods) in root["paths"]!.AsObject())
        {
            foreach ((string method, JsonNode? operation) in methods!.AsObject())
            {
                _operations.Add(new Operation(
                    method.ToUpperInvariant(),
                    path.Split('/'),
                    BodiesOf(operation!["requestBody"], definitions),
                    operation["responses"]!.AsObject().ToDictionary(
                        answer => int.Parse(answer.Key, CultureInfo.InvariantCulture),
                        answer => new Response(BodiesOf(answer.Value, definitions), answer.Value!["headers"]?.AsObject().Select(header => header.Key).ToHashSet(StringComparer.OrdinalIgnoreCase) ?? []))));
            }
        }
    }

    /// <summary>The contract of the product as it was built.</summary>
    public static Task<OpenApiContract> OfProductAsync() => s_ofProduct.Value;

    /// <summary>Fails the test when the document does not describe an answer, or a request that succeeded.</summary>
    public void Check(Exchange exchange)
    {
        List<string> faults = [.. FaultsOf(exchange)];
        if (faults.Count > 0)
        {
            Assert.Fail($"The OpenAPI document does not describe {exchange.Method} {exchange.Path} with {(int)exchange.Status}: {string.Join(' ', faults)}\n{exchange.Body[..Math.Min(exchange.Body.Length, 2_000)]}");
        }
    }

    /// <summary>What the document does not describe.</summary>
    public IEnumerable<string> FaultsOf(Exchange exchange)
    {
        string path = Uri.UnescapeDataString(exchange.Path.Split('?')[0]);
        bool withoutBody = exchange.Method == "HEAD";
        bool succeeded = (int)exchange.Status is >= 200 and < 300;
        Operation? operation = Find(withoutBody ? "GET" : exchange.Method, path);
        if (operation is null)
        {
            // What is not there is refused, and what is not of the API is none of the document's.
            return succeeded && path.StartsWith("/api/", StringComparison.OrdinalIgnoreCase) ? ["It has no such operation."]
                : MediaTypeOf(exchange.Type) == ProblemType && !withoutBody ? FaultsOf(exchange.Body, _problem)
                : [];
        }

        if (!operation.Answers.TryGetValue((int)exchange.Status, out Response? answer))
        {
            return ["It has no such status."];
        }

        IEnumerable<string> faults = s_describedHeaders.Where(header => exchange.Headers.Contains(header, StringComparer.OrdinalIgnoreCase) && !answer.Headers.Contains(header)).Select(header => $"It has no header {header}.");
        if (!withoutBody)
        {
            faults = faults.Concat(FaultsOf(exchange.Body, exchange.Type, answer.Bodies));
        }

        return succeeded && exchange.Sent is { } sent ? faults.Concat(FaultsOf(System.Text.Encoding.UTF8.GetString(sent).TrimStart('\uFEFF'), exchange.SentType, operation.Bodies)) : faults;
    }

    private static IEnumerable<string> FaultsOf(string body, string? type, IReadOnlyDictionary<string, JsonSchema> bodies)
    {
        if (body.Length == 0)
        {
            return bodies.Count == 0 ? [] : ["A body is missing."];
        }

        string mediaType = MediaTypeOf(type);
        return !bodies.TryGetValue(mediaType, out JsonSchema? schema) ? [$"It has no content of the type {mediaType}."]
            : mediaType.EndsWith("json", StringComparison.Ordinal) ? FaultsOf(body, schema)
            : [];
    }

    private static IEnumerable<string> FaultsOf(string json, JsonSchema schema)
    {
        JsonElement value = JsonElement.Parse(json, s_reading);
        if (schema.Evaluate(value, s_quick).IsValid)
        {
            return [];
        }

        EvaluationResults results = schema.Evaluate(value, s_explaining);
        return (results.Details ?? []).Append(results).SelectMany(result => (result.Errors ?? new Dictionary<string, string>(StringComparer.Ordinal)).Select(error => $"{result.InstanceLocation}: {error.Value}"));
    }

    private static string MediaTypeOf(string? contentType) => contentType?.Split(';')[0].Trim().ToLowerInvariant() ?? "";

    private static Dictionary<string, JsonSchema> BodiesOf(JsonNode? owner, JsonObject definitions) =>
        (owner?["content"]?.AsObject() ?? []).ToDictionary(content => content.Key, content => SchemaOf(content.Value!["schema"]!, definitions), StringComparer.Ordinal);

    private static JsonSchema SchemaOf(string definition, JsonObject definitions) => SchemaOf(new JsonObject { ["$ref"] = $"{Definitions}{definition}" }, definitions);

    /// <summary>A schema with all to which it can refer.</summary>
    private static JsonSchema SchemaOf(JsonNode schema, JsonObject definitions)
    {
        var whole = (JsonObject)schema.DeepClone();
        MakeStrict(whole);
        whole["$defs"] = definitions.DeepClone();
        return JsonSchema.FromText(whole.ToJsonString(), new BuildOptions { Dialect = Dialect.Draft202012, SchemaRegistry = new SchemaRegistry() });
    }

    /// <summary>Closes every object whose fields the document names.</summary>
    private static void MakeStrict(JsonNode? node)
    {
        if (node is JsonObject schema)
        {
            if (schema["properties"] is JsonObject && schema["additionalProperties"] is null)
            {
                schema["additionalProperties"] = false;
            }

            foreach ((_, JsonNode? child) in schema)
            {
                MakeStrict(child);
            }
        }
        else if (node is JsonArray array)
        {
            foreach (JsonNode? child in array)
            {
                MakeStrict(child);
            }
        }
    }

    /// <summary>The operation at a path. A part of the path that an operation names comes before a parameter.</summary>
    private Operation? Find(string method, string path)
    {
        string[] parts = path.TrimEnd('/').Split('/');
        return _operations.Where(operation => operation.Method == method && operation.IsAt(parts)).OrderBy(operation => operation.Path.Count(IsParameter)).FirstOrDefault();
    }

    private static bool IsParameter(string part) => part.StartsWith('{');

    private sealed record Operation(string Method, string[] Path, IReadOnlyDictionary<string, JsonSchema> Bodies, IReadOnlyDictionary<int, Response> Answers)
    {
        public bool IsAt(string[] parts) =>
            parts.Length == Path.Length && Path.Zip(parts).All(pair => IsParameter(pair.First) ? pair.Second.Length > 0 : pair.First.Equals(pair.Second, StringComparison.OrdinalIgnoreCase));
    }

    private sealed record Response(IReadOnlyDictionary<string, JsonSchema> Bodies, IReadOnlySet<string> Headers);
}
