using System.Net;
using System.Text;
using System.Text.Json.Nodes;
using AlertFunctions.Testing;

namespace AlertFunctions.Tests.Formats;

/// <summary>CloudEvents 1.0: one, several, and such whose attributes are headers; and the question before the first.</summary>
public sealed class CloudEventsTests(AzuriteServer azurite) : FormatTest(azurite)
{
    private const string Structured = "application/cloudevents+json";
    private const string Batch = "application/cloudevents-batch+json";

    protected override string Folder => "CloudEvents";

    [Fact]
    public async Task An_event_is_mailed_once_and_cleared_by_its_state()
    {
        JsonNode first = await PostAndMailAsync(Sample("structured.json"), $"{Structured}; charset=utf-8");
        JsonNode repeated = await PostAndMailAsync(Sample("structured.json"), Structured);
        JsonNode alert = await OutstandingAsync("MalwareDetected", "web01");
        JsonNode cleared = await PostAsync(Event("""{ "alert": "MalwareDetected", "state": "cleared" }"""), Structured);

        Assert.Equal([(1, 0, 0), (0, 1, 0)], ((JsonNode[])[first, repeated]).Select(CountsOf));
        Assert.Equal(("critical", "Eicar_test_file"), ((string?)alert["severity"], (string?)alert["message"]));
        Assert.Contains("Eicar_test_file", Assert.Single(Smtp.Accepted).Message.TextBody, StringComparison.Ordinal);
        Assert.Equal(["MalwareDetected on web01"], Names(cleared, "cleared"));
    }

    [Fact]
    public async Task Event_Grid_is_taken_as_it_is_by_content_type_and_by_shape()
    {
        Assert.Equal(["Microsoft.KeyVault.CertificateNearExpiry on web01-certificate"], Names(await PostAsync(Sample("event-grid.json"), Structured), "raised"));
        Assert.Equal((0, 1, 0), CountsOf(await PostAsync(Sample("event-grid.json"))));
    }

    [Theory]
    [InlineData("\"web01\"", """{ "computer": "other" }""", "T on web01")]
    [InlineData("null", """{ "computer": "web02", "alert": "A" }""", "A on web02")]
    [InlineData("\" \"", "null", "T on /source")]
    [InlineData("null", "7", "T on /source")]
    public async Task The_subject_names_the_computer_and_the_type_the_alert_unless_the_data_does(string subject, string data, string expected)
    {
        string body = $$"""{ "specversion": "1.0", "id": "1", "source": "/source", "type": "T", "subject": {{subject}}, "data": {{data}} }""";

        Assert.Equal([expected], Names(await PostAsync(body, Structured), "raised"));
    }

    [Fact]
    public async Task Source_and_id_tell_events_from_each_other()
    {
        JsonNode answer = await PostAsync($"[{Event("null")}, {Event("null")}, {Event("null", id: "2")}, {Event("null", source: "/other")}]", Batch);

        Assert.Equal((3, 1, 0), CountsOf(answer));
    }

    [Fact]
    public async Task A_batch_may_be_empty_and_its_bad_items_do_not_keep_the_good_ones_out()
    {
        Assert.Equal((0, 0, 0), CountsOf(await PostAsync("[]", Batch)));

        JsonNode answer = await PostBadAsync($$"""[{{Event("null")}}, 7, { "specversion": "1.0", "id": "1" }, {{Event("""{ "state": "perhaps" }""")}}, {{Event("\"\\ud800\"")}}, { "specversion": "0.3" }, {{Event("null", time: "now")}}]""", Batch);

        Assert.Equal((1, 0, 6), CountsOf(answer));
        string[] reasons = [.. answer["reasons"]!.AsArray().Select(reason => $"{reason!["path"]} {reason["message"]}")];
        Assert.Equal("$[1] must be an object, but is a number.", reasons[0]);
        Assert.StartsWith("$[2] is no CloudEvent: ", reasons[1], StringComparison.Ordinal);
        Assert.Contains("'perhaps'", reasons[2], StringComparison.Ordinal);
        Assert.Single(await Product.SystemEventsAsync(199));
    }

