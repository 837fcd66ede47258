using System.Globalization;
using AlertFunctions.Core.Mail.Smtp;
using AlertFunctions.Core.Settings;
using AlertFunctions.Core.Storage;

namespace AlertFunctions.Core.Mail;

/// <summary>A mail that is owed, as people see it.</summary>
/// <param name="Id">Its id.</param>
/// <param name="Kind">What it is about.</param>
/// <param name="AlertType">The alert type's name; null for scheduled mail.</param>
/// <param name="Subject">Its subject in the reader's language.</param>
/// <param name="CreatedAt">When it was composed.</param>
/// <param name="NextAttemptAt">The next scheduled attempt of any recipient.</param>
/// <param name="Recipients">Those who are still owed it.</param>
public sealed record QueuedMail(string Id, MailKind Kind, string? AlertType, string Subject, DateTimeOffset CreatedAt, DateTimeOffset NextAttemptAt, IReadOnlyList<QueuedRecipient> Recipients);

/// <summary>A recipient who is still owed a mail, as people see it.</summary>
/// <param name="User">The user's name, or null.</param>
/// <param name="Address">The last known address.</param>
/// <param name="Pattern">The pattern of the last failure, 1 to 3; null before the first attempt, and where no server was configured.</param>
/// <param name="Attempts">Attempts so far.</param>
/// <param name="Unreachable">Failures of pattern 1.</param>
/// <param name="Refused">Failures of pattern 2.</param>
/// <param name="NotAccepted">Failures of pattern 3.</param>
/// <param name="ResendsLeft">Re-sends that are left; null means without limit.</param>
/// <param name="LastAttemptAt">When it was last attempted, or null.</param>
/// <param name="LastReply">The server's last reply, or null.</param>
public sealed record QueuedRecipient(
    string? User, string Address, int? Pattern, int Attempts, int Unreachable, int Refused, int NotAccepted, int? ResendsLeft, DateTimeOffset? LastAttemptAt, string? LastReply);

/// <summary>Shows the mail that is owed. Nothing here deletes or changes any (S9).</summary>
public sealed class MailQueue
{
    private readonly MailStore _mails;

    internal MailQueue(MailStore mails) => _mails = mails;

    /// <summary>One page, oldest first.</summary>
    /// <param name="culture">The language of the subjects.</param>
    /// <param name="top">The most that one page holds, 1 to 1,000.</param>
    /// <param name="continuation">What the page before gave, or null for the first.</param>
    /// <param name="alertType">Only mail about this alert type, or null.</param>
    /// <param name="cancellationToken">Ends the waiting.</param>
    public async Task<(IReadOnlyList<QueuedMail> Items, string? Continuation)> ListAsync(MailCulture culture, int top, string? continuation, string? alertType, CancellationToken cancellationToken)
    {
        IEnumerable<Shard> shards = alertType is null ? Shard.All : [Shard.Of(alertType)];
        List<MailInHand>[] pages = await Task.WhenAll(shards.Select(shard => _mails.ListAsync(shard, continuation, alertType, top, cancellationToken)));
        List<MailInHand> oldest = pages.SelectMany(page => page)
            .OrderBy(mail => mail.Mail.Id, StringComparer.Ordinal)
            .Take(top)
            .ToList();

        // A row that has no recipients any more is not shown, but counts: a page that it makes shorter is not the last.
        List<QueuedMail> items = oldest
            .Where(mail => mail.Recipients.Count > 0)
            .Select(mail => Show(mail, culture))
            .ToList();
        return (items, oldest.Count < top ? null : oldest[^1].Mail.Id);
    }

    /// <summary>Whether a text can be the continuation of a page: the id of a mail.</summary>
    /// <param name="text">The text.</param>
    public static bool IsContinuation(string text) =>
        text.Split('.') is [{ Length: 26 } ulid, ..] and { Length: <= 2 } && Ulid.TryParse(ulid, CultureInfo.InvariantCulture, out _) && text.All(char.IsAscii) && !text.Any(char.IsControl);

    private static QueuedMail Show(MailInHand mail, MailCulture culture) => new(
        mail.Mail.Id,
        mail.Mail.Kind,
        mail.Mail.AlertType,
        mail.Mail.Subject(culture),
        mail.Mail.CreatedAt,
        mail.Recipients.Values.Min(recipient => recipient.DueAt),
        mail.Recipients.Values.OrderBy(recipient => recipient.Address, StringComparer.OrdinalIgnoreCase).Select(Show).ToList());

    private static QueuedRecipient Show(Recipient recipient) => new(
        recipient.User,
        recipient.Address,
        recipient.LastFailure is SmtpFailureKind.Unreachable or SmtpFailureKind.Refused or SmtpFailureKind.NotAccepted ? (int)recipient.LastFailure : null,
        recipient.Attempts,
        recipient.UnreachableFailures,
        recipient.RefusedFailures,
        recipient.NotAcceptedFailures,
        recipient.ResendsLeft,
        recipient.LastAttemptAt,
        recipient.LastReply);
}
