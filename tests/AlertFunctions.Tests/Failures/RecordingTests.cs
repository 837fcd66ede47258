using AlertFunctions.Core.Upkeep;
using AlertFunctions.Testing;

namespace AlertFunctions.Tests.Failures;

/// <summary>Storage fails while mail is on its way (rule 2, rule 5).</summary>
public sealed class RecordingTests(AzuriteServer azurite) : FailureTests(azurite)
{
    private const int RecordingDelayed = 203;

    private static readonly TimeSpan s_betweenTries = TimeSpan.FromSeconds(1);
    private static readonly string[] s_users = ["a", "b", "c"];

    [Fact]
    public async Task Rule_2_an_acceptance_is_recorded_when_storage_is_back_and_nothing_is_sent_twice()
    {
        Product.Log.Expect(RecordingDelayed);
        await Product.ReportAsync("web01");
        var released = new TaskCompletionSource();
        SmtpRule held = Server.On(SmtpStep.Body).HoldUntil(released.Task);
        Task handling = Product.HandleAsync("compose|Eicar");
        await held.Reached.WaitAsync(Soon);
        Product.Storage.When(call => call.Service == StorageService.Table).FailToConnect();
        released.SetResult();
        await Server.WaitForAcceptedAsync(1);

        // Four minutes without tables; the claim lasts five.
        ProductProcess other = Start();
        for (int second = 1; second <= 240; second++)
        {
            await Clock.WaitForPauseAsync(s_betweenTries, second);
            Clock.Advance(s_betweenTries);
        }

        await other.SendAllDueAsync();
        Assert.False(handling.IsCompleted);
        Product.Storage.Heal();
        await Clock.WaitForPauseAsync(s_betweenTries, 241);
        await GoOnAsync(handling);

        Assert.Single(Server.Accepted);
        Assert.Single(await Product.SystemEventsAsync(197));
        await AssertNothingIsOwedAsync();
        await other.SendAllDueAsync();
        Assert.Equal(1, Server.AttemptsFor("ops@example.com"));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Rule_2_a_lost_answer_to_the_record_of_an_acceptance_sends_nothing_twice(bool refused)
    {
        await AddUsersAsync();
        if (refused)
        {
            Server.On(SmtpStep.Recipient, "b@example.com").Reply("550 5.1.1 no such user");
        }

        await RaiseWithRecordsThatFailAsync(records => records.Times(2).LoseResponse());

        Assert.Equal(refused ? 3 : 4, Server.Accepted.Count);
        Assert.Single(await Product.SystemEventsAsync(197));
        Assert.Equal(refused ? [NotAccepted("b", 2)] : [], await FailuresAsync());
        if (refused)
        {
            Assert.Equal(1, Assert.Single(await OwedRecipientsAsync())["failures"]!["3"]!.GetValue<int>());
        }
        else
        {
            await AssertNothingIsOwedAsync();
        }
    }

    [Theory]
    [InlineData(0, 1)]
    [InlineData(1, 1)]
    [InlineData(0, 2)]
    public async Task Rule_2_a_batch_that_storage_refuses_is_recorded_row_by_row(int after, int times)
    {
        await AddUsersAsync();
        Server.On(SmtpStep.Recipient, "b@example.com").Reply("550 5.1.1 no such user");
        await RaiseWithRecordsThatFailAsync(records => records.After(after).Times(times).Fail(System.Net.HttpStatusCode.BadRequest, "InvalidInput"));

        Assert.Equal(3, Server.Accepted.Count);
        Assert.Single(await Product.SystemEventsAsync(197));
        Assert.Equal([NotAccepted("b", 2)], await FailuresAsync());
        Assert.Equal(1, Assert.Single(await OwedRecipientsAsync())["failures"]!["3"]!.GetValue<int>());
        await Product.SendAllDueAsync();
        Assert.Equal(3, Server.Accepted.Count);
    }

    [Fact]
    public async Task Rule_2_a_storage_fault_before_the_first_acceptance_throws_and_the_message_comes_again()
    {
        await Product.ReportAsync("web01");
        Product.Storage.When(call => call.Label.Contains("smtp-slots", StringComparison.Ordinal)).FailToConnect();
        await Assert.ThrowsAnyAsync<Exception>(() => Product.HandleAsync("compose|Eicar"));
        Assert.Equal(0, Server.Connections);
        Product.Storage.Heal();
        await Product.WorkOffQueueAsync();
        Assert.Single(Server.Accepted);
    }

    [Fact]
    public async Task Rule_2_a_server_failure_is_recorded_when_storage_is_back()
    {
        Product.Log.Expect(RecordingDelayed);
        await Product.ReportAsync("web01");
        var released = new TaskCompletionSource();
        Server.On(SmtpStep.Sender).Reply("451 4.3.0 not now");
        SmtpRule held = Server.On(SmtpStep.Sender).HoldUntil(released.Task);
        Task handling = Product.HandleAsync("compose|Eicar");
        await held.Reached.WaitAsync(Soon);
        StorageFault fault = Product.Storage.When(call => call.Service == StorageService.Table).FailToConnect();
        released.SetResult();
        await Product.Log.WaitForAsync(RecordingDelayed);
        await Clock.WaitForPauseAsync(s_betweenTries);
        fault.Release();
        await GoOnAsync(handling);

        Assert.Equal([Refused(451)], await FailuresAsync());
        Assert.Equal(1, Assert.Single(await OwedRecipientsAsync())["attempts"]!.GetValue<int>());
    }

    [Fact]
    public async Task Rule_5_a_process_that_dies_after_an_acceptance_sends_that_mail_twice_under_one_Message_ID_and_no_other()
    {
        await AddUsersAsync();
        int bodies = 0;
        CallCounter counter = new CallCounter().StopAfter(label => label.StartsWith("SMTP BODY", StringComparison.Ordinal) && ++bodies == 3);
        ProductProcess mortal = Start(counter: counter);
        Server.Counter = counter;
        await mortal.ReportAsync("web01");
        await Assert.ThrowsAnyAsync<Exception>(() => mortal.HandleAsync("compose|Eicar"));
        Server.Counter = null;
        int accepted = Server.Accepted.Count;

        await Installation.BreakSlotsAsync();
        Clock.Advance(TimeSpan.FromMinutes(5));
        await Product.SendAllDueAsync();

        Assert.Equal(3, accepted);
        Assert.Equal(4, Server.Accepted.Select(mail => mail.Recipient).Distinct().Count());
        Assert.Equal(4, Server.Accepted.Select(mail => mail.MessageId).Distinct().Count());
        Assert.Equal(4 + accepted, Server.Accepted.Count);
        await AssertNothingIsOwedAsync();
    }

    [Fact]
    public async Task A_flush_that_cannot_be_asked_for_fails_no_mail()
    {
        const int flushLost = 202;
        Product.Log.Expect(flushLost);
        await Product.ReportAsync("web01");
        Product.Storage.When(call => call.Label == "POST outgoing-mail/messages").FailToConnect();
        await Product.HandleAsync("compose|Eicar");
        Assert.Single(Server.Accepted);
        Assert.Contains(Product.Log.Entries, entry => entry.EventId.Id == flushLost);
        Product.Storage.Heal();
    }

    [Fact]
    public async Task The_timer_goes_on_after_a_minute_without_storage()
    {
        Server.StopListening();
        await RaiseAsync();
        Server.StartListening();
        Clock.Advance(Hour);
        Product.Storage.When(_ => true).FailToConnect();
        await Assert.ThrowsAnyAsync<Exception>(() => Product.Get<MailRedriver>().RunHourlyAsync(CancellationToken.None));
        Product.Storage.Heal();
        await PassAsync(TimeSpan.FromMinutes(1));
        Assert.Single(Server.Accepted);
    }

    private async Task AddUsersAsync()
    {
        foreach (string user in s_users)
        {
            await AddUserAsync(user);
        }
    }

    /// <summary>Raises an alert, and lets the writing of records fail once its mail is on its way.</summary>
    private async Task RaiseWithRecordsThatFailAsync(Action<StorageFault> fail)
    {
        await Product.ReportAsync("web01");
        var released = new TaskCompletionSource();
        SmtpRule held = Server.On(SmtpStep.Sender).HoldUntil(released.Task);
        Task handling = Product.HandleAsync("compose|Eicar");
        await held.Reached.WaitAsync(Soon);
        fail(Product.Storage.When(call => call.Label == "POST $batch"));
        released.SetResult();
        await handling.WaitAsync(Soon);
    }

    /// <summary>Lets what waits to try again do so, until it has ended.</summary>
    private Task GoOnAsync(Task waiting)
    {
        Clock.Advance(s_betweenTries);
        return Clock.RunAsync(() => waiting, s_betweenTries);
    }
}
