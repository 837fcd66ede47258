using AlertFunctions.Core.Mail.Smtp;

namespace AlertFunctions.Core.Mail.Queue;

/// <summary>Decides when a recipient is attempted again after a failure (S8, S10, S11, S12, S14, S16).</summary>
public static class RetryRules
{
    /// <summary>Pattern 3 may refuse the first attempt and two re-sends; then the mail is given up for that recipient (S12).</summary>
    public const int RefusalsAllowed = 3;

    /// <summary>The hour required by the specification; not a setting (S9).</summary>
    public static readonly TimeSpan Interval = TimeSpan.FromHours(1);

    /// <summary>Whether a recipient is to be attempted now: its time has come, or a flush includes it.</summary>
    /// <param name="recipient">The recipient.</param>
    /// <param name="now">The time of the attempt.</param>
    /// <param name="flush">The shard's flush number.</param>
    public static bool IsDue(Recipient recipient, DateTimeOffset now, long flush) =>
        recipient.DueAt <= now || (recipient.Flush < flush && !recipient.FlushTried);

    /// <summary>The order of attempts: first attempts, then re-sends, then recipients whose own conversation was lost (rule 4).</summary>
    public static int Order(Recipient recipient) => recipient.Lost ? 2 : recipient.Attempts > 0 ? 1 : 0;

    /// <summary>
    /// Whether the attempt shows that the server answers, so that a flush can deliver undelivered mail (S8). Only a first attempt counts. The flush is for
    /// other mail: the recipient itself needs no attempt in it.
    /// </summary>
    /// <param name="recipient">The recipient before the attempt.</param>
    /// <param name="failure">How the attempt failed; null if it was delivered.</param>
    public static bool StartsFlush(Recipient recipient, SmtpFailure? failure) =>
        recipient.Attempts == 0 && failure is null or { Kind: SmtpFailureKind.NotAccepted };

    /// <summary>The recipient after a failed attempt; null if the mail is given up.</summary>
    /// <param name="recipient">The recipient before the attempt.</param>
    /// <param name="failure">How the attempt failed.</param>
    /// <param name="now">The time of the attempt.</param>
    /// <param name="flush">The flush number that the handler read.</param>
    public static Recipient? After(Recipient recipient, SmtpFailure failure, DateTimeOffset now, long flush)
    {
        // An attempt whose time has come is a scheduled one, whatever woke the handler (rule 7).
        bool scheduled = recipient.DueAt <= now;
        Recipient attempted = recipient with
        {
            Attempts = recipient.Attempts + 1,
            LastAttemptAt = now,
            LastReply = failure.Reply,
            LastFailure = failure.Kind,
            Flush = Math.Max(recipient.Flush, StartsFlush(recipient, failure) ? flush + 1 : flush),
            FlushTried = !scheduled && recipient.FlushTried,
            Lost = failure.OfServer ? recipient.Lost : failure.ConversationLost,
        };
        if (failure.Kind == SmtpFailureKind.NotAccepted)
        {
            if (!scheduled && recipient.NotAcceptedFailures > 0)
            {
                return attempted with { FlushTried = true };
            }

            int refusals = recipient.NotAcceptedFailures + 1;
            return refusals >= RefusalsAllowed ? null : attempted with { NotAcceptedFailures = refusals, DueAt = now + Interval };
        }

        return attempted with
        {
            UnreachableFailures = recipient.UnreachableFailures + (failure.Kind == SmtpFailureKind.Unreachable ? 1 : 0),
            RefusedFailures = recipient.RefusedFailures + (failure.Kind == SmtpFailureKind.Refused ? 1 : 0),
            DueAt = scheduled || recipient.NotAcceptedFailures == 0 ? now + Interval : recipient.DueAt,
        };
    }

    /// <summary>Applies a failure of the server to all due recipients, without another attempt (rule 3).</summary>
    /// <param name="due">The due recipients.</param>
    /// <param name="failure">How the server failed.</param>
    /// <param name="now">The time of the attempt.</param>
    /// <param name="flush">The flush number that the handler read.</param>
    /// <param name="addresses">The users' current addresses. They are stored even now, since a user may be deleted before the server is back.</param>
    public static IEnumerable<RecipientOutcome> AfterServerFailure(
        IEnumerable<DueRecipient> due, SmtpFailure failure, DateTimeOffset now, long flush, IReadOnlyDictionary<string, string> addresses) =>
        due.Select(item => new RecipientOutcome(item.Mail, item.Key, After(item.Recipient.WithCurrentAddress(addresses), failure, now, flush)));
}
