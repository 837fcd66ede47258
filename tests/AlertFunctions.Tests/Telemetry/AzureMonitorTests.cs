using System.Collections.Concurrent;
using System.IO.Compression;
using System.Net;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using AlertFunctions.Core.Upkeep;
using AlertFunctions.Testing;
using AlertFunctions.Tests.Standalone;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using OpenTelemetry.Metrics;

namespace AlertFunctions.Tests.Telemetry;

/// <summary>What Application Insights receives has the names that the workbook and the alert rules of <c>infra</c> ask for.</summary>
public sealed class AzureMonitorTests(AzuriteServer azurite) : IAsyncLifetime
{
    private readonly ConcurrentQueue<JsonNode> _received = new();
    private Installation _installation = null!;
    private WebApplication _ingestion = null!;

    public async ValueTask InitializeAsync()
    {
        Environment.SetEnvironmentVariable("APPLICATIONINSIGHTS_STATSBEAT_DISABLED", "true"); // the exporter would report on itself to Microsoft
        _installation = await Installation.CreateAsync(azurite);
        WebApplicationBuilder builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0));
        _ingestion = builder.Build();
        _ingestion.MapPost("/{**path}", ReceiveAsync);
        await _ingestion.StartAsync();
    }

    public async ValueTask DisposeAsync()
    {
        await _ingestion.DisposeAsync();
        await _installation.DisposeAsync();
    }

    [Fact]
    public async Task A_metric_has_the_instruments_name_its_dimensions_and_what_was_added_since_the_last_time()
    {
        await using RunningHost host = await RunningHost.StartAsync(
            _installation, new TestLog(), services: null, ("APPLICATIONINSIGHTS_CONNECTION_STRING", $"InstrumentationKey=00000000-0000-0000-0000-000000000001;IngestionEndpoint={_ingestion.Urls.Single()}/"));
        using HttpResponseMessage raised = await host.Http.PostAsJsonAsync("/api/events", new { computer = "web01", alert = "Eicar" });
        raised.EnsureSuccessStatusCode();
        await _installation.Smtp.WaitForAcceptedAsync(1);
        await host.Get<MinuteRun>().RunAsync(CancellationToken.None);
        host.Get<MeterProvider>().ForceFlush();

        JsonNode events = Metric("alertfunctions.events", "alertfunctions.event.outcome", "recorded");
        Assert.True((double)events["metrics"]![0]!["value"]! >= 1); // other tests' hosts in this process are counted too
        Metric("alertfunctions.alert.transitions", "alertfunctions.alert.transition", "raised");
        Metric("alertfunctions.mail.outcomes", "alertfunctions.mail.outcome", "sent");
        Metric("alertfunctions.storage.operations", "http.response.status_code", "202");
        Metric("alertfunctions.storage.operations", "alertfunctions.storage.service", "table");
        Assert.All(
            ["alertfunctions.mail.waiting", "alertfunctions.mail.oldest_waiting", "alertfunctions.mail.failing", "alertfunctions.smtp.slots"],
            name => Assert.Contains(_received, item => Name(item) == name));
    }

    private JsonNode Metric(string name, string dimension, string value) =>
        Assert.Single(_received.Where(item => Name(item) == name && (string?)item["data"]!["baseData"]!["properties"]?[dimension] == value).Take(1))["data"]!["baseData"]!;

    private static string? Name(JsonNode item) => (string?)item["data"]!["baseData"]!["metrics"]?[0]!["name"];

    private async Task<IResult> ReceiveAsync(HttpRequest request)
    {
        await using Stream body = request.Headers.ContentEncoding == "gzip" ? new GZipStream(request.Body, CompressionMode.Decompress) : request.Body;
        using var reader = new StreamReader(body);
        int count = 0;
        while (await reader.ReadLineAsync() is { } line)
        {
            _received.Enqueue(JsonNode.Parse(line)!);
            count++;
        }

        return Results.Json(new { itemsReceived = count, itemsAccepted = count, errors = Array.Empty<string>() });
    }
}
