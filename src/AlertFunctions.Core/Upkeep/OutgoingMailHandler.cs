using AlertFunctions.Core.Mail.Compose;
using AlertFunctions.Core.Mail.Queue;
using AlertFunctions.Core.Mail.Sending;
using AlertFunctions.Core.Outbox;
using AlertFunctions.Core.ScheduledTasks.Runs;
using AlertFunctions.Core.Storage;

namespace AlertFunctions.Core.Upkeep;

/// <summary>Does what one message of the queue asks for.</summary>
public sealed class OutgoingMailHandler(MailComposer composer, TaskRunComposer runs, MailSender sender, FlushStore flushes, MailRedriver redriver, WakeUpQueue wakeUps, UnreadableMessages unreadable, TimeProvider time)
{
    /// <summary>
    /// Composes, sends or flushes. It throws only when storage fails before a mail was accepted; the message then comes again. SMTP failures are
    /// recorded and are no exceptions.
    /// </summary>
    /// <param name="message">The message's text.</param>
    /// <param name="stopping">The process is to stop: what is in flight finishes, the rest is given back.</param>
    public async Task HandleAsync(string message, CancellationToken stopping)
    {
        switch (WakeUp.Parse(message))
        {
            case WakeUp.Compose compose:
                IReadOnlyDictionary<string, MailContent> composed = await composer.ComposeAsync(compose.AlertType, stopping);
                await sender.SendAsync(new WakeUp.Send(Shard.Of(compose.AlertType), time.GetUtcNow()) { FirstAttempts = true }, composed, stopping);
                break;
            case WakeUp.ComposeRuns:
                await runs.ComposeAsync(stopping);
                await sender.SendAsync(new WakeUp.Send(Shard.OfScheduledTasks, time.GetUtcNow()) { FirstAttempts = true }, composed: null, stopping);
                break;
            case WakeUp.Send send:
                await sender.SendAsync(send, composed: null, stopping);
                break;
            case WakeUp.Flush:
                await FlushAsync(stopping);
                break;
            default:
                await unreadable.RecordAsync("outgoing-mail", "A message of the mail queue cannot be read", [message], stopping);
                break;
        }
    }

    /// <summary>Re-sends the whole queue at once, whatever each mail's interval (S8), and what is due or waits to be mailed without a wake-up.</summary>
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
