using AlertFunctions.Core.Mail.Compose;
using AlertFunctions.Core.Mail.Queue;
using AlertFunctions.Core.Mail.Sending;
using AlertFunctions.Core.Outbox;
using AlertFunctions.Core.ScheduledTasks.Runs;
using AlertFunctions.Core.Storage;

namespace AlertFunctions.Core.Upkeep;

/// <summary>Handles the messages of the mail queue.</summary>
public sealed class OutgoingMailHandler(MailComposer composer, TaskRunComposer runs, MailSender sender, FlushStore flushes, MailRedriver redriver, WakeUpQueue wakeUps, UnreadableMessages unreadable, TimeProvider time)
{
    /// <summary>
    /// Composes, sends or flushes. Throws only if storage fails before a mail was accepted, and then the message is delivered again. SMTP failures are
    /// recorded and do not throw.
    /// </summary>
    /// <param name="message">The text of the message.</param>
    /// <param name="stopping">Signals that the process is stopping: the envelope in flight is finished, the rest is given back.</param>
    public async Task HandleAsync(string message, CancellationToken stopping)
    {
        switch (WakeUp.Parse(message))
        {
            case WakeUp.Compose compose:
                await ComposeAsync(compose, stopping);
                break;
            case WakeUp.ComposeRuns:
                await runs.ComposeAsync(stopping);
                await sender.SendAsync(new WakeUp.Send(Shard.OfScheduledTasks, time.GetUtcNow()) { FirstAttempts = true }, isDue: false, stopping);
                break;
            case WakeUp.Send send:
                await sender.SendAsync(send, isDue: false, stopping);
                break;
            case WakeUp.Flush:
                await FlushAsync(stopping);
                break;
            default:
                await unreadable.RecordAsync("outgoing-mail", "A message in the mail queue cannot be read", [message], stopping);
                break;
        }
    }

    /// <summary>Composes the mail of a shard, and sends it. What one alert type meets stops no other's mail; then the message comes again for it.</summary>
    private async Task ComposeAsync(WakeUp.Compose wakeUp, CancellationToken stopping)
    {
        wakeUps.Begin(wakeUp);
        if (await composer.ComposeAsync(wakeUp.Shard, stopping) is { } composed)
        {
            await sender.SendAsync(new WakeUp.Send(wakeUp.Shard, time.GetUtcNow()) { FirstAttempts = true }, composed.Any, stopping);
            composed.Failure?.Throw();
        }
    }

    /// <summary>Re-sends all undelivered mail at once, whatever its interval (S8), and wakes whatever is due or still to be composed.</summary>
    private async Task FlushAsync(CancellationToken stopping)
    {
        await redriver.WakeDueAsync(stopping);
        foreach (Shard shard in Shard.All)
        {
            if (await flushes.BeginAsync(shard, stopping))
            {
                await wakeUps.SendMailAsync(shard, stopping);
            }
        }
    }
}
