using AlertFunctions.Core.Mail.Compose;
using AlertFunctions.Core.Mail.Sending;
using AlertFunctions.Core.Outbox;
using AlertFunctions.Core.ScheduledTasks.Runs;
using AlertFunctions.Core.Settings;
using AlertFunctions.Core.Storage;
using Microsoft.Extensions.Logging;

namespace AlertFunctions.Core.Upkeep;

/// <summary>Wakes work that no queue message stands for any more: due mail (S10, S11, S12, S16), and transitions whose wake-up was lost.</summary>
public sealed partial class MailRedriver(OutboxStore outbox, DueMailReader dueMail, TaskRunStore runs, WakeUpQueue wakeUps, FlushRequests flushes, TimerRuns timers, MailSettings settings, ILogger<MailRedriver> logger)
{
    /// <summary>
    /// How long the wake-up of what waits to be composed is taken to be under way, once it is to be handled. With the timer's minute, what has lost its
    /// wake-up is mailed within two minutes.
    /// </summary>
    private static readonly TimeSpan WakeUpTakes = TimeSpan.FromSeconds(30);

    /// <summary>
    /// Wakes every shard with due mail, and whatever should have been composed half a minute ago: transitions of alert types, and runs of scheduled
    /// tasks. This is repeated every minute while they wait, since a wake-up may be lost, or dropped because no slot was free.
    /// </summary>
    /// <param name="cancellationToken">Cancels the operation.</param>
    public async Task WakeDueAsync(CancellationToken cancellationToken)
    {
        foreach (Shard shard in Shard.All)
        {
            if (await dueMail.AnyAsync(shard, cancellationToken))
            {
                await wakeUps.SendMailAsync(shard, cancellationToken);
            }

            if (await outbox.IsAnyWaitingAsync(shard, settings.Collect + WakeUpTakes, cancellationToken))
            {
                await wakeUps.ComposeAsync(shard, TimeSpan.Zero, cancellationToken);
            }
        }

        if (await runs.IsAnyWaitingAsync(WakeUpTakes, cancellationToken))
        {
            await wakeUps.ComposeRunsAsync(cancellationToken);
        }
    }

    /// <summary>The hourly run: wakes due mail, and records that it ran.</summary>
    /// <param name="cancellationToken">Cancels the operation.</param>
    public async Task RunHourlyAsync(CancellationToken cancellationToken)
    {
        await WakeDueAsync(cancellationToken);
        await timers.RecordHourlyAsync(cancellationToken);
        LogRan();
    }

    /// <summary>
    /// Requests that all undelivered mail is attempted now, like a flush. It only sends; nothing is deleted (S9). Whoever handles the message looks
    /// for the mail, since that can take longer than a request may if there is much of it.
    /// </summary>
    /// <exception cref="Exception">A storage fault (<see cref="StorageFault"/>): the flush was not requested.</exception>
    public Task FlushAsync() => flushes.AskAsync();

    [LoggerMessage(EventId = 211, EventName = "RedriveRan", Level = LogLevel.Information, Message = "The hourly re-drive ran.")]
    private partial void LogRan();
}
