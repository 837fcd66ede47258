using System.Globalization;
using System.Runtime.CompilerServices;
using System.Text.Json;
using System.Text.Json.Serialization;
using AlertFunctions.Core.Storage;
using Azure;
using Azure.Data.Tables;

namespace AlertFunctions.Core.SystemEvents;

/// <summary>
/// Stores system events newest first: partition keys count days down and row keys count ticks down, so one query in key order goes back in time,
/// however long ago the last event was.
/// </summary>
public sealed class SystemEventStore
{
    /// <summary>Maximum responses of the service per page, each with up to 1,000 rows. If the rows are large, a request has time for fewer than that.</summary>
    private const int MaximumAnswers = 20;

    /// <summary>The properties needed for counting. Texts make up most of a row and are not fetched. A list of 100 computers takes three properties at most.</summary>
    private static readonly string[] JournalProperties =
        ["PartitionKey", "RowKey", "Number", "Time", "Target", "Timestamp", RowReader.QuarantinedUntil, .. LongText.PropertyNames("Data", 8), "Count", .. LongText.PropertyNames("Computers", 8)];

    /// <summary>System events are kept for more than a year, so that a report can cover a whole one.</summary>
    public static readonly TimeSpan Retention = TimeSpan.FromDays(53 * 7);

    private static readonly RowType<SystemEvent> s_rows = new(FromRow);
    private static readonly RowType<JournalEntry> s_journalRows = new(JournalFromRow);

    private readonly StorageClients _storage;
    private readonly RowReader _reader;
    private long _additions;

    /// <summary>Creates the store.</summary>
    /// <param name="storage">The storage account.</param>
    /// <param name="time">The clock that quarantine is measured by.</param>
    public SystemEventStore(StorageClients storage, TimeProvider time)
    {
        _storage = storage;
        _reader = new RowReader(this, time);
    }

    /// <summary>How often this process has added events: who has seen all up to a number need not ask storage whether this process has news.</summary>
    public long Additions => Volatile.Read(ref _additions);

    /// <summary>Adds events. One that exists already, because the same step was repeated, is left unchanged.</summary>
    public async Task AddAsync(IReadOnlyList<SystemEvent> events, CancellationToken cancellationToken)
    {
        if (events.Count == 0)
        {
            return;
        }

        foreach (IGrouping<string, TableEntity> partition in events.Select(ToRow).GroupBy(row => row.PartitionKey, StringComparer.Ordinal))
        {
            await AddPartitionAsync(partition.Key, partition.ToList(), cancellationToken);
        }

        Interlocked.Increment(ref _additions);
    }

    /// <summary>The newest events, newest first, in one operation.</summary>
    /// <param name="count">How many.</param>
    /// <param name="cancellationToken">Cancels the operation.</param>
    public async Task<IReadOnlyList<SystemEvent>> NewestAsync(int count, CancellationToken cancellationToken) =>
        await _reader.ReadAllAsync(_storage.SystemEvents, await _storage.SystemEvents.FirstAsync("PartitionKey ge '0'", count, cancellationToken), s_rows, cancellationToken);

    /// <summary>
    /// One page of events, newest first. The rows read by one call are limited, however rare the number and however large the table, so a page can
    /// hold fewer than <paramref name="top"/> events, or none, and still have a continuation.
    /// </summary>
    /// <param name="from">Start of the period (inclusive).</param>
    /// <param name="to">End of the period (exclusive), or null for no end.</param>
    /// <param name="filter">Which events.</param>
    /// <param name="top">The maximum number of events on the page, 1 to 1,000.</param>
    /// <param name="continuation">The continuation of the previous page, or null for the first.</param>
    /// <param name="cancellationToken">Cancels the operation.</param>
    public async Task<(IReadOnlyList<SystemEvent> Items, string? Continuation)> ListAsync(
        DateTimeOffset from, DateTimeOffset? to, SystemEventFilter filter, int top, string? continuation, CancellationToken cancellationToken)
    {
        // Filter here: the service would scan the table for it without a time limit.
        bool keysFirst = filter is { IsOfKind: true, Search: null };
        var keys = new List<TableEntity>();
        var items = new List<SystemEvent>();
        string? next = await ReadBackAsync(from, to, continuation, startsAtPlace: false, filter.IsRestricted ? Tables.PageSize : top, keysFirst ? SystemEventFilter.KindProperties : null, TakeAsync, cancellationToken);
        return (keysFirst ? await _reader.ReadAllAsync(_storage.SystemEvents, await ReadAsync(keys, cancellationToken), s_rows, cancellationToken) : items, next);

        async Task<bool> TakeAsync(TableEntity row)
        {
            if (!filter.MatchesKind(row))
            {
                return false;
            }

            if (keysFirst)
            {
                keys.Add(row);
            }
            else if (await _reader.ReadAsync(_storage.SystemEvents, row, s_rows, cancellationToken) is { } item && filter.MatchesText(item))
            {
                items.Add(item);
            }

            return keys.Count + items.Count == top;
        }
    }

