using AlertFunctions.Core.Storage;
using Azure.Data.Tables;

namespace AlertFunctions.Core.SystemEvents;

/// <summary>How rows of one type are read.</summary>
/// <param name="Parse">Converts a row to its value. Any exception means that the row is damaged.</param>
/// <param name="Postpone">Changes the properties by which queries for due work find the row, so that they skip it until the given time; null if there are no such queries.</param>
public sealed record RowType<T>(Func<TableEntity, T> Parse, Action<TableEntity, DateTimeOffset>? Postpone = null)
    where T : class;

/// <summary>
/// The only place where rows become values. An unreadable row is quarantined: it is marked, recorded as one 199 and skipped for an hour, while
/// everything else continues (rule 2).
/// </summary>
public sealed class RowReader(SystemEventStore systemEvents, TimeProvider time)
{
    /// <summary>The property that marks a quarantined row. A query that selects properties must include it, and <c>Timestamp</c>, without which there is no ETag.</summary>
    public const string QuarantinedUntil = "QuarantinedUntil";

    /// <summary>How long anything that could not be processed is skipped.</summary>
    public static readonly TimeSpan QuarantineFor = TimeSpan.FromHours(1);

    /// <summary>Reads rows, skipping damaged and quarantined ones.</summary>
    public async Task<IReadOnlyList<T>> ReadAllAsync<T>(TableClient table, IEnumerable<TableEntity> rows, RowType<T> type, CancellationToken cancellationToken)
        where T : class
    {
        var values = new List<T>();
        foreach (TableEntity row in rows)
        {
            if (await ReadAsync(table, row, type, cancellationToken) is { } value)
            {
                values.Add(value);
            }
        }

        return values;
    }

    /// <summary>Reads a row; null if it is damaged or quarantined.</summary>
    public async Task<T?> ReadAsync<T>(TableClient table, TableEntity row, RowType<T> type, CancellationToken cancellationToken)
        where T : class => IsQuarantined(row) ? null : await ShowAsync(table, row, type, cancellationToken);

    /// <summary>Reads a row even while it is quarantined, for display or repair; null if it is damaged.</summary>
    public async Task<T?> ShowAsync<T>(TableClient table, TableEntity row, RowType<T> type, CancellationToken cancellationToken)
        where T : class
    {
        // Parsing depends on the row alone, so any exception means that the row is damaged.
        try
        {
            return type.Parse(row);
        }
        catch (Exception exception) when (!IsQuarantined(row))
        {
            await QuarantineAsync(table, row, type, exception.Message, cancellationToken);
            return null;
        }
        catch (Exception)
        {
            return null;
        }
    }

    /// <summary>Quarantines a row for an hour and records that once.</summary>
    public async Task QuarantineAsync<T>(TableClient table, TableEntity row, RowType<T> type, string reason, CancellationToken cancellationToken)
        where T : class
    {
        DateTimeOffset until = time.GetUtcNow() + QuarantineFor;
        var mark = new TableEntity(row.PartitionKey, row.RowKey) { [QuarantinedUntil] = until };
        type.Postpone?.Invoke(mark, until);
        if (!await table.TryMergeAsync(mark, row.ETag, cancellationToken))
        {
            // Another process was faster, the response to our own write was lost, or the row has just been repaired.
            if (await table.FindAsync(row.PartitionKey, row.RowKey, cancellationToken) is not { } current || !IsQuarantined(current))
            {
                return;
            }

            until = (DateTimeOffset)current[QuarantinedUntil];
        }

        // Derived from the mark alone, so that every process that records it writes the same row.
        SystemEvent damaged = SystemEvent.OfGivenUp($"A row of table {table.Name} cannot be read and is skipped for an hour: {row.RowKey}: {reason}", row.RowKey, until - QuarantineFor);
        await systemEvents.AddAsync([damaged with { Id = $"damaged.{Keys.Hash(table.Name, row.PartitionKey, row.RowKey)}" }], cancellationToken);
    }

    private bool IsQuarantined(TableEntity row) => row[QuarantinedUntil] is DateTimeOffset until && until > time.GetUtcNow();
}
