using AlertFunctions.Core.Outbox;
using AlertFunctions.Core.Storage;

namespace AlertFunctions.Core.ScheduledTasks.Runs;

/// <summary>Starts runs of scheduled tasks, each of them once across all processes.</summary>
public sealed class ScheduledTaskRunner(ScheduledTaskStore tasks, UlidSequence ulids, PromptWakeUps wakeUps, TimeProvider time)
{
    private const int MaximumConflicts = 10;

    /// <summary>Starts every due task. A task that missed several runs because the app was not running runs once, and its next run is in the future.</summary>
    /// <param name="cancellationToken">Cancels the operation.</param>
    public async Task RunDueAsync(CancellationToken cancellationToken)
    {
        DateTimeOffset now = time.GetUtcNow();
        bool started = false;
        foreach (ScheduledTask task in await tasks.ReadDueAsync(now, cancellationToken))
        {
            // Of several missed runs the last one counts: a weekly report due on Monday covers the week before, even if it is late.
            DateTimeOffset due = task.Schedule.LatestUpTo(now) is { } latest && latest > task.NextRunAt ? latest : task.NextRunAt!.Value;

            // If another process was faster, the task has already advanced to its next run. If somebody changed it at the same moment, the next minute starts it.
            started |= await tasks.TryStartAsync(task, TaskRun.Due(ulids.Next(), task, due), task.Schedule.NextAfter(now), cancellationToken) is not null;
        }

        if (started)
        {
            await wakeUps.ComposeRunsAsync();
        }
    }

    /// <summary>Starts a task now, enabled or not. Its next run is unchanged.</summary>
    /// <param name="name">The task's name.</param>
    /// <param name="cancellationToken">Cancels the operation.</param>
    /// <returns>The task with this run, or null if it does not exist.</returns>
    public async Task<ScheduledTask?> RunNowAsync(string name, CancellationToken cancellationToken)
    {
        for (int attempt = 0; attempt < MaximumConflicts; attempt++)
        {
            if (await tasks.FindAsync(name, cancellationToken) is not { } task)
            {
                return null;
            }

            if (await tasks.TryStartAsync(task, TaskRun.ByHand(ulids.Next(), task, time.GetUtcNow()), task.NextRunAt, cancellationToken) is { } started)
            {
                await wakeUps.ComposeRunsAsync();
                return started;
            }
        }

        throw new StorageContentionException();
    }
}