    /// <summary>How many events come after a page. Their texts are only read when a text is searched for.</summary>
    /// <param name="from">As of the page.</param>
    /// <param name="to">As of the page.</param>
    /// <param name="filter">As of the page.</param>
    /// <param name="continuation">The continuation of the page.</param>
    /// <param name="limit">The most that are counted.</param>
    /// <param name="cancellationToken">Cancels the operation.</param>
    /// <returns>The number; null beyond the limit, or beyond what one call may read.</returns>
    public async Task<int?> CountAsync(DateTimeOffset from, DateTimeOffset? to, SystemEventFilter filter, string continuation, int limit, CancellationToken cancellationToken)
    {
        int count = 0;
        string? next = await ReadBackAsync(from, to, continuation, startsAtPlace: false, Tables.PageSize, filter.Search is null ? SystemEventFilter.KindProperties : null, TakeAsync, cancellationToken);
        return next is null ? count : null;

        async Task<bool> TakeAsync(TableEntity row)
        {
            if (filter.MatchesKind(row) && (filter.Search is null || (await _reader.ReadAsync(_storage.SystemEvents, row, s_rows, cancellationToken) is { } item && filter.MatchesText(item))))
            {
                count++;
            }

            return count > limit;
        }
    }

    /// <summary>Reads rows back in time until there are enough, or as many as a request has time for.</summary>
    /// <param name="from">Not older than this.</param>
    /// <param name="to">Older than this, or null.</param>
    /// <param name="place">Where the page before ended, or null for the first.</param>
    /// <param name="startsAtPlace">Whether the row at that place is read again.</param>
    /// <param name="pageSize">Rows of one answer of the service.</param>
    /// <param name="select">The properties that are read; null for all.</param>
    /// <param name="takeAsync">Takes a row, and says whether there are enough now.</param>
    /// <param name="cancellationToken">Cancels the operation.</param>
    /// <returns>The place of the last row that was read; null when nothing is left.</returns>
    private async Task<string?> ReadBackAsync(
        DateTimeOffset from, DateTimeOffset? to, string? place, bool startsAtPlace, int pageSize, IReadOnlyList<string>? select, Func<TableEntity, Task<bool>> takeAsync, CancellationToken cancellationToken)
    {
        TableEntity? last = null;
        int answers = 0;
        foreach (string range in Ranges(from, to, place, startsAtPlace))
        {
            await foreach (Page<TableEntity> page in _storage.SystemEvents.QueryAsync<TableEntity>(range, pageSize, select, cancellationToken).AsPages())
            {
                foreach (TableEntity row in page.Values)
                {
                    last = row;
                    if (await takeAsync(row))
                    {
                        return PlaceOf(row);
                    }
                }

                if (++answers >= MaximumAnswers && last is not null)
                {
                    return PlaceOf(last);
                }
            }
        }

        return null;
    }

    /// <summary>Reads the system events of some numbers back in time, without their texts, until there are enough or as many as a request has time for.</summary>
    /// <param name="from">Not older than this.</param>
    /// <param name="to">Older than this, or null.</param>
    /// <param name="numbers">The numbers.</param>
    /// <param name="place">Where the page before ended, or null for the first.</param>
    /// <param name="startsAtPlace">Whether the event at that place is read again.</param>
    /// <param name="take">Takes an event with its place, and says whether there are enough now.</param>
    /// <param name="cancellationToken">Cancels the operation.</param>
    /// <returns>The place of the last event that was read; null when nothing is left.</returns>
    public Task<string?> ReadJournalBackAsync(
        DateTimeOffset from, DateTimeOffset? to, IReadOnlyList<int> numbers, string? place, bool startsAtPlace, Func<JournalEntry, string, bool> take, CancellationToken cancellationToken)
    {
        return ReadBackAsync(from, to, place, startsAtPlace, Tables.PageSize, JournalProperties, TakeAsync, cancellationToken);

        async Task<bool> TakeAsync(TableEntity row) =>
            row["Number"] is int number && numbers.Contains(number)
            && await _reader.ReadAsync(_storage.SystemEvents, row, s_journalRows, cancellationToken) is { } entry
            && take(entry, PlaceOf(row));
    }

    private static string PlaceOf(TableEntity row) => $"{row.PartitionKey}{Keys.Separator}{row.RowKey}";

