using System.Net.Http.Json;
using System.Text.Json;
using System.Text.RegularExpressions;
using AlertFunctions.Testing;
using AlertFunctions.Tests.Documentation;

namespace AlertFunctions.Tests.Telemetry;

/// <summary>A real Prometheus that reads a real host, with the alert rules and the dashboard of <c>infra</c>.</summary>
public sealed partial class PrometheusTests(PrometheusTests.WatchedHost watched) : IClassFixture<PrometheusTests.WatchedHost>
{
    private const string Rules = "infra/prometheus/alerts.yml";
    private const string Dashboard = "infra/grafana/alertfunctions.json";

    [Theory]
    [InlineData("check", "alerts.yml")]
    [InlineData("test", "alerts.test.yml")]
    public async Task The_alert_rules_are_valid_and_fire_when_they_should_and_at_no_other_time(string command, string file)
    {
        PrometheusServer.SkipTestWithoutPrometheus();
        (int exitCode, string output) = await PrometheusServer.RunRuleToolAsync(command, "rules", Repository.PathOf("infra", "prometheus", file));
        Assert.True(exitCode == 0, output);
    }

    [Fact]
    public void Each_alert_rule_is_tested_and_explained()
    {
        string[] names = [.. RuleName().Matches(Repository.Read(Rules)).Select(rule => rule.Groups["name"].Value)];
        Assert.NotEmpty(names);
        foreach (string document in (string[])["infra/prometheus/alerts.test.yml", "docs/operations.md", "docs/operations.ja.md"])
        {
            string text = Repository.Read(document);
            Assert.All(names, name => Assert.Contains(name, text, StringComparison.Ordinal));
        }
    }

    [Fact]
    public async Task It_reads_the_host_with_a_key_that_may_only_read_and_its_alerts_fire()
    {
        PrometheusServer prometheus = watched.Prometheus;
        JsonElement raises = Assert.Single(await prometheus.WaitForAsync("alertfunctions_alert_transitions_total{job=\"alertfunctions\", alertfunctions_alert_transition=\"raised\"}"));
        Assert.Equal("2", raises.GetProperty("value")[1].GetString());
        Assert.NotEmpty(await prometheus.WaitForAsync("up{job=\"alertfunctions\"} == 1"));

        JsonElement firing = Assert.Single(await prometheus.WaitForAsync("ALERTS{alertname=\"AlertFunctionsEventsRejected\", alertstate=\"firing\"}"));
        Assert.Equal("warning", firing.GetProperty("metric").GetProperty("severity").GetString());
        Assert.NotEmpty(await prometheus.WaitForAsync("ALERTS{alertname=\"AlertFunctionsMailFailing\", alertstate=\"pending\"}")); // it fires after five minutes
    }

    [Fact]
    public async Task Each_expression_of_the_dashboard_gives_something()
    {
        PrometheusServer prometheus = watched.Prometheus;
        using JsonDocument dashboard = JsonDocument.Parse(Repository.Read(Dashboard));
        string[] expressions = [.. Expressions(dashboard.RootElement).Select(expression => expression
            .Replace("$job", "alertfunctions.*", StringComparison.Ordinal).Replace("$__rate_interval", "1m", StringComparison.Ordinal))];
        Assert.True(expressions.Length > 20);
        foreach (string expression in expressions)
        {
            Assert.DoesNotContain("$", expression, StringComparison.Ordinal);
            await prometheus.WaitForAsync(expression);
        }
    }

    [Theory]
    [InlineData(Rules)]
    [InlineData(Dashboard)]
    [InlineData("docs/operations.md")]
    [InlineData("docs/operations.ja.md")]
    public async Task Each_metric_that_is_named_is_one_that_the_host_shows(string file)
    {
        await watched.Prometheus.WaitForAsync("alertfunctions_mail_waiting and on() alertfunctions_mail_outcomes_total{alertfunctions_mail_outcome=\"failed\"} and on() alertfunctions_events_total");
        IReadOnlySet<string> shown = await watched.Prometheus.NamesAsync();
        string[] labels = [.. Label().Matches(Repository.Read("infra/prometheus/alerts.yml") + Repository.Read(Dashboard)).Select(label => label.Value)];
        string[] named = [.. MetricName().Matches(Repository.Read(file)).Select(name => name.Value).Distinct(StringComparer.Ordinal).Except(labels, StringComparer.Ordinal)];

        Assert.NotEmpty(named);
        Assert.DoesNotContain(named, name => !shown.Contains(name) && !shown.Contains($"{name}_count"));
    }

