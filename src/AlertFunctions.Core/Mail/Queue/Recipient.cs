using AlertFunctions.Core.Mail.Smtp;
using AlertFunctions.Core.Storage;
using AlertFunctions.Core.SystemEvents;
using AlertFunctions.Core.Texts;
using Azure;
using Azure.Data.Tables;

namespace AlertFunctions.Core.Mail.Queue;

/// <summary>A recipient still waiting for a mail.</summary>
/// <param name="MailId">The id of the mail.</param>
/// <param name="User">The user's name, or null for an address without a user.</param>
/// <param name="Address">The address; for a user, the last known one.</param>
/// <param name="Culture">The language of the mail, frozen.</param>
/// <param name="DueAt">The next scheduled attempt (S16).</param>
public sealed record Recipient(string MailId, string? User, string Address, MailCulture Culture, DateTimeOffset DueAt)
{
    /// <summary>The IANA zone in which this recipient's copy shows times, frozen; null for the mail's own.</summary>
    public string? TimeZone { get; init; }

    /// <summary>Which of the mail's bodies this recipient gets.</summary>
    public MailEdition Edition => new(Culture, TimeZone);

    /// <summary>The number of attempts so far, scheduled or in a flush.</summary>
    public int Attempts { get; init; }

    /// <summary>The number of failures of pattern 1 (S10).</summary>
    public int UnreachableFailures { get; init; }

    /// <summary>The number of failures of pattern 2 (S11).</summary>
    public int RefusedFailures { get; init; }

    /// <summary>The number of failures of pattern 3 that count (S12). After the third, the mail is given up.</summary>
    public int NotAcceptedFailures { get; init; }

    /// <summary>The kind of the last failure; null before the first.</summary>
    public SmtpFailureKind? LastFailure { get; init; }

    /// <summary>The number of the last flush in which this recipient needs no further attempt.</summary>
    public long Flush { get; init; }

    /// <summary>Whether a flush tried this recipient although pattern 3 had refused it. No flush does so again until a scheduled attempt (rule 7).</summary>
    public bool FlushTried { get; init; }

    /// <summary>Whether its own conversation with the server was lost the last time, so that others go first (rule 4).</summary>
    public bool Lost { get; init; }

    /// <summary>When it was last attempted; null before the first attempt.</summary>
    public DateTimeOffset? LastAttemptAt { get; init; }

    /// <summary>The server's last reply, or a description of the failure if there was no reply.</summary>
    public string? LastReply { get; init; }

    /// <summary>The ETag of the row that was read; default if it was not read from storage.</summary>
    public ETag ETag { get; init; }

    /// <summary>The name by which people recognise the recipient.</summary>
    public string Name => User ?? Address;

    /// <summary>The number of re-sends left once pattern 3 has refused it; null for no limit.</summary>
    public int? ResendsLeft => NotAcceptedFailures == 0 ? null : RetryRules.RefusalsAllowed - NotAcceptedFailures;

    /// <summary>The recipient with the user's current address, which re-sends go to. A deleted user keeps the last known one.</summary>
    public Recipient WithCurrentAddress(IReadOnlyDictionary<string, string> addresses) =>
        Attempts > 0 && User is not null && addresses.TryGetValue(User, out string? address) ? this with { Address = address } : this;

    /// <summary>The row key. It never changes: a user's address may be corrected, and a later version may build keys differently.</summary>
    public string RowKey
    {
        get => field ?? $"{OutgoingMail.RowKeyOf(MailId)}|{Keys.Hash(User is null ? "address" : "user", User ?? Address)}";
        private init;
    }

    /// <summary>Converts the recipient to its row.</summary>
    public TableEntity ToRow(Shard shard) => new(shard.Key, RowKey)
    {
        ["MailId"] = MailId,
        ["User"] = User,
        ["Address"] = Address,
        ["Culture"] = Culture.ToString(),
        ["TimeZone"] = TimeZone,
        ["DueAt"] = DueAt,
        ["Attempts"] = Attempts,
        ["UnreachableFailures"] = UnreachableFailures,
        ["RefusedFailures"] = RefusedFailures,
        ["NotAcceptedFailures"] = NotAcceptedFailures,
        ["LastFailure"] = LastFailure?.ToString(),
        ["Flush"] = Flush,
        ["FlushTried"] = FlushTried,
        ["Lost"] = Lost,
        ["LastAttemptAt"] = LastAttemptAt,
        ["LastReply"] = LastReply,
    };

    /// <summary>The properties of a recipient's row.</summary>
    public static IReadOnlyList<string> Properties { get; } =
    [
        "PartitionKey", "RowKey", "Timestamp", RowReader.QuarantinedUntil, "MailId", "User", "Address", "Culture", "TimeZone", "DueAt", "Attempts", "UnreachableFailures", "RefusedFailures", "NotAcceptedFailures",
        "LastFailure", "Flush", "FlushTried", "Lost", "LastAttemptAt", "LastReply",
    ];

    /// <summary>How rows of recipients are read.</summary>
    public static RowType<Recipient> Rows { get; } = new(FromRow, Postpone);

    /// <summary>Reads a row.</summary>
    /// <exception cref="FormatException">The row is damaged.</exception>
    public static Recipient FromRow(TableEntity row) => new(
        row.RequiredText("MailId"),
        row.GetString("User"),
        row.RequiredText("Address"),
        row.RequiredEnum<MailCulture>("Culture"),
        row.RequiredTime("DueAt"))
    {
        RowKey = row.RowKey,
        TimeZone = row.GetString("TimeZone"),
        Attempts = row.RequiredInt32("Attempts"),
        UnreachableFailures = row.RequiredInt32("UnreachableFailures"),
        RefusedFailures = row.RequiredInt32("RefusedFailures"),
        NotAcceptedFailures = row.RequiredInt32("NotAcceptedFailures"),
        LastFailure = row.OptionalEnum<SmtpFailureKind>("LastFailure"),
        Flush = row.RequiredInt64("Flush"),
        FlushTried = row.RequiredBoolean("FlushTried"),
        Lost = row.RequiredBoolean("Lost"),
        LastAttemptAt = row.GetDateTimeOffset("LastAttemptAt"),
        LastReply = row.GetString("LastReply"),
        ETag = row.ETag,
    };

    /// <summary>Sets the properties that keep a row out of the queries for due mail.</summary>
    public static void Postpone(TableEntity mark, DateTimeOffset until)
    {
        mark["DueAt"] = until;
        mark["FlushTried"] = true;
    }
}
