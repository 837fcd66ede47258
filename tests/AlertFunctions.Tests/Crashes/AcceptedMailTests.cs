using AlertFunctions.Testing;

namespace AlertFunctions.Tests.Crashes;

/// <summary>What a server accepted is not sent again while the process lives and storage comes back before its claim ends (rule 2, rule 5).</summary>
public sealed class AcceptedMailTests(AzuriteServer azurite) : IAsyncLifetime
{
    private static readonly TimeSpan BetweenTries = TimeSpan.FromSeconds(1);

    private Installation _installation = null!;

    public async ValueTask InitializeAsync()
    {
        _installation = await Installation.CreateAsync(azurite);
        await Scenarios.AddUsersAsync(_installation, ["anna@example.com", "bert@example.com"]);
    }

    public ValueTask DisposeAsync() => _installation.DisposeAsync();

    [Fact]
    public async Task A_storage_fault_right_after_an_acceptance_makes_no_second_mail()
    {
        ProductProcess product = _installation.Start();
        product.Log.Expect(203);
        ProductProcess other = _installation.Start();
        await product.ReportAsync("pc-1");
        StorageFault fault = FailAfterAcceptance(product);

        Task sending = product.HandleAsync("compose|Eicar");
        await fault.Reached;
        for (int second = 1; second <= 240; second++)
        {
            await _installation.Clock.WaitForPauseAsync(BetweenTries, second);
            _installation.Clock.Advance(BetweenTries);
            if (second % 60 == 0)
            {
                await other.SendAllDueAsync(); // the claim is not stolen meanwhile
            }
        }

        product.Storage.Heal();
        await _installation.Clock.WaitForPauseAsync(BetweenTries, 241);
        _installation.Clock.Advance(BetweenTries);
        await sending;
        await other.SendAllDueAsync();

        Assert.Equal(["anna@example.com", "bert@example.com", "ops@example.com"], _installation.Smtp.Accepted.Select(mail => mail.Recipients[0]).Order(StringComparer.Ordinal));
        Assert.Equal(3, (await Audit.SystemEventsAsync(other, 197)).Sum(item => item.Data["messageIds"].Split(", ").Length));
        Assert.Empty(await _installation.RowsAsync("Work", "mail|"));
        product.Log.AssertNothingUnexpected();
        other.Log.AssertNothingUnexpected();
    }

    [Fact]
    public async Task A_handler_that_stood_still_records_what_was_accepted_and_the_one_that_took_over_sends_it_no_more()
    {
        ProductProcess slow = _installation.Start();
        ProductProcess quick = _installation.Start();
        await slow.ReportAsync("pc-1");
        StorageFault stop = slow.Storage.When(call => call.Label == "POST SystemEvents" && _installation.Smtp.Accepted.Count == 3).Once().Hold();
        Task resuming = slow.HandleAsync("compose|Eicar");
        await stop.Reached;

        // It stands still for longer than its claim, so that another takes over, which has its second envelope on the way when the first goes on.
        _installation.Clock.Advance(TimeSpan.FromMinutes(6));
        int pauses = _installation.Clock.CountPauses(BetweenTries);
        var release = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        SmtpRule held = _installation.Smtp.On(SmtpStep.Body).When(session => session is { ConnectionNumber: 2, MessageNumber: 2 }).HoldUntil(release.Task);
        Task taking = quick.SendAllDueAsync();
        await held.Reached;
        stop.Release();
        await resuming;
        Assert.Empty(await _installation.RowsAsync("Work", "mail|"));

        // A second later the other records its first envelope, and learns that nobody waits for the mail any more.
        await _installation.Clock.WaitForPauseAsync(BetweenTries, pauses + 1);
        _installation.Clock.Advance(BetweenTries);
        await quick.Storage.WaitUntilAsync(() => quick.Storage.Count(call => call is { Label: "POST $batch", Status: not null }) == 2);
        release.SetResult();
        await taking;

        // The two that were on their way come twice, the third once; which they are is the order of their keys.
        Assert.Equal([2, 2, 1], _installation.Smtp.Accepted.CountBy(mail => mail.Recipients[0], StringComparer.Ordinal).Select(recipient => recipient.Value));
        Assert.Empty(await _installation.RowsAsync("Work", "mail|"));
        slow.Log.AssertNothingUnexpected();
        quick.Log.AssertNothingUnexpected();
    }

    [Fact]
    public async Task A_handler_that_lost_its_claim_leaves_the_others_claim_standing()
    {
        ProductProcess slow = _installation.Start();
        ProductProcess quick = _installation.Start();
        await slow.ReportAsync("pc-1");

        // It stands still with its claim written: the second transaction of the way, after the one that composes.
        StorageFault claim = slow.Storage.When(call => call.Label == "POST $batch").After(1).Once().HoldResponse();
        Task resuming = slow.HandleAsync("compose|Eicar");
        await claim.Reached;
        _installation.Clock.Advance(TimeSpan.FromMinutes(6));
        var release = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        SmtpRule held = _installation.Smtp.On(SmtpStep.Body).Once().HoldUntil(release.Task);
        Task taking = quick.SendAllDueAsync();
        await held.Reached;
        DateTimeOffset? until = await ClaimedUntilAsync();

        claim.Release();
        await resuming;
        Assert.Equal(until, await ClaimedUntilAsync());
        Assert.True(until > _installation.Clock.GetUtcNow());
        release.SetResult();
        await taking;

        Assert.Equal(3, _installation.Smtp.Accepted.Count);
        Assert.Equal(3, _installation.Smtp.Accepted.Select(mail => mail.Message.MessageId).Distinct(StringComparer.Ordinal).Count());
        slow.Log.AssertNothingUnexpected();
        quick.Log.AssertNothingUnexpected();
    }

    /// <summary>Tables fail from the moment the server has accepted the first mail.</summary>
    private StorageFault FailAfterAcceptance(ProductProcess product) =>
        product.Storage.When(call => call.Service == StorageService.Table && _installation.Smtp.Accepted.Count > 0).FailToConnect();

    private async Task<DateTimeOffset?> ClaimedUntilAsync() =>
        Assert.Single(await _installation.RowsAsync("Work", "mail|"), row => row.ContainsKey("Content")).GetDateTimeOffset("ClaimedUntil");
}
