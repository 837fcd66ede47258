using System.Text.Json;
using System.Text.Json.Serialization;
using AlertFunctions.Core.Storage;
using AlertFunctions.Core.SystemEvents;
using AlertFunctions.Core.Texts;
using Azure;
using Azure.Data.Tables;

namespace AlertFunctions.Core.Outbox;

/// <summary>One computer of a transition, as mails and system events name it.</summary>
/// <param name="Computer">The computer.</param>
/// <param name="Time">When the transition's event happened.</param>
/// <param name="RaisedAt">For a clear, when the alert had been raised.</param>
/// <param name="Text">The message or note, at most <see cref="MaximumTextLength"/> characters.</param>
/// <param name="By">The operator who cleared, where one said who it is.</param>
public sealed record AffectedComputer(string Computer, DateTimeOffset Time, DateTimeOffset? RaisedAt = null, string? Text = null, string? By = null)
{
    /// <summary>The most characters that a message or note keeps.</summary>
    public const int MaximumTextLength = 500;

    /// <summary>A computer whose text is cut to <see cref="MaximumTextLength"/>.</summary>
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

/// <summary>A run of transitions of one kind whose consequences are still to come: a system event and, by the type's switches, mail.</summary>
/// <param name="AlertType">The alert type's name.</param>
/// <param name="Id">Orders the outbox; the mail made of it takes it as its id.</param>
/// <param name="Kind">Raise or clear.</param>
/// <param name="Count">How many computers, listed or not.</param>
/// <param name="Computers">The first of them, at most <see cref="MaximumComputers"/>.</param>
public sealed record OutboxRow(string AlertType, Ulid Id, TransitionKind Kind, int Count, IReadOnlyList<AffectedComputer> Computers)
{
    /// <summary>The most computers that one row holds.</summary>
    public const int MaximumComputers = 100;

    /// <summary>The operator who cleared, or null.</summary>
    public string? By { get; init; }

    /// <summary>The most serious severity of its alerts, where their type has no settings to tell it; otherwise null.</summary>
    public Severity? Severity { get; init; }

    /// <summary>Whether other rows were added into it, after each had its system event.</summary>
    public bool Folded { get; init; }

    /// <summary>The mail for recipients up to this address exists; null before the first. Such a row folds no more.</summary>
    public string? ComposedUpTo { get; init; }

    /// <summary>How many mails were made of it.</summary>
    public int ComposedMails { get; init; }

    /// <summary>The row is passed over until then, because it could not be composed.</summary>
    public DateTimeOffset NotBefore { get; init; }

    /// <summary>The transaction that added it.</summary>
    public Guid Operation { get; init; }

    /// <summary>The version of its row that was read; default when it was not read from storage.</summary>
    public ETag ETag { get; init; }

    /// <summary>The key of its row.</summary>
    public string Key => RowKey(AlertType, Id);

    /// <summary>The key of a row.</summary>
    public static string RowKey(string type, Ulid id) => $"{Prefix(type)}|{id}";

    /// <summary>How the keys of a type's rows begin.</summary>
    public static string Prefix(string type) => $"outbox|{Keys.Part(type)}";

    /// <summary>The row that holds it.</summary>
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
        ETag = row.ETag,
    };

    /// <summary>How its rows are read.</summary>
    public static RowType<OutboxRow> Rows { get; } = new(FromRow, (mark, until) => mark["NotBefore"] = until);
}

/// <summary>How values of this room are written as JSON in rows.</summary>
[JsonSerializable(typeof(IReadOnlyList<AffectedComputer>))]
public sealed partial class OutboxJson : JsonSerializerContext
{
    static OutboxJson() => Default = new OutboxJson(StorageJson.NewOptions());
}
