using System.Text.Json;
using System.Text.Json.Serialization;
using AlertFunctions.Core.Storage;
using AlertFunctions.Core.SystemEvents;
using AlertFunctions.Core.Texts;
using Azure;
using Azure.Data.Tables;

namespace AlertFunctions.Core.Outbox;

/// <summary>A computer affected by a transition, as shown in mail and system events.</summary>
/// <param name="Computer">The computer.</param>
/// <param name="Time">The time of the event that raised or cleared the alert.</param>
/// <param name="RaisedAt">For a clear, the time at which the alert had been raised.</param>
/// <param name="Text">The message or note, at most <see cref="MaximumTextLength"/> characters.</param>
/// <param name="By">The operator who cleared, where one said who it is.</param>
public sealed record AffectedComputer(string Computer, DateTimeOffset Time, DateTimeOffset? RaisedAt = null, string? Text = null, string? By = null)
{
    /// <summary>The maximum length of a message or note, in characters. Longer text is truncated.</summary>
    public const int MaximumTextLength = 500;

    /// <summary>Creates a computer, truncating its text to <see cref="MaximumTextLength"/>.</summary>
    public static AffectedComputer Of(string computer, DateTimeOffset time, DateTimeOffset? raisedAt, string? text) => new(computer, time, raisedAt, Cut(text));

    private static string? Cut(string? text)
    {
        if (text is null || text.Length <= MaximumTextLength)
        {
            return text;
        }

        int end = MaximumTextLength - 1;
        return $"{text.AsSpan(0, char.IsHighSurrogate(text[end - 1]) ? end - 1 : end)}…";
    }
}

/// <summary>Transitions of one kind that still need to be processed: they become a system event and, if the type's switches say so, mail.</summary>
/// <param name="AlertType">The alert type's name.</param>
/// <param name="Id">Orders the outbox, and becomes the id of the mail.</param>
/// <param name="Kind">Raise or clear.</param>
/// <param name="Count">The number of computers, whether listed or not.</param>
/// <param name="Computers">The first of them, at most <see cref="MaximumComputers"/>.</param>
public sealed record OutboxRow(string AlertType, Ulid Id, TransitionKind Kind, int Count, IReadOnlyList<AffectedComputer> Computers)
{
    /// <summary>The maximum number of computers listed in a row.</summary>
    public const int MaximumComputers = 100;

    /// <summary>The prefix of the row keys of outboxes.</summary>
    public const string RowPrefix = "outbox";

    /// <summary>The operator who cleared, or null.</summary>
    public string? By { get; init; }

    /// <summary>The highest severity of its alerts if their type has no settings; otherwise null.</summary>
    public Severity? Severity { get; init; }

    /// <summary>Whether other rows, whose system events were already recorded, were merged into this one.</summary>
    public bool Folded { get; init; }

    /// <summary>The last address, in order, that mail was composed for; null before the first mail. Nothing is merged into such a row any more.</summary>
    public string? ComposedUpTo { get; init; }

    /// <summary>The number of mails composed from it.</summary>
    public int ComposedMails { get; init; }

    /// <summary>The row is skipped until this time because composing it failed.</summary>
    public DateTimeOffset NotBefore { get; init; }

    /// <summary>The trace of the request that made it, as a W3C <c>traceparent</c>; null where nobody records it.</summary>
    public string? Trace { get; init; }

    /// <summary>The transaction that added it.</summary>
    public Guid Operation { get; init; }

    /// <summary>The ETag of the row that was read; default if it was not read from storage.</summary>
    public ETag ETag { get; init; }

    /// <summary>The row key.</summary>
    public string Key => RowKey(AlertType, Id);

    /// <summary>The row key for a type and an id.</summary>
    public static string RowKey(string type, Ulid id) => $"{Prefix(type)}|{id}";

    /// <summary>The prefix of the row keys of a type.</summary>
    public static string Prefix(string type) => $"{RowPrefix}|{Keys.Part(type)}";

    /// <summary>Converts it to its table row.</summary>
    public TableEntity ToRow()
    {
        var row = new TableEntity(Shard.Of(AlertType).Key, Key)
        {
            ["Alert"] = AlertType,
            ["Id"] = $"{Id}",
            ["CreatedAt"] = Id.Time,
            ["Kind"] = Kind.ToString(),
            ["Count"] = Count,
            ["By"] = By,
            ["Severity"] = Severity?.ToString(),
            ["Folded"] = Folded,
            ["ComposedUpTo"] = ComposedUpTo,
            ["ComposedMails"] = ComposedMails,
            ["NotBefore"] = NotBefore < StorageTime.Minimum ? StorageTime.Minimum : NotBefore,
            ["Operation"] = Operation,
        };
        row.SetOptionalText("Trace", Trace);
        row.SetLongText("Computers", JsonSerializer.Serialize(Computers, OutboxJson.Default.IReadOnlyListAffectedComputer));
        return row;
    }

    /// <summary>Reads a row.</summary>
    /// <exception cref="FormatException">The row is damaged.</exception>
    public static OutboxRow FromRow(TableEntity row) => new(
        row.RequiredText("Alert"),
        row.RequiredUlid("Id"),
        row.RequiredEnum<TransitionKind>("Kind"),
        row.RequiredInt32("Count"),
        row.RequiredJson("Computers", OutboxJson.Default.IReadOnlyListAffectedComputer))
    {
        By = row.GetString("By"),
        Severity = row.OptionalEnum<Severity>("Severity"),
        Folded = row.RequiredBoolean("Folded"),
        ComposedUpTo = row.GetString("ComposedUpTo"),
        ComposedMails = row.RequiredInt32("ComposedMails"),
        NotBefore = row.RequiredTime("NotBefore"),
        Operation = row.RequiredGuid("Operation"),
        Trace = row.GetString("Trace"),
        ETag = row.ETag,
    };

    /// <summary>How outbox rows are read.</summary>
    public static RowType<OutboxRow> Rows { get; } = new(FromRow, (mark, until) => mark["NotBefore"] = until);
}

/// <summary>JSON serialization of the values that this room stores in rows.</summary>
[JsonSerializable(typeof(IReadOnlyList<AffectedComputer>))]
public sealed partial class OutboxJson : JsonSerializerContext
{
    static OutboxJson() => Default = new OutboxJson(StorageJson.NewOptions());
}
