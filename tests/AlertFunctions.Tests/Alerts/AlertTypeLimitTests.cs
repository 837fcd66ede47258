using System.Text.Json.Nodes;
using AlertFunctions.Core.Alerts;
using AlertFunctions.Core.ScheduledTasks.Summaries;
using AlertFunctions.Core.Texts;
using AlertFunctions.Testing;
using Azure.Data.Tables;

namespace AlertFunctions.Tests.Alerts;

/// <summary>More alert types than are registered: nothing is refused, but it is reported.</summary>
public sealed class AlertTypeLimitTests(AzuriteServer azurite) : ProductTest(azurite)
{
    /// <summary>"A timer is late": a day passes here without the run of each minute.</summary>
    private const int TimerLate = 427;

    public override async ValueTask InitializeAsync()
    {
        await base.InitializeAsync();
        foreach (int[] some in Enumerable.Range(0, AlertTypeStore.MaximumTypes - 1).Chunk(100))
        {
            await Installation.Table("AlertTypes").SubmitTransactionAsync(some.Select(number => new TableTransactionAction(
                TableTransactionActionType.Add,
                new TableEntity("type", $"type{number}") { ["Name"] = $"type{number}", ["Severity"] = "Warning", ["TitleJa"] = "t", ["TitleEn"] = "t", ["MailWhenRaised"] = true, ["MailWhenCleared"] = false })));
        }
    }

    [Fact]
    public async Task The_1001st_type_raises_and_mails_with_the_defaults_and_its_event_s_severity_and_is_not_registered()
    {
        await ReportAndMailAsync("A", "last that is registered");
        Assert.Equal("healthy", (await Product.GetAsync("/api/health"))["checks"]!["alertTypes"]!.GetValue<string>());

        JsonNode answer = await Product.PostEventsAsync("""
            [ { "computer": "A", "alert": "type0" }, { "computer": "A", "alert": "one more", "severity": "critical" }, { "computer": "A", "alert": "yet one more" } ]
            """);
        await Product.WorkOffQueueAsync();

        Assert.Equal((3, 3), (answer["recorded"]!.GetValue<int>(), answer["raised"]!.AsArray().Count));
        Assert.Empty((await Product.GetAsync("/api/alert-types?alert=one%20more"))["items"]!.AsArray());
        Assert.Contains("重要度: 重大", TextAbout("one more"), StringComparison.Ordinal);
        Assert.Contains("重要度: 警告", TextAbout("yet one more"), StringComparison.Ordinal);
        Assert.Equal("critical", Assert.Single((await Product.GetAsync("/api/alerts?alert=one%20more"))["items"]!.AsArray())!["severity"]!.GetValue<string>());
        Assert.Single((await Product.GetAsync("/api/alerts?severity=critical"))["items"]!.AsArray());
        Assert.Equal("critical", (await Product.GetAsync("/api/alerts/detail?alert=one%20more&computer=A"))["severity"]!.GetValue<string>());
        Assert.Equal("critical", (await Product.GetAsync("/api/alerts/summary"))["items"]!.AsArray().Single(item => item!["alert"]!.GetValue<string>() == "one more")!["severity"]!.GetValue<string>());
        Assert.Equal(1, (await Product.Get<OutstandingAlertsReader>().ReadAsync(CancellationToken.None)).CountOf(Severity.Critical));
        Assert.Contains(await DescriptionsAsync(190), text => text.Contains("アラート: one more\n重要度: 重大", StringComparison.Ordinal));

        await Product.ReportAsync("A", "one more", state: "cleared");
        await Product.WorkOffQueueAsync();
        Assert.Contains(await DescriptionsAsync(192), text => text.Contains("アラート: one more\n重要度: 重大", StringComparison.Ordinal));
    }

    private string TextAbout(string alert) => Smtp.Accepted.Single(mail => mail.Message.Subject!.Contains($"、{alert}アラート", StringComparison.Ordinal)).Message.TextBody!;

    [Fact]
    public async Task It_is_reported_by_one_199_a_day_however_many_processes_meet_it_and_by_the_health_check_for_as_long_as_it_lasts()
    {
        Product.Log.Expect(TimerLate);
        await Product.ReportAsync("A", "last that is registered");
        ProductProcess[] processes = [Product, Installation.Start(), Installation.Start()];
        await Task.WhenAll(processes.Select((process, index) => process.ReportAsync("A", $"new{index}")));
        await Product.ReportAsync("A", "new4");

        JsonNode told = Assert.Single(await Product.SystemEventsAsync(199));
        Assert.StartsWith("アラートの処理に失敗しました: 登録されているアラートがすでに1000種類あるため、「new", told["description"]!.GetValue<string>(), StringComparison.Ordinal);
        Assert.Equal("2026-11-24T02:00:00Z", told["time"]!.GetValue<string>());
        JsonNode health = await Product.GetAsync("/api/health");
        Assert.Equal(("degraded", "limitReached"), (health["status"]!.GetValue<string>(), health["checks"]!["alertTypes"]!.GetValue<string>()));

        Installation.Clock.Advance(TimeSpan.FromDays(1));
        Assert.Equal("healthy", (await Product.GetAsync("/api/health"))["checks"]!["alertTypes"]!.GetValue<string>());
        await processes[1].ReportAsync("B", "new1");
        Assert.Equal(2, (await Product.SystemEventsAsync(199)).Count);

        Installation.Clock.Advance(TimeSpan.FromMinutes(1));
        Assert.Equal("limitReached", (await Product.GetAsync("/api/health"))["checks"]!["alertTypes"]!.GetValue<string>());
        await Product.SendAsync("DELETE", "/api/alert-types?alert=type0");
        Installation.Clock.Advance(TimeSpan.FromMinutes(1));
        Assert.Equal("healthy", (await Product.GetAsync("/api/health"))["checks"]!["alertTypes"]!.GetValue<string>());
        await Product.ReportAsync("C", "new1");
        Assert.Single((await Product.GetAsync("/api/alert-types?alert=new1"))["items"]!.AsArray());
        Assert.All(processes[1..], process => process.Log.AssertNothingUnexpected());
    }

    [Fact]
    public async Task A_sender_of_ever_new_types_costs_a_look_at_each_and_no_more()
    {
        await Product.ReportAsync("A", "last that is registered");
        await Product.ReportAsync("A", "new1");
        Product.Storage.ForgetCalls();

        await Product.ReportAsync("A", "new2");

        Assert.Equal(["GET AlertTypes(...)"], Product.Storage.Calls.Select(call => call.Label).Where(label => label.Contains("AlertTypes", StringComparison.Ordinal)));
    }
}
