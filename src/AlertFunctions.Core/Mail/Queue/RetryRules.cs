using AlertFunctions.Core.Mail.Smtp;

namespace AlertFunctions.Core.Mail.Queue;

/// <summary>When a recipient whose attempt failed is attempted again (S8, S10, S11, S12, S14, S16).</summary>
public static class RetryRules
{
    /// <summary>The first attempt and two re-sends may be refused by pattern 3; then the mail is given up for that recipient (S12).</summary>
    public const int RefusalsAllowed = 3;

    /// <summary>The hour of the specification; not a setting (S9).</summary>
    public static readonly TimeSpan Interval = TimeSpan.FromHours(1);

    /// <summary>Whether a recipient is to be attempted now: its time has come, or a flush wants it.</summary>
    /// <param name="recipient">The recipient.</param>
    /// <param name="now">The time of the attempt.</param>
    /// <param name="flush">The shard's flush number.</param>
    public static bool IsDue(Recipient recipient, DateTimeOffset now, long flush) =>
        recipient.DueAt <= now || (recipient.Flush < flush && !recipient.FlushTried);

    /// <summary>Who goes first: those never tried, then the others, and those whose own conversation was lost last (rule 4).</summary>
    public static int Order(Recipient recipient) => recipient.Lost ? 2 : recipient.Attempts > 0 ? 1 : 0;

    /// <summary>
    /// Whether the attempt shows that the server answers, so that a flush can deliver what waits (S8). It is the first one of a mail, and other mail
    /// that is then re-sent: the recipient itself needs no attempt in that flush.
    /// </summary>
    /// <param name="recipient">The recipient as it was attempted.</param>
    /// <param name="failure">How the attempt failed; null when it was delivered.</param>
    public static bool StartsFlush(Recipient recipient, SmtpFailure? failure) =>
        recipient.Attempts == 0 && failure is null or { Kind: SmtpFailureKind.NotAccepted };

    /// <summary>The recipient after a failed attempt; null when it is given up.</summary>
    /// <param name="recipient">The recipient as it was attempted.</param>
    /// <param name="failure">How the attempt failed.</param>
    /// <param name="now">The time of the attempt.</param>
    /// <param name="flush">The flush number that the handler saw.</param>
    public static Recipient? After(Recipient recipient, SmtpFailure failure, DateTimeOffset now, long flush)
    {
        // Whatever woke the handler: an attempt of a recipient whose time has come is the scheduled one (rule 7).
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

    /// <summary>The server failed: everybody who is due takes the result of the one attempt that met it (rule 3).</summary>
    /// <param name="due">The recipients that are due.</param>
    /// <param name="failure">How the server failed.</param>
    /// <param name="now">The time of the attempt.</param>
    /// <param name="flush">The flush number that the handler saw.</param>
    /// <param name="addresses">The users' present addresses, kept up to date even so: a user may be deleted before the server is back.</param>
    public static IEnumerable<RecipientOutcome> AfterServerFailure(
        IEnumerable<DueRecipient> due, SmtpFailure failure, DateTimeOffset now, long flush, IReadOnlyDictionary<string, string> addresses) =>
        due.Select(item => new RecipientOutcome(item.Mail, item.Key, After(item.Recipient.WithCurrentAddress(addresses), failure, now, flush)));
}
