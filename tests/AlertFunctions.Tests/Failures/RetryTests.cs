using System.Text.Json.Nodes;
using AlertFunctions.Testing;

namespace AlertFunctions.Tests.Failures;

/// <summary>When a mail that failed is sent again, and when never (S10, S11, S12, S16).</summary>
public sealed class RetryTests(AzuriteServer azurite) : FailureTests(azurite)
{
    [Fact]
    public async Task S10_a_server_that_is_dead_for_25_hours_gets_every_mail_exactly_once_when_it_is_back()
    {
        const int hours = 25;
        Server.StopListening();
        for (int hour = 0; hour < hours; hour++)
        {
            await RaiseAloneAsync($"pc{hour:00}", $"Alert{hour % 9}");
            await PassHourAsync();
        }

        JsonNode oldest = (await OwedAsync())[0]["recipients"]![0]!;
        Assert.Equal(hours + 1, oldest["failures"]!["1"]!.GetValue<int>());
        Assert.Null(oldest["resendsLeft"]);
        Assert.Equal(hours, (await OwedAsync()).Count);
        Assert.All(await FailuresAsync(), failure => Assert.Equal(Unreachable, failure));

        Server.StartListening();
        await PassHourAsync();

        Assert.Equal(hours, Server.Accepted.Count);
        Assert.Equal(hours, Server.Accepted.Select(mail => mail.MessageId).Distinct().Count());
        await AssertNothingIsOwedAsync();
        await PassHourAsync();
        Assert.Equal(hours, Server.Accepted.Count);
    }

    [Fact]
    public async Task S10_S11_S12_each_pattern_has_its_own_counter_and_only_the_third_refusal_ends_a_mail()
    {
        Server.StopListening();
        await RaiseAloneAsync();
        Server.StartListening();
        SmtpRule refused = Server.On(SmtpStep.Sender).Reply("451 4.3.0 not now");
        await PassHourAsync();
        refused.Remove();
        SmtpRule unknown = Server.On(SmtpStep.Recipient).Reply("550 5.1.1 no such user");
        await PassHourAsync();
        await PassHourAsync();

        JsonNode recipient = Assert.Single(await OwedRecipientsAsync());
        Assert.Equal("""{"1":1,"2":1,"3":2}""", recipient["failures"]!.ToJsonString());
        Assert.Equal(1, recipient["resendsLeft"]!.GetValue<int>());
        Assert.Equal("550 5.1.1 no such user", recipient["lastReply"]!.GetValue<string>());

        await PassHourAsync();
        Assert.Equal(
            [Unreachable, Refused(451), NotAccepted("ops@example.com", 2), NotAccepted("ops@example.com", 1), NotAccepted("ops@example.com", 0)],
            await FailuresAsync());
        await AssertNothingIsOwedAsync();

        unknown.Remove();
        for (int hour = 0; hour < 24; hour++)
        {
            await PassHourAsync();
        }

        Assert.Equal(3, Server.AttemptsFor("ops@example.com"));
        Assert.Empty(Server.Accepted);
    }

    [Fact]
    public async Task S12_failures_of_the_server_between_two_refusals_use_up_no_resend()
    {
        SmtpRule unknown = Server.On(SmtpStep.Recipient).Reply("550 5.1.1 no such user");
        await RaiseAloneAsync();
        unknown.Remove();
        Server.StopListening();
        for (int hour = 0; hour < 5; hour++)
        {
            await PassHourAsync();
        }

        JsonNode recipient = Assert.Single(await OwedRecipientsAsync());
        Assert.Equal("""{"1":5,"2":0,"3":1}""", recipient["failures"]!.ToJsonString());
        Assert.Equal(2, recipient["resendsLeft"]!.GetValue<int>());
        Server.StartListening();
        await PassHourAsync();
        Assert.Single(Server.Accepted);
        await AssertNothingIsOwedAsync();
    }

    [Fact]
    public async Task S12_a_refused_recipient_keeps_nobody_else_from_the_mail()
    {
        await AddUserAsync("bad");
        await AddUserAsync("good");
        Server.On(SmtpStep.Recipient, "bad@example.com").Reply("550 5.1.1 no such user");

        await RaiseAloneAsync();

        Assert.Equal(["good@example.com", "ops@example.com"], Server.Accepted.Select(mail => mail.Recipient).Order());
        Assert.Equal([NotAccepted("bad", 2)], await FailuresAsync());
        await PassHourAsync();
        await PassHourAsync();
        await PassHourAsync();
        Assert.Equal([NotAccepted("bad", 2), NotAccepted("bad", 1), NotAccepted("bad", 0)], await FailuresAsync());
        Assert.Equal(1, Server.AttemptsFor("good@example.com"));
        Assert.Equal(3, Server.AttemptsFor("bad@example.com"));
        await AssertNothingIsOwedAsync();
    }

    [Fact]
    public async Task S12_when_every_recipient_is_refused_each_keeps_the_code_that_it_got()
    {
        string[] users = ["a", "b", "c", "d"];
        foreach (string user in users)
        {
            await AddUserAsync(user);
        }

        Server.On(SmtpStep.Recipient).Reply("450 4.2.1 mailbox busy");
        await RaiseAloneAsync();

        Assert.Equal(users.Append("ops@example.com").Select(user => NotAccepted(user, 2)), (await FailuresAsync()).Order(StringComparer.Ordinal));
        Assert.All(await OwedRecipientsAsync(), recipient => Assert.Equal("450 4.2.1 mailbox busy", recipient["lastReply"]!.GetValue<string>()));
        Server.ForgetScript();
        await PassHourAsync();
        Assert.Equal(5, Server.Accepted.Count);
        await AssertNothingIsOwedAsync();
    }

