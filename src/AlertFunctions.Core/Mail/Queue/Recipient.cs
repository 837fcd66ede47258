using System.Text.Json.Serialization;
using AlertFunctions.Core.Mail.Smtp;
using AlertFunctions.Core.Storage;
using AlertFunctions.Core.Texts;

namespace AlertFunctions.Core.Mail.Queue;

/// <summary>A recipient still waiting for a mail. It is part of the mail's row.</summary>
/// <param name="User">The user's name, or null for an address without a user.</param>
/// <param name="Address">The address; for a user, the last known one.</param>
/// <param name="Culture">The language of the mail, frozen.</param>
/// <param name="DueAt">The next scheduled attempt (S16).</param>
public sealed record Recipient(
    [property: JsonIgnore(Condition = JsonIgnoreCondition.Never)] string? User,
    string Address,
    [property: JsonConverter(typeof(StoredEnumConverter<MailCulture>))] MailCulture Culture,
    DateTimeOffset DueAt)
{
    /// <summary>The IANA zone in which this recipient's copy shows times, frozen; null for the mail's own.</summary>
    public string? TimeZone { get; init; }

    /// <summary>Which of the mail's bodies this recipient gets.</summary>
    [JsonIgnore]
    public MailEdition Edition => new(Culture, TimeZone);

    /// <summary>The number of attempts so far, scheduled or in a flush.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public int Attempts { get; init; }

    /// <summary>The number of failures of pattern 1 (S10).</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public int UnreachableFailures { get; init; }

    /// <summary>The number of failures of pattern 2 (S11).</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public int RefusedFailures { get; init; }

    /// <summary>The number of failures of pattern 3 that count (S12). After the third, the mail is given up.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public int NotAcceptedFailures { get; init; }

    /// <summary>The kind of the last failure; null before the first.</summary>
    [JsonConverter(typeof(StoredEnumConverter<SmtpFailureKind>))]
    public SmtpFailureKind? LastFailure { get; init; }

    /// <summary>The number of the last flush in which this recipient needs no further attempt.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public long Flush { get; init; }

    /// <summary>Whether a flush tried this recipient although pattern 3 had refused it. No flush does so again until a scheduled attempt (rule 7).</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public bool FlushTried { get; init; }

    /// <summary>Whether its own conversation with the server was lost the last time, so that others go first (rule 4).</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public bool Lost { get; init; }

    /// <summary>When it was last attempted; null before the first attempt.</summary>
    public DateTimeOffset? LastAttemptAt { get; init; }

    /// <summary>The server's last reply, or a description of the failure if there was no reply.</summary>
    public string? LastReply { get; init; }

    /// <summary>The name by which people recognise the recipient.</summary>
    [JsonIgnore]
    public string Name => User ?? Address;

    /// <summary>The number of re-sends left once pattern 3 has refused it; null for no limit.</summary>
    [JsonIgnore]
    public int? ResendsLeft => NotAcceptedFailures == 0 ? null : RetryRules.RefusalsAllowed - NotAcceptedFailures;

    /// <summary>The recipient with the user's current address, which re-sends go to. A deleted user keeps the last known one.</summary>
    public Recipient WithCurrentAddress(IReadOnlyDictionary<string, string> addresses) =>
        Attempts > 0 && User is not null && addresses.TryGetValue(User, out string? address) ? this with { Address = address } : this;

    /// <summary>What tells it from the mail's other recipients. It never changes: a user's address may be corrected, and a later version may build keys differently.</summary>
    public string Key
    {
        get => field ?? Keys.Hash(User is null ? "address" : "user", User ?? Address);
        init;
    }
}
