using AlertFunctions.Testing;

namespace AlertFunctions.Tests.Crashes;

/// <summary>What a server accepted is not sent again while the process lives and storage comes back before its claim ends (rule 2, rule 5).</summary>
public sealed class AcceptedMailTests(AzuriteServer azurite) : ProductTest(azurite)
{
    private static readonly TimeSpan BetweenTries = TimeSpan.FromSeconds(1);

    public override async ValueTask InitializeAsync()
    {
        await base.InitializeAsync();
        await Scenarios.AddUsersAsync(Installation, ["anna@example.com", "bert@example.com"]);
    }

    [Fact]
    public async Task A_storage_fault_right_after_an_acceptance_makes_no_second_mail()
    {
        ProductProcess product = Installation.Start();
        product.Log.Expect(203);
        ProductProcess other = Installation.Start();
        await product.ReportAsync("pc-1");
        StorageFault fault = FailAfterAcceptance(product);

        Task sending = product.HandleAsync("compose|Eicar");
        await fault.Reached;
        for (int second = 1; second <= 240; second++)
        {
            await Installation.Clock.WaitForPauseAsync(BetweenTries, second);
            Installation.Clock.Advance(BetweenTries);
            if (second % 60 == 0)
            {
                await other.SendAllDueAsync(); // the claim is not stolen meanwhile
            }
        }

        product.Storage.Heal();
        await Installation.Clock.WaitForPauseAsync(BetweenTries, 241);
        Installation.Clock.Advance(BetweenTries);
        await sending;
        await other.SendAllDueAsync();

        Assert.Equal(["anna@example.com", "bert@example.com", "ops@example.com"], Smtp.Accepted.Select(mail => mail.Recipients[0]).Order(StringComparer.Ordinal));
        Assert.Equal(3, (await Audit.SystemEventsAsync(other, 197)).Sum(item => item.Data["messageIds"].Split(", ").Length));
        Assert.Empty(await Installation.RowsAsync("Work", "mail|"));
        product.Log.AssertNothingUnexpected();
        other.Log.AssertNothingUnexpected();
    }

    [Fact]
    public async Task A_handler_that_stood_still_records_what_was_accepted_and_the_one_that_took_over_sends_it_no_more()
    {
        ProductProcess slow = Installation.Start();
        ProductProcess quick = Installation.Start();
        await slow.ReportAsync("pc-1");
        StorageFault stop = slow.Storage.When(call => call.Label == "POST SystemEvents" && Smtp.Accepted.Count == 3).Once().Hold();
        Task resuming = slow.HandleAsync("compose|Eicar");
        await stop.Reached;

        // It stands still for longer than its claim, so that another takes over, which has its second envelope on the way when the first goes on.
        Installation.Clock.Advance(TimeSpan.FromMinutes(6));
        int pauses = Installation.Clock.CountPauses(BetweenTries);
        var release = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        SmtpRule held = Smtp.On(SmtpStep.Body).When(session => session is { ConnectionNumber: 2, MessageNumber: 2 }).HoldUntil(release.Task);
        Task taking = quick.SendAllDueAsync();
        await held.Reached;
        stop.Release();
        await resuming;
        Assert.Empty(await Installation.RowsAsync("Work", "mail|"));

        // A second later the other records its first envelope, and learns that nobody waits for the mail any more.
        await Installation.Clock.WaitForPauseAsync(BetweenTries, pauses + 1);
        Installation.Clock.Advance(BetweenTries);
        await quick.Storage.WaitUntilAsync(() => quick.Storage.Count(call => call is { Label: "POST $batch", Status: not null }) == 2);
        release.SetResult();
        await taking;

        // The two that were on their way come twice, the third once; which they are is the order of their keys.
        Assert.Equal([2, 2, 1], Smtp.Accepted.CountBy(mail => mail.Recipients[0], StringComparer.Ordinal).Select(recipient => recipient.Value));
        Assert.Empty(await Installation.RowsAsync("Work", "mail|"));
        slow.Log.AssertNothingUnexpected();
        quick.Log.AssertNothingUnexpected();
    }

    [Fact]
    public async Task A_handler_that_lost_its_claim_leaves_the_others_claim_standing()
    {
        ProductProcess slow = Installation.Start();
        ProductProcess quick = Installation.Start();
        await slow.ReportAsync("pc-1");

        // It stands still with its claim written: the second transaction of the way, after the one that composes.
        StorageFault claim = slow.Storage.When(call => call.Label == "POST $batch").After(1).Once().HoldResponse();
        Task resuming = slow.HandleAsync("compose|Eicar");
        await claim.Reached;
        Installation.Clock.Advance(TimeSpan.FromMinutes(6));
        var release = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        SmtpRule held = Smtp.On(SmtpStep.Body).Once().HoldUntil(release.Task);
        Task taking = quick.SendAllDueAsync();
        await held.Reached;
        DateTimeOffset? until = await ClaimedUntilAsync();

        claim.Release();
        await resuming;
        Assert.Equal(until, await ClaimedUntilAsync());
        Assert.True(until > Installation.Clock.GetUtcNow());
        release.SetResult();
        await taking;

        Assert.Equal(3, Smtp.Accepted.Count);
        Assert.Equal(3, Smtp.Accepted.Select(mail => mail.Message.MessageId).Distinct(StringComparer.Ordinal).Count());
        slow.Log.AssertNothingUnexpected();
        quick.Log.AssertNothingUnexpected();
    }

    /// <summary>Tables fail from the moment the server has accepted the first mail.</summary>
    private StorageFault FailAfterAcceptance(ProductProcess product) =>
        product.Storage.When(call => call.Service == StorageService.Table && Smtp.Accepted.Count > 0).FailToConnect();

    private async Task<DateTimeOffset?> ClaimedUntilAsync() =>
        Assert.Single(await Installation.RowsAsync("Work", "mail|"), row => row.ContainsKey("Content")).GetDateTimeOffset("ClaimedUntil");
}