    [Theory]
    [InlineData("application/json", """{ "alert": "A", "message": "m" }""", "A")]
    [InlineData("text/plain", "down", "T")]
    [InlineData("application/json", "not JSON", "T")]
    [InlineData("application/octet-stream", "\u00ff", "T")]
    public async Task In_binary_mode_the_headers_are_the_event_and_the_body_its_data(string contentType, string data, string alert)
    {
        Answer answer = await SendBinaryAsync(Encoding.Latin1.GetBytes(data), contentType);
        Answer repeated = await SendBinaryAsync(Encoding.Latin1.GetBytes(data), contentType);

        Assert.Equal([$"{alert} on 端末A"], Names(answer.Json, "raised"));
        Assert.Equal((0, 1, 0), CountsOf(repeated.Json));
    }

    [Theory]
    [InlineData("ce-id", "")]
    [InlineData("ce-specversion", "0.3")]
    [InlineData("ce-time", "now")]
    [InlineData("ce-Bad_Name", "x")]
    public async Task Attributes_that_are_no_event_are_counted_and_recorded(string header, string value)
    {
        Answer answer = await SendBinaryAsync("{}"u8.ToArray(), "application/json", (header, value));

        Assert.Equal((0, 0, 1), CountsOf(answer.Json));
        Assert.Contains(header, (string?)Assert.Single(await Product.SystemEventsAsync(199))["data"]!["item"], StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("")]
    [InlineData("?dryRun=true")]
    public async Task An_id_is_warned_of_where_no_time_makes_a_repeat_known(string query)
    {
        const string untimed = """{ "specversion": "1.0", "id": "1", "source": "/source", "type": "T" }""";

        JsonNode answer = await PostAsync($"[{Event("null")}, {untimed}, {Event("null", time: "2026-11-25T01:30:00Z")}]", Batch, query);

        JsonNode?[] warnings = [.. answer["warnings"]!.AsArray()];
        Assert.Equal(["$[1].id", "$[2].id"], warnings.Select(warning => (string?)warning!["path"]));
        Assert.Equal("recognises a repeated event only together with time; sent again like this, the event is recorded again.", (string?)warnings[0]!["message"]);
        Assert.Contains("still to come or older than events are kept", (string?)warnings[1]!["message"], StringComparison.Ordinal);
        Assert.Empty((await PostAsync(Event("null"), Structured, query))["warnings"]!.AsArray());
        Assert.Equal("$.id", (string?)Assert.Single((await PostAsync(untimed, Structured, query))["warnings"]!.AsArray())!["path"]);
    }

    [Fact]
    public async Task An_id_in_a_header_without_a_time_is_warned_of_with_its_header()
    {
        Answer answer = await SendBinaryAsync("{}"u8.ToArray(), "application/json", ("ce-time", null));

        Assert.Equal("ce-id", (string?)Assert.Single(answer.Json["warnings"]!.AsArray())!["path"]);
    }

    [Fact]
    public async Task Warnings_about_many_events_are_few()
    {
        string events = string.Join(',', Enumerable.Range(0, 100).Select(number => $$"""{ "specversion": "1.0", "id": "{{number}}", "source": "/source", "type": "T" }"""));

        Assert.Equal(10, (await PostAsync($"[{events}]", Batch))["warnings"]!.AsArray().Count);
    }

    [Fact]
    public async Task Another_encoding_of_CloudEvents_is_told_the_ones_that_are_accepted()
    {
        Answer answer = await SendBadAsync("<event/>", "application/cloudevents+xml");

        Assert.Equal(HttpStatusCode.UnsupportedMediaType, answer.Status);
        Assert.Contains($"must be {Structured} or {Batch}", answer.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_sender_that_asks_may_send_at_any_rate()
    {
        Answer answer = await Product.SendAsync("OPTIONS", "/api/events?format=cloudEvents", headers: new Dictionary<string, string>(StringComparer.Ordinal)
        {
            ["WebHook-Request-Origin"] = "eventgrid.azure.net",
            ["WebHook-Request-Rate"] = "120",
            ["WebHook-Request-Callback"] = "https://example.com/grant",
        });

        Assert.Equal(HttpStatusCode.OK, answer.Status);
        Assert.Equal(("eventgrid.azure.net", "*", "POST, OPTIONS"), (answer.Headers["WebHook-Allowed-Origin"], answer.Headers["WebHook-Allowed-Rate"], answer.Headers["Allow"]));
    }

    [Fact]
    public async Task A_sender_may_ask_about_every_address_to_which_it_may_send()
    {
        var asked = new Dictionary<string, string>(StringComparer.Ordinal) { ["WebHook-Request-Origin"] = "eventgrid.azure.net" };
        await PutAsync("/api/mappings/m", """{ "computer": "source", "alert": "type" }""");
        JsonNode paths = (await Product.GetAsync("/openapi/v1.json"))["paths"]!["/api/events"]!;
        string[] ofPost = QueryOf("post");

        Assert.Equal(["dryRun", "format", "mapping"], ofPost);
        Assert.Equal(ofPost, QueryOf("options"));
        foreach (string query in (string[])["dryRun=true", "format=cef", "mapping=m", "mapping=m&dryRun=true"])
        {
            Assert.Equal("eventgrid.azure.net", (await Product.SendAsync("OPTIONS", $"/api/events?{query}", headers: asked)).Headers.GetValueOrDefault("WebHook-Allowed-Origin"));
        }

        foreach ((string query, HttpStatusCode status) in ((string, HttpStatusCode)[])[("mapping=m&format=cef", HttpStatusCode.BadRequest), ("mapping=none", HttpStatusCode.NotFound)])
        {
            Answer refused = await Product.SendAsync("OPTIONS", $"/api/events?{query}", headers: asked);
            Assert.Equal(status, refused.Status);
            Assert.False(refused.Headers.ContainsKey("WebHook-Allowed-Origin"));
        }

        string[] QueryOf(string method) => [.. paths[method]!["parameters"]!.AsArray().Where(parameter => (string?)parameter!["in"] == "query").Select(parameter => (string)parameter!["name"]!).Order(StringComparer.Ordinal)];
    }

    [Fact]
    public async Task Without_an_origin_nothing_is_permitted_and_one_that_is_no_name_is_refused()
    {
        Answer none = await Product.SendAsync("OPTIONS", "/api/events");
        Answer wrong = await Product.SendAsync("OPTIONS", "/api/events", headers: new Dictionary<string, string>(StringComparer.Ordinal) { ["WebHook-Request-Origin"] = "a b" });

        Assert.Equal(HttpStatusCode.OK, none.Status);
        Assert.False(none.Headers.ContainsKey("WebHook-Allowed-Origin"));
        Assert.Equal(HttpStatusCode.BadRequest, wrong.Status);
    }

    private async Task<Answer> SendBinaryAsync(byte[] data, string contentType, params (string Name, string? Value)[] headers)
    {
        var all = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase)
        {
            ["ce-specversion"] = "1.0",
            ["ce-id"] = "1",
            ["ce-source"] = "/source",
            ["ce-type"] = "T",
            ["ce-subject"] = "%E7%AB%AF%E6%9C%ABA", // percent-encoded, as the binding wants it
            ["ce-time"] = "2026-11-24T01:00:00Z",
        };
        foreach ((string name, string? value) in headers)
        {
            all.Remove(name);
            if (value is not null)
            {
                all[name] = value;
            }
        }

        using var stream = new MemoryStream(data);
        Answer answer = await Product.SendStreamAsync("POST", "/api/events", stream, contentType, all);
        Assert.True(answer.Status == HttpStatusCode.OK, answer.Text);
        return answer;
    }

    private static string Event(string data, string id = "1", string source = "/source", string time = "2026-11-24T01:30:00Z") =>
        $$"""{ "specversion": "1.0", "id": "{{id}}", "source": "{{source}}", "type": "T", "subject": "web01", "time": "{{time}}", "data": {{data}} }""";
}