    /// <summary>
    /// Whether an event of some numbers is newer than a time. It looks from the newest on and no further than one call may (<see cref="MaximumAnswers"/>): what
    /// is behind so many other events counts as not there.
    /// </summary>
    /// <param name="time">The time.</param>
    /// <param name="numbers">The numbers.</param>
    /// <param name="cancellationToken">Cancels the operation.</param>
    public async Task<bool> AnyAfterAsync(DateTimeOffset time, IReadOnlyList<int> numbers, CancellationToken cancellationToken)
    {
        int answers = 0;
        foreach (string range in Ranges(time.AddTicks(1), to: null, place: null, startsAtPlace: false))
        {
            await foreach (Page<TableEntity> page in _storage.SystemEvents.QueryAsync<TableEntity>($"{range} and ({OfNumbers(numbers)})", 1, ["PartitionKey"], cancellationToken).AsPages())
            {
                if (page.Values.Count > 0 || ++answers >= MaximumAnswers)
                {
                    return page.Values.Count > 0;
                }
            }
        }

        return false;
    }

    /// <summary>Whether a text has the form of a page's continuation: the keys of a system event.</summary>
    /// <param name="text">The text.</param>
    public static bool IsContinuation(string text) =>
        text.Split(Keys.Separator) is [{ Length: 8 } day, { Length: 19 } ticks, { Length: > 0 }] && day.All(char.IsAsciiDigit) && ticks.All(char.IsAsciiDigit) && !text.Any(char.IsControl);

    /// <summary>
    /// The system events with the given numbers in a period, in no particular order, fetched page by page. A day is one partition, so a period costs
    /// one operation per day and per 1,000 rows, however large the rest of the table is.
    /// </summary>
    /// <param name="from">Start of the period (inclusive).</param>
    /// <param name="to">End of the period (exclusive).</param>
    /// <param name="numbers">The numbers of the system events.</param>
    /// <param name="cancellationToken">Cancels the operation.</param>
    public async IAsyncEnumerable<JournalEntry> ReadJournalAsync(DateTimeOffset from, DateTimeOffset to, IReadOnlyList<int> numbers, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        for (DateTimeOffset day = new(from.UtcDateTime.Date, TimeSpan.Zero); day < to; day = day.AddDays(1))
        {
            // Keys count down: rows before "to" sort after its key; rows at or after "from" sort up to its key.
            string keys = TableClient.CreateQueryFilter($"PartitionKey eq {PartitionKey(day)} and RowKey gt {Keys.InvertedTicks(to) + Keys.AfterSeparator} and RowKey lt {Keys.InvertedTicks(from) + Keys.AfterSeparator}");
            await foreach (TableEntity row in _storage.SystemEvents.AllAsync($"{keys} and ({OfNumbers(numbers)})", JournalProperties, cancellationToken))
            {
                if (await _reader.ReadAsync(_storage.SystemEvents, row, s_journalRows, cancellationToken) is { } entry)
                {
                    yield return entry;
                }
            }
        }
    }

    private static string OfNumbers(IReadOnlyList<int> numbers) => string.Join(" or ", numbers.Select(number => TableClient.CreateQueryFilter($"Number eq {number}")));

    /// <summary>The complete rows for the given keys, in order; rows deleted since are left out.</summary>
    private async Task<IReadOnlyList<TableEntity>> ReadAsync(IReadOnlyList<TableEntity> keys, CancellationToken cancellationToken)
    {
        var rows = new List<TableEntity>();
        foreach (IGrouping<string, TableEntity> day in keys.GroupBy(key => key.PartitionKey, StringComparer.Ordinal))
        {
            rows.AddRange((await _storage.SystemEvents.FindAllAsync(day.Key, day.Select(key => key.RowKey).ToList(), cancellationToken)).OfType<TableEntity>());
        }

        return rows;
    }

