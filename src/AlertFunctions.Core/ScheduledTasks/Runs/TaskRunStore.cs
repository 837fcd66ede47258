using AlertFunctions.Core.Mail.Queue;
using AlertFunctions.Core.Outbox;
using AlertFunctions.Core.Storage;
using AlertFunctions.Core.SystemEvents;
using Azure.Data.Tables;

namespace AlertFunctions.Core.ScheduledTasks.Runs;

/// <summary>Reads the runs that have no mail yet and turns them into mail, one transaction at a time.</summary>
public sealed class TaskRunStore(StorageClients storage, ScheduledTaskStore tasks, RowReader reader, TimeProvider time)
{
    private static string AllRuns => Tables.Range(Shard.OfScheduledTasks.Key, TaskRunKey.Prefix);

    /// <summary>The oldest run; null if there is none.</summary>
    public async Task<TaskRun?> ReadOldestAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            string filter = $"{AllRuns} and {TableClient.CreateQueryFilter($"NotBefore le {time.GetUtcNow()}")}";
            if (await storage.Work.FirstAsync(filter, 1, cancellationToken) is not [{ } row])
            {
                return null;
            }

            if (await reader.ReadAsync(storage.Work, row, TaskRun.Rows, cancellationToken) is { } run)
            {
                return run;
            }
        }
    }

    /// <summary>Whether a run has been waiting for so long, by the clock that its ULID was made by.</summary>
    public async Task<bool> IsAnyWaitingAsync(TimeSpan age, CancellationToken cancellationToken)
    {
        string filter = $"{AllRuns} and {TableClient.CreateQueryFilter($"CreatedAt le {storage.Clock.UtcNow - age} and NotBefore le {time.GetUtcNow()}")}";
        return (await storage.Work.FirstAsync(filter, 1, cancellationToken, ["RowKey"])).Count > 0;
    }

    /// <summary>Whether a run's row is unchanged since it was read.</summary>
    public async Task<bool> IsUnchangedAsync(TaskRun run, CancellationToken cancellationToken) =>
        (await storage.Work.FindAsync(Shard.OfScheduledTasks.Key, run.RowKey, cancellationToken))?.ETag == run.ETag;

    /// <summary>Replaces a run by a mail, under the run's ETag, and records the outcome in its task.</summary>
    /// <param name="run">The run.</param>
    /// <param name="mail">The mail with its recipients; null if no recipients are left.</param>
    /// <param name="rest">The run as it remains for recipients of a further mail; null if there are none.</param>
    /// <param name="outcome">The outcome of the run.</param>
    /// <param name="cancellationToken">Cancels the operation.</param>
    /// <returns>False if another process changed any of it first.</returns>
    public async Task<bool> ComposeAsync(TaskRun run, OutgoingMail? mail, TaskRun? rest, ScheduledRunOutcome outcome, CancellationToken cancellationToken)
    {
        var transaction = new TableTransaction(storage.Work, Shard.OfScheduledTasks.Key);
        if (rest is null)
        {
            transaction.Delete(run.RowKey, run.ETag);
        }
        else
        {
            transaction.Replace(rest.ToRow(), run.ETag);
        }

        if (mail is not null)
        {
            transaction.Add(mail.ToRow());
        }

        await tasks.AddOutcomeAsync(transaction, run, outcome, cancellationToken);
        return (await transaction.SubmitAsync(cancellationToken)).Committed;
    }

    /// <summary>Skips a run for an hour, and records that in its task.</summary>
    public async Task<bool> PassOverAsync(TaskRun run, CancellationToken cancellationToken)
    {
        var transaction = new TableTransaction(storage.Work, Shard.OfScheduledTasks.Key);
        transaction.Replace((run with { NotBefore = time.GetUtcNow() + RowReader.QuarantineFor }).ToRow(), run.ETag);
        await tasks.AddOutcomeAsync(transaction, run, ScheduledRunOutcome.Failed, cancellationToken);
        return (await transaction.SubmitAsync(cancellationToken)).Committed;
    }
}
