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
    public async Task Without_an_origin_nothing_is_permitted_and_one_that_is_no_name_is_refused()
    {
        Answer none = await Product.SendAsync("OPTIONS", "/api/events");
        Answer wrong = await Product.SendAsync("OPTIONS", "/api/events", headers: new Dictionary<string, string>(StringComparer.Ordinal) { ["WebHook-Request-Origin"] = "a b" });

        Assert.Equal(HttpStatusCode.OK, none.Status);
        Assert.False(none.Headers.ContainsKey("WebHook-Allowed-Origin"));
        Assert.Equal(HttpStatusCode.BadRequest, wrong.Status);
    }

    private async Task<Answer> SendBinaryAsync(byte[] data, string contentType, params (string Name, string Value)[] headers)
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
        foreach ((string name, string value) in headers)
        {
            all[name] = value;
        }

        using var stream = new MemoryStream(data);
        Answer answer = await Product.SendStreamAsync("POST", "/api/events", stream, contentType, all);
        Assert.True(answer.Status == HttpStatusCode.OK, answer.Text);
        return answer;
    }

    private static string Event(string data, string id = "1", string source = "/source", string time = "2026-11-24T01:30:00Z") =>
        $$"""{ "specversion": "1.0", "id": "{{id}}", "source": "{{source}}", "type": "T", "subject": "web01", "time": "{{time}}", "data": {{data}} }""";
}
