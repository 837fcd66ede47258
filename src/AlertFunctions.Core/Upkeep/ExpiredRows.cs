using AlertFunctions.Core.Alerts;
using AlertFunctions.Core.Events;
using AlertFunctions.Core.Mail.Queue;
using AlertFunctions.Core.Settings;
using AlertFunctions.Core.Storage;
using AlertFunctions.Core.SystemEvents;
using Azure.Data.Tables;

namespace AlertFunctions.Core.Upkeep;

/// <summary>
/// Removes rows past their retention: events, tombstones, system events, and bodies that no mail needs. While
/// any are left, it works for up to <see cref="Share"/> of every minute, so that it keeps up with any rate of events.
/// </summary>
public sealed class ExpiredRows(StorageClients storage, MailSnapshots snapshots, EventSettings settings, TimeProvider time)
{
    /// <summary>The time it may take in each minute.</summary>
    public static readonly TimeSpan Share = TimeSpan.FromSeconds(30);

    /// <summary>Retention is counted in days, so looking every minute would only cost operations. Rows found are removed over the following minutes.</summary>
    private static readonly TimeSpan Interval = TimeSpan.FromHours(1);

    private DateTimeOffset _lastLook = DateTimeOffset.MinValue;
    private IReadOnlyList<Lane> _lanes = [];

    /// <summary>Removes some of the expired rows; the next minute continues.</summary>
    public async Task RemoveAsync(CancellationToken cancellationToken)
    {
        DateTimeOffset now = time.GetUtcNow();
        using var share = new CancellationTokenSource(Share, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(share.Token, cancellationToken);
        try
        {
            if (now - _lastLook >= Interval)
            {
                _lanes = LanesAt(now);
                _lastLook = now;
                await snapshots.RemoveOrphansAsync(either.Token);
            }

            bool[] finished = await Task.WhenAll(_lanes.Select(lane => WorkOffAsync(lane, either.Token)));
            _lanes = _lanes.Where((_, index) => !finished[index]).ToList();
            cancellationToken.ThrowIfCancellationRequested();
        }
        catch (OperationCanceledException) when (share.IsCancellationRequested && !cancellationToken.IsCancellationRequested)
        {
            // The time is used up; the next minute continues.
        }
    }

    /// <summary>Finds what to remove now, as one lane per kind and partition, so that rows are removed as fast as they were added.</summary>
    private List<Lane> LanesAt(DateTimeOffset now)
    {
        // One day more than the retention: an event from its last moment may still be under way.
        DateTimeOffset oldestEvent = now - settings.Retention - TimeSpan.FromDays(1);
        var lanes = new List<Lane>
        {
            new(storage.SystemEvents, TableClient.CreateQueryFilter($"PartitionKey gt {SystemEventStore.PartitionKey(now - SystemEventStore.Retention)}")),
            new(storage.Work, RejectedItemStore.BeforeDayOf(oldestEvent)),
        };
        foreach (Shard shard in Shard.All)
        {
            lanes.Add(new Lane(storage.Work, EventStore.BeforeDayOf(oldestEvent, shard)));

            // Tombstones, and right behind them the marks by which earlier versions recognised events.
            lanes.Add(new Lane(
                storage.Work,
                TableClient.CreateQueryFilter($"PartitionKey eq {shard.Key} and RowKey ge {"alert|"} and RowKey lt {$"done|{Keys.Ticks(oldestEvent)}"} and ")
                + TableClient.CreateQueryFilter($"(RowKey ge {"done|"} or RowKey lt {"alert}"} and ") + $"{Tombstone.IsOlderThan(now - Tombstone.KeptFor)})"));
        }

        return lanes;
    }

    /// <summary>Removes the rows of a lane.</summary>
    /// <returns>False if some are left: the time is up, or another instance is removing the same rows and continues alone.</returns>
    private static async Task<bool> WorkOffAsync(Lane lane, CancellationToken cancellationToken)
    {
        try
        {
            IReadOnlyList<TableEntity> rows;
            do
            {
                rows = await lane.Table.FirstAsync(lane.Filter, Tables.PageSize, cancellationToken, ["PartitionKey", "RowKey", "Timestamp"]);
                foreach (IGrouping<string, TableEntity> partition in rows.GroupBy(row => row.PartitionKey, StringComparer.Ordinal))
                {
                    foreach (TableEntity[] some in partition.Chunk(TableTransaction.MaximumRows))
                    {
                        var transaction = new TableTransaction(lane.Table, partition.Key);
                        foreach (TableEntity row in some)
                        {
                            transaction.Delete(row.RowKey, row.ETag);
                        }

                        if (!(await transaction.SubmitAsync(cancellationToken)).Committed)
                        {
                            return false;
                        }
                    }
                }
            }
            while (rows.Count == Tables.PageSize);

            return true;
        }
        catch (OperationCanceledException)
        {
            return false;
        }
    }

    /// <summary>Rows that are removed one page after another.</summary>
    /// <param name="Table">The table.</param>
    /// <param name="Filter">The filter that finds the rows.</param>
    private sealed record Lane(TableClient Table, string Filter);
}
