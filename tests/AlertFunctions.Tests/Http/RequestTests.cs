using System.IO.Compression;
using System.Net;
using System.Text;
using System.Text.Json.Nodes;
using AlertFunctions.Testing;
using Microsoft.AspNetCore.Http;

namespace AlertFunctions.Tests.Http;

/// <summary>What every route holds to: its query names, HEAD beside GET, the encodings of bodies, and errors that say what was wrong.</summary>
public sealed class RequestTests(AzuriteServer azurite) : ProductTest(azurite)
{
    private const string Event = """{ "computer": "A", "alert": "Eicar" }""";

    [Theory]
    [InlineData("GET", "/api/alerts?computr=A", "computr", "accepted are alert, computer, severity, search, sort, order, top, continuation")]
    [InlineData("GET", "/api/alerts?computer=A&sevrity=critical", "sevrity", "accepted are alert")]
    [InlineData("GET", "/api/users?top=1", "top", "this address accepts no query parameters")]
    [InlineData("DELETE", "/api/users/ops?force=true", "force", "accepts no query parameters")]
    [InlineData("DELETE", "/api/alert-types?alert=Eicar&force=1", "force", "accepted are alert")]
    [InlineData("POST", "/api/mail/redrive?all", "all", "accepts no query parameters")]
    [InlineData("GET", "/api/health?x=1", "x", "accepts no query parameters")]
    [InlineData("GET", "/api/system-events?number=197", "number", "accepted are from, to, id, level, search, top, continuation, culture")]
    public async Task An_unknown_query_name_is_refused_with_the_accepted_ones(string method, string path, string name, string says)
    {
        Answer answer = await Product.SendAsync(method, path);

        Assert.Equal((HttpStatusCode.BadRequest, "invalidRequest"), (answer.Status, CodeOf(answer)));
        Assert.Contains(says, answer.Json["errors"]![name]![0]!.GetValue<string>(), StringComparison.Ordinal);
        Assert.Empty(await Installation.RowsAsync("SystemEvents"));
    }

    [Theory]
    [InlineData("/api/alerts", HttpStatusCode.OK)]
    [InlineData("/api/alerts?top=0", HttpStatusCode.BadRequest)]
    [InlineData("/api/alerts/summary", HttpStatusCode.OK)]
    [InlineData("/api/alerts/detail?alert=Eicar&computer=A", HttpStatusCode.NotFound)]
    [InlineData("/api/computers", HttpStatusCode.OK)]
    [InlineData("/api/system-events", HttpStatusCode.OK)]
    [InlineData("/api/mail", HttpStatusCode.OK)]
    [InlineData("/api/users", HttpStatusCode.OK)]
    [InlineData("/api/users/nobody", HttpStatusCode.NotFound)]
    [InlineData("/api/settings", HttpStatusCode.OK)]
    [InlineData("/api/health", HttpStatusCode.OK)]
    [InlineData("/api/mail/test", HttpStatusCode.MethodNotAllowed)]
    [InlineData("/api/events", HttpStatusCode.MethodNotAllowed)]
    public async Task HEAD_is_answered_as_GET_is_with_the_same_status_and_type(string path, HttpStatusCode status)
    {
        Answer get = await Product.SendAsync("GET", path);
        Answer head = await Product.SendAsync("HEAD", path);

        Assert.Equal((status, status, get.ContentType), (get.Status, head.Status, head.ContentType));
    }

    [Theory]
    [InlineData("/api/alerts?code=KEY")]
    [InlineData("/api/users?code=KEY")]
    [InlineData("/api/alerts?TOP=1")]
    public async Task The_key_and_names_in_another_case_are_no_unknown_names(string path) =>
        Assert.Equal(HttpStatusCode.OK, (await Product.SendAsync("GET", path)).Status);

    [Theory]
    [InlineData("text/csv")]
    [InlineData("text/html")]
    [InlineData("image/png;q=0.1")]
    public async Task An_error_is_problem_details_with_a_code_whatever_the_client_accepts(string accept)
    {
        foreach ((string method, string path, string code) in ((string, string, string)[])
        [
            ("GET", "/api/alerts?top=0", "invalidRequest"), ("GET", "/api/nothing", "notFound"), ("GET", "/api/users/nobody", "notFound"), ("DELETE", "/api/alerts", "methodNotAllowed"),
            ("POST", "/api/events", "unsupportedMediaType"),
        ])
        {
            Answer answer = await Product.SendAsync(method, path, headers: new Dictionary<string, string>(StringComparer.Ordinal) { ["Accept"] = accept });

            Assert.Equal(("application/problem+json", code), (answer.ContentType, CodeOf(answer)));
        }
    }

