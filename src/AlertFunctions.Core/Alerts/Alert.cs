using System.Globalization;
using AlertFunctions.Core.Storage;
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
    /// <summary>The ULID of the raise, which a clear's is always greater than.</summary>
    internal Ulid Raise { get; init; }

    /// <summary>The transaction that wrote the row.</summary>
    internal Guid Operation { get; init; }

    internal ETag ETag { get; init; }

    internal static string RowKey(string type, string computer) => $"alert|{Keys.Part(type)}|{Keys.Part(computer)}";

    internal TableEntity ToRow()
    {
        var row = new TableEntity(Shard.Of(Type).Key, RowKey(Type, Computer))
        {
            ["Alert"] = Type,
            ["Computer"] = Computer,
            ["RaisedAt"] = RaisedAt,
            ["Raise"] = $"{Raise}",
            ["EventId"] = EventId,
            ["Operation"] = Operation,
        };
        row.SetLongText("Message", Message ?? "");
        return row;
    }

    internal static Alert FromRow(TableEntity row) => new(
        row.GetString("Alert"),
        row.GetString("Computer"),
        row.GetDateTimeOffset("RaisedAt")!.Value,
        row.GetLongText("Message") is { Length: > 0 } message ? message : null,
        row.GetString("EventId"))
    {
        Raise = Ulid.Parse(row.GetString("Raise"), CultureInfo.InvariantCulture),
        Operation = row.GetGuid("Operation")!.Value,
        ETag = row.ETag,
    };
}
