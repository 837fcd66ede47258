using AlertFunctions.Testing;
using AlertFunctions.WorkerHost;

namespace AlertFunctions.FunctionApp.Tests;

public sealed class StoppedWorkerTests(PublishedApp published)
{
    [Fact]
    public async Task A_mail_whose_worker_is_killed_is_sent_by_the_next_worker()
    {
        await using HostedApp app = await HostedApp.StartAsync(published);
        SmtpRule stalled = app.Smtp.On(SmtpStep.Body).Once().Stall();
        await app.PostEventAsync("Eicar");
        Task<int> queue = app.RunQueueAsync();
        await stalled.Reached;
        await app.Host.Worker.KillAsync();
        Assert.Equal(0, await queue);

        // The dead worker's connection slot is free within a minute, and with it the mail that it had claimed.
        await app.Installation.BreakSlotsAsync();
        await app.Host.StartWorkerAsync();
        await app.RunQueueAsync();
        Assert.Equal("ops@example.com", Assert.Single(app.Smtp.Accepted).Recipient);
        Assert.Empty(await app.ListAsync("/api/mail"));
    }

    [Fact]
    public async Task A_host_that_stops_while_mail_is_sent_loses_none_and_sends_none_twice() => await AssertNothingIsLostOrSentTwiceAsync(worker => worker.StopAsync());

    [Fact]
    public async Task A_worker_that_is_told_to_stop_while_mail_is_sent_loses_none_and_sends_none_twice()
    {
        if (OperatingSystem.IsWindows())
        {
            Assert.Skip("Windows has no SIGTERM.");
        }

        await AssertNothingIsLostOrSentTwiceAsync(worker => worker.SignalToStopAsync());
    }

    private async Task AssertNothingIsLostOrSentTwiceAsync(Func<Worker, Task<int>> stop)
    {
        string[] addresses = ["a@example.com", "b@example.com", "c@example.com"];
        await using HostedApp app = await HostedApp.StartAsync(published);
        foreach (string address in addresses)
        {
            await app.PutUserAsync(address[..1], address);
        }

        // One recipient's mail has been accepted, another's is on its way, the rest waits.
        var released = new TaskCompletionSource();
        SmtpRule held = app.Smtp.On(SmtpStep.Body).After(1).HoldUntil(released.Task);
        await app.PostEventAsync("Eicar");
        Task<int> queue = app.RunQueueAsync();
        await held.Reached;
        Task<int> stopped = stop(app.Host.Worker);
        released.SetResult();
        Assert.Equal(0, await stopped);
        await queue;

        await app.Host.StartWorkerAsync();
        await app.Host.RunTimerAsync("RunScheduledTasks");
        await app.RunQueueAsync();
        Assert.Equal([.. addresses, "ops@example.com"], app.Smtp.Accepted.Select(mail => mail.Recipient).Order());
        Assert.Empty(await app.ListAsync("/api/mail"));
    }
}
