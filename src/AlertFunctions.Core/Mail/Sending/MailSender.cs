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

/// <summary>Sends the mail that is due in a shard.</summary>
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
    MailOutage outage,
    UserStore users,
    FlushRequests flushes,
    WakeUpQueue wakeUps,
    SmtpSettings settings,
    FaultLog faults,
    TimeProvider time,
    ILogger<MailSender> logger)
{
    /// <summary>Recipients claimed at once: how many stay locked until the claim expires if this process dies.</summary>
    private const int MaximumClaimedRecipients = OutgoingMail.MaximumRecipients;

    /// <summary>How often a page is read again after other handlers claimed some of it first. The timer wakes whatever is left then.</summary>
    private const int MaximumConflicts = 10;

    private static readonly Dictionary<string, MailContent> s_nothingKnown = new(StringComparer.Ordinal);

    /// <summary>
    /// Attempts all mail that is due in a shard. SMTP failures are outcomes and are recorded like deliveries. It throws only if storage fails while no
    /// acceptance is unrecorded (rule 2).
    /// </summary>
    /// <param name="wakeUp">The wake-up.</param>
    /// <param name="composed">The content of mails that the handler has just composed, by mail id, so that it need not be read again.</param>
    /// <param name="stopping">Signals that the process is stopping: the envelope in flight is finished, the rest is given back.</param>
    public async Task SendAsync(WakeUp.Send wakeUp, IReadOnlyDictionary<string, MailContent>? composed, CancellationToken stopping)
    {
        if (!settings.IsConfigured)
        {
            await FailAllAsync(wakeUp.Shard, SmtpFailure.NotConfigured, stopping);
            return;
        }

        // Check first whether any mail is due, which reads next to nothing, so that an idle wake-up takes no slot. Take the slot before reading the page.
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
        await using var session = new SendingSession(slot, slots, mails, outcomes, transport, renderer, snapshots, mailEvents, systemEvents, outage, flushes, settings, faults, time, logger);

        // With more than a page, keeping the order requires reading the shard part by part, each once (rule 4).
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

    /// <summary>Sends page after page until one is not full. Each page starts after the previous one, so a shard is read once, however much is due.</summary>
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
                continue; // mail that the other handler did not claim still has to be sent
            }

            if (!page.IsFull)
            {
                return new SessionEnd();
            }

            after = page.Last;
        }
    }

    /// <summary>Sends a page in claims of at most 50 recipients.</summary>
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

    /// <summary>The users' current addresses; empty if the page contains no re-send to a user.</summary>
    private async Task<IReadOnlyDictionary<string, string>> PresentAddressesAsync(DuePage page, CancellationToken cancellationToken)
    {
        if (!page.Mails.Any(mail => mail.Recipients.Values.Any(recipient => recipient is { Attempts: > 0, User: not null })))
        {
            return new Dictionary<string, string>(StringComparer.Ordinal);
        }

        return (await users.ListAsync(cancellationToken)).Where(user => user.Email is not null).ToDictionary(user => user.Name, user => user.Email!, StringComparer.Ordinal);
    }

    /// <summary>
    /// Applies a failure of the server, or the lack of a configured one, to all due mail of the shard without reconnecting (rule 3): the session has
    /// recorded one 569, or a 198 is recorded here. The shard is read once, in key order.
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

    [LoggerMessage(EventId = 201, EventName = "MailFailing", Level = LogLevel.Warning, Message = "Mail is failing; due mail is kept and attempted again in an hour. {Failure}")]
    private partial void LogMailFailing(string failure);
}
