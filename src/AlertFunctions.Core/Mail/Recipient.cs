using AlertFunctions.Core.Mail.Smtp;
using AlertFunctions.Core.Settings;
using AlertFunctions.Core.Storage;
using Azure;
using Azure.Data.Tables;

namespace AlertFunctions.Core.Mail;

/// <summary>One recipient who is still owed a mail.</summary>
/// <param name="MailId">The mail.</param>
/// <param name="User">The user's name, or null for an address without a user.</param>
/// <param name="Address">Where it goes; for a user, the last known address.</param>
/// <param name="Culture">The mail's language, frozen.</param>
/// <param name="DueAt">The next scheduled attempt (S16).</param>
internal sealed record Recipient(string MailId, string? User, string Address, MailCulture Culture, DateTimeOffset DueAt)
{
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

    public DateTimeOffset? FailingSince { get; init; }

    public DateTimeOffset? LastAttemptAt { get; init; }

    /// <summary>The server's last reply, or what stood in for it.</summary>
    public string? LastReply { get; init; }

    public ETag ETag { get; init; }

    /// <summary>How people are told whom it is about.</summary>
    public string Name => User ?? Address;

    /// <summary>Re-sends that are left, once pattern 3 refused it; null means without limit.</summary>
    public int? ResendsLeft => NotAcceptedFailures == 0 ? null : RetryRules.RefusalsAllowed - NotAcceptedFailures;

    /// <summary>The recipient where re-sends go: at the user's present address; a user who was deleted keeps the last known one.</summary>
    public Recipient At(IReadOnlyDictionary<string, string> addresses) =>
        Attempts > 0 && User is not null && addresses.TryGetValue(User, out string? address) ? this with { Address = address } : this;

    /// <summary>The same for ever: a user's address may be corrected.</summary>
    public string RowKey => $"{OutgoingMail.RowKeyOf(MailId)}|{Keys.Hash(User is null ? "address" : "user", User ?? Address)}";

    public TableEntity ToRow(Shard shard) => new(shard.Key, RowKey)
    {
        ["MailId"] = MailId,
        ["User"] = User,
        ["Address"] = Address,
        ["Culture"] = Culture.ToString(),
        ["DueAt"] = DueAt,
        ["Attempts"] = Attempts,
        ["UnreachableFailures"] = UnreachableFailures,
        ["RefusedFailures"] = RefusedFailures,
        ["NotAcceptedFailures"] = NotAcceptedFailures,
        ["LastFailure"] = LastFailure?.ToString(),
        ["Flush"] = Flush,
        ["FlushTried"] = FlushTried,
        ["Lost"] = Lost,
        ["FailingSince"] = FailingSince,
        ["LastAttemptAt"] = LastAttemptAt,
        ["LastReply"] = LastReply,
    };

    public static Recipient FromRow(TableEntity row) => new(
        row.GetString("MailId"),
        row.GetString("User"),
        row.GetString("Address"),
        Enum.Parse<MailCulture>(row.GetString("Culture")),
        row.GetDateTimeOffset("DueAt")!.Value)
    {
        Attempts = row.GetInt32("Attempts")!.Value,
        UnreachableFailures = row.GetInt32("UnreachableFailures")!.Value,
        RefusedFailures = row.GetInt32("RefusedFailures")!.Value,
        NotAcceptedFailures = row.GetInt32("NotAcceptedFailures")!.Value,
        LastFailure = row.GetString("LastFailure") is { } failure ? Enum.Parse<SmtpFailureKind>(failure) : null,
        Flush = row.GetInt64("Flush")!.Value,
        FlushTried = row.GetBoolean("FlushTried")!.Value,
        Lost = row.GetBoolean("Lost")!.Value,
        FailingSince = row.GetDateTimeOffset("FailingSince"),
        LastAttemptAt = row.GetDateTimeOffset("LastAttemptAt"),
        LastReply = row.GetString("LastReply"),
        ETag = row.ETag,
    };
}
