using System.Text.Json.Nodes;
using AlertFunctions.Core.Mail.Queue;
using AlertFunctions.Core.Outbox;
using AlertFunctions.Core.Storage;
using AlertFunctions.Core.Texts;
using AlertFunctions.Core.Upkeep;
using AlertFunctions.Testing;
using AlertFunctions.Tests.Crashes;

namespace AlertFunctions.Tests.Failures;

/// <summary>The whole queue is sent again when another alert mail arises (S8), within the bounds of rule 7.</summary>
public sealed class FlushTests(AzuriteServer azurite) : FailureTests(azurite)
{
    [Theory]
    [InlineData(0, 0, false)]
    [InlineData(0, 1, true)]
    [InlineData(1, 1, true)]
    public async Task S8_there_is_something_to_flush_when_anybody_was_tried_before(int first, int second, bool begins)
    {
        DateTimeOffset now = Clock.GetUtcNow();
        Recipient recipient = new(User: null, "first@example.com", MailCulture.En, now.AddHours(1));
        var mail = new OutgoingMail(new Shard(0), $"{Ulid.NewUlid(now)}", MailKind.Raised, "Eicar", new AlertMailContent("Eicar", "Eicar", Severity.Critical, 1, [], "Asia/Tokyo"), now)
        {
            Recipients = [recipient with { Attempts = first }, recipient with { Address = "second@example.com", Attempts = second }],
        };
        await Installation.Table("Work").AddEntityAsync(mail.ToRow());

        Assert.Equal(begins, await Product.Get<FlushStore>().BeginAsync(new Shard(0), CancellationToken.None));
    }

    [Fact]
    public async Task S8_a_delivered_alert_mail_sends_the_whole_queue_at_once()
    {
        Server.StopListening();
        for (int i = 0; i < 5; i++)
        {
            await RaiseAsync($"pc{i}", $"Alert{i}");
        }

        Server.StartListening();
        Clock.Advance(TimeSpan.FromMinutes(5));
        await RaiseAsync("web01", "Another");

        Assert.Equal(6, Server.Accepted.Count);
        Assert.Contains("Another", Server.Accepted[0].Message.Subject, StringComparison.Ordinal);
        await AssertNothingIsOwedAsync();
    }

    [Fact]
    public async Task S8_the_mail_of_a_clear_flushes_too()
    {
        Assert.True((int)(await Product.SendAsync("PUT", "/api/alert-types", """{ "alert": "Quiet", "mailWhenRaised": false, "mailWhenCleared": true }""")).Status < 300);
        await RaiseAsync("web01", "Quiet");
        Server.StopListening();
        await RaiseAsync();
        Server.StartListening();
        await Product.ReportAsync("web01", "Quiet", "cleared");
        await Product.WorkOffQueueAsync();
        Assert.Equal(2, Server.Accepted.Count);
    }

