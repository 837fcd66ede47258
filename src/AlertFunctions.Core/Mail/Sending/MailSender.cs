using AlertFunctions.Core.Mail.Compose;
using AlertFunctions.Core.Mail.Queue;
using AlertFunctions.Core.Mail.Smtp;
using AlertFunctions.Core.Outbox;
using AlertFunctions.Core.Settings;
using AlertFunctions.Core.Storage;
using AlertFunctions.Core.SystemEvents;
using AlertFunctions.Core.Users;
using Microsoft.Extensions.Logging;

namespace AlertFunctions.Core.Mail.Sending;

/// <summary>Sends what is due in a shard.</summary>
public sealed partial class MailSender(
    MailStore mails,
    OutcomeStore outcomes,
    DueMailReader dueMail,
    SmtpSlots slots,
    ISmtpTransport transport,
    MailRenderer renderer,
    MailSnapshots snapshots,
    MailEvents mailEvents,
    SystemEventStore systemEvents,
    UserStore users,
    FlushRequests flushes,
    WakeUpQueue wakeUps,
    SmtpSettings settings,
    FaultLog faults,
    TimeProvider time,
    ILogger<MailSender> logger)
{
    /// <summary>Recipients claimed at once: how many recipients stay locked until the claim ends if this process dies.</summary>
    private const int MaximumClaimedRecipients = OutgoingMail.MaximumRecipients;

    /// <summary>How often a page of which other handlers claimed some first is read again; what is left then is woken by the timer.</summary>
    private const int MaximumConflicts = 10;

    private static readonly Dictionary<string, MailContent> s_nothingKnown = new(StringComparer.Ordinal);

    /// <summary>
    /// Attempts everything that is due in a shard. SMTP failures are outcomes, recorded like deliveries; it throws only when storage fails while no
    /// acceptance is unrecorded (rule 2).
    /// </summary>
    /// <param name="wakeUp">The wake-up.</param>
    /// <param name="composed">What mails say that the handler has just composed, by mail; it spares reading them.</param>
    /// <param name="stopping">The process is to stop: the envelope in flight finishes, the rest is given back.</param>
    public async Task SendAsync(WakeUp.Send wakeUp, IReadOnlyDictionary<string, MailContent>? composed, CancellationToken stopping)
    {
        if (!settings.IsConfigured)
        {
            await FailAllAsync(wakeUp.Shard, SmtpFailure.NotConfigured, stopping);
            return;
        }

        // A look that reads next to nothing, so that an empty wake-up takes no slot; then the slot; and only then the page.
        if (composed is null or { Count: 0 } && !await dueMail.AnyAsync(wakeUp.Shard, stopping))
        {
            return;
        }

        SessionEnd end;
        await using (SmtpSlot? slot = await slots.TryTakeAsync(wakeUp.FirstAttempts, stopping))
        {
            if (slot is null)
            {
                await wakeUps.SendAgainAsync(wakeUp, stopping);
                return;
            }

            end = await SendAsync(slot, wakeUp.Shard, composed ?? s_nothingKnown, stopping);
        }

        if (end.ServerFailure is { } failure)
        {
            await FailAllAsync(wakeUp.Shard, failure, CancellationToken.None);
        }
        else if (end.TurnedAway)
        {
            await wakeUps.SendAgainAsync(wakeUp, CancellationToken.None);
        }
        else if (end.GaveBack)
        {
            await wakeUps.SendLaterAsync(wakeUp.Shard, CancellationToken.None);
        }
    }

    private async Task<SessionEnd> SendAsync(SmtpSlot slot, Shard shard, IReadOnlyDictionary<string, MailContent> composed, CancellationToken stopping)
    {
        await using var session = new SendingSession(slot, slots, mails, outcomes, transport, renderer, snapshots, mailEvents, systemEvents, flushes, settings, faults, time, logger);

        // More than a page: the order then needs a look at the whole, part by part, each read once (rule 4).
        DuePage first = await dueMail.ReadAsync(shard, DuePart.Any, after: null, stopping);
        DuePart[] parts = first.IsFull ? [DuePart.NeverTried, DuePart.Tried, DuePart.Lost] : [DuePart.Any];
        foreach (DuePart part in parts)
        {
            SessionEnd end = await SendPartAsync(session, shard, part, first.IsFull ? null : first, composed, stopping);
            if (end is { ServerFailure: not null } or { GaveBack: true })
            {
                return end;
            }
        }

        return new SessionEnd();
    }

    /// <summary>Sends page after page until one was not full. Each begins where the one before ended, so that a shard is read once however much is due.</summary>
    private async Task<SessionEnd> SendPartAsync(
        SendingSession session, Shard shard, DuePart part, DuePage? first, IReadOnlyDictionary<string, MailContent> composed, CancellationToken stopping)
    {
        string? after = null;
        int conflicts = 0;
        for (DuePage? page = first; ; page = null)
        {
            page ??= await dueMail.ReadAsync(shard, part, after, stopping);
            SessionEnd end = await SendPageAsync(session, page, composed, stopping);
            if (end is { ServerFailure: not null } or { GaveBack: true })
            {
                return end;
            }

            if (end.Conflict && ++conflicts <= MaximumConflicts)
            {
                continue; // what another handler did not claim is still to be sent
            }

            if (!page.IsFull)
            {
                return new SessionEnd();
            }

            after = page.Last;
        }
    }

    /// <summary>Works a page off in claims of at most 50 recipients.</summary>
    private async Task<SessionEnd> SendPageAsync(SendingSession session, DuePage page, IReadOnlyDictionary<string, MailContent> composed, CancellationToken stopping)
    {
        IReadOnlyDictionary<string, string> addresses = await PresentAddressesAsync(page, stopping);
        bool conflict = false;
        foreach (IReadOnlyList<LoadedMail> batch in page.Mails.InBatches(mail => mail.Recipients.Count, MaximumClaimedRecipients))
        {
            if (session.MustEnd(stopping))
            {
                return new SessionEnd(GaveBack: true);
            }

            SessionEnd end = await session.SendAsync(batch, composed, addresses, page.Flush, stopping);
            conflict |= end.Conflict;
            if (end.ServerFailure is not null || end.GaveBack)
            {
                return end;
            }
        }

        return new SessionEnd(Conflict: conflict);
    }

    /// <summary>The users' present addresses, where anything in the page is a re-send.</summary>
    private async Task<IReadOnlyDictionary<string, string>> PresentAddressesAsync(DuePage page, CancellationToken cancellationToken)
    {
        if (!page.Mails.Any(mail => mail.Recipients.Values.Any(recipient => recipient is { Attempts: > 0, User: not null })))
        {
            return new Dictionary<string, string>(StringComparer.Ordinal);
        }

        return (await users.ListAsync(cancellationToken)).Where(user => user.Email is not null).ToDictionary(user => user.Name, user => user.Email!, StringComparer.Ordinal);
    }

    /// <summary>
    /// A failure before an accepted MAIL FROM is the server's, and so is a blank server: one 569, which the session has written (or 198), is applied to all due mail
    /// of the shard without reconnecting (rule 3). The shard is read once, in the order of its keys.
    /// </summary>
    private async Task FailAllAsync(Shard shard, SmtpFailure failure, CancellationToken cancellationToken)
    {
        bool any = false;
        bool toldOfAlerts = false;
        for (DuePage? page = null; page is null or { IsFull: true };)
        {
            page = await dueMail.ReadAsync(shard, DuePart.Any, page?.Last, cancellationToken);
            any |= page.Mails.Count > 0;
            if (failure.Kind == SmtpFailureKind.NotConfigured && page.Mails.Count > 0)
            {
                await systemEvents.AddAsync(MailEvents.NotConfigured(page.Mails.Select(mail => mail.Mail), !toldOfAlerts, time.GetUtcNow()).ToList(), cancellationToken);
                toldOfAlerts |= page.Mails.Any(mail => mail.Mail.AlertType is not null);
            }

            IReadOnlyDictionary<string, string> addresses = await PresentAddressesAsync(page, cancellationToken);
            List<DueRecipient> due = page.Mails.SelectMany(mail => mail.Recipients.Keys.Select(key => new DueRecipient(mail, key))).ToList();
            await mails.CompleteRecipientsAsync(page.Mails, cancellationToken);
            await outcomes.RecordAsync(RetryRules.AfterServerFailure(due, failure, page.Now, page.Flush, addresses), release: null, cancellationToken);
        }

        if (any || failure.Kind != SmtpFailureKind.NotConfigured)
        {
            faults.Write($"mail {failure.Kind} {failure.Code}", $"{failure.Kind}, code {failure.Code}.", LogMailFailing);
        }
    }

    [LoggerMessage(EventId = 201, EventName = "MailFailing", Level = LogLevel.Warning, Message = "Mail is failing, and what is due is kept and attempted again in an hour. {Failure}")]
    private partial void LogMailFailing(string failure);
}
