using AlertFunctions.Core.Outbox;
using AlertFunctions.Core.Storage;
using AlertFunctions.Core.SystemEvents;
using Azure.Data.Tables;

namespace AlertFunctions.Core.Mail.Compose;

/// <summary>Reads outbox rows and turns them into mail, one transaction at a time.</summary>
public sealed class OutboxStore(StorageClients storage, RowReader reader, TimeProvider time)
{
    /// <summary>How long a row has waited, by the clock that its ULID was made by.</summary>
    public TimeSpan AgeOf(OutboxRow row) => storage.Clock.UtcNow - row.Id.Time;

    /// <summary>Whether a shard has transitions that have waited for so long, by the clock that their ULIDs were made by.</summary>
    public async Task<bool> IsAnyWaitingAsync(Shard shard, TimeSpan age, CancellationToken cancellationToken)
    {
        string filter = $"{Waiting(shard)} and {TableClient.CreateQueryFilter($"CreatedAt le {storage.Clock.UtcNow - age}")}";
        return (await storage.Work.FirstAsync(filter, 1, cancellationToken, ["RowKey"])).Count > 0;
    }

    /// <summary>The next rows of a shard's outbox, by type and oldest first, as many as a transaction can use up.</summary>
    /// <param name="shard">The shard.</param>
    /// <param name="after">The last row of the previous page, or null for the first page.</param>
    /// <param name="cancellationToken">Cancels the operation.</param>
    public async Task<OutboxPage> ReadAsync(Shard shard, string? after, CancellationToken cancellationToken)
    {
        string filter = after is null ? Waiting(shard) : $"{Waiting(shard)} and {TableClient.CreateQueryFilter($"RowKey gt {after}")}";
        IReadOnlyList<TableEntity> found = await storage.Work.FirstAsync(filter, TableTransaction.MaximumRows, cancellationToken);
        IReadOnlyList<OutboxRow> rows = await reader.ReadAllAsync(storage.Work, found, OutboxRow.Rows, cancellationToken);
        return OutboxPage.Of(rows, found.Count == TableTransaction.MaximumRows ? found[^1].RowKey : null);
    }

    /// <summary>
    /// Does what was decided for the outboxes of some types of a shard, in as few transactions as hold it, under the ETags of all rows. A step is in one
    /// transaction, so a mail is there exactly when its rows are gone.
    /// </summary>
    /// <param name="shard">The shard.</param>
    /// <param name="steps">The steps.</param>
    /// <param name="cancellationToken">Cancels the operation.</param>
    /// <returns>The steps that were done. With the others, another handler was first.</returns>
    public async Task<IReadOnlyList<OutboxStep>> ApplyAsync(Shard shard, IReadOnlyList<OutboxStep> steps, CancellationToken cancellationToken)
    {
        var done = new List<OutboxStep>();
        var together = new List<OutboxStep>();
        var transaction = new TableTransaction(storage.Work, shard.Key);
        foreach (OutboxStep step in steps)
        {
            List<TableEntity> added = step.Mail is { } mail ? [mail.ToRow()] : [];
            List<(OutboxRow Row, TableEntity? Result)> changed = step.Changes.Select(change => (change.Row, change.Result?.ToRow())).ToList();
            if (!transaction.HasRoomFor(added.Count + changed.Count, added.Concat(changed.Select(change => change.Result).OfType<TableEntity>()).Sum(TableTransaction.EstimateBytes)))
            {
                await SubmitAsync();
            }

            foreach ((OutboxRow row, TableEntity? result) in changed)
            {
                if (result is null)
                {
                    transaction.Delete(row.Key, row.ETag);
                }
                else
                {
                    transaction.Replace(result, row.ETag);
                }
            }

            added.ForEach(transaction.Add);
            together.Add(step);
        }

        await SubmitAsync();
        return done;

        async Task SubmitAsync()
        {
            if (transaction.Rows > 0 && (await transaction.SubmitAsync(cancellationToken)).Committed)
            {
                done.AddRange(together);
            }

            transaction = new TableTransaction(storage.Work, shard.Key);
            together.Clear();
        }
    }

    private string Waiting(Shard shard) => $"{Tables.Range(shard.Key, OutboxRow.RowPrefix)} and {TableClient.CreateQueryFilter($"NotBefore le {time.GetUtcNow()}")}";
}

/// <summary>What waits in a part of a shard's outbox.</summary>
/// <param name="Waiting">The rows of each type, oldest first.</param>
/// <param name="Last">The row after which the next page begins; null if there is no next page.</param>
/// <param name="Cut">Whether the last type may have more rows behind this page.</param>
public sealed record OutboxPage(IReadOnlyList<IReadOnlyList<OutboxRow>> Waiting, string? Last, bool Cut)
{
    /// <summary>
    /// Groups the rows by type. The last type of a full page is left to the next one, since it may have more rows there, and a mail is to tell of all that
    /// waits; unless it has the page for itself.
    /// </summary>
    /// <param name="rows">The rows, in order of their keys.</param>
    /// <param name="last">The last row's key if the page is full, otherwise null.</param>
    public static OutboxPage Of(IReadOnlyList<OutboxRow> rows, string? last)
    {
        List<IReadOnlyList<OutboxRow>> waiting = rows.GroupBy(row => row.AlertType, StringComparer.Ordinal).Select(type => (IReadOnlyList<OutboxRow>)[.. type]).ToList();
        if (last is not null && waiting.Count > 1)
        {
            waiting.RemoveAt(waiting.Count - 1);
            return new OutboxPage(waiting, waiting[^1][^1].Key, Cut: false);
        }

        return new OutboxPage(waiting, last, Cut: last is not null);
    }
}
