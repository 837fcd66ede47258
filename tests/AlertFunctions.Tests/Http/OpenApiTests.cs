using System.Globalization;
using System.Net;
using System.Text;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using AlertFunctions.Testing;

namespace AlertFunctions.Tests.Http;

/// <summary>The OpenAPI document. What it says of bodies and statuses is held against every request and answer of all tests (<see cref="OpenApiContract"/>).</summary>
public sealed partial class OpenApiTests(SharedProduct shared) : IClassFixture<SharedProduct>
{
    private ProductProcess Product => shared.Product;

    [Fact]
    public async Task It_is_of_version_3_1_and_names_the_product_and_no_address()
    {
        JsonNode document = await Product.GetAsync("/openapi/v1.json");

        Assert.StartsWith("3.1", document["openapi"]!.GetValue<string>(), StringComparison.Ordinal);
        Assert.Equal("AlertFunctions", document["info"]!["title"]!.GetValue<string>());
        Assert.Matches(@"^\d+\.\d+\.\d+$", document["info"]!["version"]!.GetValue<string>());
        Assert.Equal("""[{"url":"/"}]""", document["servers"]!.ToJsonString());
    }

    /// <summary>A handler cannot read a parameter that its route does not name, and a route names it with what the document says of it.</summary>
    [Fact]
    public async Task Every_query_parameter_that_it_names_is_read()
    {
        int operations = 0;
        foreach ((string method, string path, JsonNode operation) in await OperationsAsync())
        {
            string[] names = [.. Parameters(operation, "query").Select(parameter => parameter["name"]!.GetValue<string>())];
            if (names.Length == 0)
            {
                continue;
            }

            string invalid = new('x', 300);
            Answer answer = await Product.SendAsync(method, $"{path}?{string.Join('&', names.Select(name => $"{name}={invalid}"))}", operation["requestBody"] is null ? null : "{}", operation["requestBody"]?["content"]!.AsObject().First().Key);

            Assert.Equal(HttpStatusCode.BadRequest, answer.Status);
            Assert.Superset(names.ToHashSet(StringComparer.Ordinal), answer.Json["errors"]!.AsObject().Select(error => error.Key).ToHashSet(StringComparer.Ordinal));
            operations++;
        }

        Assert.InRange(operations, 10, 100);
    }

    [Theory]
    [InlineData("/api/alerts", "get", "alert:string computer:string severity:critical|warning search:string sort:severity|raisedAt|alert|computer order:asc|desc top:integer,1-1000 continuation:string")]
    [InlineData("/api/system-events", "get", "from:date-time to:date-time id:integer,0-99999 level:information|warning|error search:string top:integer,1-1000 continuation:string culture:string")]
    [InlineData("/api/alerts/detail", "get", "alert:string! computer:string! culture:string")]
    [InlineData("/api/events", "post", "dryRun:boolean format:cloudEvents|alertmanager|azureMonitor|deepSecurity|cef mapping:string")]
    [InlineData("/api/settings", "get", "")]
    public async Task It_says_what_a_query_parameter_accepts(string path, string method, string parameters)
    {
        JsonNode operation = (await Product.GetAsync("/openapi/v1.json"))["paths"]![path]![method]!;

        Assert.Equal(parameters, string.Join(' ', Parameters(operation, "query").Select(Describe)));
        Assert.All(Parameters(operation, "query"), parameter => Assert.NotEqual("", parameter["description"]!.GetValue<string>()));

        static string Describe(JsonNode parameter)
        {
            JsonNode schema = parameter["schema"]!;
            string accepted = schema["enum"] is { } words ? string.Join('|', words.AsArray()) : $"{schema["format"]?.GetValue<string>().Replace("int32", "integer", StringComparison.Ordinal) ?? $"{schema["type"]}"}";
            return $"{parameter["name"]}:{accepted}{(schema["minimum"] is { } minimum ? $",{minimum}-{schema["maximum"]}" : "")}{(parameter["required"]?.GetValue<bool>() is true ? "!" : "")}";
        }
    }

    [Theory]
    [InlineData("id")]
    [InlineData("computer")]
    [InlineData("alert")]
    [InlineData("message")]
    public async Task A_text_of_an_event_may_be_as_long_as_it_says(string name)
    {
        int maximum = (await Product.GetAsync("/openapi/v1.json"))["components"]!["schemas"]!["NewEvent"]!["properties"]![name]!["maxLength"]!.GetValue<int>();

        Assert.Equal(HttpStatusCode.OK, await PostAsync(maximum));
        Assert.Equal(HttpStatusCode.BadRequest, await PostAsync(maximum + 1));

        async Task<HttpStatusCode> PostAsync(int length) => (await Product.SendAsync(
            "POST", "/api/events", new JsonObject { ["computer"] = "A", ["alert"] = "limits", [name] = new string('x', length) }.ToJsonString())).Status;
    }

