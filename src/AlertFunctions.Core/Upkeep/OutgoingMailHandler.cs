using AlertFunctions.Core.Mail.Compose;
using AlertFunctions.Core.Mail.Queue;
using AlertFunctions.Core.Mail.Sending;
using AlertFunctions.Core.Outbox;
using AlertFunctions.Core.ScheduledTasks.Runs;
using AlertFunctions.Core.Storage;

namespace AlertFunctions.Core.Upkeep;

/// <summary>Does what one message of the queue asks for.</summary>
public sealed class OutgoingMailHandler
{
    private readonly MailComposer _composer;
    private readonly TaskRunComposer _runs;
    private readonly MailSender _sender;
    private readonly MailStore _mails;
    private readonly MailRedriver _redriver;
    private readonly WakeUpQueue _wakeUps;
    private readonly UnreadableMessages _unreadable;
    private readonly TimeProvider _time;

    internal OutgoingMailHandler(MailComposer composer, TaskRunComposer runs, MailSender sender, MailStore mails, MailRedriver redriver, WakeUpQueue wakeUps, UnreadableMessages unreadable, TimeProvider time)
    {
        _composer = composer;
        _runs = runs;
        _sender = sender;
        _mails = mails;
        _redriver = redriver;
        _wakeUps = wakeUps;
        _unreadable = unreadable;
        _time = time;
    }

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
                IReadOnlyDictionary<string, MailContent> composed = await _composer.ComposeAsync(compose.AlertType, stopping);
                await _sender.SendAsync(new WakeUp.Send(Shard.Of(compose.AlertType), _time.GetUtcNow()) { FirstAttempts = true }, composed, stopping);
                break;
            case WakeUp.ComposeRuns:
                await _runs.ComposeAsync(stopping);
                await _sender.SendAsync(new WakeUp.Send(Shard.OfScheduledTasks, _time.GetUtcNow()) { FirstAttempts = true }, composed: null, stopping);
                break;
            case WakeUp.Send send:
                await _sender.SendAsync(send, composed: null, stopping);
                break;
            case WakeUp.Flush:
                await FlushAsync(stopping);
                break;
            default:
                await _unreadable.RecordAsync("outgoing-mail", "A message of the mail queue cannot be read", [message], stopping);
                break;
        }
    }

    /// <summary>Re-sends the whole queue at once, whatever each mail's interval (S8), and what is due or waits to be mailed without a wake-up.</summary>
    private async Task FlushAsync(CancellationToken stopping)
    {
        await _redriver.WakeDueAsync(stopping);
        foreach (Shard shard in Shard.All)
        {
            if (await _mails.BeginFlushAsync(shard, stopping))
            {
                await _wakeUps.SendMailAsync(shard, stopping);
            }
        }
    }
}
