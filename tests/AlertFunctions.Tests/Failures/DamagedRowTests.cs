using System.Net;
using System.Text.Json.Nodes;
using AlertFunctions.Core.Alerts;
using AlertFunctions.Core.Upkeep;
using AlertFunctions.Testing;
using Azure.Data.Tables;

namespace AlertFunctions.Tests.Failures;

/// <summary>A row that cannot be read costs its own hour: it is recorded once and left alone, and everything else goes on (rule 2).</summary>
public sealed class DamagedRowTests(AzuriteServer azurite) : FailureTests(azurite)
{
    public static TheoryData<string, string, string, object> Damages => new()
    {
        { "Work", "mail", "To", "[]" },
        { "Work", "mail", "To", """[{"address":"a@example.com","culture":"xx","dueAt":"2026-11-24T00:00:00Z"}]""" },
        { "Work", "mail", "To", """[{"address":"a@example.com","culture":"Ja","dueAt":"2026-11-24T00:00:00Z","attempts":"many"}]""" },
        { "Work", "mail", "To", """[{"address":"a@example.com","culture":"Ja","dueAt":"2026-11-24T00:00:00Z","lastFailure":7}]""" },
        { "Work", "mail", "To", """[{"culture":"Ja","dueAt":"2026-11-24T00:00:00Z"}]""" },
        { "Work", "mail", "Kind", "Other" },
        { "Work", "mail", "Content", "{" },
        { "Work", "mail", "Content", "{}" },
        { "Work", "mail", "Recipients", "one" },
        { "Work", "outbox|", "Kind", "Other" },
        { "Work", "outbox|", "Computers", "null" },
        { "Work", "alert|", "Raise", "no ulid" },
        { "Users", "", "ReceiveAlertMail", "yes" },
        { "Users", "", "Culture", "fr" },
        { "AlertTypes", "", "Severity", "Mild" },
        { "SystemEvents", "", "Level", "Loud" },
    };

    [Theory]
    [MemberData(nameof(Damages))]
    public async Task Rule_2_a_damaged_row_of_any_kind_is_recorded_once_and_the_rest_goes_on(string table, string rows, string property, object value)
    {
        string[] types = AlertTypesOfOneShard().Take(2).ToArray();
        await AddUserAsync("broken");
        await AddUserAsync("whole");
        Server.StopListening();
        await RaiseAsync("web01", types[0]);
        await RaiseAsync("web02", types[1]);
        if (rows == "outbox|")
        {
            await Product.ReportAsync("web03", types[0]);
        }

        string damaged = await DamageAsync(table, rows, property, value);
        Server.StartListening();
        await PassHourAsync();
        foreach (string path in (string[])["/api/mail", "/api/alerts", "/api/alerts/summary", "/api/users", "/api/alert-types", "/api/system-events", "/api/health"])
        {
            Assert.Equal((path, HttpStatusCode.OK), (path, (await Product.SendAsync("GET", path)).Status));
        }

        await PassAsync(TimeSpan.FromMinutes(1));
        await RaiseAsync("web04", types[1]);

        Assert.Contains(Server.Accepted, mail => mail.Recipient == "whole@example.com" && mail.Message.TextBody!.Contains("web02", StringComparison.Ordinal));
        Assert.Contains(Server.Accepted, mail => mail.Recipient == "whole@example.com" && mail.Message.TextBody!.Contains("web04", StringComparison.Ordinal));
        Assert.Single(await Product.SystemEventsAsync(199), item => Description(item).Contains(damaged, StringComparison.Ordinal));
        Assert.Contains(await Installation.RowsAsync(table), kept => kept.RowKey == damaged);
    }

    [Fact]
    public async Task Rule_2_a_damaged_recipient_that_is_repaired_gets_its_mail()
    {
        Server.StopListening();
        await RaiseAsync();
        TableEntity row = Assert.Single(await Installation.RowsAsync("Work", "mail|"));
        await Installation.Table("Work").UpdateEntityAsync(new TableEntity(row.PartitionKey, row.RowKey) { ["To"] = row.GetString("To").Replace("\"Ja\"", "\"xx\"", StringComparison.Ordinal) }, row.ETag, TableUpdateMode.Merge);
        Server.StartListening();
        await PassHourAsync();
        Assert.Empty(Server.Accepted);

        TableEntity damaged = Assert.Single(await Installation.RowsAsync("Work", "mail|"));
        await Installation.Table("Work").UpdateEntityAsync(new TableEntity(row.PartitionKey, row.RowKey) { ["To"] = row.GetString("To") }, damaged.ETag, TableUpdateMode.Merge);
        await PassHourAsync();
        Assert.Single(Server.Accepted);
        await AssertNothingIsOwedAsync();
    }