    [Fact]
    public async Task Every_body_has_an_example_and_what_is_JSON_is_as_its_schema_says()
    {
        OpenApiContract contract = await OpenApiContract.OfProductAsync();
        var faults = new List<string>();
        int bodies = 0;
        foreach ((string method, string path, JsonNode operation) in await OperationsAsync())
        {
            (string Type, string? Example)[] requests = [.. ContentOf(operation["requestBody"])];
            foreach ((string status, JsonNode? answer) in operation["responses"]!.AsObject())
            {
                (string Type, string? Example)[] answers = [.. ContentOf(answer).Where(content => content.Type == "application/json")];
                foreach ((string? type, string? example) in answers.DefaultIfEmpty((Type: null!, Example: "")))
                {
                    // A request is looked at where it succeeds.
                    foreach ((string? sentType, string? sent) in requests.DefaultIfEmpty((Type: null!, Example: null)))
                    {
                        var exchange = new Exchange(method, path.Replace("{name}", "name", StringComparison.Ordinal), sentType, sent is null ? null : Encoding.UTF8.GetBytes(sent), (HttpStatusCode)int.Parse(status, CultureInfo.InvariantCulture), type, example ?? "", []);
                        faults.AddRange((type is null && !status.StartsWith('2') ? [] : contract.FaultsOf(exchange)).Select(fault => $"{method} {path} {status} {sentType}: {fault}"));
                        bodies++;
                    }
                }

                faults.AddRange(requests.Concat(answers).Where(content => content.Example is null).Select(content => $"{method} {path} {status}: no example of {content.Type}"));
            }
        }

        Assert.Empty(faults.Distinct(StringComparer.Ordinal));
        Assert.InRange(bodies, 100, 1_000);
    }

    [Fact]
    public async Task Every_list_says_what_its_items_are()
    {
        Assert.Empty(Schemas(await Product.GetAsync("/openapi/v1.json"), "").Where(schema => IsOf(schema.Schema, "array") && schema.Schema["items"] is null).Select(schema => schema.Place));
    }

    [Fact]
    public async Task Every_text_of_a_request_that_may_be_any_text_says_how_long_it_may_be()
    {
        JsonNode document = await Product.GetAsync("/openapi/v1.json");
        (string Place, JsonNode Schema)[] texts =
        [
            .. OwnRequests(document).SelectMany(name => Schemas(document["components"]!["schemas"]![name]!, name)),
            .. (await OperationsAsync()).SelectMany(operation => Parameters(operation.Operation, "query").Select(parameter => ($"{operation.Method} {operation.Path} {parameter["name"]}", parameter["schema"]!))),
        ];

        Assert.Empty(texts.Where(text => IsOf(text.Schema, "string") && !s_limits.Any(limit => text.Schema[limit] is not null)).Select(text => text.Place));
        Assert.InRange(texts.Length, 100, 1_000);
    }

    [Theory]
    [InlineData("/api/users", "total")]
    [InlineData("/api/users", "continuation")]
    [InlineData("/api/alerts", "total")]
    [InlineData("/api/alerts", "continuation")]
    public async Task A_list_always_has_its_total_and_its_continuation(string path, string name)
    {
        JsonNode document = await Product.GetAsync("/openapi/v1.json");
        string reference = (string)document["paths"]![path]!["get"]!["responses"]!["200"]!["content"]!["application/json"]!["schema"]!["$ref"]!;

        Assert.Contains(name, document["components"]!["schemas"]![reference.Split('/')[^1]]!["required"]!.AsArray().Select(required => (string)required!));
    }

