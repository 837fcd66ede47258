using AlertFunctions.Core.Mail;
using AlertFunctions.Core.Settings;
using AlertFunctions.Core.SystemEvents;
using Azure.Data.Tables;

namespace AlertFunctions.Core.Storage;

/// <summary>Removes what is older than it is kept: events and the marks that they were applied, system events, and bodies that no mail needs.</summary>
internal sealed class ExpiredRows(StorageClients storage, MailSnapshots snapshots, EventSettings settings, TimeProvider time)
{
    /// <summary>System events tell of a whole year.</summary>
    private static readonly TimeSpan SystemEventRetention = TimeSpan.FromDays(53 * 7);

    /// <summary>Retention is counted in days; looking each minute would only cost operations.</summary>
    private static readonly TimeSpan Interval = TimeSpan.FromHours(1);

    /// <summary>Rows that one run removes from one place; the rest follows an hour later.</summary>
    private const int MaximumRows = 10_000;

    private DateTimeOffset _lastRun = DateTimeOffset.MinValue;

    public async Task RemoveAsync(CancellationToken cancellationToken)
    {
        DateTimeOffset now = time.GetUtcNow();
        if (now - _lastRun < Interval)
        {
            return;
        }

        _lastRun = now;

        // A day more than the retention: an event of its last moment may still be on its way.
        DateTimeOffset oldestEvent = now - settings.Retention - TimeSpan.FromDays(1);
        foreach (Shard shard in Shard.All)
        {
            string marks = TableClient.CreateQueryFilter($"PartitionKey eq {shard.Key} and RowKey ge {"done|"} and RowKey lt {$"done|{Keys.Ticks(oldestEvent)}"}");
            await RemoveAsync(storage.Work, marks, cancellationToken);
        }

        await RemoveAsync(storage.Events, TableClient.CreateQueryFilter($"PartitionKey lt {Keys.Day(oldestEvent)}"), cancellationToken);
        await RemoveAsync(storage.SystemEvents, TableClient.CreateQueryFilter($"PartitionKey gt {SystemEventStore.PartitionKey(now - SystemEventRetention)}"), cancellationToken);
        await snapshots.RemoveOrphansAsync(cancellationToken);
    }

    private static async Task RemoveAsync(TableClient table, string filter, CancellationToken cancellationToken)
    {
        List<TableEntity> rows = await table.FirstAsync(filter, MaximumRows, cancellationToken, ["PartitionKey", "RowKey", "Timestamp"]);
        foreach (IGrouping<string, TableEntity> partition in rows.GroupBy(row => row.PartitionKey, StringComparer.Ordinal))
        {
            foreach (TableEntity[] some in partition.Chunk(TableTransaction.MaximumRows))
            {
                var transaction = new TableTransaction(table, partition.Key);
                foreach (TableEntity row in some)
                {
                    transaction.Delete(row.RowKey, row.ETag);
                }

                // On a conflict another instance is removing the same rows.
                await transaction.SubmitAsync(cancellationToken);
            }
        }
    }
}
