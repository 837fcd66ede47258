using AlertFunctions.WorkerHost;

namespace AlertFunctions.FunctionApp.Tests;

public sealed class FunctionRoutingTests
{
    public static TheoryData<string, string, string?> Requests => new()
    {
        { "POST", "/api/events", "RecordEvents" },
        { "POST", "/api/events/", "RecordEvents" },
        { "POST", "/API/Events", "RecordEvents" },
        { "OPTIONS", "/api/events", "RecordEvents" },
        { "GET", "/api/health", "Health" },
        { "GET", "/api/health/", "Health" },
        { "GET", "/api/alerts", "Read" },
        { "GET", "/API/alerts", "Read" },
        { "POST", "/api/alerts/clear", "Api" },
        { "HEAD", "/api/alerts", "Read" },
        { "POST", "/api/alert-types/import", "Api" },
        { "PUT", "/api/users/events", "Api" },
        { "GET", "/api/users/events", "Read" },
        { "DELETE", "/api/users/health", "Api" },
        { "GET", "/api/events-of-today", "Read" },
        { "GET", "/api/healthy", "Read" },
        { "GET", "/", "Console" },
        { "GET", "/index.html", "Console" },
        { "GET", "/assets/app.js", "Console" },
        { "GET", "/openapi/v1.json", "Console" },
        { "GET", "/docs", "Console" },
        { "GET", "/docs/scalar.js", "Console" },
        { "GET", "/apiary", "Console" },
        { "GET", "/administration", "Console" },
        { "GET", "/api", null },
        { "GET", "/api/", null },
        { "GET", "//api/alerts", null },
        { "POST", "/api/health", "Health" },
        { "HEAD", "/api/health", "Health" },
        { "GET", "/api/events", "RecordEvents" },
        { "PATCH", "/api/users/ops", "Api" },
        { "OPTIONS", "/api/alerts", "Api" },
        { "HEAD", "/", "Console" },
        { "GET", "/admin", null },
        { "GET", "/admin/host/status", null },
        { "GET", "/Runtime/webhooks/storage", null },
        { "POST", "/", null },
    };

    [Theory]
    [MemberData(nameof(Requests))]
    public async Task The_host_gives_each_request_to_its_function(string method, string path, string? function) =>
        Assert.Equal(function, (await FunctionRouting.OfHostAsync(method, path, FunctionRouting.HostOrder))?.Name);

    [Theory]
    [MemberData(nameof(Requests))]
    public async Task The_order_in_which_the_host_tries_routes_makes_no_difference(string method, string path, string? function) =>
        Assert.Equal(function, (await FunctionRouting.OfHostAsync(method, path, FunctionRouting.HostOrder.Reverse()))?.Name);

    [Theory]
    [MemberData(nameof(Requests))]
    public async Task The_worker_finds_the_same_function_as_the_host(string method, string path, string? function) =>
        Assert.Equal(function, await FunctionRouting.OfWorkerAsync(method, path));
}
