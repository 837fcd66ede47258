using AlertFunctions.Core.Mail.Compose;
using AlertFunctions.Core.Mail.Sending;
using AlertFunctions.Core.Outbox;
using AlertFunctions.Core.ScheduledTasks.Runs;
using AlertFunctions.Core.Storage;
using Microsoft.Extensions.Logging;

namespace AlertFunctions.Core.Upkeep;

/// <summary>Wakes what has work that no message knows of any more: mail that is due (S10, S11, S12, S16), transitions whose wake-up was lost.</summary>
public sealed partial class MailRedriver(OutboxStore outbox, DueMailReader dueMail, TaskRunStore runs, WakeUpQueue wakeUps, FlushRequests flushes, TimerRuns timers, TimeProvider time, ILogger<MailRedriver> logger)
{
    private static readonly TimeSpan OutboxWaitsFor = TimeSpan.FromMinutes(2);

    /// <summary>Messages in the queue beyond which what waits is taken to be among them already.</summary>
    private const int LongQueue = 1_000;

    /// <summary>
    /// Wakes every shard that has due mail, and what has waited for two minutes to be made into mail: transitions of an alert type, runs of scheduled tasks. It does so
    /// each minute while they wait, since a wake-up may be lost, or dropped because no slot was free.
    /// </summary>
    /// <param name="cancellationToken">Cancels the operation.</param>
    public async Task WakeDueAsync(CancellationToken cancellationToken)
    {
        DateTimeOffset before = time.GetUtcNow() - OutboxWaitsFor;
        var waiting = new List<string>();
        foreach (Shard shard in Shard.All)
        {
            if (await dueMail.AnyAsync(shard, cancellationToken))
            {
                await wakeUps.SendMailAsync(shard, cancellationToken);
            }

            waiting.AddRange(await outbox.FindWaitingAsync(shard, before, cancellationToken));
        }

        if (waiting.Count > 0 && await wakeUps.CountAsync(cancellationToken) < LongQueue)
        {
            foreach (string alertType in waiting)
            {
                await wakeUps.ComposeAsync(alertType, TimeSpan.Zero, cancellationToken);
            }
        }

        if (await runs.IsAnyWaitingAsync(before, cancellationToken))
        {
            await wakeUps.ComposeRunsAsync(cancellationToken);
        }
    }

    /// <summary>The hourly run: wakes what is due, and records that it ran.</summary>
    /// <param name="cancellationToken">Cancels the operation.</param>
    public async Task RunHourlyAsync(CancellationToken cancellationToken)
    {
        await WakeDueAsync(cancellationToken);
        await timers.RecordHourlyAsync(cancellationToken);
        LogRan();
    }

    /// <summary>
    /// Asks for all waiting mail to be attempted now, as a flush does; it only sends, and deletes nothing (S9). Looking for it is the work of
    /// whoever takes the message, since a large backlog takes longer than a request may.
    /// </summary>
    /// <exception cref="Exception">A storage fault (<see cref="StorageFault"/>): it could not be asked for.</exception>
    public Task FlushAsync() => flushes.AskAsync();

    [LoggerMessage(EventId = 211, EventName = "RedriveRan", Level = LogLevel.Information, Message = "The hourly re-drive ran.")]
    private partial void LogRan();
}