    [Fact]
    public async Task S8_an_alert_mail_that_ends_in_pattern_3_flushes_since_the_server_answers()
    {
        Server.StopListening();
        await RaiseAsync();
        Server.StartListening();
        Server.On(SmtpStep.Recipient).Once().Reply("550 5.1.1 no such user");
        await RaiseAsync("web01", "Another");
        Assert.Contains(Server.Accepted, mail => mail.Message.Subject!.Contains("Eicar", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(198)]
    public async Task S8_an_alert_mail_that_the_server_failed_flushes_nothing(int outcome)
    {
        if (outcome == 198)
        {
            Installation.Settings["Smtp:Server"] = "";
        }

        if (outcome == 1)
        {
            Server.StopListening();
        }

        Server.On(SmtpStep.Sender).Reply("451 4.3.0 not now");
        await RaiseAsync();
        Clock.Advance(AfterFlush);
        await Product.ReportAsync("web02", "Another");
        Assert.DoesNotContain("flush", await Product.WorkOffQueueAsync());
        Assert.Empty(await Installation.RowsAsync("Work", "flush"));
        Assert.All(await OwedRecipientsAsync(), recipient => Assert.Equal(1, recipient["attempts"]!.GetValue<int>()));
    }

    [Fact]
    public async Task S8_a_resend_that_is_delivered_flushes_nothing()
    {
        Server.On(SmtpStep.Sender).Once().Reply("451 4.3.0 not now");
        await RaiseAsync();
        Clock.Advance(Hour);
        await Product.Get<MailRedriver>().RunHourlyAsync(CancellationToken.None);
        Assert.DoesNotContain("flush", await Product.WorkOffQueueAsync());
        Assert.Single(Server.Accepted);
    }

    [Fact]
    public async Task Rule_7_a_storm_of_raises_tries_a_mailbox_that_refuses_once_between_two_scheduled_attempts()
    {
        await AddUserAsync("bad");
        Server.On(SmtpStep.Recipient, "bad@example.com").Reply("550 5.1.1 no such user");
        await RaiseAsync("web00");
        Clock.Advance(AfterFlush);
        await Product.SendAsync("PUT", "/api/users/bad", """{ "receiveAlertMail": false }""");
        int before = Server.AttemptsFor("bad@example.com");

        for (int i = 1; i <= 10; i++)
        {
            await RaiseAsync($"web{i:00}");
            Clock.Advance(AfterFlush);
        }

        Assert.True(Server.AttemptsFor("bad@example.com") - before <= 1, $"{Server.AttemptsFor("bad@example.com")} attempts");
        Assert.All(await FailuresAsync(), failure => Assert.Equal(NotAccepted("bad", 2), failure));
        JsonNode bad = Assert.Single(await OwedRecipientsAsync());
        Assert.Equal("""{"1":0,"2":0,"3":1}""", bad["failures"]!.ToJsonString());
        Assert.Equal(2, bad["resendsLeft"]!.GetValue<int>());

        // The scheduled attempt counts, and lets the next flush try once more.
        await PassHourAsync();
        Assert.Equal(NotAccepted("bad", 1), (await FailuresAsync())[^1]);
        before = Server.AttemptsFor("bad@example.com");
        for (int i = 11; i <= 14; i++)
        {
            await RaiseAsync($"web{i:00}");
            Clock.Advance(AfterFlush);
        }

        Assert.Equal(before + 1, Server.AttemptsFor("bad@example.com"));
        Assert.Equal(NotAccepted("bad", 1), (await FailuresAsync())[^1]);
    }

    [Fact]
    public async Task S8_a_mail_that_is_refused_is_not_tried_again_by_the_flush_that_it_starts_itself()
    {
        Server.On(SmtpStep.Recipient).Reply("550 5.1.1 no such user");
        await RaiseAloneAsync();

        await Product.HandleAsync("flush");
        await Product.WorkOffQueueAsync();

        JsonNode mail = Assert.Single(await OwedAsync());
        Assert.Equal(1, mail["recipients"]![0]!["attempts"]!.GetValue<int>());
    }

    [Fact]
    public async Task Rule_7_a_flush_moves_no_schedule_of_a_recipient_that_pattern_3_refused()
    {
        SmtpRule refuses = Server.On(SmtpStep.Recipient).Reply("450 4.2.1 busy");
        await RaiseAloneAsync();
        DateTimeOffset due = Time((await OwedAsync())[0]["nextAttemptAt"]);
        refuses.Remove();
        Server.StopListening();
        Clock.Advance(TimeSpan.FromMinutes(30));

        await Product.HandleAsync("flush"); // which the mail itself started, and which leaves it out
        await Product.HandleAsync("flush");
        await Product.WorkOffQueueAsync();

        JsonNode mail = Assert.Single(await OwedAsync());
        Assert.Equal(due, Time(mail["nextAttemptAt"]));
        Assert.Equal("""{"1":1,"2":0,"3":1}""", mail["recipients"]![0]!["failures"]!.ToJsonString());
    }

    [Fact]
    public async Task Rule_7_a_flush_that_the_server_fails_moves_the_schedule_of_mail_never_refused()
    {
        Server.StopListening();
        await RaiseAsync();
        Clock.Advance(TimeSpan.FromMinutes(30));
        await Product.HandleAsync("flush");
        await Product.WorkOffQueueAsync();
        Assert.Equal(Clock.GetUtcNow() + Hour, Time(Assert.Single(await OwedAsync())["nextAttemptAt"]));
    }

    [Fact]
    public async Task Rule_7_a_first_refusal_counts_even_in_a_flush()
    {
        Server.StopListening();
        await RaiseAsync();
        Server.StartListening();
        Server.On(SmtpStep.Recipient).Reply("550 5.1.1 no such user");
        Clock.Advance(TimeSpan.FromMinutes(30));

        await Product.HandleAsync("flush");
        await Product.WorkOffQueueAsync();

        Assert.Equal([Unreachable, NotAccepted("ops@example.com", 2)], await FailuresAsync());
        Assert.Equal(Clock.GetUtcNow() + Hour, Time(Assert.Single(await OwedAsync())["nextAttemptAt"]));
        await PassHourAsync();
        await PassHourAsync();
        Assert.Equal(NotAccepted("ops@example.com", 0), (await FailuresAsync())[^1]);
        await AssertNothingIsOwedAsync();
    }

    [Fact]
    public async Task Rule_7_an_attempt_whose_time_has_come_is_scheduled_even_in_a_flush()
    {
        Server.On(SmtpStep.Recipient).Reply("550 5.1.1 no such user");
        await RaiseAloneAsync();
        Clock.Advance(Hour);
        await Product.HandleAsync("flush");
        await Product.WorkOffQueueAsync();
        Assert.Equal([NotAccepted("ops@example.com", 2), NotAccepted("ops@example.com", 1)], await FailuresAsync());
    }

    [Fact]
    public async Task Mail_that_is_in_flight_when_a_flush_begins_is_not_sent_twice_and_is_tried_once_more_when_it_failed()
    {
        Server.StopListening();
        await RaiseAsync();
        Server.StartListening();
        Clock.Advance(Hour);
        var released = new TaskCompletionSource();
        SmtpRule fails = Server.On(SmtpStep.Body).Once().Reply("451 4.3.0 not now");
        SmtpRule held = Server.On(SmtpStep.Body).Once().HoldUntil(released.Task);
        Task redrive = Product.SendAllDueAsync();
        await held.Reached.WaitAsync(Soon);

        ProductProcess other = Start();
        await other.HandleAsync("flush");
        await other.WorkOffQueueAsync();
        Assert.Equal(1, Server.Connections);
        released.SetResult();
        await redrive;
        await fails.Reached.WaitAsync(Soon);
        Assert.Empty(Server.Accepted);

        // The flush's wake-up found the mail claimed; the timer wakes what a flush still wants.
        await PassAsync(TimeSpan.FromMinutes(1));
        Assert.Single(Server.Accepted);
        await AssertNothingIsOwedAsync();
    }

    [Fact]
    public async Task A_flush_whose_wake_up_was_lost_goes_on_with_the_timer()
    {
        Server.StopListening();
        await RaiseAsync();
        Server.StartListening();
        await Product.HandleAsync("flush");
        await Product.Get<StorageClients>().OutgoingMail.ClearMessagesAsync();

        await PassAsync(TimeSpan.FromMinutes(1));
        Assert.Single(Server.Accepted);
    }

    [Fact]
    public async Task A_process_asks_for_one_flush_in_ten_seconds_and_for_none_while_one_is_pending()
    {
        var flushes = Product.Get<FlushRequests>();
        await flushes.RequestAsync();
        Clock.Advance(TimeSpan.FromSeconds(3));
        for (int i = 0; i < 6; i++)
        {
            await flushes.RequestAsync();
            Clock.Advance(TimeSpan.FromSeconds(1));
        }

        Clock.Advance(TimeSpan.FromMinutes(1));
        await flushes.RequestAsync();

        Assert.Equal(
            [null, "7", null],
            Product.Storage.Calls.Where(call => call.Label == "POST outgoing-mail/messages").Select(call => System.Web.HttpUtility.ParseQueryString(call.Uri.Query)["visibilitytimeout"]));
    }

    [Fact]
    public async Task A_flush_that_could_not_be_asked_for_is_none_that_is_pending()
    {
        Product.Log.Expect(202);
        var flushes = Product.Get<FlushRequests>();
        await flushes.RequestAsync();
        Clock.Advance(TimeSpan.FromSeconds(3));
        Testing.StorageFault down = Product.Storage.When(call => call.Service == StorageService.Queue).FailToConnect();
        await flushes.RequestAsync();
        down.Release();
        Product.Storage.ForgetCalls();
        await flushes.RequestAsync();

        Assert.Single(Product.Storage.Calls, call => call.Label == "POST outgoing-mail/messages");
    }

    [Fact]
    public async Task S9_redriving_by_hand_costs_one_storage_call_and_the_handler_wakes_what_is_due_or_was_never_mailed()
    {
        Server.StopListening();
        await RaiseAsync("web01", "Due");
        Server.StartListening();
        Clock.Advance(Hour);
        await Product.ReportAsync("web01", "Never mailed");
        await Product.Get<StorageClients>().OutgoingMail.ClearMessagesAsync();
        Clock.Advance(TimeSpan.FromMinutes(2));
        Product.Storage.ForgetCalls();

        Assert.Equal(System.Net.HttpStatusCode.Accepted, (await Product.SendAsync("POST", "/api/mail/redrive")).Status);
        Assert.Equal("POST outgoing-mail/messages", Assert.Single(Product.Storage.Calls).Label);
        await Product.WorkOffQueueAsync();
        Assert.Equal(2, Server.Accepted.Count);
    }

    [Fact]
    public async Task S9_redriving_by_hand_is_not_swallowed_once_the_one_before_is_worked_off_and_a_pending_one_does_for_both()
    {
        Server.On(SmtpStep.Sender).Reply("451 4.3.0 later");
        await RaiseAloneAsync();
        for (int attempts = 2; attempts < 5; attempts++)
        {
            Clock.Advance(TimeSpan.FromSeconds(10));
            await RedriveAsync();
            await Product.WorkOffQueueAsync();
            Assert.Equal(attempts, (await OwedRecipientsAsync()).Sum(recipient => recipient["attempts"]!.GetValue<int>()));
        }

        await RedriveAsync();
        Product.Storage.ForgetCalls();
        await RedriveAsync();
        Assert.Empty(Product.Storage.Calls);

        async Task RedriveAsync() => Assert.Equal(System.Net.HttpStatusCode.Accepted, (await Product.SendAsync("POST", "/api/mail/redrive")).Status);
    }

    [Fact]
    public async Task S9_redriving_by_hand_is_a_503_when_it_could_not_be_queued()
    {
        Product.Log.Expect(301);
        Testing.StorageFault down = Product.Storage.When(call => call.Service == StorageService.Queue).Hold();
        Task<Answer>[] both = [Product.SendAsync("POST", "/api/mail/redrive"), Product.SendAsync("POST", "/api/mail/redrive")];
        await down.Reached;
        Clock.Advance(TimeSpan.FromSeconds(10));
        await StorageDownTests.AssertUnavailableAsync(both[0]);
        await StorageDownTests.AssertUnavailableAsync(both[1]);

        down.Release();
        Assert.Equal(System.Net.HttpStatusCode.Accepted, (await Product.SendAsync("POST", "/api/mail/redrive")).Status);
    }

    [Fact]
    public async Task S9_redriving_by_hand_counts_as_a_flush_and_deletes_nothing()
    {
        SmtpRule refuses = Server.On(SmtpStep.Recipient).Reply("450 4.2.1 busy");
        await RaiseAloneAsync();
        Clock.Advance(AfterFlush);

        for (int i = 0; i < 3; i++)
        {
            Assert.Equal(System.Net.HttpStatusCode.Accepted, (await Product.SendAsync("POST", "/api/mail/redrive")).Status);
            await Product.WorkOffQueueAsync();
            Clock.Advance(AfterFlush);
        }

        Assert.Equal(2, Server.AttemptsFor("ops@example.com"));
        Assert.Equal(2, Assert.Single(await OwedRecipientsAsync())["resendsLeft"]!.GetValue<int>());
        refuses.Remove();
        await PassHourAsync();
        Assert.Single(Server.Accepted);
    }

    [Fact]
    public async Task S9_no_request_deletes_or_changes_mail()
    {
        Server.StopListening();
        await RaiseAsync();
        string id = (await OwedAsync())[0]["id"]!.GetValue<string>();
        foreach (string method in (string[])["DELETE", "PUT", "PATCH", "POST"])
        {
            Assert.True((int)(await Product.SendAsync(method, "/api/mail")).Status >= 400);
            Assert.True((int)(await Product.SendAsync(method, $"/api/mail/{id}")).Status >= 400);
        }

        Assert.Single(await OwedAsync());
    }
}
