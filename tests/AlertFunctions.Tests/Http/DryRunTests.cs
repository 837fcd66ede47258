using System.Net;
using System.Text.Json.Nodes;
using AlertFunctions.Testing;

namespace AlertFunctions.Tests.Http;

/// <summary>What events would do, without doing it.</summary>
public sealed class DryRunTests(AzuriteServer azurite) : ProductTest(azurite)
{
    private const string DryRun = "/api/events?dryRun=true";

    [Fact]
    public async Task A_dry_run_answers_what_recording_the_same_events_answers_and_writes_nothing()
    {
        const string events = """
            [ { "computer": "A", "alert": "Eicar", "id": "1", "time": "2026-11-24T01:00:00Z" },
              { "computer": "A", "alert": "Eicar", "id": "1", "time": "2026-11-24T01:00:00Z" },
              { "computer": "A", "alert": "Eicar", "state": "cleared", "time": "2026-11-24T00:30:00Z" },
              { "computer": "A", "alert": "Eicar", "state": "cleared" },
              { "computer": "A", "alert": "Eicar" },
              { "computer": "B", "alert": "Malware" },
              { "computer": "C", "alert": "Malware", "state": "cleared" },
              { "computer": "D", "alert": "Malware" },
              { "computer": "E", "alert": "Malware", "id": "old", "time": "2026-11-24T00:00:00Z" } ]
            """;
        await PutUserAsync("hanako");
        await Product.ReportAsync("C", "Malware");
        await Product.ReportAsync("D", "Malware");
        await Product.ReportAsync("E", "Malware", id: "old", time: "2026-11-24T00:00:00Z");
        await Product.WorkOffQueueAsync();
        List<string> before = await RowsAsync();
        Product.Storage.ForgetCalls();

        Answer preview = await Product.SendAsync("POST", DryRun, events);

        Assert.True(preview.Status == HttpStatusCode.OK, preview.Text);
        Assert.All(Product.Storage.Calls, call => Assert.Equal("GET", call.Method));
        Assert.Equal(before, await RowsAsync());
        JsonNode real = await Product.PostEventsAsync(events);
        foreach (string name in (string[])["recorded", "duplicates", "raised", "cleared", "outdated"])
        {
            Assert.Equal(real[name]!.ToJsonString(), preview.Json[name]!.ToJsonString());
        }

        Assert.NotEmpty(real["raised"]!.AsArray());
        Assert.NotEmpty(real["cleared"]!.AsArray());
        Assert.Equal((2, 1), (real["duplicates"]!.GetValue<int>(), real["outdated"]!.GetValue<int>()));
    }

    [Fact]
    public async Task It_says_per_mail_who_would_get_it_in_which_language_and_who_would_not_and_why()
    {
        await PutUserAsync("alice", culture: "en");
        await PutUserAsync("bob", email: "ALICE@example.com");
        await PutUserAsync("carol", receive: false);
        await PutAsync("/api/users/dave", """{ "receiveAlertMail": false }""");

        JsonNode answer = (await Product.SendAsync("POST", DryRun, """[ { "computer": "A", "alert": "Eicar" }, { "computer": "B", "alert": "Eicar" } ]""")).Json;

        Assert.Equal(
            """[{"alert":"Eicar","kind":"raised","computers":["A","B"],"recipients":[{"user":"alice","address":null,"culture":"en"},{"user":null,"address":"ops@example.com","culture":"ja"}],"notMailed":[{"user":"bob","reason":"sameAddress"},{"user":"carol","reason":"alertMailOff"},{"user":"dave","reason":"alertMailOff"}]}]""",
            answer["mails"]!.ToJsonString());
    }

    [Fact]
    public async Task A_switch_that_is_off_keeps_a_mail_from_everybody_and_a_type_that_is_off_raises_nothing()
    {
        await PutUserAsync("alice");
        await PutAsync("/api/alert-types", """{ "alert": "Off", "enabled": false }""");
        await Product.ReportAsync("A");

        JsonNode answer = (await Product.SendAsync("POST", DryRun, """[ { "computer": "A", "alert": "Eicar", "state": "cleared" }, { "computer": "A", "alert": "Off" } ]""")).Json;

        Assert.Equal(["Off"], answer["off"]!.AsArray().Select(type => type!.GetValue<string>()));
        Assert.Empty(answer["raised"]!.AsArray());
        JsonNode mail = Assert.Single(answer["mails"]!.AsArray())!;
        Assert.Empty(mail["recipients"]!.AsArray());
        Assert.Equal("""[{"user":"alice","reason":"mailSwitchOff"}]""", mail["notMailed"]!.ToJsonString());
    }

    [Fact]
    public async Task An_alert_that_goes_up_and_down_would_be_mailed_as_the_composer_mails_it()
    {
        JsonNode?[] events = [.. Enumerable.Range(0, 9).Select(number => new JsonObject { ["computer"] = "A", ["alert"] = "Eicar", ["state"] = number % 2 == 0 ? "occurred" : "cleared" })];
        await PutAsync("/api/alert-types", """{ "alert": "Eicar", "mailWhenCleared": true }""");
        string body = new JsonArray(events).ToJsonString();

        JsonNode preview = (await Product.SendAsync("POST", DryRun, body)).Json;
        await Product.PostEventsAsync(body);
        await Product.WorkOffQueueAsync();

        Assert.Equal(
            Smtp.Accepted.Select(mail => mail.Message.Subject!.Contains("解消", StringComparison.Ordinal) ? "cleared" : "raised"),
            preview["mails"]!.AsArray().Select(mail => mail!["kind"]!.GetValue<string>()));
    }

    [Theory]
    [InlineData("dryRun=yes")]
    [InlineData("dryRun=True")]
    [InlineData("dryRun=1")]
    [InlineData("dryRun=true&dryRun=false")]
    public async Task A_dry_run_that_is_not_clearly_asked_for_is_refused_and_nothing_is_recorded(string query)
    {
        Answer answer = await Product.SendAsync("POST", $"/api/events?{query}", """{ "computer": "A", "alert": "Eicar" }""");

        Assert.Equal(HttpStatusCode.BadRequest, answer.Status);
        Assert.Equal(["dryRun"], answer.Json["errors"]!.AsObject().Select(error => error.Key));
        Assert.Empty(await Installation.RowsAsync("Work", "event|"));
    }

    [Fact]
    public async Task Events_that_are_wrong_are_refused_as_without_a_dry_run()
    {
        Answer answer = await Product.SendAsync("POST", DryRun, """[ { "computer": "A" } ]""");

        Assert.Equal((HttpStatusCode.BadRequest, "$[0].alert"), (answer.Status, Assert.Single(answer.Json["errors"]!.AsObject()).Key));
    }

    /// <summary>Every row there is, as it is.</summary>
    private async Task<List<string>> RowsAsync()
    {
        var rows = new List<string>();
        foreach (string table in (string[])["Work", "AlertTypes", "Users", "SystemEvents"])
        {
            rows.AddRange((await Installation.RowsAsync(table)).Select(row => $"{table} {row.PartitionKey} {row.RowKey} {row.ETag}"));
        }

        return rows;
    }
}
