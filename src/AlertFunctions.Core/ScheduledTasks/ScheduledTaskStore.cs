using AlertFunctions.Core.Storage;
using AlertFunctions.Core.SystemEvents;
using Azure.Data.Tables;

namespace AlertFunctions.Core.ScheduledTasks;

/// <summary>Stores scheduled tasks.</summary>
public sealed class ScheduledTaskStore(StorageClients storage, RowReader reader, TimeProvider time)
{
    /// <summary>The maximum number of scheduled tasks.</summary>
    public const int MaximumTasks = 200;

    private RowSet<ScheduledTask> Rows =>
        new(storage.Work, Shard.OfScheduledTasks.Key, AllTasks, reader, ScheduledTask.Rows, ScheduledTask.RowKey, task => task.Name, task => task.ToRow()) { Maximum = MaximumTasks, Merge = KeepRuns };

    /// <summary>All tasks, by name.</summary>
    /// <param name="cancellationToken">Cancels the operation.</param>
    public Task<IReadOnlyList<ScheduledTask>> ListAsync(CancellationToken cancellationToken) => Rows.ListAsync(cancellationToken);

    /// <summary>One task, or null if it does not exist.</summary>
    /// <inheritdoc cref="RowSet{T}.FindAsync" path="/param"/>
    public Task<ScheduledTask?> FindAsync(string name, CancellationToken cancellationToken) => Rows.FindAsync(name, cancellationToken);

    /// <summary>
    /// Creates or changes a task, which keeps the state of its runs, unless there are <see cref="MaximumTasks"/>. Its next run is only recalculated if its schedule,
    /// time zone or enabled state changes, so that a run that is due right now is not lost.
    /// </summary>
    /// <inheritdoc cref="RowSet{T}.PutAsync" path="/param"/>
    /// <inheritdoc cref="RowSet{T}.PutAsync" path="/returns"/>
    public Task<ScheduledTask?> PutAsync(string name, Func<ScheduledTask?, ScheduledTask?> change, CancellationToken cancellationToken) => Rows.PutAsync(name, change, cancellationToken);

    /// <summary>Deletes a task. Mail of a run that has already started is still sent.</summary>
    /// <inheritdoc cref="RowSet{T}.DeleteAsync" path="/param"/>
    /// <inheritdoc cref="RowSet{T}.DeleteAsync" path="/returns"/>
    public Task<bool> DeleteAsync(string name, Func<ScheduledTask?, bool> allowed, CancellationToken cancellationToken) => Rows.DeleteAsync(name, allowed, cancellationToken);

    /// <summary>Adds and replaces many tasks, which keep the state of their runs, and removes others; mail of runs that have already started is still sent.</summary>
    /// <inheritdoc cref="RowSet{T}.ChangeAsync" path="/param"/>
    /// <inheritdoc cref="RowSet{T}.ChangeAsync" path="/returns"/>
    public Task<RowSetChange?> ChangeAllAsync(
        Func<IReadOnlyList<ScheduledTask>, IReadOnlyList<ScheduledTask>?> decide, bool removesOthers, bool dryRun, CancellationToken cancellationToken) =>
        Rows.ChangeAsync(decide, removesOthers, dryRun, cancellationToken);

    /// <summary>The tasks that are due.</summary>
    public async Task<IReadOnlyList<ScheduledTask>> ReadDueAsync(DateTimeOffset now, CancellationToken cancellationToken)
    {
        // The number of tasks is small, so damaged rows cannot crowd out the others, and a repaired task still makes up for the run that it missed.
        IReadOnlyList<TableEntity> rows = await storage.Work.FirstAsync($"{AllTasks} and {TableClient.CreateQueryFilter($"NextRunAt le {now}")}", MaximumTasks, cancellationToken);
        return await reader.ReadAllAsync(storage.Work, rows, ScheduledTask.Rows, cancellationToken);
    }

    /// <summary>Starts a run: in one transaction, the task advances to its next run and the outbox gets a row for this one.</summary>
    /// <returns>The task with the run; null if another process was faster, or the task has been changed since it was read.</returns>
    public async Task<ScheduledTask?> TryStartAsync(ScheduledTask task, TaskRun run, DateTimeOffset? nextRunAt, CancellationToken cancellationToken)
    {
        ScheduledTask started = task with { NextRunAt = nextRunAt, LastRunAt = time.GetUtcNow(), LastOutcome = ScheduledRunOutcome.Started, LastRun = run.Id };
        var transaction = new TableTransaction(storage.Work, Shard.OfScheduledTasks.Key);
        transaction.Replace(started.ToRow(), task.ETag);
        transaction.Add(run.ToRow());
        if ((await transaction.SubmitAsync(cancellationToken)).Committed)
        {
            return started;
        }

        // The response to the first try may have been lost, and the SDK's own retry may have conflicted with what it had written.
        return await FindAsync(task.Name, cancellationToken) is { } current && current.LastRun == run.Id ? current : null;
    }

    /// <summary>Adds the outcome of a run to a transaction, if the task still exists and has not run again.</summary>
    public async Task AddOutcomeAsync(TableTransaction transaction, TaskRun run, ScheduledRunOutcome outcome, CancellationToken cancellationToken)
    {
        if (await FindRowAsync(run.Task, cancellationToken) is { } row && row["LastRun"] as string == $"{run.Id}" && row["LastOutcome"] as string != outcome.ToString())
        {
            transaction.Merge(new TableEntity { RowKey = row.RowKey, ["LastOutcome"] = outcome.ToString() }, row.ETag);
        }
    }

    private static string AllTasks => Tables.Range(Shard.OfScheduledTasks.Key, ScheduledTask.RowPrefix);

    private ScheduledTask KeepRuns(ScheduledTask? current, ScheduledTask wanted)
    {
        if (current is null)
        {
            return wanted.Scheduled(time.GetUtcNow());
        }

        ScheduledTask changed = wanted with { NextRunAt = current.NextRunAt, LastRunAt = current.LastRunAt, LastOutcome = current.LastOutcome, LastRun = current.LastRun };
        bool same = changed.Enabled == current.Enabled && changed.Schedule.Cron == current.Schedule.Cron && changed.Schedule.TimeZone.Id == current.Schedule.TimeZone.Id;
        return same ? changed : changed.Scheduled(time.GetUtcNow());
    }

    private Task<TableEntity?> FindRowAsync(string name, CancellationToken cancellationToken) =>
        storage.Work.FindAsync(Shard.OfScheduledTasks.Key, ScheduledTask.RowKey(name), cancellationToken);
}
