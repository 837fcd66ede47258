using AlertFunctions.Core.Storage;
using AlertFunctions.Core.SystemEvents;
using Azure;
using Azure.Data.Tables;

namespace AlertFunctions.Core.Alerts;

/// <summary>What is known of an alert type on a computer: the alert, the clear that ended it, or neither.</summary>
public sealed record AlertState
{
    /// <summary>There is no row: it never was, or was cleared more than a day ago.</summary>
    public static AlertState Absent { get; } = new();

    /// <summary>The alert, when it is outstanding.</summary>
    public Alert? Alert { get; init; }

    /// <summary>The clear that ended it, when it is not.</summary>
    public Tombstone? Tombstone { get; init; }

    /// <summary>The condition for the next change; none when there is no row.</summary>
    public ETag ETag { get; init; }

    /// <summary>The ULID of its last transition, which the next one's is greater than.</summary>
    public Ulid Last => Alert?.Raise ?? Tombstone?.Clear ?? default;

    /// <summary>How its rows are read.</summary>
    public static RowType<AlertState> Rows { get; } = new(FromRow);

    private static AlertState FromRow(TableEntity row) => row["RaisedAt"] is null
        ? new AlertState { Tombstone = Tombstone.FromRow(row), ETag = row.ETag }
        : new AlertState { Alert = Alert.FromRow(row), ETag = row.ETag };
}

/// <summary>
/// What a cleared alert leaves in its row for a day: the next raise's ULID is greater than the clear's whatever the clocks of the processes say, and
/// reports that are older than the clear are known to be.
/// </summary>
/// <param name="Type">The alert type's name.</param>
/// <param name="Computer">The computer.</param>
/// <param name="Clear">The ULID of the clear.</param>
/// <param name="ClearedAt">The time of the event that cleared it, or when it was cleared by hand.</param>
/// <param name="ByEvent">Whether an event cleared it, not an operator.</param>
public sealed record Tombstone(string Type, string Computer, Ulid Clear, DateTimeOffset ClearedAt, bool ByEvent)
{
    /// <summary>How long it is kept; then a late raise is a raise again.</summary>
    public static readonly TimeSpan KeptFor = TimeSpan.FromDays(1);

    /// <summary>The transaction that wrote the row.</summary>
    public Guid Operation { get; init; }

    /// <summary>The filter for the tombstones of clears before a time.</summary>
    public static string IsOlderThan(DateTimeOffset time) => TableClient.CreateQueryFilter($"Clear lt {$"{Ulid.NewUlid(time, new byte[10])}"}");

    /// <summary>Without the time of a raise, by which readers know what is outstanding (see <see cref="Alert.IsOutstanding"/>).</summary>
    public TableEntity ToRow() => new(Shard.Of(Type).Key, Alert.RowKey(Type, Computer))
    {
        ["Alert"] = Type,
        ["Computer"] = Computer,
        ["Clear"] = $"{Clear}",
        ["ClearedAt"] = ClearedAt,
        ["ByEvent"] = ByEvent,
        ["Operation"] = Operation,
    };

    /// <summary>Reads a row.</summary>
    /// <exception cref="FormatException">The row is damaged.</exception>
    public static Tombstone FromRow(TableEntity row) => new(
        row.RequiredText("Alert"),
        row.RequiredText("Computer"),
        row.RequiredUlid("Clear"),
        row.RequiredTime("ClearedAt"),
        row.RequiredBoolean("ByEvent"))
    {
        Operation = row.RequiredGuid("Operation"),
    };
}
