using System.Text.Json.Nodes;
using AlertFunctions.Testing;

namespace AlertFunctions.Tests.Specification;

/// <summary>S1 and S3: an alert type's two switches, its severity and its title.</summary>
public sealed class AlertTypeTests(AzuriteServer azurite) : ProductTest(azurite)
{
    [Fact]
    public async Task S1_a_type_seen_for_the_first_time_mails_when_raised_and_not_when_cleared_and_is_a_warning()
    {
        await Product.ReportAsync("端末A");

        JsonNode type = await TypeAsync("Eicar");
        Assert.Equal("warning", type["severity"]!.GetValue<string>());
        Assert.True(type["mailWhenRaised"]!.GetValue<bool>());
        Assert.False(type["mailWhenCleared"]!.GetValue<bool>());
        Assert.Equal("Eicar", type["title"]!["ja"]!.GetValue<string>());
        Assert.Equal("Eicar", type["title"]!["en"]!.GetValue<string>());
    }

    [Fact]
    public async Task S1_the_severity_of_an_event_counts_for_a_new_type_only()
    {
        await Product.ReportAsync("端末A", severity: "critical");
        await Product.ReportAsync("端末B", severity: "warning");

        Assert.Equal("critical", (await TypeAsync("Eicar"))["severity"]!.GetValue<string>());
    }

    [Fact]
    public async Task S1_the_first_event_that_names_a_severity_decides_where_one_request_brings_a_new_type_several_times()
    {
        await Product.PostEventsAsync("""
            [ { "computer": "A", "alert": "Eicar" }, { "computer": "B", "alert": "Eicar", "severity": "critical" }, { "computer": "C", "alert": "Eicar", "severity": "warning" } ]
            """);

        Assert.Equal("critical", (await TypeAsync("Eicar"))["severity"]!.GetValue<string>());
    }

    [Fact]
    public async Task S1_a_type_whose_raise_switch_is_off_is_raised_and_recorded_without_mail()
    {
        await PutAsync("/api/alert-types", """{ "alert": "Eicar", "mailWhenRaised": false }""");

        await ReportAndMailAsync("端末A");

        Assert.Single((await Product.GetAsync("/api/alerts"))["items"]!.AsArray());
        Assert.Single(await Product.SystemEventsAsync(190));
        Assert.Empty(Smtp.Accepted);
        Assert.Empty(await MailAsync());
    }

    [Fact]
    public async Task S1_a_clear_mails_only_where_the_switch_is_on()
    {
        await ReportAndMailAsync("端末A");
        await ReportAndMailAsync("端末A", state: "cleared");
        Assert.Single(Smtp.Accepted);
        Assert.Single(await Product.SystemEventsAsync(192));

        await PutAsync("/api/alert-types", """{ "alert": "Eicar", "mailWhenCleared": true }""");
        await ReportAndMailAsync("端末A");
        await ReportAndMailAsync("端末A", state: "cleared");

        Assert.Equal("アラートの解消: 1台のコンピュータで、Eicarアラートが解消されました", Smtp.Accepted[^1].Message.Subject);
        Assert.Equal(3, Smtp.Accepted.Count);
    }