    [Theory]
    [InlineData("/api/users/limits", """{ "email": "@" }""", "UserChange", "email")]
    [InlineData("/api/users/limits", """{ "timeZone": "@" }""", "UserChange", "timeZone")]
    [InlineData("/api/scheduled-tasks/limits", """{ "type": "sendAlertSummary", "schedule": "0 9 * * *", "recipients": { "allUsers": true }, "timeZone": "@" }""", "NewScheduledTask", "timeZone")]
    public async Task What_is_longer_than_it_says_is_refused_for_its_length(string path, string body, string schema, string name)
    {
        int maximum = (int)(await Product.GetAsync("/openapi/v1.json"))["components"]!["schemas"]![schema]!["properties"]![name]!["maxLength"]!;
        string text = name == "email" ? $"ops@{string.Join('.', Enumerable.Repeat(new string('x', 60), 4))}.example" : new string('x', maximum + 1);
        Assert.True(text.Length > maximum);

        Answer answer = await Product.SendAsync("PUT", path, body.Replace("@", text, StringComparison.Ordinal));

        Assert.Equal(HttpStatusCode.BadRequest, answer.Status);
        Assert.Contains($"{maximum}", (string?)answer.Json["errors"]![$"$.{name}"]![0], StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_linter_finds_nothing_in_it()
    {
        await NodeProcess.SkipTestWithoutNodeAsync();
        DirectoryInfo folder = Directory.CreateTempSubdirectory("alertfunctions-openapi-");
        try
        {
            string file = Path.Combine(folder.FullName, "openapi.json");
            await File.WriteAllTextAsync(file, (await Product.SendAsync("GET", "/openapi/v1.json")).Text);

            (int exitCode, string output) = await NodeProcess.RunAsync(
                Repository.PathOf("node_modules", "@redocly", "cli", "bin", "cli.js"),
                ["lint", file, "--config", Repository.PathOf("redocly.yaml"), "--format", "json"],
                new Dictionary<string, string>(StringComparer.Ordinal) { ["REDOCLY_TELEMETRY"] = "off", ["REDOCLY_SUPPRESS_UPDATE_NOTICE"] = "true" });

            Assert.True(exitCode == 0 && JsonNode.Parse(output)!["problems"]!.AsArray().Count == 0, output);
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    [Fact]
    public async Task Its_page_asks_no_other_host_for_anything()
    {
        Answer page = await Product.SendAsync("GET", "/docs/");

        Assert.Equal((HttpStatusCode.OK, "text/html"), (page.Status, page.ContentType));
        Assert.DoesNotContain("//", Nonce().Replace(page.Text, ""), StringComparison.Ordinal); // a nonce is Base64, which may have two slashes in a row
        string[] scripts = [.. Script().Matches(page.Text).Select(script => script.Groups["name"].Value)];
        Assert.Equal(["scalar.js", "scalar.aspnetcore.js"], scripts);
        foreach (string script in scripts)
        {
            Assert.Equal(HttpStatusCode.OK, (await Product.SendAsync("GET", $"/docs/{script}")).Status);
        }

        // What the scripts could still want, the browser refuses.
        string[] policy = [.. page.Headers["Content-Security-Policy"].Split("; ").SelectMany(directive => directive.Split(' ').Skip(1)).Distinct(StringComparer.Ordinal)];
        Assert.All(policy, source => Assert.True(source is "'self'" or "'none'" or "'unsafe-inline'" or "data:" || source.StartsWith("'nonce-", StringComparison.Ordinal), source));
        Assert.Contains("default-src 'none'", page.Headers["Content-Security-Policy"], StringComparison.Ordinal);
    }

    /// <summary>What limits a text, or says that it is not any text.</summary>
    private static readonly string[] s_limits = ["maxLength", "enum", "const", "format", "pattern"];

    private static bool IsOf(JsonNode schema, string type) => schema["type"] is JsonArray types ? types.Any(one => (string?)one == type) : (string?)(schema["type"] as JsonValue) == type;

    /// <summary>All schemas of a part of the document, each with its place.</summary>
    private static IEnumerable<(string Place, JsonNode Schema)> Schemas(JsonNode? node, string place) => node switch
    {
        JsonObject fields => fields.Where(field => field.Key is not ("example" or "examples")).SelectMany(field => Schemas(field.Value, $"{place}/{field.Key}")).Concat(fields["type"] is null or JsonObject ? [] : [(place, fields)]),
        JsonArray items => items.SelectMany(item => Schemas(item, place)),
        _ => [],
    };

    /// <summary>The names of the schemas of our own requests, with those that they refer to.</summary>
    private static HashSet<string> OwnRequests(JsonNode document)
    {
        JsonObject all = document["components"]!["schemas"]!.AsObject();
        var found = new HashSet<string>(StringComparer.Ordinal);
        var left = new Queue<JsonNode?>(document["paths"]!.AsObject().SelectMany(path => path.Value!.AsObject()).Select(operation => operation.Value!["requestBody"]?["content"]?["application/json"]?["schema"]));
        while (left.TryDequeue(out JsonNode? schema))
        {
            foreach (string name in Reference().Matches(schema?.ToJsonString() ?? "").Select(match => match.Groups["name"].Value).Where(name => (bool?)(all[name]!["additionalProperties"] as JsonValue) is false && found.Add(name)))
            {
                left.Enqueue(all[name]);
            }
        }

        return found;
    }

    private static IEnumerable<(string Type, string? Example)> ContentOf(JsonNode? owner) => (owner?["content"]?.AsObject() ?? []).Select(content => (
        content.Key,
        content.Value!["example"] is { } example ? (content.Key.EndsWith("json", StringComparison.Ordinal) ? example.ToJsonString() : (string?)example) : null));

    [GeneratedRegex("#/components/schemas/(?<name>[A-Za-z]+)", RegexOptions.ExplicitCapture | RegexOptions.CultureInvariant, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Reference();

    [GeneratedRegex("src=\"(?<name>[^\"]+)\"", RegexOptions.ExplicitCapture | RegexOptions.CultureInvariant, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Script();

    [GeneratedRegex(" nonce=\"[A-Za-z0-9+/=]+\"", RegexOptions.CultureInvariant, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Nonce();

    private static IEnumerable<JsonNode> Parameters(JsonNode operation, string place) =>
        (operation["parameters"]?.AsArray() ?? []).Select(parameter => parameter!).Where(parameter => parameter["in"]!.GetValue<string>() == place);

    private async Task<List<(string Method, string Path, JsonNode Operation)>> OperationsAsync() =>
        [.. (await Product.GetAsync("/openapi/v1.json"))["paths"]!.AsObject().SelectMany(path => path.Value!.AsObject().Select(operation => (operation.Key.ToUpperInvariant(), path.Key, operation.Value!)))];
}
