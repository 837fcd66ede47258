using System.Diagnostics;
using System.Net;
using System.Net.Http.Json;
using AlertFunctions.Core.Upkeep;
using AlertFunctions.Testing;
using AlertFunctions.Tests.Standalone;
using OpenTelemetry;
using OpenTelemetry.Trace;

namespace AlertFunctions.Tests.Telemetry;

/// <summary>What the standalone host shows of itself.</summary>
public sealed class StandaloneTelemetryTests(AzuriteServer azurite) : IAsyncLifetime
{
    private Installation _installation = null!;

    public async ValueTask InitializeAsync() => _installation = await Installation.CreateAsync(azurite);

    public ValueTask DisposeAsync() => _installation.DisposeAsync();

    [Fact]
    public async Task Prometheus_can_read_every_metric_that_has_something_to_show()
    {
        await using RunningHost host = await RunningHost.StartAsync(_installation, new TestLog());
        using HttpResponseMessage raised = await host.Http.PostAsJsonAsync("/api/events", new { computer = "web01", alert = "Eicar" });
        raised.EnsureSuccessStatusCode();
        await _installation.Smtp.WaitUntilAsync(() => _installation.Smtp.Accepted.Count == 1);
        await host.Get<MinuteRun>().RunAsync(CancellationToken.None);

        using HttpResponseMessage answer = await host.Http.GetAsync("/metrics");
        string text = await answer.Content.ReadAsStringAsync();
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        Assert.StartsWith("text/plain", answer.Content.Headers.ContentType!.ToString(), StringComparison.Ordinal);
        Assert.All(
            ["alertfunctions_events_total", "alertfunctions_alert_transitions_total", "alertfunctions_storage_operations_total", "alertfunctions_smtp_slots", "alertfunctions_mail_attempt_duration_seconds_count", "alertfunctions_mail_waiting", "http_server_request_duration_seconds", "dotnet_gc_collections_total"],
            name => Assert.Contains($"\n{name}", text, StringComparison.Ordinal));
        Assert.DoesNotContain("web01", text, StringComparison.Ordinal);
        Assert.DoesNotContain("Eicar", text, StringComparison.Ordinal);
        Assert.DoesNotContain("example.com", text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_request_and_the_mail_that_it_leads_to_are_one_trace_which_the_client_began()
    {
        using var spans = new Spans();
        await using RunningHost host = await RunningHost.StartAsync(
            _installation, new TestLog(), services => services.ConfigureOpenTelemetryTracerProvider(tracing => tracing.AddProcessor(spans)), ("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "http://127.0.0.1:9"));
        var trace = ActivityTraceId.CreateRandom();
        using var request = new HttpRequestMessage(HttpMethod.Post, "/api/events?dryRun=false") { Content = JsonContent.Create(new { computer = "web01", alert = "Eicar" }) };
        request.Headers.Add("traceparent", $"00-{trace}-{ActivitySpanId.CreateRandom()}-01");
        using HttpResponseMessage raised = await host.Http.SendAsync(request);
        raised.EnsureSuccessStatusCode();

        Activity sent = await spans.FirstAsync(trace, "send mail");
        Activity composed = await spans.FirstAsync(trace, "compose alert mail");
        Activity asked = await spans.FirstAsync(trace, "POST /api/events");
        Assert.Equal((asked.SpanId, composed.SpanId), (composed.ParentSpanId, sent.ParentSpanId));
        Assert.Equal((null, null), (asked.GetTagItem("url.path"), asked.GetTagItem("url.query")));
        Assert.DoesNotContain(asked.TagObjects, tag => $"{tag.Value}".Contains("dryRun", StringComparison.Ordinal));
    }

    /// <summary>The spans that have ended.</summary>
    private sealed class Spans : BaseProcessor<Activity>
    {
        private readonly ChangeSignal _changed = new();
        private readonly List<Activity> _ended = [];

        public override void OnEnd(Activity data)
        {
            lock (_ended)
            {
                _ended.Add(data);
            }

            _changed.Raise();
        }

        public async Task<Activity> FirstAsync(ActivityTraceId trace, string name)
        {
            await _changed.WaitUntilAsync(() => Find(trace, name) is not null, name, () => "");
            return Find(trace, name)!;
        }

        private Activity? Find(ActivityTraceId trace, string name)
        {
            lock (_ended)
            {
                return _ended.Find(span => span.TraceId == trace && span.DisplayName == name);
            }
        }
    }
}
