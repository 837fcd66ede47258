using AlertFunctions.Core.Mail.Smtp;
using AlertFunctions.Core.Operation;
using AlertFunctions.Core.Settings;
using AlertFunctions.Core.Storage;
using AlertFunctions.Core.SystemEvents;
using AlertFunctions.Core.Users;
using Microsoft.Extensions.Logging;

namespace AlertFunctions.Core.Mail;

/// <summary>Sends what is due in a shard.</summary>
internal sealed partial class MailSender(
    MailStore mails,
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
    /// <summary>Recipients claimed at once; what a process that dies keeps others from attempting for as long as the claim lasts.</summary>
    private const int MaximumClaimedRecipients = OutgoingMail.MaximumRecipients;

    /// <summary>
    /// Attempts everything that is due in a shard until a page of it was not full. SMTP failures are outcomes, recorded like deliveries; it throws
    /// only when storage fails before the first acceptance (rule 2).
    /// </summary>
    /// <param name="shard">The shard.</param>
    /// <param name="firstSent">When the wake-up was first sent.</param>
    /// <param name="stopping">The process is to stop: the envelope in flight finishes, the rest is given back.</param>
    public async Task SendAsync(Shard shard, DateTimeOffset firstSent, CancellationToken stopping)
    {
        DuePage page = await ReadDueAsync(shard, stopping);
        if (page.Mails.Count == 0)
        {
            return;
        }

        if (!settings.IsConfigured)
        {
            await FailAllAsync(shard, SmtpFailure.NotConfigured, page, stopping);
            return;
        }

        await using SmtpSlot? slot = await slots.TryTakeAsync(stopping);
        if (slot is null)
        {
            await wakeUps.SendMailAgainAsync(shard, firstSent, stopping);
            return;
        }

        await using var session = new SendingSession(mails, transport, renderer, snapshots, mailEvents, systemEvents, settings, time, logger, slot.Lost);
        while (true)
        {
            SessionEnd end = await SendPageAsync(session, page, stopping);
            if (session.WantsFlush)
            {
                session.WantsFlush = false;
                await flushes.RequestAsync();
            }

            if (end.ServerFailure is { } failure)
            {
                await FailAllAsync(shard, failure, await ReadDueAsync(shard, CancellationToken.None), CancellationToken.None);
                return;
            }

            if (end.GaveBack)
            {
                await wakeUps.SendMailAsync(shard, CancellationToken.None);
                return;
            }

            if (!page.Full && !end.Conflict)
            {
                return;
            }

            page = await ReadDueAsync(shard, stopping);
            if (page.Mails.Count == 0)
            {
                return;
            }
        }
    }

    private async Task<DuePage> ReadDueAsync(Shard shard, CancellationToken cancellationToken) =>
        await mails.ReadDueAsync(shard, await mails.ReadFlushAsync(shard, cancellationToken), cancellationToken);

    /// <summary>Works a page off in claims of at most 50 recipients.</summary>
    private async Task<SessionEnd> SendPageAsync(SendingSession session, DuePage page, CancellationToken stopping)
    {
        IReadOnlyDictionary<string, string> addresses = await PresentAddressesAsync(page, stopping);
        bool conflict = false;
        foreach (IReadOnlyList<MailInHand> batch in page.Mails.InBatches(mail => mail.Recipients.Count, MaximumClaimedRecipients))
        {
            if (session.MustEnd(stopping))
            {
                return new SessionEnd(GaveBack: true);
            }

            List<DueRecipient> due = batch
                .SelectMany(mail => mail.Recipients.Keys.Select(key => new DueRecipient(mail, key)))
                .OrderBy(recipient => recipient.Recipient.Lost ? 2 : recipient.Recipient.Attempts > 0 ? 1 : 0)
                .ToList();
            if (!await session.ClaimAsync(batch, stopping))
            {
                conflict = true; // another handler was first; what it left is read again
                continue;
            }

            SessionEnd end = await session.SendAsync(due, addresses, page.Flush, stopping);
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
    /// A failure before an accepted MAIL FROM is the server's, and so is a blank server: one 569, which the session has written (or 198), and all
    /// unclaimed mail due in the shard takes its result, page by page, without another dial (rule 3).
    /// </summary>
    private async Task FailAllAsync(Shard shard, SmtpFailure failure, DuePage page, CancellationToken cancellationToken)
    {
        faults.Say($"mail {failure.Kind} {failure.Code}", $"{failure.Kind}, code {failure.Code}.", LogMailFailing);
        bool toldOfAlerts = false;
        while (page.Mails.Count > 0)
        {
            if (failure.Kind == SmtpFailureKind.NotConfigured)
            {
                await systemEvents.AddAsync(MailEvents.NotConfigured(page.Mails.Select(mail => mail.Mail), !toldOfAlerts, time.GetUtcNow()).ToList(), cancellationToken);
                toldOfAlerts |= page.Mails.Any(mail => mail.Mail.AlertType is not null);
            }

            // The address is kept up to date even so: a user may be deleted before the server is back.
            IReadOnlyDictionary<string, string> addresses = await PresentAddressesAsync(page, cancellationToken);
            List<(MailInHand Mail, List<string> Due)> due = page.Mails.Select(mail => (mail, mail.Recipients.Keys.ToList())).ToList();
            await mails.CompleteAsync(page.Mails, cancellationToken);
            await mails.RecordAsync(
                due.Select(item => new MailOutcome(
                    item.Mail,
                    item.Due.ToDictionary(key => key, key => RetryRules.After(item.Mail.Recipients[key].At(addresses), failure, page.Now, page.Flush), StringComparer.Ordinal),
                    KeepClaim: false)).ToList(),
                cancellationToken);
            if (!page.Full)
            {
                return;
            }

            page = await ReadDueAsync(shard, cancellationToken);
        }
    }

    [LoggerMessage(EventId = 201, EventName = "MailFailing", Level = LogLevel.Warning, Message = "Mail is failing, and what is due is kept and attempted again in an hour. {Failure}")]
    private partial void LogMailFailing(string failure);
}

/// <summary>How a stretch of sending ended.</summary>
/// <param name="ServerFailure">The server failed: all that is due takes this result.</param>
/// <param name="GaveBack">The handler must end; it gave back what it had not attempted.</param>
/// <param name="Conflict">Another handler claimed some of it first.</param>
internal sealed record SessionEnd(SmtpFailure? ServerFailure = null, bool GaveBack = false, bool Conflict = false);

/// <summary>A recipient that is to be attempted.</summary>
internal sealed record DueRecipient(MailInHand Mail, string Key)
{
    public Recipient Recipient => Mail.Recipients[Key];
}
