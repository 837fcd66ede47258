using System.Text.Json.Nodes;
using AlertFunctions.Testing;
using MimeKit;

namespace AlertFunctions.Tests.Specification;

/// <summary>S2: who receives alert mail.</summary>
public sealed class RecipientTests(AzuriteServer azurite) : ProductTest(azurite)
{
    [Fact]
    public async Task S2_users_with_an_address_and_the_switch_on_receive_alert_mail_and_so_does_the_alert_email_address()
    {
        await PutUserAsync("on");
        await PutUserAsync("off", receive: false);
        await PutAsync("/api/users/default", """{ "email": "default@example.com" }""");
        await PutAsync("/api/users/without", "{}");

        await ReportAndMailAsync("端末A");

        Assert.Equal(["on@example.com", "ops@example.com"], Smtp.Accepted.Select(mail => mail.Recipient).Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task S2_two_entries_with_one_address_get_one_mail_in_the_language_of_the_first_by_name()
    {
        Installation.Settings["Mail:AlertEmailAddress"] = "team@example.com";
        await PutUserAsync("b", "Team@example.com", culture: "ja");
        await PutUserAsync("a", "team@example.com", culture: "en");

        await ReportAndMailAsync("端末A");

        ReceivedMail mail = Assert.Single(Smtp.Accepted);
        Assert.Equal("New Alert Raised: Eicar Alert on 1 Computer(s)", mail.Message.Subject);
        Assert.Equal(["Alert emails were sent to the following users: a"], await DescriptionsAsync(197, "en"));
    }

    [Fact]
    public async Task S2_each_user_gets_mail_in_the_own_language_and_the_alert_email_address_in_the_system_s()
    {
        Installation.Settings["Mail:Culture"] = "en";
        await PutUserAsync("hanako", culture: "ja");
        await PutUserAsync("system");

        await ReportAndMailAsync("端末A");

        Dictionary<string, string> subjects = Smtp.Accepted.ToDictionary(mail => mail.Recipient, mail => mail.Message.Subject!, StringComparer.Ordinal);
        Assert.Equal(3, subjects.Count);
        Assert.StartsWith("新しいアラートの発令", subjects["hanako@example.com"], StringComparison.Ordinal);
        Assert.StartsWith("New Alert Raised", subjects["system@example.com"], StringComparison.Ordinal);
        Assert.StartsWith("New Alert Raised", subjects["ops@example.com"], StringComparison.Ordinal);
    }

    [Fact]
    public async Task S3_each_user_reads_times_in_the_own_zone_also_in_a_re_send_and_the_alert_email_address_in_the_system_s()
    {
        Installation.Settings["Mail:Culture"] = "en";
        Installation.Settings["Mail:TimeZone"] = "UTC";
        await PutAsync("/api/users/hanako", """{ "email": "hanako@example.com", "receiveAlertMail": true, "timeZone": "Asia/Tokyo" }""");
        Smtp.StopListening();
        ExpectFailingMail();
        await Product.ReportAsync("端末A", time: "2026-11-24T01:30:00Z");
        await Product.WorkOffQueueAsync();
        Smtp.StartListening();
        Installation.Clock.Advance(TimeSpan.FromHours(1));

        await Product.SendAllDueAsync();

        Dictionary<string, MimeMessage> mails = Smtp.Accepted.ToDictionary(mail => mail.Recipient, mail => mail.Message, StringComparer.Ordinal);
        Assert.Contains("2026-11-24 10:30:00 +09:00", mails["hanako@example.com"].TextBody, StringComparison.Ordinal);
        Assert.Equal(TimeSpan.FromHours(9), mails["hanako@example.com"].Date.Offset);
        Assert.Contains("2026-11-24 01:30:00 +00:00", mails["ops@example.com"].TextBody, StringComparison.Ordinal);
        Assert.Equal(TimeSpan.Zero, mails["ops@example.com"].Date.Offset);
    }

    [Fact]
    public async Task S2_a_raise_that_nobody_receives_is_recorded_makes_no_mail_and_shows_in_health()
    {
        Installation.Settings.Remove("Mail:AlertEmailAddress");
        await PutUserAsync("off", receive: false);

        await ReportAndMailAsync("端末A");

        Assert.Equal([190], (await Product.SystemEventsAsync()).Select(item => item["id"]!.GetValue<int>()));
        Assert.Empty(await Installation.RowsAsync("Work", "mail"));
        Assert.Empty(await Installation.RowsAsync("Work", "outbox"));
        Assert.Equal(0, Smtp.Connections);
        JsonNode health = await Product.GetAsync("/api/health");
        Assert.Equal("degraded", health["status"]!.GetValue<string>());
        Assert.Equal("noRecipients", health["checks"]!["mail"]!.GetValue<string>());
    }

    [Fact]
    public async Task S2_switches_and_recipients_are_those_of_the_moment_of_composing()
    {
        await Product.ReportAsync("端末A");
        await PutUserAsync("late");

        await Product.WorkOffQueueAsync();

        Assert.Contains(Smtp.Accepted, mail => mail.Recipient == "late@example.com");
    }

    [Fact]
    public async Task S2_an_address_with_an_international_domain_gets_one_mail_in_whatever_spellings_it_stands()
    {
        Installation.Settings["Mail:AlertEmailAddress"] = "hanako@xn--r8jz45g.example";
        await PutUserAsync("a", "hanako@例え。example");
        await PutUserAsync("b", "hanako@例え.example");

        await ReportAndMailAsync("端末A");

        ReceivedMail mail = Assert.Single(Smtp.Accepted);
        Assert.Equal("hanako@xn--r8jz45g.example", mail.Recipient);
        Assert.Equal("hanako@例え。example", (await Product.GetAsync("/api/users/a"))["email"]!.GetValue<string>());
    }

    [Fact]
    public async Task S2_a_quoted_address_gets_mail()
    {
        Installation.Settings["Mail:AlertEmailAddress"] = "\"user.\"@example.ne.jp";
        await PutUserAsync("spaces", "\"a b\"@example.com");

        await ReportAndMailAsync("端末A");

        Assert.Equal(["\"a b\"@example.com", "\"user.\"@example.ne.jp"], Smtp.Accepted.Select(mail => mail.Recipient).Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task More_than_50_recipients_make_several_mails_in_order_of_address_and_each_gets_one()
    {
        Installation.Settings.Remove("Mail:AlertEmailAddress");
        for (int i = 0; i < 101; i++)
        {
            await PutUserAsync($"user{i:000}");
        }

        await Product.ReportAsync("端末A");
        Smtp.StopListening();
        ExpectFailingMail();
        await Product.WorkOffQueueAsync();

        List<JsonNode> mails = await MailAsync();
        string first = mails[0]["id"]!.GetValue<string>();
        Assert.Equal([first, $"{first}.2", $"{first}.3"], mails.Select(mail => mail["id"]!.GetValue<string>()));
        Assert.Equal([50, 50, 1], mails.Select(mail => mail["recipients"]!.AsArray().Count));
        Assert.Equal(
            Enumerable.Range(0, 101).Select(i => $"user{i:000}@example.com"),
            mails.SelectMany(mail => mail["recipients"]!.AsArray().Select(recipient => recipient!["address"]!.GetValue<string>())));
        Assert.Single(await Product.SystemEventsAsync(190));
        Assert.Empty(await Installation.RowsAsync("Work", "outbox"));

        Smtp.StartListening();
        await Installation.MakeAllMailDueAsync();
        await Product.SendAllDueAsync();
        Assert.Equal(101, Smtp.Accepted.Select(mail => mail.Recipient).Distinct(StringComparer.Ordinal).Count());
        Assert.Equal(101, Smtp.Accepted.Count);
        Assert.Empty(await MailAsync());
    }

    [Fact]
    public async Task The_mail_list_pages_through_mails_of_one_raise_without_leaving_any_out()
    {
        Installation.Settings.Remove("Mail:AlertEmailAddress");
        for (int i = 0; i < 101; i++)
        {
            await PutUserAsync($"user{i:000}");
        }

        Smtp.StopListening();
        ExpectFailingMail();
        await ReportAndMailAsync("端末A");

        var recipients = new List<int>();
        for (string? continuation = ""; continuation is not null;)
        {
            JsonNode page = await Product.GetAsync($"/api/mail?top=1{(continuation.Length > 0 ? $"&continuation={continuation}" : "")}");
            recipients.AddRange(page["items"]!.AsArray().Select(mail => mail!["recipients"]!.AsArray().Count));
            continuation = page["continuation"]?.GetValue<string>();
        }

        Assert.Equal([50, 50, 1], recipients);
    }
}
