using AlertFunctions.Core.Mail.Queue;
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

    /// <summary>The alert types that have transitions waiting for so long, by the clock that their ULIDs were made by.</summary>
    public async Task<IReadOnlyList<string>> FindWaitingAsync(Shard shard, TimeSpan age, CancellationToken cancellationToken)
    {
        string filter = Tables.Range(shard.Key, "outbox") + " and " + TableClient.CreateQueryFilter($"CreatedAt le {storage.Clock.UtcNow - age} and NotBefore le {time.GetUtcNow()}");
        IReadOnlyList<TableEntity> rows = await storage.Work.FirstAsync(filter, Tables.PageSize, cancellationToken, ["Alert"]);
        return rows.Select(row => row["Alert"]).OfType<string>().Distinct(StringComparer.Ordinal).ToList();
    }

    /// <summary>The oldest rows of a type, and whether there may be more behind them.</summary>
    public async Task<(IReadOnlyList<OutboxRow> Rows, bool More)> ReadOldestAsync(string alertType, CancellationToken cancellationToken)
    {
        string filter = Tables.Range(Shard.Of(alertType).Key, OutboxRow.Prefix(alertType)) + " and " + TableClient.CreateQueryFilter($"NotBefore le {time.GetUtcNow()}");
        IReadOnlyList<TableEntity> found = await storage.Work.FirstAsync(filter, TableTransaction.MaximumRows, cancellationToken);
        IReadOnlyList<OutboxRow> rows = await reader.ReadAllAsync(storage.Work, found, OutboxRow.Rows, cancellationToken);
        return (rows, found.Count == TableTransaction.MaximumRows);
    }

    /// <summary>Puts the result of each fold in the place of its rows, under the ETags of all.</summary>
    /// <returns>False when another handler was first.</returns>
    public async Task<bool> FoldAsync(IReadOnlyList<RowFold> folds, CancellationToken cancellationToken)
    {
        var transaction = new TableTransaction(storage.Work, Shard.Of(folds[0].Target.AlertType).Key);
        foreach (RowFold fold in folds)
        {
            foreach (OutboxRow row in fold.Rows)
            {
                if (fold.Result is not null && row == fold.Target)
                {
                    transaction.Replace(fold.Result.ToRow(), row.ETag);
                }
                else
                {
                    transaction.Delete(row.Key, row.ETag);
                }
            }
        }

        return (await transaction.SubmitAsync(cancellationToken)).Committed;
    }

    /// <summary>Removes rows about which no mail is wanted, under the ETags of all.</summary>
    /// <returns>False when another handler was first.</returns>
    public Task<bool> DropAsync(IReadOnlyList<OutboxRow> rows, CancellationToken cancellationToken) => ComposeAsync(rows, mail: null, rest: null, cancellationToken);

    /// <summary>Puts mail in the place of rows, under the ETags of all.</summary>
    /// <param name="rows">The rows that are used up.</param>
    /// <param name="mail">The mail with its recipients; null where nobody is to get one.</param>
    /// <param name="rest">The oldest row as it stays, while recipients are left for a further mail; null when none are.</param>
    /// <param name="cancellationToken">Cancels the operation.</param>
    /// <returns>False when another handler was first.</returns>
    public async Task<bool> ComposeAsync(IReadOnlyList<OutboxRow> rows, ComposedMail? mail, OutboxRow? rest, CancellationToken cancellationToken)
    {
        Shard shard = Shard.Of(rows[0].AlertType);
        var transaction = new TableTransaction(storage.Work, shard.Key);
        foreach (OutboxRow row in rows)
        {
            if (rest is not null && row.Id == rest.Id)
            {
                transaction.Replace(rest.ToRow(), row.ETag);
            }
            else
            {
                transaction.Delete(row.Key, row.ETag);
            }
        }

        if (mail is not null)
        {
            transaction.Add(mail.Mail.ToRow(mail.Recipients));
            foreach (Recipient recipient in mail.Recipients)
            {
                transaction.Add(recipient.ToRow(shard));
            }
        }

        return (await transaction.SubmitAsync(cancellationToken)).Committed;
    }
}
