using AlertFunctions.Core.Storage;
using AlertFunctions.Core.SystemEvents;
using Azure;
using Azure.Data.Tables;

namespace AlertFunctions.Core.Alerts;

/// <summary>The state of an alert type on a computer: outstanding, cleared within the last day, or absent.</summary>
public sealed record AlertState
{
    /// <summary>No row exists: the alert was never raised, or was cleared more than a day ago.</summary>
    public static AlertState Absent { get; } = new();

    /// <summary>The alert, if it is outstanding.</summary>
    public Alert? Alert { get; init; }

    /// <summary>The tombstone, if the alert was cleared within the last day.</summary>
    public Tombstone? Tombstone { get; init; }

    /// <summary>The condition for the next change; default if there is no row.</summary>
    public ETag ETag { get; init; }

    /// <summary>The ULID of the last transition. That of the next one must be greater.</summary>
    public Ulid Last => Alert?.Raise ?? Tombstone?.Clear ?? default;

    /// <summary>How rows of alerts are read.</summary>
    public static RowType<AlertState> Rows { get; } = new(FromRow);

    private static AlertState FromRow(TableEntity row) => row["RaisedAt"] is null
        ? new AlertState { Tombstone = Tombstone.FromRow(row), ETag = row.ETag }
        : new AlertState { Alert = Alert.FromRow(row), ETag = row.ETag };
}

/// <summary>
/// What a cleared alert leaves in its row for a day. It ensures that the next raise gets a greater ULID than the clear, whatever the clocks of
/// the processes say, and that events older than the clear are recognised as outdated.
/// </summary>
/// <param name="Type">The alert type's name.</param>
/// <param name="Computer">The computer.</param>
/// <param name="Clear">The ULID of the clear.</param>
/// <param name="ClearedAt">The time of the event that cleared it, or of the operator's clear.</param>
/// <param name="ByEvent">Whether an event cleared it, rather than an operator.</param>
public sealed record Tombstone(string Type, string Computer, Ulid Clear, DateTimeOffset ClearedAt, bool ByEvent)
{
    /// <summary>How long a tombstone is kept. After that, a late event raises the alert again.</summary>
    public static readonly TimeSpan KeptFor = TimeSpan.FromDays(1);

    /// <summary>The transaction that wrote the row.</summary>
    public Guid Operation { get; init; }

    /// <summary>The filter for tombstones of clears before a time.</summary>
    public static string IsOlderThan(DateTimeOffset time) => TableClient.CreateQueryFilter($"Clear lt {$"{Ulid.NewUlid(time, new byte[10])}"}");

    /// <summary>Converts the tombstone to its row, without <c>RaisedAt</c>, which marks outstanding alerts (see <see cref="Alert.IsOutstanding"/>).</summary>
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