    [Theory]
    [InlineData("application/json; charset=utf8")]
    [InlineData("application/json; charset=UTF-8")]
    [InlineData("application/json; charset=\"utf-8\"")]
    [InlineData("application/json;charset=us-ascii")]
    public async Task Names_of_UTF8_and_its_subset_are_accepted(string contentType) =>
        Assert.Equal(HttpStatusCode.OK, (await Product.SendAsync("POST", "/api/events", Event, contentType)).Status);

    [Theory]
    [InlineData("application/x-ndjson", "several events go into one array")]
    [InlineData("application/jsonl", "several events go into one array")]
    [InlineData("application/json; charset=iso-8859-1", "send charset=utf-8")]
    [InlineData("text/plain", "The content type is 'text/plain', but must be application/json.")]
    public async Task A_content_type_is_refused_with_the_way_out(string contentType, string says)
    {
        Answer answer = await Product.SendAsync("POST", "/api/events", Event, contentType);

        Assert.Equal((HttpStatusCode.UnsupportedMediaType, "unsupportedMediaType"), (answer.Status, CodeOf(answer)));
        Assert.Contains(says, answer.Json["title"]!.GetValue<string>(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData($"{Event}\n{Event}\n", "but must be application/json; several events go into one array.")]
    [InlineData(Event, "but must be application/json.")]
    [InlineData($"[{Event}]", "but must be application/json.")]
    [InlineData("{ not JSON", "but must be application/json.")]
    public async Task Lines_of_JSON_as_text_are_told_to_go_into_an_array_and_one_value_is_not(string body, string says)
    {
        Answer answer = await Product.SendAsync("POST", "/api/events", body, "text/plain");

        Assert.Equal(HttpStatusCode.UnsupportedMediaType, answer.Status);
        Assert.EndsWith(says, (string?)answer.Json["title"], StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("/api/users/hanako")]
    [InlineData("/api/alert-types")]
    [InlineData("/api/scheduled-tasks/daily")]
    [InlineData("/api/mappings/zabbix")]
    public async Task A_patch_of_another_content_type_learns_both_that_are_accepted(string path)
    {
        foreach (string contentType in (string[])["text/plain", "application/yaml", ""])
        {
            Answer answer = await Product.SendAsync("PATCH", path, "{}", contentType);
            Assert.Equal(HttpStatusCode.UnsupportedMediaType, answer.Status);
            Assert.EndsWith("but must be application/merge-patch+json or application/json.", (string?)answer.Json["title"], StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData("GET", "/api/nothing", 404)]
    [InlineData("GET", "/api/users/nobody", 404)]
    [InlineData("DELETE", "/api/alerts", 405)]
    [InlineData("PUT", "/api/users/hanako", 415)]
    [InlineData("POST", "/api/mail/test", 415)]
    [InlineData("POST", "/api/events", 413)]
    public async Task Every_problem_names_an_address_that_describes_its_status_whoever_refuses(string method, string path, int status)
    {
        Answer answer = await Product.SendAsync(method, path, status == 413 ? new string(' ', (1024 * 1024) + 1) : status == 415 ? "{}" : null, status == 413 ? "application/json" : "text/html");

        Assert.Equal(status, (int)answer.Status);
        Assert.StartsWith("https://tools.ietf.org/html/rfc9110#section-15", (string?)answer.Json["type"], StringComparison.Ordinal);
    }

    [Fact]
    public async Task Several_values_after_each_other_are_told_to_go_into_an_array() =>
        Assert.Contains("several events go into one array", (await Product.SendAsync("POST", "/api/events", $"{Event}\n{Event}\n")).Text, StringComparison.Ordinal);

    [Theory]
    [InlineData("gzip")]
    [InlineData("GZIP")]
    public async Task A_body_may_be_compressed_by_gzip(string encoding) =>
        Assert.Equal(HttpStatusCode.OK, (await SendCompressedAsync(Gzip(Encoding.UTF8.GetBytes(Event)), encoding)).Status);

    [Fact]
    public async Task A_small_body_that_becomes_a_large_one_is_too_large()
    {
        byte[] bomb = Gzip(new byte[100 * 1024 * 1024]);

        Answer answer = await SendCompressedAsync(bomb, "gzip");

        Assert.InRange(bomb.Length, 0, 1024 * 1024);
        Assert.Equal((HttpStatusCode.RequestEntityTooLarge, "bodyTooLarge"), (answer.Status, CodeOf(answer)));
    }

    [Fact]
    public async Task A_body_that_is_not_the_gzip_it_says_is_refused() =>
        Assert.Contains("not valid gzip", (await SendCompressedAsync(Encoding.UTF8.GetBytes(Event), "gzip")).Json["errors"]!["$"]![0]!.GetValue<string>(), StringComparison.Ordinal);

    [Theory]
    [InlineData("br")]
    [InlineData("deflate")]
    [InlineData("gzip, gzip")]
    public async Task Another_content_encoding_is_refused_by_name(string encoding)
    {
        Answer answer = await SendCompressedAsync(Gzip(Encoding.UTF8.GetBytes(Event)), encoding);

        Assert.Equal((HttpStatusCode.UnsupportedMediaType, "unsupportedEncoding", "gzip"), (answer.Status, CodeOf(answer), answer.Headers["Accept-Encoding"]));
        Assert.Contains($"'{encoding}'", answer.Json["title"]!.GetValue<string>(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(400, "brokenBody")]
    [InlineData(408, "bodyTimedOut")]
    [InlineData(413, "bodyTooLarge")]
    public async Task A_body_that_does_not_arrive_whole_is_no_error_of_the_server(int status, string code)
    {
        await using var body = new FailingStream(new BadHttpRequestException("The server's own words.", status));

        Answer answer = await Product.SendStreamAsync("POST", "/api/events", body);

        Assert.Equal(((HttpStatusCode)status, code), (answer.Status, CodeOf(answer)));
        Assert.Empty(await Installation.RowsAsync("Work", "event|"));
    }

    [Theory]
    [InlineData("GET", "/api/alerts", null, false)]
    [InlineData("POST", "/api/events", Event, true)]
    public async Task Only_who_posted_is_told_that_repeating_is_safe(string method, string path, string? body, bool told)
    {
        Product.Log.Expect(301);
        Product.Storage.When(_ => true).FailToConnect();

        Answer answer = await Product.SendAsync(method, path, body);

        Assert.Equal((HttpStatusCode.ServiceUnavailable, "storageUnavailable"), (answer.Status, CodeOf(answer)));
        Assert.Equal(told, answer.Json["title"]!.GetValue<string>().Contains("events with id and time", StringComparison.Ordinal));
    }

    [Fact]
    public async Task An_id_without_a_time_is_warned_of_with_its_place()
    {
        JsonNode answer = await Product.PostEventsAsync("""
            [ { "computer": "A", "alert": "Eicar", "id": "1", "time": "2026-11-24T01:00:00Z" }, { "computer": "B", "alert": "Eicar" }, { "computer": "C", "alert": "Eicar", "id": "1" } ]
            """);

        JsonNode warning = Assert.Single(answer["warnings"]!.AsArray())!;
        Assert.Equal("$[2].id", warning["path"]!.GetValue<string>());
        Assert.Contains("only together with time", warning["message"]!.GetValue<string>(), StringComparison.Ordinal);
        Assert.Equal("$.id", (await Product.PostEventsAsync("""{ "computer": "A", "alert": "Eicar", "id": "1" }"""))["warnings"]![0]!["path"]!.GetValue<string>());
        Assert.Empty((await Product.PostEventsAsync(Event))["warnings"]!.AsArray());
    }

    [Fact]
    public async Task A_dry_run_warns_as_recording_the_same_events_does()
    {
        const string body = """[ { "computer": "A", "alert": "Eicar", "id": "1", "time": "2026-11-24T01:00:00Z" }, { "computer": "C", "alert": "Eicar", "id": "1" } ]""";

        Answer preview = await Product.SendAsync("POST", "/api/events?dryRun=true", body);

        Assert.Equal("$[1].id", (string?)Assert.Single(preview.Json["warnings"]!.AsArray())!["path"]);
        Assert.Equal((await Product.PostEventsAsync(body))["warnings"]!.ToJsonString(), preview.Json["warnings"]!.ToJsonString());
    }

    [Fact]
    public async Task Warnings_about_many_events_are_few()
    {
        string events = string.Join(',', Enumerable.Range(0, 100).Select(number => $$"""{ "computer": "{{number}}", "alert": "Eicar", "id": "{{number}}" }"""));

        Assert.Equal(10, (await Product.PostEventsAsync($"[{events}]"))["warnings"]!.AsArray().Count);
    }

    private static string CodeOf(Answer answer) => answer.Json["code"]!.GetValue<string>();

    private static byte[] Gzip(byte[] bytes)
    {
        using var compressed = new MemoryStream();
        using (var gzip = new GZipStream(compressed, CompressionLevel.Optimal))
        {
            gzip.Write(bytes);
        }

        return compressed.ToArray();
    }

    private Task<Answer> SendCompressedAsync(byte[] body, string encoding) =>
        Product.SendBytesAsync("POST", "/api/events", body, headers: new Dictionary<string, string>(StringComparer.Ordinal) { ["Content-Encoding"] = encoding });

    /// <summary>A body that ends in what the server throws.</summary>
    private sealed class FailingStream(Exception exception) : MemoryStream
    {
        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) => ValueTask.FromException<int>(exception);
    }
}
