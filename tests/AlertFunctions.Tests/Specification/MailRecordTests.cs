using System.Text.Json.Nodes;
using AlertFunctions.Core.Mail.Smtp;
using AlertFunctions.Testing;

namespace AlertFunctions.Tests.Specification;

/// <summary>S7, S10, S11, S12 and S14: what is recorded of a first attempt, and what waits after it.</summary>
public sealed class MailRecordTests(AzuriteServer azurite) : ProductTest(azurite)
{
    private const string Subject = "新しいアラートの発令: 1台のコンピュータで、Eicarアラートが発生しました";

    private const string InAnHour = "2026-11-24T03:00:00Z";

    [Fact]
    public async Task S7_a_delivery_is_recorded_with_the_users_it_went_to_and_an_address_without_a_user_as_the_address()
    {
        await PutUserAsync("hanako");

        await ReportAndMailAsync("端末A");

        JsonNode sent = Assert.Single(await Product.SystemEventsAsync(197));
        Assert.Equal("information", sent["level"]!.GetValue<string>());
        Assert.Equal("アラートメールの送信", sent["name"]!.GetValue<string>());
        Assert.Equal("次のユーザにアラートメールが送信されました: hanako, ops@example.com", sent["description"]!.GetValue<string>());
        Assert.Equal("2026-11-24T02:00:00Z", sent["time"]!.GetValue<string>());
        Assert.Equal("hanako@example.com, ops@example.com", sent["data"]!["addresses"]!.GetValue<string>());
        Assert.Equal("[1,1]", sent["data"]!["attempts"]!.ToJsonString());
        Assert.Equal(string.Join(", ", Smtp.Accepted.Select(mail => mail.MessageId)), sent["data"]!["messageIds"]!.GetValue<string>());
        Assert.StartsWith("250", sent["data"]!["replies"]!.GetValue<string>(), StringComparison.Ordinal);
        JsonNode english = Assert.Single(await Product.SystemEventsAsync(197, "en"));
        Assert.Equal("Alert Emails Sent", english["name"]!.GetValue<string>());
        Assert.Equal("Alert emails were sent to the following users: hanako, ops@example.com", english["description"]!.GetValue<string>());
    }

    [Fact]
    public async Task S7_one_record_names_at_most_25_users()
    {
        Installation.Settings.Remove("Mail:AlertEmailAddress");
        for (int i = 0; i < 30; i++)
        {
            await PutUserAsync($"user{i:00}");
        }

        await ReportAndMailAsync("端末A");

        List<string[]> named = [.. (await DescriptionsAsync(197)).Select(text => text.Split(": ")[1].Split(", "))];
        Assert.All(named, users => Assert.InRange(users.Length, 1, 25));
        Assert.Equal(Enumerable.Range(0, 30).Select(i => $"user{i:00}"), named.SelectMany(users => users).Order(StringComparer.Ordinal));
    }

    [Theory]
    [InlineData("ja", "メールの失敗", "SMTPコンピュータに接続できません: 127.0.0.1。")]
    [InlineData("en", "Email Failed", "Unable to connect to SMTP computer: 127.0.0.1.")]
    public async Task S10_a_server_that_cannot_be_reached_is_recorded_and_the_mail_waits_for_an_hour(string culture, string name, string description)
    {
        Smtp.StopListening();
        ExpectFailingMail();

        await ReportAndMailAsync("端末A");

        JsonNode failed = Assert.Single(await Product.SystemEventsAsync(569, culture));
        Assert.Equal((name, description, "warning"), (Text(failed, "name"), Text(failed, "description"), Text(failed, "level")));
        JsonNode mail = Assert.Single(await MailAsync());
        Assert.Equal(InAnHour, Text(mail, "nextAttemptAt"));
        AssertRecipient(mail, pattern: 1, failures: (1, 0, 0), resendsLeft: null);
        JsonNode health = await Product.GetAsync("/api/health");
        Assert.Equal("failing", Text(health["checks"]!, "mail"));
        Assert.Equal("2026-11-24T02:00:00Z", Text(health["checks"]!, "mailFailingSince"));
    }

