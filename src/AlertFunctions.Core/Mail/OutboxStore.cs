using AlertFunctions.Core.Alerts;
using AlertFunctions.Core.Storage;
using AlertFunctions.Core.SystemEvents;
using Azure.Data.Tables;

namespace AlertFunctions.Core.Mail;

/// <summary>Reads outbox rows and turns them into mail, one transaction at a time.</summary>
internal sealed class OutboxStore(StorageClients storage, RowReader reader, TimeProvider time)
{
    /// <summary>The oldest rows of a type up to the first of the other kind, and whether there are more rows behind them.</summary>
    public async Task<(List<OutboxRow> Rows, bool More)> ReadOldestAsync(string alertType, CancellationToken cancellationToken)
    {
        string filter = Tables.Range(Shard.Of(alertType).Key, OutboxRow.Prefix(alertType)) + " and " + TableClient.CreateQueryFilter($"NotBefore le {time.GetUtcNow()}");
        List<TableEntity> found = await storage.Work.FirstAsync(filter, TableTransaction.MaximumRows, cancellationToken);
        var rows = new List<OutboxRow>();
        foreach (TableEntity entity in found)
        {
            if (await reader.ReadAsync(storage.Work, entity, OutboxRow.Rows, cancellationToken) is not { } row)
            {
                continue;
            }

            if (rows.Count > 0 && rows[0].Kind != row.Kind)
            {
                return (rows, true);
            }

            rows.Add(row);
        }

        return (rows, found.Count == TableTransaction.MaximumRows);
    }

    /// <summary>Adds rows into the oldest of them, under the ETags of all.</summary>
    /// <returns>False when another handler was first.</returns>
    public async Task<bool> FoldAsync(IReadOnlyList<OutboxRow> rows, CancellationToken cancellationToken)
    {
        var transaction = new TableTransaction(storage.Work, Shard.Of(rows[0].AlertType).Key);
        transaction.Replace(MailComposition.Fold(rows).ToRow(), rows[0].ETag);
        foreach (OutboxRow row in rows.Skip(1))
        {
            transaction.Delete(row.Key, row.ETag);
        }

        return (await transaction.SubmitAsync(cancellationToken)).Committed;
    }

    /// <summary>Puts mail in the place of rows, under the ETags of all.</summary>
    /// <param name="rows">The rows that are used up.</param>
    /// <param name="mail">The mail with its recipients; null where nobody is to get one.</param>
    /// <param name="rest">The oldest row as it stays, while recipients are left for a further mail; null when none are.</param>
    /// <param name="cancellationToken">Ends the waiting.</param>
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