    [Fact]
    public async Task S16_each_mail_waits_for_its_own_hour_to_the_minute()
    {
        Server.StopListening();
        await RaiseAloneAsync("web01", "First");
        Clock.Advance(TimeSpan.FromMinutes(20));
        await RaiseAloneAsync("web01", "Second");
        Server.StartListening();

        await PassAsync(TimeSpan.FromMinutes(39));
        Assert.Empty(Server.Accepted);
        await PassAsync(TimeSpan.FromMinutes(1));
        Assert.Contains("First", Assert.Single(Server.Accepted).Message.Subject, StringComparison.Ordinal);
        await PassAsync(TimeSpan.FromMinutes(19));
        Assert.Single(Server.Accepted);
        await PassAsync(TimeSpan.FromMinutes(1));
        Assert.Equal(2, Server.Accepted.Count);
    }

    [Fact]
    public async Task S16_the_interval_runs_from_each_recipients_own_failure()
    {
        await AddUserAsync("later");
        Server.On(SmtpStep.Recipient, "ops@example.com").Once().Reply("450 4.2.1 mailbox busy");
        SmtpRule busy = Server.On(SmtpStep.Recipient, "later@example.com").Reply("450 4.2.1 mailbox busy");
        await RaiseAloneAsync();
        Assert.Empty(Server.Accepted);
        await PassHourAsync();
        Assert.Equal("ops@example.com", Assert.Single(Server.Accepted).Recipient);
        busy.Remove();

        await PassAsync(TimeSpan.FromMinutes(59));
        Assert.Single(Server.Accepted);
        await PassAsync(TimeSpan.FromMinutes(1));
        Assert.Equal("later@example.com", Server.Accepted[1].Recipient);
    }

    [Fact]
    public async Task A_resend_goes_to_the_address_that_the_user_has_by_then()
    {
        Installation.Settings.Remove("Mail:AlertEmailAddress");
        await AddUserAsync("田中", "tanaka@exmaple.com");
        Server.On(SmtpStep.Recipient, "tanaka@exmaple.com").Reply("550 5.1.2 no such domain");
        await RaiseAloneAsync();
        await AddUserAsync("田中", "tanaka@example.com");

        await PassHourAsync();

        ReceivedMail mail = Assert.Single(Server.Accepted);
        Assert.Equal("tanaka@example.com", mail.Recipient);
        Assert.Equal("tanaka@example.com", mail.Message.To.Mailboxes.Single().Address);
        await AssertNothingIsOwedAsync();
    }

    [Fact]
    public async Task The_mail_of_a_user_who_was_deleted_goes_to_the_last_known_address()
    {
        Installation.Settings.Remove("Mail:AlertEmailAddress");
        await AddUserAsync("tanaka", "old@example.com");
        Server.StopListening();
        await RaiseAloneAsync();
        await AddUserAsync("tanaka", "new@example.com");
        await PassHourAsync();
        Assert.Equal(System.Net.HttpStatusCode.NoContent, (await Product.SendAsync("DELETE", "/api/users/tanaka")).Status);
        Server.StartListening();

        await PassHourAsync();

        Assert.Single(Server.Accepted);
        await AssertNothingIsOwedAsync();
        Assert.Equal("new@example.com", Server.Accepted[0].Recipient);
    }

    [Fact]
    public async Task S3_a_resend_says_what_the_first_attempt_said()
    {
        Server.On(SmtpStep.Body).Once().AcceptAndClose();
        await RaiseAloneAsync();
        Clock.Advance(TimeSpan.FromMinutes(30));
        Answer changed = await Product.SendAsync("PUT", "/api/alert-types", """{ "alert": "Eicar", "severity": "critical", "title": { "ja": "別の題", "en": "Another title" } }""");
        Assert.True((int)changed.Status < 300, changed.Text);

        await PassHourAsync();

        Assert.Equal(2, Server.Accepted.Count);
        Assert.Equal(Server.Accepted[0].Message.TextBody, Server.Accepted[1].Message.TextBody);
        Assert.Equal(Server.Accepted[0].Message.Subject, Server.Accepted[1].Message.Subject);
        Assert.True(Server.Accepted[0].Message.Date < Server.Accepted[1].Message.Date);
        Assert.Equal(Server.Accepted[0].MessageId, Server.Accepted[1].MessageId);
    }

    [Fact]
    public async Task S7_a_delivered_resend_is_recorded_like_a_first_attempt()
    {
        Server.StopListening();
        await RaiseAloneAsync();
        Server.StartListening();
        await PassHourAsync();

        JsonNode delivered = Assert.Single(await Product.SystemEventsAsync(197));
        Assert.Equal("次のユーザにアラートメールが送信されました: ops@example.com", Description(delivered));
        Assert.Equal(Clock.GetUtcNow(), Time(delivered["time"]));
        Assert.Equal("[2]", delivered["data"]!["attempts"]!.ToJsonString());
        Assert.Equal(Server.Accepted[0].MessageId, Data(delivered, "messageIds"));
        Assert.Equal("250 2.0.0 queued", Data(delivered, "replies"));
    }
}