    [Fact]
    public async Task Mail_about_a_clear_by_hand_says_by_whom_and_why()
    {
        await PutAsync("/api/alert-types", """{ "alert": "Eicar", "mailWhenCleared": true }""");
        await ReportAndMailAsync("端末A");
        await ReportAndMailAsync("端末B");

        await Product.SendAsync("POST", "/api/alerts/clear", """{ "items": [{ "alert": "Eicar" }], "note": "駆除しました", "by": "田中" }""");
        await Product.WorkOffQueueAsync();

        Assert.Contains("解消者: 田中\nメモ: 駆除しました\n", Smtp.Accepted[^1].Message.TextBody!.ReplaceLineEndings("\n"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task S1_the_clear_switch_is_per_computer_a_clear_mails_while_other_computers_still_have_the_alert()
    {
        await PutAsync("/api/alert-types", """{ "alert": "Eicar", "mailWhenRaised": false, "mailWhenCleared": true }""");
        await ReportAndMailAsync("端末A");
        await ReportAndMailAsync("端末B");

        await ReportAndMailAsync("端末A", state: "cleared");

        string text = Assert.Single(Smtp.Accepted).Message.TextBody!;
        Assert.Contains("端末A", text, StringComparison.Ordinal);
        Assert.DoesNotContain("端末B", text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task S1_the_switches_of_one_type_leave_the_others_alone()
    {
        await PutAsync("/api/alert-types", """{ "alert": "Eicar", "mailWhenRaised": false }""");

        await ReportAndMailAsync("端末A", "Eicar");
        await ReportAndMailAsync("端末A", "Malware");

        Assert.Contains("Malware", Assert.Single(Smtp.Accepted).Message.Subject, StringComparison.Ordinal);
    }

    [Fact]
    public async Task S1_a_raise_a_clear_and_a_raise_in_one_request_mail_as_three_when_both_switches_are_on()
    {
        await PutAsync("/api/alert-types", """{ "alert": "Eicar", "mailWhenCleared": true }""");

        JsonNode answer = await Product.PostEventsAsync("""
            [
              { "computer": "端末A", "alert": "Eicar", "message": "first" },
              { "computer": "端末A", "alert": "Eicar", "state": "cleared" },
              { "computer": "端末A", "alert": "Eicar", "message": "second" }
            ]
            """);
        await Product.WorkOffQueueAsync();

        Assert.Equal(2, answer["raised"]!.AsArray().Count);
        Assert.Single(answer["cleared"]!.AsArray());
        Assert.Equal(
            ["新しいアラートの発令: 1台のコンピュータで、Eicarアラートが発生しました", "アラートの解消: 1台のコンピュータで、Eicarアラートが解消されました", "新しいアラートの発令: 1台のコンピュータで、Eicarアラートが発生しました"],
            Smtp.Accepted.Select(mail => mail.Message.Subject));
        Assert.Contains("first", Smtp.Accepted[0].Message.TextBody, StringComparison.Ordinal);
        Assert.Contains("second", Smtp.Accepted[2].Message.TextBody, StringComparison.Ordinal);
    }

    [Fact]
    public async Task S3_a_mail_varies_by_title_language_and_time_zone_and_what_waits_keeps_the_title_it_was_composed_with()
    {
        Installation.Settings["Mail:TimeZone"] = "Europe/Berlin";
        Smtp.On(SmtpStep.Recipient).Times(2).Reply("450 4.2.1 later");
        await PutUserAsync("anna", culture: "en");
        await PutAsync("/api/alert-types", """{ "alert": "Eicar", "title": { "ja": "テストウイルス", "en": "Test virus" } }""");
        await ReportAndMailAsync("端末A");

        await PutAsync("/api/alert-types", """{ "alert": "Eicar", "title": { "ja": "別名", "en": "Other" } }""");
        await Installation.MakeAllMailDueAsync();
        await Product.SendAllDueAsync();

        ReceivedMail english = Assert.Single(Smtp.Accepted, mail => mail.Recipient == "anna@example.com");
        ReceivedMail japanese = Assert.Single(Smtp.Accepted, mail => mail.Recipient == "ops@example.com");
        Assert.Equal("New Alert Raised: Test virus Alert on 1 Computer(s)", english.Message.Subject);
        Assert.Equal("新しいアラートの発令: 1台のコンピュータで、テストウイルスアラートが発生しました", japanese.Message.Subject);
        Assert.Contains("Time: 2026-11-24 03:00:00 +01:00", english.Message.TextBody, StringComparison.Ordinal);
        Assert.Equal(TimeSpan.FromHours(1), english.Message.Date.Offset);
    }

    private async Task<JsonNode> TypeAsync(string name) =>
        Assert.Single((await Product.GetAsync($"/api/alert-types?alert={Uri.EscapeDataString(name)}"))["items"]!.AsArray())!;
}
