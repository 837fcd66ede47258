using System.Net;
using System.Text.Json.Nodes;
using AlertFunctions.Testing;

namespace AlertFunctions.Tests.Formats;

/// <summary>What action groups of Azure Monitor send.</summary>
public sealed class AzureMonitorTests(AzuriteServer azurite) : FormatTest(azurite)
{
    protected override string Folder => "AzureMonitor";

    [Fact]
    public async Task An_alert_that_is_fired_is_mailed_once_and_cleared_when_it_is_resolved()
    {
        JsonNode first = await PostAndMailAsync(Sample("metric-fired.json"));
        JsonNode repeated = await PostAndMailAsync(Sample("metric-fired.json"));
        JsonNode alert = await OutstandingAsync("cpu-high", "vm1");
        JsonNode resolved = await PostAndMailAsync(Sample("metric-resolved.json"));
        JsonNode resolvedAgain = await PostAndMailAsync(Sample("metric-resolved.json"));

        Assert.Equal([(1, 0, 0), (0, 1, 0), (1, 0, 0), (0, 1, 0)], ((JsonNode[])[first, repeated, resolved, resolvedAgain]).Select(CountsOf));
        Assert.Equal(("critical", "CPU above 90 %", "2026-11-24T01:00:00.8704189Z"), ((string?)alert["severity"], (string?)alert["message"], (string?)alert["raisedAt"]));
        Assert.Equal(["cpu-high on vm1"], Names(resolved, "cleared"));
        Assert.Contains("CPU above 90 %", Assert.Single(Smtp.Accepted).Message.TextBody, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Without_configuration_items_the_last_part_of_the_targets_names_the_computer()
    {
        Assert.Equal(["backup failed on logs"], Names(await PostAsync(Sample("log-fired.json")), "raised"));

        JsonNode alert = await OutstandingAsync("backup failed", "logs");
        Assert.Equal(("warning", null), ((string?)alert["severity"], (string?)alert["message"]));
    }

    [Theory]
    [InlineData("""["vm1", "vm2", "vm1"]""", """["/x/vm3"]""", "cpu-high on vm1, cpu-high on vm2")]
    [InlineData("null", """["/x/vm3", "/y/vm4/"]""", "cpu-high on vm3, cpu-high on vm4")]
    [InlineData("""["", null, 7]""", "[]", "cpu-high on guid")]
    [InlineData("[]", "null", "cpu-high on guid")]
    public async Task An_alert_is_raised_on_each_of_its_resources(string items, string targets, string expected) =>
        Assert.Equal(expected, string.Join(", ", Names(await PostBadAsync(Alert(items: items, targets: targets)), "raised")));

    [Fact]
    public async Task Without_a_time_of_its_own_a_resolved_alert_is_cleared_at_the_time_of_arrival()
    {
        await PostAsync(Alert());

        Assert.Equal(["cpu-high on vm1"], Names(await PostAsync(Alert("Resolved")), "cleared"));
    }

    [Theory]
    [InlineData("Sev0", "critical")]
    [InlineData("Sev1", "critical")]
    [InlineData("Sev2", "warning")]
    [InlineData("Sev4", "warning")]
    public async Task Sev0_and_Sev1_are_critical(string severity, string expected)
    {
        await PostAsync(Alert(severity: severity));

        Assert.Equal(expected, (string?)(await OutstandingAsync("cpu-high", "vm1"))["severity"]);
    }

    [Theory]
    [InlineData("older-metric.json")]
    [InlineData("older-activity.json")]
    [InlineData("older-log.json")]
    [InlineData("older-classic.json")]
    public async Task An_older_form_is_answered_with_the_switch_to_set_and_logged_since_Azure_shows_no_bodies(string sample)
    {
        Product.Log.Expect(303);

        Answer answer = await SendBadAsync(Sample(sample));

        Assert.Equal((HttpStatusCode.BadRequest, "azureMonitorOlderForm"), (answer.Status, (string?)answer.Json["code"]));
        Assert.Contains("'Enable the common alert schema'", (string)answer.Json["title"]!, StringComparison.Ordinal);
        Assert.Contains(Product.Log.Entries, entry => entry.EventId.Id == 303);
    }

    [Theory]
    [InlineData("""{ "schemaId": "azureMonitorCommonAlertSchema" }""")]
    [InlineData("""{ "schemaId": "azureMonitorCommonAlertSchema", "data": { "essentials": [] } }""")]
    public async Task An_alert_without_essentials_says_so(string body) => Assert.NotNull((await SendBadAsync(body)).Json["errors"]!["$.data.essentials"]);

    [Theory]
    [InlineData("Acknowledged", "\"cpu-high\"", "monitorCondition 'Acknowledged'")]
    [InlineData("Fired", "null", "alertRule")]
    [InlineData("Fired", "\"\\ud800\"", "lone surrogate")]
    public async Task An_alert_that_cannot_be_an_event_is_accepted_and_recorded_as_a_system_event(string condition, string rule, string says)
    {
        JsonNode answer = await PostBadAsync(Alert(condition, rule: rule));

        Assert.Equal((0, 0, 1), CountsOf(answer));
        Assert.Contains(says, Assert.Single(await DescriptionsAsync(199)), StringComparison.Ordinal);
    }

    private static string Alert(string condition = "Fired", string severity = "Sev1", string items = """["vm1"]""", string targets = "[]", string rule = "\"cpu-high\"") => $$"""
        { "schemaId": "azureMonitorCommonAlertSchema", "data": { "alertContext": null, "essentials": {
          "alertId": "/subscriptions/s/providers/Microsoft.AlertsManagement/alerts/guid", "alertRule": {{rule}}, "severity": "{{severity}}", "monitorCondition": "{{condition}}",
          "configurationItems": {{items}}, "alertTargetIDs": {{targets}}, "firedDateTime": "2026-11-24T01:00:00.000Z", "description": "" } } }
        """;
}
