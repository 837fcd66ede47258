using AlertFunctions.Core.Storage;
using Azure.Data.Tables;

namespace AlertFunctions.Core.SystemEvents;

/// <summary>A kind of row.</summary>
/// <param name="Parse">Makes the value of a row; whatever it throws means that the row is damaged.</param>
/// <param name="Postpone">Sets, in the mark of a damaged row, what keeps it out of the queries that look for work until a time; null where there are none.</param>
public sealed record RowType<T>(Func<TableEntity, T> Parse, Action<TableEntity, DateTimeOffset>? Postpone = null)
    where T : class;

/// <summary>
/// The one way in which rows become values. A row that cannot be read is quarantined: it is marked, recorded as one 199 and not touched for an hour,
/// and the rest goes on (rule 2).
/// </summary>
public sealed class RowReader(SystemEventStore systemEvents, TimeProvider time)
{
    /// <summary>The property that marks a damaged row. Queries that name their properties must ask for it, and for <c>Timestamp</c>, which brings the ETag.</summary>
    public const string QuarantinedUntil = "QuarantinedUntil";

    /// <summary>How long what could not be processed is passed over.</summary>
    public static readonly TimeSpan QuarantineFor = TimeSpan.FromHours(1);

    /// <summary>Reads rows; damaged ones are left out.</summary>
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

    /// <summary>Reads a row; null when it is damaged.</summary>
    public async Task<T?> ReadAsync<T>(TableClient table, TableEntity row, RowType<T> type, CancellationToken cancellationToken)
        where T : class => IsQuarantined(row) ? null : await ShowAsync(table, row, type, cancellationToken);

    /// <summary>Reads a row for people, who see also what is quarantined as far as it can be read; null when it cannot.</summary>
    public async Task<T?> ShowAsync<T>(TableClient table, TableEntity row, RowType<T> type, CancellationToken cancellationToken)
        where T : class
    {
        // Parsing touches nothing but the row, so whatever it throws is the row's fault.
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

    /// <summary>Leaves a row alone for an hour, and records it once.</summary>
    public async Task QuarantineAsync<T>(TableClient table, TableEntity row, RowType<T> type, string reason, CancellationToken cancellationToken)
        where T : class
    {
        DateTimeOffset until = time.GetUtcNow() + QuarantineFor;
        var mark = new TableEntity(row.PartitionKey, row.RowKey) { [QuarantinedUntil] = until };
        type.Postpone?.Invoke(mark, until);
        if (!await table.TryMergeAsync(mark, row.ETag, cancellationToken))
        {
            // Another process was first, or the answer to this one's mark was lost, or somebody has just repaired the row.
            if (await table.FindAsync(row.PartitionKey, row.RowKey, cancellationToken) is not { } current || !IsQuarantined(current))
            {
                return;
            }

            until = (DateTimeOffset)current[QuarantinedUntil];
        }

        // Made of the mark alone, so that everybody who records it writes the same row.
        SystemEvent damaged = SystemEvent.OfGivenUp($"A row of table {table.Name} cannot be read and is left alone for an hour: {row.RowKey}: {reason}", row.RowKey, until - QuarantineFor);
        await systemEvents.AddAsync([damaged with { Id = $"damaged.{Keys.Hash(table.Name, row.PartitionKey, row.RowKey)}" }], cancellationToken);
    }

    private bool IsQuarantined(TableEntity row) => row[QuarantinedUntil] is DateTimeOffset until && until > time.GetUtcNow();
}
