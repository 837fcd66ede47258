using System.Net;
using System.Text;
using AlertFunctions.Testing;

namespace AlertFunctions.Tests.Infrastructure;

/// <summary>A contract that accepts everything would let every test pass.</summary>
public sealed class OpenApiContractTests
{
    private const string Health = """{ "status": "healthy", "checks": { "storage": "healthy", "mail": "healthy", "mailFailingSince": null, "lastRedriveAt": "2026-11-24T02:00:00Z", "timers": "healthy", "alertTypes": "healthy" } }""";
    private const string Problem = """{ "type": "https://example.com/404", "title": "No.", "status": 404, "code": "notFound", "traceId": "1" }""";

    [Theory]
    [InlineData("GET", "/api/health", 200, "application/json; charset=utf-8", Health)]
    [InlineData("GET", "/API/health/?code=key", 200, "application/json", Health)]
    [InlineData("HEAD", "/api/health", 200, "application/json", "")]
    [InlineData("GET", "/api/alerts", 200, "text/csv; charset=utf-8", "alert,computer")]
    [InlineData("DELETE", "/api/users/ops", 204, null, "")]
    [InlineData("DELETE", "/api/users/ops", 404, "application/problem+json", Problem)]
    [InlineData("GET", "/api/nothing", 404, "application/problem+json", Problem)]
    [InlineData("GET", "/", 200, "text/html", "<html>")]
    public async Task What_the_document_describes_is_accepted(string method, string path, int status, string? type, string body) => Assert.Empty(await FaultsAsync(method, path, status, type, body));

    [Theory]
    [InlineData("GET", "/api/nothing", 200, "application/json", "{}")]
    [InlineData("PUT", "/api/health", 200, "application/json", Health)]
    [InlineData("GET", "/api/health", 202, "application/json", Health)]
    [InlineData("GET", "/api/health", 200, "text/plain", Health)]
    [InlineData("GET", "/api/health", 200, "application/json", "")]
    [InlineData("GET", "/api/health", 200, "application/json", """{ "status": "healthy" }""")]
    [InlineData("GET", "/api/users", 200, "application/json", """{ "items": [], "more": 1 }""")]
    [InlineData("GET", "/api/users", 200, "application/json", """{ "items": [{ "name": "ops", "email": null, "receiveAlertMail": true, "culture": "fr", "timeZone": null }] }""")]
    [InlineData("GET", "/api/users", 200, "application/json", """{ "items": [{ "name": "ops", "email": null, "receiveAlertMail": true, "culture": null, "timeZone": null, "more": 1 }] }""")]
    [InlineData("GET", "/api/users/ops", 404, "application/json", Problem)]
    [InlineData("GET", "/api/nothing", 404, "application/problem+json", """{ "title": "No.", "status": 404 }""")]
    [InlineData("DELETE", "/api/users/ops", 204, "text/plain", "gone")]
    public async Task What_the_document_does_not_describe_is_a_fault(string method, string path, int status, string? type, string body) => Assert.NotEmpty(await FaultsAsync(method, path, status, type, body));

    [Theory]
    [InlineData("ETag", "/api/health", false)]
    [InlineData("ETag", "/api/users/ops", true)]
    [InlineData("Link", "/api/mail", false)]
    public async Task A_header_that_clients_use_is_described(string header, string path, bool isDescribed) =>
        Assert.Equal(isDescribed, !(await FaultsAsync("GET", path, 200, "application/json", "{}", header: header)).Any(fault => fault.Contains(header, StringComparison.Ordinal)));

    [Theory]
    [InlineData("""{ "computer": "A", "alert": "B" }""", true)]
    [InlineData("""[{ "computer": "A", "alert": "B", "time": "2026-11-24T02:00:00+09:00", "severity": null, "data": { "any": [1] } }]""", true)]
    [InlineData("[]", false)]
    [InlineData("""{ "computer": "A" }""", false)]
    [InlineData("""{ "computer": "A", "alert": "B", "more": 1 }""", false)]
    [InlineData("""{ "computer": "A", "alert": "B", "severity": "fatal" }""", false)]
    public async Task A_request_that_succeeds_is_described_too(string body, bool isDescribed)
    {
        const string answer = """{ "recorded": 1, "duplicates": 0, "raised": [], "cleared": [], "outdated": 0, "warnings": [] }""";
        Assert.Equal(isDescribed, (await FaultsAsync("POST", "/api/events", 200, "application/json", answer, sent: body)).Count == 0);
    }

    private static async Task<IReadOnlyList<string>> FaultsAsync(string method, string path, int status, string? type, string body, string? header = null, string? sent = null) =>
        [.. (await OpenApiContract.OfProductAsync()).FaultsOf(
            new Exchange(method, path, "application/json", sent is null ? null : Encoding.UTF8.GetBytes(sent), (HttpStatusCode)status, type, body, header is null ? [] : [header]))];
}
