using System.Net;
using System.Text.Json.Nodes;
using AlertFunctions.Core.Upkeep;
using AlertFunctions.Testing;

namespace AlertFunctions.Tests.Http;

/// <summary>How things stand, in one answer that a console tab may ask for as long as it is open.</summary>
public sealed class OverviewTests(AzuriteServer azurite) : ProductTest(azurite)
{
    /// <summary>"A timer is late": time passes here without the run of each minute.</summary>
    private const int TimerLate = 427;

    [Fact]
    public async Task The_overview_tells_of_alerts_days_mail_health_and_system_events()
    {
        Product.Log.Expect(TimerLate);
        await PutAsync("/api/alert-types", """{ "alert": "Eicar", "severity": "critical", "title": { "en": "Trial" } }""");
        await ReportAndMailAsync("A");
        await ReportAndMailAsync("A", state: "cleared");
        Installation.Clock.Advance(TimeSpan.FromDays(1));
        await ReportAndMailAsync("B");
        await ReportAndMailAsync("C", "Malware");
        Smtp.StopListening();
        ExpectFailingMail();
        await ReportAndMailAsync("D", "Malware");

        JsonNode overview = await Product.GetAsync("/api/overview?culture=en");

        JsonNode alerts = overview["alerts"]!;
        Assert.Equal((3, 1, 2), (Number(alerts, "total"), Number(alerts, "critical"), Number(alerts, "warning")));
        Assert.Equal(["Trial 1", "Malware 2"], alerts["types"]!.AsArray().Select(type => $"{type!["title"]} {type["computers"]}"));
        Assert.Equal(30, overview["days"]!.AsArray().Count);
        Assert.Equal("""{"day":"2026-11-24","raised":1,"cleared":1}""", overview["days"]![28]!.ToJsonString());
        Assert.Equal("""{"day":"2026-11-25","raised":3,"cleared":0}""", overview["days"]![29]!.ToJsonString());
        Assert.Equal("""{"waiting":1,"oldestWaitingSince":"2026-11-25T02:00:00Z","sentToday":2,"givenUpToday":0}""", overview["mail"]!.ToJsonString());
        Assert.Equal("failing", overview["health"]!["checks"]!["mail"]!.GetValue<string>());
        Assert.Equal((await Product.GetAsync("/api/system-events?culture=en&top=20"))["items"]!.ToJsonString(), overview["systemEvents"]!.ToJsonString());
    }

    [Fact]
    public async Task An_empty_installation_has_an_overview_too()
    {
        JsonNode overview = await Product.GetAsync("/api/overview");

        Assert.Equal((0, 30, 0), (Number(overview["alerts"]!, "total"), overview["days"]!.AsArray().Count, overview["systemEvents"]!.AsArray().Count));
        Assert.Equal("""{"waiting":0,"oldestWaitingSince":null,"sentToday":0,"givenUpToday":0}""", overview["mail"]!.ToJsonString());
    }

    [Theory]
    [InlineData(1)]
    [InlineData(5)]
    [InlineData(15)]
    [InlineData(60)]
    public async Task A_console_tab_costs_at_most_two_operations_a_minute_when_nothing_changes(int everySeconds)
    {
        await ReportAndMailAsync("A");
        await Product.Get<MinuteRun>().RunAsync(CancellationToken.None);
        await Product.GetAsync("/api/overview");
        Installation.Clock.Advance(TimeSpan.FromMinutes(1));
        string tag = (await Product.SendAsync("GET", "/api/overview")).Headers["ETag"]; // nothing is new

        Product.Storage.ForgetCalls();
        for (int second = 0; second < 3 * 60; second += everySeconds)
        {
            Installation.Clock.Advance(TimeSpan.FromSeconds(everySeconds));
            Assert.Equal(HttpStatusCode.NotModified, (await Product.SendAsync("GET", "/api/overview", headers: IfNoneMatch(tag))).Status);
        }

        Assert.InRange(Product.Storage.Count(), 1, 3 * 2);
    }

    [Fact]
    public async Task What_this_process_does_is_told_after_five_seconds_and_what_others_do_within_a_minute()
    {
        Product.Log.Expect(TimerLate);
        ProductProcess other = Installation.Start();
        await QuietAsync();

        await ReportAndMailAsync("A");
        Installation.Clock.Advance(TimeSpan.FromSeconds(5));
        Assert.Equal(1, await TotalAsync());

        await QuietAsync();
        await other.ReportAsync("B");
        await other.WorkOffQueueAsync();
        Installation.Clock.Advance(TimeSpan.FromSeconds(59));
        Assert.Equal(1, await TotalAsync());
        Installation.Clock.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal(2, await TotalAsync());
    }

