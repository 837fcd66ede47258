using System.IO.Compression;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using AlertFunctions.Tests.Http;

namespace AlertFunctions.Tests.Fuzz;

/// <summary>Makes requests: mostly what the contract allows with something in it spoiled.</summary>
/// <param name="contract">What there is.</param>
/// <param name="key">The key that opens everything.</param>
/// <param name="chance">Decides.</param>
internal sealed class FuzzRequests(ApiContract contract, string key, Chance chance)
{
    private static readonly JsonSerializerOptions s_json = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, MaxDepth = 1_000 };
    private static readonly string[] s_methods = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "QUERY", "get", "PROPFIND"];
    private static readonly string[] s_otherPaths = ["/", "/index.html", "/app.js", "/openapi/v1.json", "/docs", "/api", "/api/", "//api/alerts", "/API/ALERTS", "/api/nothing", "/admin", "/admin/functions/RunScheduledTasks", "/admin/functions/x", "/%", "/api/%00", "/api/users/%ED%A0%80", "/api/users/a%2Fb", "/api/users/..", "/../etc/passwd"];
    private static readonly string[] s_contentTypes = ["application/json", "application/json; charset=utf-8", "application/json;charset=\"UTF8\"", "application/json; charset=utf-16", "application/json; charset=shift_jis", "application/merge-patch+json", "application/cloudevents+json", "application/x-ndjson", "text/csv", "text/csv; charset=utf-16", "text/plain", "multipart/form-data", "application/x-www-form-urlencoded", "*/*", "json", ";", ""];
    private static readonly string[] s_accepts = ["application/json", "text/csv", "text/event-stream", "text/html", "application/xml", "*/*", "*/*;q=0", "text/csv;q=0.9, application/json;q=0.1", "text/csv;q=x", ",,,", "text/*", "a/b/c", ""];
    private static readonly string[] s_tags = ["*", "\"x\"", "W/\"x\"", "x", "\"", "\"a\", \"b\"", ", ,"];

    /// <summary>The next request.</summary>
    public FuzzRequest Next()
    {
        if (chance.In100(5))
        {
            ForeignSample sample = ForeignSample.Next(new JsonSamples(contract, chance), chance);
            return new FuzzRequest("POST", $"/api/events{sample.Query}", [("x-functions-key", key), .. sample.Headers], sample.Body, IsChunked: chance.In100(10));
        }

        ApiOperation operation = chance.OneOf(contract.Operations);
        if ((operation.Method == "DELETE" || operation.Path.EndsWith("/run", StringComparison.Ordinal)) && chance.In100(80))
        {
            operation = chance.OneOf(contract.Operations); // so that there is something to find, and not a hundred reports to draw
        }

        var samples = new JsonSamples(contract, chance);
        string method = chance.In100(92) ? operation.Method : chance.OneOf(s_methods);
        string path = chance.In100(95) ? PathOf(operation, samples) : chance.OneOf(s_otherPaths);
        var headers = new List<(string, string)>();
        byte[]? body = BodyOf(operation, samples, headers);
        AddHeaders(headers, hasBody: body is not null);
        return new FuzzRequest(method, path + QueryOf(operation, samples), headers, body, IsChunked: chance.In100(10));
    }

    private string PathOf(ApiOperation operation, JsonSamples samples) => operation.Path.Contains('{', StringComparison.Ordinal)
        ? $"{operation.Path[..operation.Path.IndexOf('{', StringComparison.Ordinal)]}{Escape(chance.In100(80) ? samples.Text("name") : chance.OddText())}{operation.Path[(operation.Path.IndexOf('}', StringComparison.Ordinal) + 1)..]}"
        : operation.Path;

    private string QueryOf(ApiOperation operation, JsonSamples samples)
    {
        var query = new List<string>();
        foreach ((string name, JsonNode schema) in operation.Query.Where(_ => chance.In100(40)))
        {
            string value = chance.In100(75) ? $"{samples.Valid(schema, name)}" : chance.OddText();
            query.Add($"{name}={(chance.In100(95) ? Escape(value) : chance.OneOf("%", "%FF", "a=b", "+", ""))}");
        }

        if (chance.In100(4))
        {
            query.Add(chance.OneOf("unknown=1", "", "=", "&&", "code=wrong", "%00=%00", "top=1&top=2", $"x={new string('a', 4_000)}"));
        }

        return query.Count == 0 ? "" : $"?{string.Join('&', query)}";
    }

    /// <summary>A body and the headers that describe it.</summary>
    private byte[]? BodyOf(ApiOperation operation, JsonSamples samples, List<(string, string)> headers)
    {
        if (chance.In100(operation.Bodies.Count == 0 ? 95 : 2))
        {
            return null;
        }

        (string contentType, JsonNode? schema) = operation.Bodies.Count == 0 ? ("application/json", null) : chance.OneOf(operation.Bodies);
        headers.Add(("Content-Type", chance.In100(93) ? contentType : chance.OneOf(s_contentTypes)));
        byte[] body = contentType.Contains("json", StringComparison.Ordinal) ? Json(schema, samples) : Encoding.UTF8.GetBytes(Csv());
        switch (chance.Below(60))
        {
            case 0:
                headers.Add(("Content-Encoding", chance.OneOf("br", "deflate", "zstd", "identity", "gzip, gzip", "x", "gzip")));
                return body;
            case 1:
                headers.Add(("Content-Encoding", "gzip"));
                byte[] compressed = Compress(body);
                return compressed[..chance.Below(compressed.Length)];
            case < 6:
                headers.Add(("Content-Encoding", chance.OneOf("gzip", "GZIP", "x-gzip")));
                return Compress(chance.In100(5) ? new byte[4 * 1024 * 1024] : body);
            default:
                return body;
        }
    }

    private byte[] Json(JsonNode? schema, JsonSamples samples)
    {
        JsonNode? value = samples.Valid(schema, "");
        for (int times = chance.OneOf(0, 0, 1, 1, 2); times > 0; times--)
        {
            value = samples.Spoil(value);
        }

        string text = Surrogates(value?.ToJsonString(s_json) ?? "null");
        return chance.Below(40) switch
        {
            0 => Encoding.UTF8.GetBytes(text[..chance.Below(text.Length)]),
            1 => Encoding.UTF8.GetBytes(text + chance.OneOf(",", "}", text, "\0", "// x", " ")),
            2 => [.. "\uFEFF"u8, .. Encoding.UTF8.GetBytes(text)],
            3 => Encoding.Unicode.GetBytes(text),
            4 => chance.Bytes(chance.Below(200)),
            5 => Encoding.UTF8.GetBytes(text.Replace("{", "{\"alert\":\"twice\",", StringComparison.Ordinal)),
            6 => Encoding.UTF8.GetBytes(new string('[', chance.OneOf(10, 63, 64, 65, 10_000)) + new string(']', 10)),
            7 when chance.In100(10) => Encoding.UTF8.GetBytes($"[{string.Join(',', Enumerable.Repeat(text, Math.Min(1_100, 1_200_000 / Math.Max(1, text.Length))))}]"),
            8 => [],
            9 => Insert(Encoding.UTF8.GetBytes(text), chance.Bytes(1)),
            _ => Encoding.UTF8.GetBytes(text),
        };
    }

    private string Csv()
    {
        string[] cells = ["name", "email", "receiveAlertMail", "culture", "timeZone", "hanako", "hanako@example.com", "true", "ja", "\"", "\"a\"\"b\"", "", "=1+1"];
        return string.Join(chance.OneOf("\r\n", "\n", "\r"), Enumerable.Range(0, chance.Below(6)).Select(_ => string.Join(chance.OneOf(",", ";", "\t"), Enumerable.Range(0, chance.Below(7)).Select(_ => chance.In100(80) ? chance.OneOf(cells) : chance.OddText()))));
    }

    private void AddHeaders(List<(string, string)> headers, bool hasBody)
    {
        if (chance.In100(96))
        {
            headers.Add(("x-functions-key", chance.In100(98) ? key : chance.OneOf("wrong", "events-key", "read-key", "")));
        }

        void Add(int cases, string name, params string[] values)
        {
            if (chance.In100(cases))
            {
                headers.Add((name, chance.OneOf(values)));
            }
        }

        Add(25, "Accept", s_accepts);
        Add(8, "Accept-Language", "ja", "en;q=0.1, ja", "*", ";;;", new string('a', 3_000), "en-\u00ff");
        Add(8, "Accept-Encoding", "gzip", "br", "*;q=0", "identity;q=0");
        Add(10, "If-Match", s_tags);
        Add(6, "If-None-Match", s_tags);
        Add(4, "If-Modified-Since", "Sat, 01 Jan 2000 00:00:00 GMT", "yesterday");
        Add(3, "Range", "bytes=0-1", "bytes=5-", "bytes=-1", "lines=1-2", "bytes=9-1");
        Add(5, "Origin", "https://example.com", "null", "http://localhost:7071", "x");
        Add(4, "Host", "localhost", "example.com", "[::1]", "127.0.0.1:1", "a.b:99999");
        Add(2, "Sec-Fetch-Site", "cross-site", "same-origin");
        Add(2, "X-Forwarded-Host", "example.com");
        Add(2, "X-HTTP-Method-Override", "DELETE");
        Add(2, "traceparent", "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01", "x");
        Add(1, "Cookie", new string('c', 8_000));
        Add(1, "Access-Control-Request-Method", "POST");
        if (hasBody)
        {
            Add(2, "Content-Language", "ja");
            Add(1, "Content-MD5", "x");
        }
    }

    private byte[] Insert(byte[] bytes, byte[] some)
    {
        int place = chance.Below(bytes.Length + 1);
        return [.. bytes[..place], .. some, .. bytes[place..]];
    }

    private static byte[] Compress(byte[] bytes)
    {
        using var compressed = new MemoryStream();
        using (var gzip = new GZipStream(compressed, CompressionLevel.Fastest))
        {
            gzip.Write(bytes);
        }

        return compressed.ToArray();
    }

    /// <summary>Half of a pair is written as an escape: in UTF-8 there is none.</summary>
    private static string Surrogates(string json) => string.Concat(json.EnumerateRunes().Select(rune => rune == Rune.ReplacementChar ? "\\ud800" : rune.ToString()));

    private static string Escape(string text) => string.Concat(Encoding.UTF8.GetBytes(text).Select(value => char.IsAsciiLetterOrDigit((char)value) ? $"{(char)value}" : $"%{value:X2}"));
}