    [Fact]
    public async Task Rule_2_a_damaged_alert_is_recorded_by_the_event_that_meets_it_and_raised_again()
    {
        await RaiseAsync("web01");
        await DamageAsync("Work", "alert|", "Raise", "no ulid");
        await RaiseAsync("web01");
        Assert.Equal(2, Server.Accepted.Count);
        Assert.Single(await Product.SystemEventsAsync(199));
        await RaiseAsync("web01");
        Assert.Equal(2, Server.Accepted.Count);
    }

    [Fact]
    public async Task Rule_2_a_damaged_tombstone_is_recorded_by_the_event_that_meets_it_and_the_alert_raised_again()
    {
        await RaiseAsync("web01");
        await Product.ReportAsync("web01", state: "cleared");
        await DamageAsync("Work", "alert|", "Clear", "no ulid");
        await RaiseAsync("web01");
        Assert.Equal(2, Server.Accepted.Count);
        Assert.Single(await Product.SystemEventsAsync(199));
    }

    [Fact]
    public async Task Rule_2_a_damaged_event_is_left_out_of_the_detail_of_its_alert_and_still_recognised_when_it_is_repeated()
    {
        await Product.ReportAsync("web01", id: "1", time: "2026-11-24T02:00:00Z");
        await Product.ReportAsync("web01", id: "2", time: "2026-11-24T02:00:00Z");
        string damaged = await DamageAsync("Work", "event|", "Kind", "Other");
        await DamageAsync("Work", "event|", "Operation", "none");
        Assert.Single((await Product.GetAsync("/api/alerts/detail?alert=Eicar&computer=web01"))["events"]!.AsArray());
        Assert.Contains(damaged, Description(Assert.Single(await Product.SystemEventsAsync(199))), StringComparison.Ordinal);
        Assert.Equal(1, (await Product.ReportAsync("web01", id: "1", time: "2026-11-24T02:00:00Z"))["duplicates"]!.GetValue<int>());
    }

    [Fact]
    public async Task A_damaged_mark_of_a_timer_or_of_the_limit_of_types_is_replaced_by_the_next_and_fails_no_health_check()
    {
        await Product.Get<MailRedriver>().RunHourlyAsync(CancellationToken.None);
        await PassAsync(TimeSpan.FromMinutes(2));
        await DamageAsync("Work", "redrive", "RanAt", "yesterday");
        await DamageAsync("Work", "minute", "RanAt", "yesterday");
        await Installation.Table("AlertTypes").AddEntityAsync(new TableEntity("limit", "limit") { ["Since"] = "yesterday" });
        await AssertHealthAsync(redriveKnown: false);

        await Product.Get<MailRedriver>().RunHourlyAsync(CancellationToken.None);
        await PassAsync(TimeSpan.FromMinutes(2));
        await Product.Get<AlertTypeLimit>().ReportAsync("one too many", CancellationToken.None);
        await AssertHealthAsync(redriveKnown: true);
        Assert.All(await Installation.RowsAsync("AlertTypes", "limit"), row => Assert.IsType<DateTimeOffset>(row["Since"]));
    }

    [Fact]
    public async Task S8_a_damaged_flush_number_is_replaced_by_the_next_flush()
    {
        Server.StopListening();
        await RaiseAsync(alert: "First");
        string shard = Core.Storage.Shard.Of("First").Key;
        await Installation.Table("Work").AddEntityAsync(new TableEntity(shard, "flush") { ["Number"] = "many" });
        Server.StartListening();
        await RaiseAsync(alert: "Second");
        await Product.WorkOffQueueAsync();
        Assert.Equal(2, Server.Accepted.Count);
    }

    private async Task AssertHealthAsync(bool redriveKnown)
    {
        JsonNode checks = (await Product.GetAsync("/api/health"))["checks"]!;
        Assert.Equal((redriveKnown, "healthy"), (checks["lastRedriveAt"] is not null, checks["timers"]!.GetValue<string>()));
        Clock.Advance(TimeSpan.FromSeconds(5)); // the check's answer is kept for so long
    }

    /// <summary>Gives a property of the first such row another value.</summary>
    private async Task<string> DamageAsync(string table, string rows, string property, object value)
    {
        TableEntity row = (await Installation.RowsAsync(table)).First(row => IsOf(row, rows));
        await Installation.Table(table).UpdateEntityAsync(new TableEntity(row.PartitionKey, row.RowKey) { [property] = value }, row.ETag, TableUpdateMode.Merge);
        return row.RowKey;
    }

    private static bool IsOf(TableEntity row, string rows) => rows switch
    {
        "mail" => row.ContainsKey("Content"),
        _ => row.RowKey.StartsWith(rows, StringComparison.Ordinal),
    };
}