    /// <summary>
    /// Filters that together cover a period in key order: the rest of its newest day, the days between, and its oldest day. A single filter with
    /// <c>or</c> would scan the whole table.
    /// </summary>
    private static IEnumerable<string> Ranges(DateTimeOffset from, DateTimeOffset? to, string? place, bool startsAtPlace)
    {
        // Keys count down: rows before "to" sort after its key; rows at or after "from" sort up to its key.
        string lastDay = PartitionKey(from);
        string end = Keys.InvertedTicks(from) + Keys.AfterSeparator;
        (string Day, string Key)? start = to is { } newest ? (PartitionKey(newest), Keys.InvertedTicks(newest) + Keys.AfterSeparator) : null;
        string after = "RowKey gt ";
        if (place?.Split(Keys.Separator, 2) is [var day, var key] && (start is null || string.CompareOrdinal(day + key, start.Value.Day + start.Value.Key) > 0))
        {
            start = (day, key);
            after = startsAtPlace ? "RowKey ge " : after;
        }

        if (start is not { } first)
        {
            yield return TableClient.CreateQueryFilter($"PartitionKey lt {lastDay}");
        }
        else if (string.CompareOrdinal(first.Day, lastDay) < 0)
        {
            yield return TableClient.CreateQueryFilter($"PartitionKey eq {first.Day} and ") + after + TableClient.CreateQueryFilter($"{first.Key}");
            yield return TableClient.CreateQueryFilter($"PartitionKey gt {first.Day} and PartitionKey lt {lastDay}");
        }

        if (start is null || string.CompareOrdinal(start.Value.Day, lastDay) <= 0)
        {
            string begin = start?.Day == lastDay ? start.Value.Key : "";
            yield return TableClient.CreateQueryFilter($"PartitionKey eq {lastDay} and ") + after + TableClient.CreateQueryFilter($"{begin} and RowKey lt {end}");
        }
    }

    private async Task AddPartitionAsync(string partition, List<TableEntity> rows, CancellationToken cancellationToken)
    {
        for (int start = 0; start < rows.Count;)
        {
            var transaction = new TableTransaction(_storage.SystemEvents, partition);
            int end = start;
            while (end < rows.Count && transaction.HasRoomFor(1, TableTransaction.EstimateBytes(rows[end])))
            {
                transaction.Add(rows[end++]);
            }

            if (end - start == 1)
            {
                await _storage.SystemEvents.TryAddAsync(rows[start], cancellationToken);
            }
            else if (!(await transaction.SubmitAsync(cancellationToken)).Committed)
            {
                foreach (TableEntity row in rows.GetRange(start, end - start))
                {
                    await _storage.SystemEvents.TryAddAsync(row, cancellationToken);
                }
            }

            start = end;
        }
    }

    /// <summary>The partition of a day. Partition keys count days down.</summary>
    public static string PartitionKey(DateTimeOffset time) =>
        (99_999_999 - int.Parse(Keys.Day(time), CultureInfo.InvariantCulture)).ToString("D8", CultureInfo.InvariantCulture);

    private static TableEntity ToRow(SystemEvent item)
    {
        var row = new TableEntity(PartitionKey(item.Time), $"{Keys.InvertedTicks(item.Time)}|{item.Id}")
        {
            ["Number"] = item.Number,
            ["Level"] = item.Level.ToString(),
            ["Text"] = item.Text,
            ["Time"] = item.Time,
            ["Id"] = item.Id,
            ["Target"] = item.Target,
        };
        row.SetLongText("Values", JsonSerializer.Serialize(item.Values, SystemEventJson.Default.IReadOnlyDictionaryStringString));
        row.SetLongText("Data", JsonSerializer.Serialize(item.Data, SystemEventJson.Default.IReadOnlyDictionaryStringString));
        if (item.Count > 0)
        {
            row["Count"] = item.Count;
            row.SetLongText("Computers", JsonSerializer.Serialize(item.Computers, SystemEventJson.Default.IReadOnlyListJournalComputer));
        }

        return row;
    }

    private static SystemEvent FromRow(TableEntity row) => new(
        row.RequiredInt32("Number"),
        row.RequiredEnum<SystemEventLevel>("Level"),
        row.RequiredText("Text"),
        row.RequiredTime("Time"))
    {
        Id = row.RequiredText("Id"),
        Target = row.RequiredText("Target"),
        Values = row.RequiredJson("Values", SystemEventJson.Default.IReadOnlyDictionaryStringString),
        Data = row.RequiredJson("Data", SystemEventJson.Default.IReadOnlyDictionaryStringString),
    };

    private static JournalEntry JournalFromRow(TableEntity row) => new(
        row.RequiredInt32("Number"),
        row.RequiredTime("Time"),
        row.RequiredText("Target"),
        row.RequiredJson("Data", SystemEventJson.Default.IReadOnlyDictionaryStringString),
        row.GetInt32("Count") ?? 0,
        row["Computers"] is null ? [] : row.RequiredJson("Computers", SystemEventJson.Default.IReadOnlyListJournalComputer));
}

/// <summary>JSON serialization of the values that this room stores in rows.</summary>
[JsonSerializable(typeof(IReadOnlyList<JournalComputer>))]
[JsonSerializable(typeof(IReadOnlyDictionary<string, string>))]
public sealed partial class SystemEventJson : JsonSerializerContext
{
    static SystemEventJson() => Default = new SystemEventJson(StorageJson.NewOptions());
}