    [Fact]
    public async Task Within_five_seconds_all_get_the_same_and_those_who_ask_at_once_share_one_reading()
    {
        await Product.GetAsync("/api/overview");
        Installation.Clock.Advance(TimeSpan.FromMinutes(1));
        await ReportAndMailAsync("A");
        Product.Storage.ForgetCalls();

        await Product.GetAsync("/api/overview");
        int once = Product.Storage.Count();
        await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => Product.GetAsync("/api/overview?culture=en")));

        Assert.Equal(once, Product.Storage.Count());
    }

    [Fact]
    public async Task A_timer_that_stops_is_told_although_nothing_else_happens()
    {
        Product.Log.Expect(TimerLate);
        await Product.Get<MinuteRun>().RunAsync(CancellationToken.None);
        await QuietAsync();

        for (int minute = 0; minute < 8; minute++)
        {
            Installation.Clock.Advance(TimeSpan.FromMinutes(1));
            await TotalAsync();
        }

        Assert.Equal("late", (await Product.GetAsync("/api/overview"))["health"]!["checks"]!["timers"]!.GetValue<string>());
    }

    [Fact]
    public async Task Mail_that_fails_is_told_although_the_health_was_checked_just_before_it_failed()
    {
        ExpectFailingMail();
        Smtp.StopListening();
        await Product.GetAsync("/api/health");
        await ReportAndMailAsync("A");
        Assert.Equal("healthy", await MailHealthAsync());

        Installation.Clock.Advance(TimeSpan.FromSeconds(5));
        Assert.Equal("failing", await MailHealthAsync());
    }

    [Fact]
    public async Task A_new_day_begins_although_nothing_happens()
    {
        Product.Log.Expect(TimerLate);
        await ReportAndMailAsync("A");
        Assert.Equal(1, Number((await Product.GetAsync("/api/overview"))["mail"]!, "sentToday"));

        Installation.Clock.Advance(TimeSpan.FromHours(13)); // midnight in Tokyo
        JsonNode overview = await Product.GetAsync("/api/overview");

        Assert.Equal(0, Number(overview["mail"]!, "sentToday"));
        Assert.Equal("""{"day":"2026-11-24","raised":1,"cleared":0}""", overview["days"]![28]!.ToJsonString());
    }

    [Fact]
    public async Task The_ETag_is_that_of_the_content_and_differs_by_language()
    {
        await ReportAndMailAsync("A");
        Answer first = await Product.SendAsync("GET", "/api/overview?culture=en");
        Answer other = await Installation.Start().SendAsync("GET", "/api/overview?culture=en");
        Answer japanese = await Product.SendAsync("GET", "/api/overview?culture=ja");

        Assert.Equal(first.Headers["ETag"], other.Headers["ETag"]);
        Assert.NotEqual(first.Headers["ETag"], japanese.Headers["ETag"]);
        Answer head = await Product.SendAsync("HEAD", "/api/overview?culture=en");
        Assert.Equal((HttpStatusCode.OK, "", first.Headers["ETag"]), (head.Status, head.Text, head.Headers["ETag"]));
        foreach (string known in (string[])["*", $"W/{first.Headers["ETag"]}", $"\"other\", {first.Headers["ETag"]}"])
        {
            Assert.Equal(HttpStatusCode.NotModified, (await Product.SendAsync("GET", "/api/overview?culture=en", headers: IfNoneMatch(known))).Status);
        }

        Assert.Equal(HttpStatusCode.OK, (await Product.SendAsync("GET", "/api/overview?culture=en", headers: new Dictionary<string, string>(StringComparer.Ordinal) { ["If-Match"] = "\"other\"" })).Status);
        Assert.Equal(HttpStatusCode.OK, (await Product.SendAsync("GET", "/api/overview?culture=en", headers: IfNoneMatch(first.Headers["ETag"].Trim('"')))).Status); // cannot be read, and so has no effect
        Answer same = await Product.SendAsync("GET", "/api/overview?culture=en", headers: IfNoneMatch(first.Headers["ETag"]));
        Assert.Equal((HttpStatusCode.NotModified, ""), (same.Status, same.Text));
    }

    [Fact]
    public async Task Storage_that_does_not_answer_is_a_503_and_the_next_request_asks_again()
    {
        Product.Log.Expect(301);
        Product.Storage.When(_ => true).FailToConnect();
        Assert.Equal(HttpStatusCode.ServiceUnavailable, (await Product.SendAsync("GET", "/api/overview")).Status);

        Product.Storage.Heal();

        Assert.Equal(HttpStatusCode.OK, (await Product.SendAsync("GET", "/api/overview")).Status);
    }

    [Fact]
    public async Task A_wrong_language_is_named()
    {
        Answer answer = await Product.SendAsync("GET", "/api/overview?culture=fr");

        Assert.Equal((HttpStatusCode.BadRequest, "culture"), (answer.Status, Assert.Single(answer.Json["errors"]!.AsObject()).Key));
    }

    private static Dictionary<string, string> IfNoneMatch(string tag) => new(StringComparer.Ordinal) { ["If-None-Match"] = tag };

    private static int Number(JsonNode node, string name) => node[name]!.GetValue<int>();

    private async Task<int> TotalAsync() => Number((await Product.GetAsync("/api/overview"))["alerts"]!, "total");

    private async Task<string> MailHealthAsync() => (await Product.GetAsync("/api/overview"))["health"]!["checks"]!["mail"]!.GetValue<string>();

    /// <summary>Asks until a look finds nothing new.</summary>
    private async Task QuietAsync()
    {
        for (int look = 0; look < 2; look++)
        {
            await TotalAsync();
            Installation.Clock.Advance(TimeSpan.FromMinutes(1));
        }

        await TotalAsync();
    }
}
