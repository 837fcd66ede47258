using AlertFunctions.Core.Mail.Smtp;
using AlertFunctions.Core.Storage;
using AlertFunctions.Core.SystemEvents;
using AlertFunctions.Core.Texts;
using Azure;
using Azure.Data.Tables;

namespace AlertFunctions.Core.Mail.Queue;

/// <summary>One recipient who is still waiting for a mail.</summary>
/// <param name="MailId">The mail.</param>
/// <param name="User">The user's name, or null for an address without a user.</param>
/// <param name="Address">Where it goes; for a user, the last known address.</param>
/// <param name="Culture">The mail's language, frozen.</param>
/// <param name="DueAt">The next scheduled attempt (S16).</param>
public sealed record Recipient(string MailId, string? User, string Address, MailCulture Culture, DateTimeOffset DueAt)
{
    /// <summary>The IANA zone in which this recipient's copy shows times, frozen; null for the mail's own.</summary>
    public string? TimeZone { get; init; }

    /// <summary>Which of the mail's bodies this recipient gets.</summary>
    public MailEdition Edition => new(Culture, TimeZone);

    /// <summary>Attempts so far, scheduled or in a flush.</summary>
    public int Attempts { get; init; }

    /// <summary>Failures of pattern 1 (S10).</summary>
    public int UnreachableFailures { get; init; }

    /// <summary>Failures of pattern 2 (S11).</summary>
    public int RefusedFailures { get; init; }

    /// <summary>Failures of pattern 3 that count (S12); the third is the last.</summary>
    public int NotAcceptedFailures { get; init; }

    /// <summary>What the last attempt ended in; null before the first.</summary>
    public SmtpFailureKind? LastFailure { get; init; }

    /// <summary>The number of the last flush that this recipient needs no attempt for any more.</summary>
    public long Flush { get; init; }

    /// <summary>A flush tried this recipient although pattern 3 had refused it; no flush does so again until a scheduled attempt (rule 7).</summary>
    public bool FlushTried { get; init; }

    /// <summary>Its own conversation with the server was lost the last time, so others go first.</summary>
    public bool Lost { get; init; }

    /// <summary>When it was last attempted; null before the first attempt.</summary>
    public DateTimeOffset? LastAttemptAt { get; init; }

    /// <summary>The server's last reply, or what stood in for it.</summary>
    public string? LastReply { get; init; }

    /// <summary>The version of its row that was read; default when it was not read from storage.</summary>
    public ETag ETag { get; init; }

    /// <summary>How people are told whom it is about.</summary>
    public string Name => User ?? Address;

    /// <summary>Re-sends that are left, once pattern 3 refused it; null means without limit.</summary>
    public int? ResendsLeft => NotAcceptedFailures == 0 ? null : RetryRules.RefusalsAllowed - NotAcceptedFailures;

    /// <summary>The recipient where re-sends go: at the user's present address; a user who was deleted keeps the last known one.</summary>
    public Recipient WithCurrentAddress(IReadOnlyDictionary<string, string> addresses) =>
        Attempts > 0 && User is not null && addresses.TryGetValue(User, out string? address) ? this with { Address = address } : this;

    /// <summary>The same for ever: a user's address may be corrected, and what the key was made of may change with a version.</summary>
    public string RowKey
    {
        get => field ?? $"{OutgoingMail.RowKeyOf(MailId)}|{Keys.Hash(User is null ? "address" : "user", User ?? Address)}";
        private init;
    }

    /// <summary>The row that holds it.</summary>
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

    /// <summary>The properties of a recipient.</summary>
    public static IReadOnlyList<string> Properties { get; } =
    [
        "PartitionKey", "RowKey", "Timestamp", RowReader.QuarantinedUntil, "MailId", "User", "Address", "Culture", "TimeZone", "DueAt", "Attempts", "UnreachableFailures", "RefusedFailures", "NotAcceptedFailures",
        "LastFailure", "Flush", "FlushTried", "Lost", "LastAttemptAt", "LastReply",
    ];

    /// <summary>How its rows are read.</summary>
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

    /// <summary>Keeps a row out of the queries for mail to be attempted.</summary>
    public static void Postpone(TableEntity mark, DateTimeOffset until)
    {
        mark["DueAt"] = until;
        mark["FlushTried"] = true;
    }
}
