using AlertFunctions.Core.Mail.Compose;
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

    /// <summary>The oldest run; null when there is none.</summary>
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

    /// <summary>Whether any run has waited since before a time.</summary>
    public async Task<bool> IsAnyWaitingAsync(DateTimeOffset before, CancellationToken cancellationToken)
    {
        string filter = $"{AllRuns} and {TableClient.CreateQueryFilter($"CreatedAt le {before} and NotBefore le {time.GetUtcNow()}")}";
        return (await storage.Work.FirstAsync(filter, 1, cancellationToken, ["RowKey"])).Count > 0;
    }

    /// <summary>Whether a run's row is as it was read.</summary>
    public async Task<bool> IsUnchangedAsync(TaskRun run, CancellationToken cancellationToken) =>
        (await storage.Work.FindAsync(Shard.OfScheduledTasks.Key, run.RowKey, cancellationToken))?.ETag == run.ETag;

    /// <summary>Puts a mail in the place of a run, under its ETag, and tells the task.</summary>
    /// <param name="run">The run.</param>
    /// <param name="mail">The mail with its recipients; null where nobody is left to get one.</param>
    /// <param name="rest">The run as it stays while recipients are left for a further mail; null when none are.</param>
    /// <param name="outcome">What became of the run.</param>
    /// <param name="cancellationToken">Cancels the operation.</param>
    /// <returns>False when another process changed any of it, or was first.</returns>
    public async Task<bool> ComposeAsync(TaskRun run, ComposedMail? mail, TaskRun? rest, ScheduledRunOutcome outcome, CancellationToken cancellationToken)
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
            transaction.Add(mail.Mail.ToRow(mail.Recipients));
            foreach (Recipient recipient in mail.Recipients)
            {
                transaction.Add(recipient.ToRow(Shard.OfScheduledTasks));
            }
        }

        await tasks.AddOutcomeAsync(transaction, run, outcome, cancellationToken);
        return (await transaction.SubmitAsync(cancellationToken)).Committed;
    }

    /// <summary>Passes a run over for an hour, and tells the task.</summary>
    public async Task<bool> PassOverAsync(TaskRun run, CancellationToken cancellationToken)
    {
        var transaction = new TableTransaction(storage.Work, Shard.OfScheduledTasks.Key);
        transaction.Replace((run with { NotBefore = time.GetUtcNow() + RowReader.QuarantineFor }).ToRow(), run.ETag);
        await tasks.AddOutcomeAsync(transaction, run, ScheduledRunOutcome.Failed, cancellationToken);
        return (await transaction.SubmitAsync(cancellationToken)).Committed;
    }
}
