using System.Net;
using AlertFunctions.Tests.Infrastructure;
using Azure.Data.Tables;

namespace AlertFunctions.Tests.Failures;

/// <summary>A row that cannot be read costs its own hour: it is recorded once and left alone, and everything else goes on (rule 2).</summary>
public sealed class DamagedRowTests(AzuriteServer azurite) : FailureTests(azurite)
{
    public static TheoryData<string, string, string, object> Damages => new()
    {
        { "Work", "recipient", "Culture", "xx" },
        { "Work", "recipient", "Attempts", "many" },
        { "Work", "recipient", "LastFailure", "7" },
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

        TableEntity row = (await Installation.RowsAsync(table)).First(row => IsOf(row, rows));
        await Installation.Table(table).UpdateEntityAsync(new TableEntity(row.PartitionKey, row.RowKey) { [property] = value }, row.ETag, TableUpdateMode.Merge);
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
        Assert.Single(await Product.SystemEventsAsync(199), item => Description(item).Contains(row.RowKey, StringComparison.Ordinal));
        Assert.Contains(await Installation.RowsAsync(table), kept => kept.RowKey == row.RowKey);
    }

    [Fact]
    public async Task Rule_2_a_damaged_recipient_that_is_repaired_gets_its_mail()
    {
        Server.StopListening();
        await RaiseAsync();
        TableEntity row = Assert.Single(await RecipientRowsAsync());
        await Installation.Table("Work").UpdateEntityAsync(new TableEntity(row.PartitionKey, row.RowKey) { ["Culture"] = "xx" }, row.ETag, TableUpdateMode.Merge);
        Server.StartListening();
        await PassHourAsync();
        Assert.Empty(Server.Accepted);

        TableEntity damaged = Assert.Single(await RecipientRowsAsync());
        await Installation.Table("Work").UpdateEntityAsync(new TableEntity(row.PartitionKey, row.RowKey) { ["Culture"] = "Ja" }, damaged.ETag, TableUpdateMode.Merge);
        await PassHourAsync();
        Assert.Single(Server.Accepted);
        await AssertNothingIsOwedAsync();
    }

    [Fact]
    public async Task Rule_2_a_damaged_alert_is_recorded_by_the_event_that_meets_it_and_raised_again()
    {
        await RaiseAsync("web01");
        TableEntity row = Assert.Single(await Installation.RowsAsync("Work", "alert|"));
        await Installation.Table("Work").UpdateEntityAsync(new TableEntity(row.PartitionKey, row.RowKey) { ["Raise"] = "no ulid" }, row.ETag, TableUpdateMode.Merge);
        await RaiseAsync("web01");
        Assert.Equal(2, Server.Accepted.Count);
        Assert.Single(await Product.SystemEventsAsync(199));
        await RaiseAsync("web01");
        Assert.Equal(2, Server.Accepted.Count);
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

    private static bool IsOf(TableEntity row, string rows) => rows switch
    {
        "recipient" => row.ContainsKey("MailId"),
        "mail" => row.ContainsKey("Content"),
        _ => row.RowKey.StartsWith(rows, StringComparison.Ordinal),
    };
}