    /// <summary>All that a dashboard asks of its data source.</summary>
    private static IEnumerable<string> Expressions(JsonElement element) => element.ValueKind switch
    {
        JsonValueKind.Object => element.EnumerateObject().SelectMany(property =>
            property is { Name: "expr", Value.ValueKind: JsonValueKind.String } ? [property.Value.GetString()!] : Expressions(property.Value)),
        JsonValueKind.Array => element.EnumerateArray().SelectMany(Expressions),
        _ => [],
    };

    [GeneratedRegex("- alert: (?<name>[A-Za-z]+)", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex RuleName();

    [GeneratedRegex(@"(alertfunctions|http_server)_[a-z_]+", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex MetricName();

    /// <summary>The names of labels are like those of metrics: in expressions they stand before a comparison, in <c>by (…)</c>, or as a template's variable.</summary>
    [GeneratedRegex(@"alertfunctions_[a-z_]+(?=\\?!?=)|(?<=by \([a-z_, ]*)alertfunctions_[a-z_]+|(?<=\{\{)alertfunctions_[a-z_]+", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Label();

    /// <summary>A host in which everything that the metrics count has happened, and the Prometheus that reads it as the documentation says.</summary>
    public sealed class WatchedHost : IAsyncLifetime
    {
        private const string ReadKey = "a-key-that-may-read-0123456789";

        // The host's storage names have no prefix, so that it needs an account that no other test uses.
        private readonly AzuriteServer _azurite = new();
        private readonly ScriptedSmtpServer _smtp = new();
        private HostProcess? _host;
        private PrometheusServer? _prometheus;

        internal PrometheusServer Prometheus
        {
            get
            {
                PrometheusServer.SkipTestWithoutPrometheus();
                return _prometheus!;
            }
        }

        public async ValueTask InitializeAsync()
        {
            if (!PrometheusServer.IsInstalled)
            {
                return;
            }

            _host = await HostProcess.StartAsync(new Dictionary<string, string>(StringComparer.Ordinal)
            {
                ["AzureWebJobsStorage"] = await _azurite.GetConnectionStringAsync(),
                ["Smtp__Server"] = $"127.0.0.1:{_smtp.Port}",
                ["Smtp__Security"] = "None",
                ["Smtp__From"] = "alerts@example.com",
                ["Mail__AlertEmailAddress"] = "ops@example.com",
                ["Keys__Manage"] = "a-key-that-may-do-all-0123456789",
                ["Keys__Read"] = ReadKey,
            });
            string scrape = CodeBlocks.Of("docs/operations.md", "yaml").First(code => code.StartsWith("scrape_configs", StringComparison.Ordinal));
            _prometheus = await PrometheusServer.StartAsync(
                scrape.Replace("KEY", ReadKey, StringComparison.Ordinal).Replace("localhost:7071", _host.Client.BaseAddress!.Authority, StringComparison.Ordinal), Repository.PathOf(Rules));

            await PostAsync("/api/events", JsonContent.Create(new { computer = "web01", alert = "Eicar" }));
            await _smtp.WaitForAcceptedAsync(1);
            await PostAsync("/api/events?format=cef", new StringContent("CEF:0|broken"));

            // Mail that fails after one that was delivered.
            _smtp.On(SmtpStep.Sender).Reply("451 4.3.0 not now");
            await PostAsync("/api/events", JsonContent.Create(new { computer = "web02", alert = "Other" }));
            await _host.UntilItSaysAsync("Mail is failing");
            await PostAsync("/admin/functions/RunScheduledTasks", body: null);
        }

        public async ValueTask DisposeAsync()
        {
            await using AzuriteServer azurite = _azurite;
            await using ScriptedSmtpServer smtp = _smtp;
            await using HostProcess? host = _host;
            await using PrometheusServer? prometheus = _prometheus;
        }

        private async Task PostAsync(string path, HttpContent? body)
        {
            using HttpResponseMessage answer = await _host!.Client.PostAsync(new Uri(path, UriKind.Relative), body);
            answer.EnsureSuccessStatusCode();
        }
    }
}
