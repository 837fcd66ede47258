using System.Net;
using System.Text.Json.Nodes;
using AlertFunctions.Testing;

namespace AlertFunctions.Tests.Formats;

/// <summary>What the Prometheus Alertmanager and Grafana send.</summary>
public sealed class AlertmanagerTests(AzuriteServer azurite) : FormatTest(azurite)
{
    protected override string Folder => "Alertmanager";

    [Fact]
    public async Task An_alert_that_fires_is_mailed_once_and_cleared_when_it_is_resolved()
    {
        await PutAsync("/api/alert-types", """{ "alert": "HostDown", "mailWhenCleared": true }""");

        JsonNode first = await PostAndMailAsync(Sample("firing.json"));
        JsonNode repeated = await PostAndMailAsync(Sample("firing.json"));
        JsonNode resolved = await PostAndMailAsync(Sample("resolved.json"));
        JsonNode resolvedAgain = await PostAndMailAsync(Sample("resolved.json"));

        Assert.Equal([(1, 0, 0), (0, 1, 0), (1, 0, 0), (0, 1, 0)], ((JsonNode[])[first, repeated, resolved, resolvedAgain]).Select(CountsOf));
        Assert.Equal(["HostDown on web01:9100"], Names(first, "raised"));
        Assert.Equal(["HostDown on web01:9100"], Names(resolved, "cleared"));
        Assert.Equal(2, Smtp.Accepted.Count);
        string text = Smtp.Accepted[0].Message.TextBody!;
        Assert.Contains("web01 is down", text, StringComparison.Ordinal);
        Assert.Contains("2026-11-24 01:30:15", text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_alert_has_its_severity_its_summary_and_all_that_was_sent_of_it()
    {
        await PostAsync(Sample("firing.json"));

        JsonNode alert = await OutstandingAsync("HostDown", "web01:9100");
        JsonNode detail = await Product.GetAsync("/api/alerts/detail?alert=HostDown&computer=web01:9100");

        Assert.Equal(("critical", "web01 is down"), ((string?)alert["severity"], (string?)alert["message"]));
        Assert.Contains("prometheus.example.com", detail.ToJsonString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Grafana_names_the_computer_by_host_and_the_rule_where_it_has_no_data()
    {
        Assert.Equal(["High memory usage on db01"], Names(await PostAsync(Sample("grafana-firing.json")), "raised"));
        Assert.Equal(["DatasourceNoData on High memory usage"], Names(await PostAsync(Sample("grafana-nodata.json")), "raised"));
    }

    [Theory]
    [InlineData("""{ "alertname": "A", "instance": "i", "host": "h", "node": "n", "pod": "p" }""", "A on i")]
    [InlineData("""{ "alertname": "A", "host": "h", "node": "n" }""", "A on h")]
    [InlineData("""{ "alertname": "A", "node": "n", "pod": "p" }""", "A on n")]
    [InlineData("""{ "alertname": "A", "instance": "", "pod": "p" }""", "A on p")]
    [InlineData("""{ "alertname": "A" }""", "A on f1")]
    [InlineData("""{ "instance": "i" }""", "Alert on i")]
    [InlineData("{}", "Alert on f1")]
    [InlineData("null", "Alert on f1")]
    public async Task The_first_label_that_can_name_a_computer_does_and_else_the_fingerprint(string labels, string expected) =>
        Assert.Equal([expected], Names(await PostAsync(Notification(Alert(labels))), "raised"));

    [Theory]
    [InlineData("critical", "critical")]
    [InlineData("Page", "critical")]
    [InlineData("info", "warning")]
    [InlineData("", "warning")]
    public async Task The_severity_is_critical_or_anything_else(string label, string severity)
    {
        await PostAsync(Notification(Alert($$"""{ "alertname": "A", "instance": "i", "severity": "{{label}}" }""")));

        Assert.Equal(severity, (string?)(await OutstandingAsync("A", "i"))["severity"]);
    }

    [Fact]
    public async Task A_bad_item_is_counted_and_recorded_once_a_day_while_the_others_are_recorded()
    {
        string body = Notification(Alert("""{ "alertname": "A", "instance": "good" }"""), Alert("""{ "alertname": "A", "instance": "ba\u0001d" }"""), """{ "status": "pending", "fingerprint": "f2" }""", "7");

        JsonNode answer = await PostBadAsync(body);
        await PostBadAsync(body);
        JsonNode recorded = Assert.Single(await Product.SystemEventsAsync(199, "en"));
        Installation.Clock.Advance(TimeSpan.FromDays(1));
        await PostBadAsync(body);

        Assert.Equal((1, 0, 3), CountsOf(answer));
        Assert.Equal(
            [
                "$.alerts[1] The computer 'ba\uFFFDd' has a control character.",
                "$.alerts[2] has the status 'pending', but must have 'firing' or 'resolved'.",
                "$.alerts[3] must be an object, but is a number.",
            ],
            answer["reasons"]!.AsArray().Select(reason => $"{reason!["path"]} {reason["message"]}").Order(StringComparer.Ordinal));
        Assert.Contains("3 item(s) received in the format alertmanager could not be recorded.", recorded["description"]!.GetValue<string>(), StringComparison.Ordinal);
        Assert.Equal("alertmanager", (string?)recorded["target"]);
        Assert.Equal(2, (await Product.SystemEventsAsync(199)).Count);
    }

    [Theory]
    [InlineData("POST Work")]
    [InlineData("POST SystemEvents")]
    public async Task Without_storage_for_the_bad_items_the_sender_is_told_to_repeat_and_the_good_ones_are_not_recorded_twice(string label)
    {
        string body = Notification(Alert("""{ "alertname": "A", "instance": "good" }"""), "7");
        Product.Log.Expect(301);
        Product.Storage.When(call => call.Label == label).Fail();

        Answer refused = await SendBadAsync(body);
        Product.Storage.Heal();
        JsonNode repeated = await PostBadAsync(body);

        Assert.Equal(HttpStatusCode.ServiceUnavailable, refused.Status);
        Assert.Equal((0, 1, 1), CountsOf(repeated));
        Assert.Single(await Product.SystemEventsAsync(199));
    }

    [Fact]
    public async Task The_same_alert_twice_in_a_notification_is_a_duplicate()
    {
        string alert = Alert("""{ "alertname": "A", "instance": "i" }""");

        Assert.Equal((1, 1, 0), CountsOf(await PostAsync(Notification(alert, alert))));
    }

    [Theory]
    [InlineData("[]")]
    [InlineData("null")]
    public async Task A_notification_without_alerts_is_accepted(string alerts) =>
        Assert.Equal((0, 0, 0), CountsOf(await PostAsync($$"""{ "version": "4", "receiver": "r", "status": "firing", "alerts": {{alerts}} }""")));

    [Fact]
    public async Task Of_one_notification_each_alert_has_its_own_status()
    {
        await PostAsync(Notification(Alert("""{ "alertname": "A", "instance": "i" }"""), Alert("""{ "alertname": "A", "instance": "j" }""")));

        JsonNode answer = await PostAsync(Notification(Alert("""{ "alertname": "A", "instance": "i" }"""), Alert("""{ "alertname": "A", "instance": "j" }""", "resolved", endsAt: "2026-11-24T01:59:00Z")));

        Assert.Equal(["A on j"], Names(answer, "cleared"));
        Assert.Equal((1, 1, 0), CountsOf(answer));
    }

    [Fact]
    public async Task An_alert_is_not_cleared_while_another_of_its_name_fires_on_the_same_computer()
    {
        string root = Alert("""{ "alertname": "DiskFull", "instance": "i", "mountpoint": "/" }""", fingerprint: "f1");
        string home = Alert("""{ "alertname": "DiskFull", "instance": "i", "mountpoint": "/home" }""", fingerprint: "f2");
        string rootResolved = Alert("""{ "alertname": "DiskFull", "instance": "i", "mountpoint": "/" }""", "resolved", fingerprint: "f1", endsAt: "2026-11-24T01:58:00Z");
        string homeResolved = Alert("""{ "alertname": "DiskFull", "instance": "i", "mountpoint": "/home" }""", "resolved", fingerprint: "f2", endsAt: "2026-11-24T01:59:00Z");
        await PostAsync(Notification(root, home));

        Assert.Empty(Names(await PostAsync(Notification(rootResolved, home)), "cleared"));
        Assert.Equal(["DiskFull on i"], Names(await PostAsync(Notification(rootResolved, homeResolved)), "cleared"));
    }

    [Fact]
    public async Task An_end_that_is_still_to_come_does_not_outdate_the_next_raise()
    {
        const string labels = """{ "alertname": "A", "instance": "i" }""";
        await PostAsync(Notification(Alert(labels)));
        await PostAsync(Notification(Alert(labels, "resolved", endsAt: "2026-11-24T02:05:00Z")));
        Installation.Clock.Advance(TimeSpan.FromMinutes(2));

        JsonNode again = await PostAsync(Notification(Alert(labels, startsAt: "2026-11-24T02:01:00Z")));

        Assert.Equal(["A on i"], Names(again, "raised"));
    }

    [Theory]
    [InlineData("2020-01-01T00:00:00Z")]
    [InlineData("2026-11-24T03:00:00Z")]
    [InlineData("0001-01-01T00:00:00Z")]
    [InlineData("yesterday")]
    [InlineData("")]
    public async Task An_alert_whose_time_cannot_be_kept_is_raised_at_the_time_of_arrival(string startsAt)
    {
        await PostAsync(Notification(Alert("""{ "alertname": "A", "instance": "i" }""", startsAt: startsAt)));

        Assert.Equal("2026-11-24T02:00:00Z", (string?)(await OutstandingAsync("A", "i"))["raisedAt"]);
    }

    [Fact]
    public async Task Names_and_messages_that_are_too_long_are_shortened_and_long_names_stay_different()
    {
        string Long(char last) => Notification(Alert($$"""{ "alertname": "A", "instance": "{{new string('i', 300)}}{{last}}" }""", annotations: $$"""{ "summary": "{{new string('s', 5_000)}}" }"""));

        string first = (string)(await PostAsync(Long('1')))["raised"]![0]!["computer"]!;
        string second = (string)(await PostAsync(Long('2')))["raised"]![0]!["computer"]!;

        Assert.NotEqual(first, second);
        Assert.Equal(256, first.Length);
        Assert.StartsWith($"{new string('i', 247)}…", first, StringComparison.Ordinal);
        string message = (string)(await OutstandingAsync("A", first))["message"]!;
        Assert.Equal($"{new string('s', 4_095)}…", message);
    }

    [Fact]
    public async Task A_notification_of_more_than_a_thousand_alerts_is_recorded_whole()
    {
        string body = Notification([.. Enumerable.Range(0, 1_500).Select(number => Alert($$"""{ "alertname": "A", "instance": "{{number}}" }"""))]);

        Assert.Equal((1_500, 0, 0), CountsOf(await PostAsync(body)));
    }

    [Fact]
    public async Task A_dry_run_says_what_would_be_raised_and_rejected_and_writes_nothing()
    {
        JsonNode answer = await PostBadAsync(Notification(Alert("""{ "alertname": "A", "instance": "i" }"""), "7"), query: "?dryRun=true");

        Assert.Equal((1, 0, 1), CountsOf(answer));
        Assert.Equal(["A on i"], Names(answer, "raised"));
        Assert.Single(answer["mails"]!.AsArray());
        Assert.Empty(await Product.SystemEventsAsync());
        Assert.Empty((await Product.GetAsync("/api/alerts"))["items"]!.AsArray());
    }

    private static string Notification(params string[] alerts) =>
        $$"""{ "version": "4", "receiver": "r", "status": "firing", "groupKey": "{}", "alerts": [{{string.Join(',', alerts)}}] }""";

    private static string Alert(string labels, string status = "firing", string startsAt = "2026-11-24T01:00:00Z", string endsAt = "0001-01-01T00:00:00Z", string fingerprint = "f1", string annotations = "null") =>
        $$"""{ "status": "{{status}}", "labels": {{labels}}, "annotations": {{annotations}}, "startsAt": "{{startsAt}}", "endsAt": "{{endsAt}}", "fingerprint": "{{fingerprint}}" }""";
}