    [Theory]
    [InlineData("ja", "メールの失敗", "エラーのため、アラートメール送信に失敗しました: Could not connect to SMTP host: 127.0.0.1, port: {port}, response: 554")]
    [InlineData("en", "Email Failed", "Sending alert email failed because of an error: Could not connect to SMTP host: 127.0.0.1, port: {port}, response: 554")]
    public async Task S11_a_server_that_refuses_is_recorded_with_its_code_and_the_mail_waits_for_an_hour(string culture, string name, string description)
    {
        Smtp.On(Testing.SmtpStep.Greeting).Reply("554 5.3.2 go away");
        ExpectFailingMail();

        await ReportAndMailAsync("端末A");

        JsonNode failed = Assert.Single(await Product.SystemEventsAsync(569, culture));
        Assert.Equal((name, description.Replace("{port}", $"{Smtp.Port}", StringComparison.Ordinal), "warning"), (Text(failed, "name"), Text(failed, "description"), Text(failed, "level")));
        Assert.Equal("554 5.3.2 go away", Text(failed["data"]!, "reply"));
        JsonNode mail = Assert.Single(await MailAsync());
        Assert.Equal(InAnHour, Text(mail, "nextAttemptAt"));
        AssertRecipient(mail, pattern: 2, failures: (0, 1, 0), resendsLeft: null);
    }

    [Theory]
    [InlineData("ja", "メールの失敗", $"件名「{Subject}」のメッセージをhanakoに送信できませんでした。あと2回再送信されます。")]
    [InlineData("en", "Email Failed", "The message with subject \"New Alert Raised: Eicar Alert on 1 Computer(s)\" could not be sent to hanako. It will be re-sent 2 more time(s).")]
    public async Task S12_a_refused_recipient_is_recorded_with_the_re_sends_that_are_left_and_the_others_get_their_mail(string culture, string name, string description)
    {
        await PutUserAsync("hanako");
        Smtp.On(Testing.SmtpStep.Recipient, "hanako@example.com").Reply("550 5.1.1 no such user");

        await Product.ReportAsync("端末A");
        await Product.HandleAsync("compose|Eicar"); // the flush that follows is S8's

        JsonNode failed = Assert.Single(await Product.SystemEventsAsync(569, culture));
        Assert.Equal((name, description, "warning"), (Text(failed, "name"), Text(failed, "description"), Text(failed, "level")));
        Assert.Equal(
            ("550 5.1.1 no such user", "hanako", "hanako@example.com", "1", "3"),
            (Text(failed["data"]!, "reply"), Text(failed["data"]!, "user"), Text(failed["data"]!, "address"), Text(failed["data"]!, "attempt"), Text(failed["data"]!, "pattern")));
        JsonNode mail = Assert.Single(await MailAsync());
        Assert.Equal(Text(mail, "id"), Text(failed["data"]!, "mail"));
        Assert.Equal(InAnHour, Text(mail, "nextAttemptAt"));
        AssertRecipient(mail, pattern: 3, failures: (0, 0, 1), resendsLeft: 2);
        Assert.Equal(["ops@example.com"], Smtp.Accepted.Select(accepted => accepted.Recipient));
        Product.Log.AssertNothingUnexpected();
        Assert.Equal("healthy", Text((await Product.GetAsync("/api/health"))["checks"]!, "mail"));
    }

    [Fact]
    public async Task S12_after_two_re_sends_the_mail_is_given_up_for_that_recipient()
    {
        Smtp.On(Testing.SmtpStep.Recipient).Reply("550 5.1.1 no such user");
        await Product.ReportAsync("端末A");
        await Product.HandleAsync("compose|Eicar");

        for (int resend = 0; resend < 2; resend++)
        {
            Installation.Clock.Advance(TimeSpan.FromHours(1));
            await Product.SendAllDueAsync();
        }

        Assert.Equal([2, 1, 0], (await DescriptionsAsync(569)).Select(text => int.Parse(text.Split("あと")[1][..1], System.Globalization.CultureInfo.InvariantCulture)));
        Assert.Empty(await MailAsync());
        Assert.Empty(await Installation.RowsAsync("Work", "mail"));
        Assert.Equal(3, Smtp.AttemptsFor("ops@example.com"));
    }

