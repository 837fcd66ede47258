using AlertFunctions.Core.Storage;
using AlertFunctions.Core.Texts;
using Azure;
using Azure.Data.Tables;

namespace AlertFunctions.Core.Alerts;

/// <summary>An outstanding alert: an alert type on a computer.</summary>
/// <param name="Type">The alert type's name.</param>
/// <param name="Computer">The computer.</param>
/// <param name="RaisedAt">The time of the event that raised it.</param>
/// <param name="Message">The message of that event.</param>
/// <param name="EventId">The id of that event.</param>
public sealed record Alert(string Type, string Computer, DateTimeOffset RaisedAt, string? Message, string? EventId)
{
    /// <summary>
    /// The filter for outstanding alerts: rows of cleared alerts have no <c>RaisedAt</c>, and the service treats a comparison with a missing
    /// property as false. Rows written before tombstones existed count as outstanding.
    /// </summary>
    public static readonly string IsOutstanding = TableClient.CreateQueryFilter($"RaisedAt ge {StorageTime.Minimum}");

    /// <summary>The severity of the event that raised it if the alert type has no settings because the limit of alert types was reached; otherwise null.</summary>
    public Severity? Severity { get; init; }

    /// <summary>The alert type to use if it has no settings.</summary>
    public AlertType UnregisteredType => new(Type) { Severity = Severity ?? default };

    /// <summary>The ULID of the raise. The ULID of its clear is always greater.</summary>
    public Ulid Raise { get; init; }

    /// <summary>The transaction that wrote the row.</summary>
    public Guid Operation { get; init; }

    /// <summary>The ETag of the row that was read; default if the alert was not read from storage.</summary>
    public ETag ETag { get; init; }

    /// <summary>The row key of an alert in its shard.</summary>
    public static string RowKey(string type, string computer) => $"alert|{Keys.Part(type)}|{Keys.Part(computer)}";

    /// <summary>Converts the alert to its row.</summary>
    public TableEntity ToRow()
    {
        var row = new TableEntity(Shard.Of(Type).Key, RowKey(Type, Computer))
        {
            ["Alert"] = Type,
            ["Computer"] = Computer,
            ["RaisedAt"] = RaisedAt,
            ["Raise"] = $"{Raise}",
            ["Operation"] = Operation,
        };
        row.SetOptionalText("EventId", EventId);
        row.SetOptionalText("Severity", Severity?.ToString());
        row.SetOptionalText("Message", Message);
        return row;
    }

    /// <summary>Reads a row, or the properties of it that a query selected.</summary>
    /// <exception cref="FormatException">The row is damaged, or contains a cleared alert.</exception>
    public static Alert FromRow(TableEntity row) => new(
        row.RequiredText("Alert"),
        row.RequiredText("Computer"),
        row.RequiredTime("RaisedAt"),
        row.GetString("Message") is { Length: > 0 } message ? message : null, // earlier versions stored an empty one
        row.GetString("EventId"))
    {
        Severity = row.OptionalEnum<Severity>("Severity"),
        Raise = row.RequiredUlid("Raise"),
        Operation = row.RequiredGuid("Operation"),
        ETag = row.ETag,
    };
}
