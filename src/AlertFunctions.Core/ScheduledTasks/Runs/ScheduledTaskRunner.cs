using AlertFunctions.Core.Outbox;
using AlertFunctions.Core.Storage;

namespace AlertFunctions.Core.ScheduledTasks.Runs;

/// <summary>Starts runs of scheduled tasks, each exactly once over all processes.</summary>
public sealed class ScheduledTaskRunner(ScheduledTaskStore tasks, UlidSequence ulids, PromptWakeUps wakeUps, TimeProvider time)
{
    private const int MaximumConflicts = 10;

    /// <summary>Starts every task whose time has come. One that missed several of its times, because the app was off, runs once and goes on from now.</summary>
    /// <param name="cancellationToken">Cancels the operation.</param>
    public async Task RunDueAsync(CancellationToken cancellationToken)
    {
        DateTimeOffset now = time.GetUtcNow();
        bool started = false;
        foreach (ScheduledTask task in await tasks.ReadDueAsync(now, cancellationToken))
        {
            // Of the times that were missed the last one counts: a weekly report of a Monday is about the week before, even when it is late.
            DateTimeOffset due = task.Schedule.LatestUpTo(now) is { } latest && latest > task.NextRunAt ? latest : task.NextRunAt!.Value;

            // Whoever is not first finds the task with its next run; a change by hand meanwhile is met by the next minute.
            started |= await tasks.TryStartAsync(task, TaskRun.Due(ulids.Next(), task, due), task.Schedule.NextAfter(now), cancellationToken) is not null;
        }

        if (started)
        {
            await wakeUps.ComposeRunsAsync();
        }
    }

    /// <summary>Starts a task now, enabled or not; its next run stays as it is.</summary>
    /// <param name="name">The task's name.</param>
    /// <param name="cancellationToken">Cancels the operation.</param>
    /// <returns>The task with this run, or null when there is none of that name.</returns>
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