    [Theory]
    [InlineData("ja", "アラートメールの失敗", "SMTPメールサーバアドレスが設定されていないため、アラートメールを送信できませんでした。メールは保持され、1時間毎に再送を試みます。")]
    [InlineData("en", "Alert Emails Failed", "Alert emails could not be sent because no SMTP mail server address is configured. They are kept, and sending is retried every hour.")]
    public async Task S14_without_a_configured_server_one_198_is_recorded_per_attempt_and_the_mail_is_kept(string culture, string name, string description)
    {
        Installation.Settings["Smtp:Server"] = "";
        ExpectFailingMail();
        await PutUserAsync("hanako");

        await ReportAndMailAsync("端末A");

        JsonNode failed = Assert.Single(await Product.SystemEventsAsync(198, culture));
        Assert.Equal((name, description, "warning"), (Text(failed, "name"), Text(failed, "description"), Text(failed, "level")));
        JsonNode mail = Assert.Single(await MailAsync());
        Assert.Equal(InAnHour, Text(mail, "nextAttemptAt"));
        Assert.Equal(2, mail["recipients"]!.AsArray().Count);
        AssertRecipient(mail, pattern: null, failures: (0, 0, 0), resendsLeft: null);
        Assert.Equal("notConfigured", Text((await Product.GetAsync("/api/health"))["checks"]!, "mail"));

        Installation.Clock.Advance(TimeSpan.FromHours(1));
        await Product.SendAllDueAsync();
        Assert.Equal(2, (await Product.SystemEventsAsync(198)).Count);

        // Nothing is lost before the server is configured.
        ProductProcess configured = Installation.Start(new Dictionary<string, string?>(StringComparer.Ordinal) { ["Smtp:Server"] = $"127.0.0.1:{Smtp.Port}" });
        Installation.Clock.Advance(TimeSpan.FromHours(1));
        await configured.SendAllDueAsync();
        Assert.Equal(2, Smtp.Accepted.Count);
    }

    [Fact]
    public async Task A_mail_that_was_never_tried_is_shown_as_such()
    {
        await Product.ReportAsync("端末A");

        // Without a free slot the handler composes and attempts nothing.
        SmtpSlots slots = Product.Get<SmtpSlots>();
        var taken = new List<SmtpSlot>();
        while (await slots.TryTakeAsync(forFirstAttempts: false, CancellationToken.None) is { } slot)
        {
            taken.Add(slot);
        }

        await Product.HandleAsync("compose|Eicar");
        foreach (SmtpSlot slot in taken)
        {
            await slot.DisposeAsync();
        }

        JsonNode mail = Assert.Single(await MailAsync());
        Assert.Equal("raised", Text(mail, "kind"));
        Assert.Equal("Eicar", Text(mail, "alert"));
        Assert.Equal(Subject, Text(mail, "subject"));
        Assert.Equal("2026-11-24T02:00:00Z", Text(mail, "nextAttemptAt"));
        AssertRecipient(mail, pattern: null, failures: (0, 0, 0), resendsLeft: null, attempts: 0);
        Assert.Equal("New Alert Raised: Eicar Alert on 1 Computer(s)", Text(Assert.Single(await MailAsync("?culture=en")), "subject"));
    }

    private static string? Text(JsonNode node, string name) => node[name]?.ToString();

    private static void AssertRecipient(JsonNode mail, int? pattern, (int, int, int) failures, int? resendsLeft, int attempts = 1)
    {
        JsonNode recipient = mail["recipients"]![0]!;
        Assert.Equal(pattern, recipient["pattern"]?.GetValue<int>());
        Assert.Equal(failures, (recipient["failures"]!["1"]!.GetValue<int>(), recipient["failures"]!["2"]!.GetValue<int>(), recipient["failures"]!["3"]!.GetValue<int>()));
        Assert.Equal(resendsLeft, recipient["resendsLeft"]?.GetValue<int>());
        Assert.Equal(attempts, recipient["attempts"]!.GetValue<int>());
        Assert.Equal(attempts == 0 ? null : "2026-11-24T02:00:00Z", Text(recipient, "lastAttemptAt"));
        Assert.Equal(attempts == 0, recipient["lastReply"] is null);
    }
}
