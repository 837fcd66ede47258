using System.Diagnostics;
using System.Net.Http.Json;
using AlertFunctions.WorkerHost;

namespace AlertFunctions.FunctionApp.Tests;

/// <summary>What the published app shows of itself.</summary>
public sealed class WorkerTelemetryTests(PublishedApp published)
{
    [Fact]
    public async Task A_request_and_the_mail_that_it_leads_to_are_one_trace_and_its_last_spans_are_sent_before_the_worker_ends()
    {
        await using TraceCollector collector = await TraceCollector.StartAsync();
        await using HostedApp app = await HostedApp.StartAsync(published, new(StringComparer.Ordinal) { ["OTEL_EXPORTER_OTLP_TRACES_ENDPOINT"] = collector.Address });
        string trace = ActivityTraceId.CreateRandom().ToHexString();
        string client = ActivitySpanId.CreateRandom().ToHexString();
        using var request = new HttpRequestMessage(HttpMethod.Post, "/api/events") { Content = JsonContent.Create(new { computer = "web01", alert = "Eicar" }) };
        request.Headers.Add("traceparent", $"00-{trace}-{client}-01");
        (HttpResponseMessage answer, Task ended) = await app.Host.BeginAsync(request);
        answer.EnsureSuccessStatusCode();
        await ended;
        await app.RunQueueAsync();
        Assert.Single(app.Smtp.Accepted);
        await app.Host.Worker.StopAsync();

        IReadOnlyList<CollectedSpan> spans = collector.SpansOf(trace);
        Assert.Equal(["POST /api/events", "compose alert mail", "send mail"], spans.Select(span => span.Name).Order(StringComparer.Ordinal));
        CollectedSpan asked = spans.Single(span => span.Name == "POST /api/events");
        CollectedSpan composed = spans.Single(span => span.Name == "compose alert mail");
        CollectedSpan sent = spans.Single(span => span.Name == "send mail");
        Assert.Equal((client, asked.Id, composed.Id), (asked.Parent, composed.Parent, sent.Parent));
    }
}
