using System.Text.Json;
using AlertFunctions.Testing;
using Microsoft.AspNetCore.Mvc;

namespace AlertFunctions.FunctionApp.Tests;

public sealed class HttpFunctionsTests(AzuriteServer azurite)
{
    private const string Event = """{ "id": "evt-1", "computer": "端末A", "alert": "Eicar", "message": "Eicar_test_file" }""";

    [Fact]
    public async Task An_event_that_is_posted_raises_an_alert_that_can_be_read()
    {
        await using FunctionAppUnderTest app = await FunctionAppUnderTest.StartAsync(azurite);
        Answer recorded = await app.RequestAsync("POST", "/api/events", Event);
        Assert.Equal(200, recorded.Status);
        Assert.Equal("端末A", recorded.Json.GetProperty("raised")[0].GetProperty("computer").GetString());

        Answer alerts = await app.RequestAsync("GET", "/api/alerts?alert=Eicar");
        Assert.Equal(200, alerts.Status);
        Assert.Equal("Eicar_test_file", alerts.Json.GetProperty("items")[0].GetProperty("message").GetString());
    }

    [Fact]
    public async Task Route_values_of_the_contract_come_from_its_own_routes()
    {
        await using FunctionAppUnderTest app = await FunctionAppUnderTest.StartAsync(azurite);
        Answer put = await app.RequestAsync("PUT", "/api/users/Ops", """{ "email": "ops@example.com", "receiveAlertMail": true }""");
        Assert.Equal(200, put.Status);
        Assert.Equal("ops@example.com", (await app.RequestAsync("GET", "/api/users/Ops")).Json.GetProperty("email").GetString());
        Assert.Equal(204, (await app.RequestAsync("DELETE", "/api/users/Ops")).Status);
    }

    [Theory]
    [InlineData("GET", "/api/no-such-thing", 404)]
    [InlineData("GET", "/no-such-page", 404)]
    [InlineData("DELETE", "/api/alerts", 405)]
    [InlineData("OPTIONS", "/api/alerts", 405)]
    [InlineData("GET", "/api/events", 405)]
    [InlineData("POST", "/api/health", 405)]
    [InlineData("PATCH", "/api/alerts", 405)]
    public async Task What_the_contract_does_not_know_is_a_problem_in_words(string method, string path, int status) => await AssertProblemAsync(method, path, body: null, status);

    [Fact]
    public async Task Other_systems_ask_and_send_through_the_function_of_events()
    {
        await using FunctionAppUnderTest app = await FunctionAppUnderTest.StartAsync(azurite);
        Answer asked = await app.RequestAsync("OPTIONS", "/api/events?code=key");
        Answer sent = await app.RequestAsync("POST", "/api/events?code=key", """{ "version": "4", "receiver": "r", "alerts": [{ "status": "firing", "labels": { "alertname": "HostDown", "instance": "web01" }, "fingerprint": "f1" }] }""");
        Assert.Equal(200, asked.Status);
        Assert.Equal(1, sent.Json.GetProperty("recorded").GetInt32());
    }

    [Fact]
    public async Task A_mapping_that_is_written_makes_events_of_what_is_sent()
    {
        await using FunctionAppUnderTest app = await FunctionAppUnderTest.StartAsync(azurite);
        Answer put = await app.RequestAsync("PUT", "/api/mappings/zabbix", """{ "computer": "join('.', [computer, 'example.com'])", "alert": "alert" }""");
        Answer sent = await app.RequestAsync("POST", "/api/events?mapping=zabbix", """{ "computer": "db01", "alert": "No answer" }""");
        Assert.Equal(200, put.Status);
        Assert.Equal("db01.example.com", sent.Json.GetProperty("raised")[0].GetProperty("computer").GetString());
    }

    [Fact]
    public async Task Malformed_JSON_is_a_problem_in_words() => await AssertProblemAsync("POST", "/api/events", "{ \"computer\": ", 400);

    [Fact]
    public async Task Health_needs_no_key_and_tells_that_storage_works()
    {
        await using FunctionAppUnderTest app = await FunctionAppUnderTest.StartAsync(azurite);
        Answer health = await app.RequestAsync("GET", "/api/health");
        Assert.Equal(200, health.Status);
        Assert.Equal("healthy", health.Json.GetProperty("checks").GetProperty("storage").GetString());
    }

    [Theory]
    [InlineData("/", "text/html")]
    [InlineData("/styles/tokens.css", "text/css")]
    [InlineData("/app.js", "text/javascript")]
    public async Task The_console_needs_no_key_and_serves_its_page(string path, string contentType)
    {
        await using FunctionAppUnderTest app = await FunctionAppUnderTest.StartAsync(azurite);
        Answer page = await app.RequestAsync("GET", path);
        Assert.Equal(200, page.Status);
        Assert.StartsWith(contentType, page.ContentType, StringComparison.Ordinal);
        Assert.NotEqual("", page.Body);
    }

    [Fact]
    public async Task The_console_serves_the_OpenAPI_document()
    {
        await using FunctionAppUnderTest app = await FunctionAppUnderTest.StartAsync(azurite);
        Answer document = await app.RequestAsync("GET", "/openapi/v1.json");
        Assert.Equal(200, document.Status);
        Assert.True(document.Json.GetProperty("paths").TryGetProperty("/api/events", out _));
    }

    [Theory]
    [InlineData("/api/alerts")]
    [InlineData("/API/settings")]
    [InlineData("/api")]
    public async Task The_console_serves_nothing_that_needs_a_key_even_if_the_host_sends_it_there(string path)
    {
        await using FunctionAppUnderTest app = await FunctionAppUnderTest.StartAsync(azurite);
        Answer answer = await app.CallAsync("Console", "GET", path);
        Assert.Equal(404, answer.Status);
        Assert.Equal("", answer.Body);
    }

    [Fact]
    public async Task The_answer_is_complete_before_the_worker_gets_its_result()
    {
        await using FunctionAppUnderTest app = await FunctionAppUnderTest.StartAsync(azurite);
        Assert.IsType<EmptyResult>((await app.RequestAsync("POST", "/api/events", Event)).Result);
        Assert.IsType<EmptyResult>((await app.RequestAsync("GET", "/api/alerts")).Result);
        Assert.IsType<EmptyResult>((await app.RequestAsync("GET", "/api/health")).Result);
        Assert.IsType<EmptyResult>((await app.RequestAsync("GET", "/openapi/v1.json")).Result);
    }

    private async Task AssertProblemAsync(string method, string path, string? body, int status)
    {
        await using FunctionAppUnderTest app = await FunctionAppUnderTest.StartAsync(azurite);
        Answer answer = await app.RequestAsync(method, path, body);
        Assert.Equal(status, answer.Status);
        Assert.StartsWith("application/problem+json", answer.ContentType, StringComparison.Ordinal);
        Assert.Equal(JsonValueKind.String, answer.Json.GetProperty("title").ValueKind);
    }
}
