using AlertFunctions.Core.Storage;
using AlertFunctions.Core.Texts;
using Azure;
using Azure.Data.Tables;

namespace AlertFunctions.Core.Alerts;

/// <summary>An alert type outstanding on a computer.</summary>
/// <param name="Type">The alert type's name.</param>
/// <param name="Computer">The computer.</param>
/// <param name="RaisedAt">The time of the event that raised it.</param>
/// <param name="Message">That event's message.</param>
/// <param name="EventId">That event's id.</param>
public sealed record Alert(string Type, string Computer, DateTimeOffset RaisedAt, string? Message, string? EventId)
{
    /// <summary>
    /// The filter for outstanding alerts among the rows of alerts: a cleared alert's row has no time of its raise. A comparison with a
    /// property that a row lacks is false, so rows from before there were tombstones count as outstanding.
    /// </summary>
    public static readonly string IsOutstanding = TableClient.CreateQueryFilter($"RaisedAt ge {StorageTime.Minimum}");

    /// <summary>The severity of the event that raised it, where its type was beyond the limit of alert types and has no settings; otherwise null.</summary>
    public Severity? Severity { get; init; }

    /// <summary>The alert's type where it has no settings.</summary>
    public AlertType UnregisteredType => new(Type) { Severity = Severity ?? default };

    /// <summary>The ULID of the raise, which a clear's is always greater than.</summary>
    public Ulid Raise { get; init; }

    /// <summary>The transaction that wrote the row.</summary>
    public Guid Operation { get; init; }

    /// <summary>The version of its row that was read; default when it was not read from storage.</summary>
    public ETag ETag { get; init; }

    /// <summary>The key of an alert's row in its shard.</summary>
    public static string RowKey(string type, string computer) => $"alert|{Keys.Part(type)}|{Keys.Part(computer)}";

    /// <summary>The row that holds it.</summary>
    public TableEntity ToRow()
    {
        var row = new TableEntity(Shard.Of(Type).Key, RowKey(Type, Computer))
        {
            ["Alert"] = Type,
            ["Computer"] = Computer,
            ["RaisedAt"] = RaisedAt,
            ["Raise"] = $"{Raise}",
            ["EventId"] = EventId,
            ["Severity"] = Severity?.ToString(),
            ["Operation"] = Operation,
        };
        row.SetLongText("Message", Message ?? "");
        return row;
    }

    /// <summary>Reads a row, or the part of it that a query selected.</summary>
    /// <exception cref="FormatException">The row is damaged, or holds a cleared alert.</exception>
    public static Alert FromRow(TableEntity row) => new(
        row.RequiredText("Alert"),
        row.RequiredText("Computer"),
        row.RequiredTime("RaisedAt"),
        row.GetLongText("Message") is { Length: > 0 } message ? message : null,
        row.GetString("EventId"))
    {
        Severity = row.OptionalEnum<Severity>("Severity"),
        Raise = row.RequiredUlid("Raise"),
        Operation = row.RequiredGuid("Operation"),
        ETag = row.ETag,
    };
}
