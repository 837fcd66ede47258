using System.Runtime.CompilerServices;
using AlertFunctions.Core.Outbox;
using AlertFunctions.Core.Storage;
using AlertFunctions.Core.SystemEvents;
using AlertFunctions.Core.Texts;
using Azure.Data.Tables;

namespace AlertFunctions.Core.Events;

/// <summary>Stores all reported events, by day and computer.</summary>
public sealed class EventStore(StorageClients storage, RowReader reader, TimeProvider time)
{
    private const int ParallelWrites = 8;

    private static readonly RowType<Event> s_rows = new(FromRow);

    /// <summary>Records events. Existing ones are left unchanged.</summary>
    /// <returns>The number of new events.</returns>
    public async Task<int> AddAsync(IReadOnlyList<Event> events, CancellationToken cancellationToken)
    {
        var request = Guid.NewGuid();
        DateTimeOffset receivedAt = time.GetUtcNow();
        IEnumerable<IGrouping<string, TableEntity>> partitions = events
            .Select(item => ToRow(item, receivedAt, request))
            .DistinctBy(row => (row.PartitionKey, row.RowKey))
            .GroupBy(row => row.PartitionKey, StringComparer.Ordinal);
        int added = 0;
        await Parallel.ForEachAsync(
            partitions,
            new ParallelOptions { MaxDegreeOfParallelism = ParallelWrites, CancellationToken = cancellationToken },
            async (partition, token) => Interlocked.Add(ref added, await AddPartitionAsync(partition.Key, partition.ToList(), request, token)));
        return added;
    }

    /// <summary>How many of some events <see cref="AddAsync"/> would find new.</summary>
    public async Task<int> CountNewAsync(IReadOnlyList<Event> events, CancellationToken cancellationToken)
    {
        List<(string Partition, string Row)> keys = events.Select(KeyOf).Distinct().ToList();
        int known = 0;
        foreach (IGrouping<string, (string Partition, string Row)> partition in keys.GroupBy(key => key.Partition, StringComparer.Ordinal))
        {
            known += (await storage.Events.FindAllAsync(partition.Key, partition.Select(key => key.Row).ToList(), cancellationToken)).Count(row => row is not null);
        }

        return keys.Count - known;
    }

    /// <summary>The latest events of one alert, newest first.</summary>
    /// <param name="alert">The alert type's name.</param>
    /// <param name="computer">The computer.</param>
    /// <param name="days">How many days to look back; each costs one read.</param>
    /// <param name="count">The maximum number of events.</param>
    /// <param name="cancellationToken">Cancels the operation.</param>
    public async IAsyncEnumerable<Event> LatestAsync(string alert, string computer, int days, int count, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        DateTimeOffset newest = time.GetUtcNow() + Event.MaximumAhead;
        for (int day = 0; day <= days && count > 0; day++)
        {
            string filter = Tables.Range(PartitionKey(newest.AddDays(-day), computer), Keys.Part(computer));
            IReadOnlyList<TableEntity> rows = await storage.Events.FirstAsync($"{filter} and {TableClient.CreateQueryFilter($"Alert eq {alert}")}", count, cancellationToken);
            foreach (Event item in await reader.ReadAllAsync(storage.Events, rows, s_rows, cancellationToken))
            {
                count--;
                yield return item;
            }
        }
    }

    private async Task<int> AddPartitionAsync(string partition, List<TableEntity> rows, Guid request, CancellationToken cancellationToken)
    {
        int added = 0;
        for (int start = 0; start < rows.Count;)
        {
            if (rows.Count - start == 1)
            {
                return added + (await AddOneAsync(rows[start], request, cancellationToken) ? 1 : 0);
            }

            var transaction = new TableTransaction(storage.Events, partition);
            int end = start;
            while (end < rows.Count && transaction.HasRoomFor(1, TableTransaction.EstimateBytes(rows[end])))
            {
                transaction.Add(rows[end++]);
            }

            if ((await transaction.SubmitAsync(cancellationToken)).Committed)
            {
                added += end - start;
                start = end;
                continue;
            }

            // Some exist already: from an earlier request (duplicates), or from this one if the response to its first try was lost.
            TableEntity?[] existing = await storage.Events.FindAllAsync(partition, rows.GetRange(start, end - start).Select(row => row.RowKey).ToList(), cancellationToken);
            added += existing.Count(row => IsOf(request, row));
            var there = existing.OfType<TableEntity>().Select(row => row.RowKey).ToHashSet(StringComparer.Ordinal);
            rows.RemoveRange(0, start);
            rows.RemoveAll(row => there.Contains(row.RowKey));
            start = 0;
        }

        return added;
    }

    private async Task<bool> AddOneAsync(TableEntity row, Guid request, CancellationToken cancellationToken) =>
        await storage.Events.TryAddAsync(row, cancellationToken)
        || IsOf(request, await storage.Events.FindAsync(row.PartitionKey, row.RowKey, cancellationToken));

    private static bool IsOf(Guid request, TableEntity? row) => row?["Request"] is Guid id && id == request;

    private static string PartitionKey(DateTimeOffset time, string computer) => $"{Keys.Day(time)}{Keys.Separator}{Shard.Of(computer).Key}";

    /// <summary>The key of the row that stores an event.</summary>
    public static (string Partition, string Row) KeyOf(Event item)
    {
        // Without an id, a repeat cannot be recognised, so two events of the same instant are both kept. The same id and time for two alerts is two events.
        string id = item.Id is null ? $"{Keys.Separator}{Ulid.NewUlid()}" : $"{Keys.Part(item.Id)}{Keys.Separator}{Keys.Hash(item.Alert)}";
        return (PartitionKey(item.Time, item.Computer), $"{Keys.Part(item.Computer)}|{Keys.InvertedTicks(item.Time)}|{id}");
    }

    private static TableEntity ToRow(Event item, DateTimeOffset receivedAt, Guid request)
    {
        (string partition, string key) = KeyOf(item);
        var row = new TableEntity(partition, key)
        {
            ["Computer"] = item.Computer,
            ["Alert"] = item.Alert,
            ["Kind"] = item.Kind.ToString(),
            ["Time"] = item.Time,
            ["ReceivedAt"] = receivedAt,
            ["Id"] = item.Id,
            ["Severity"] = item.Severity?.ToString(),
            ["Message"] = item.Message,
            ["Data"] = item.Data,
            ["Request"] = request,
        };
        return row;
    }

    private static Event FromRow(TableEntity row) => new(
        row.RequiredText("Computer"),
        row.RequiredText("Alert"),
        row.RequiredEnum<TransitionKind>("Kind"),
        row.RequiredTime("Time"))
    {
        Id = row.GetString("Id"),
        Severity = row.OptionalEnum<Severity>("Severity"),
        Message = row.GetString("Message"),
        Data = row.GetString("Data"),
    };
}
