using System.Collections.Concurrent;
using AlertFunctions.Core.Mail.Compose;
using AlertFunctions.Core.Mail.Queue;
using AlertFunctions.Core.Mail.Smtp;
using AlertFunctions.Core.Outbox;
using AlertFunctions.Core.Settings;
using AlertFunctions.Core.Storage;
using AlertFunctions.Core.SystemEvents;
using AlertFunctions.Core.Telemetry;
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
    WaitingShards waiting,
    SmtpSettings settings,
    ProductMetrics metrics,
    FaultLog faults,
    TimeProvider time,
    ILogger<MailSender> logger)
{
    /// <summary>Recipients claimed at once: how many stay locked until the claim expires if this process dies.</summary>
    private const int MaximumClaimedRecipients = OutgoingMail.MaximumRecipients;

    /// <summary>How often a page is read again after other handlers claimed some of it first. The timer wakes whatever is left then.</summary>
    private const int MaximumConflicts = 10;

    /// <summary>A further connection is worth its sign-in when it can send more claims than this.</summary>
    private const int BatchesForAnotherSlot = 2;

    /// <summary>
    /// Attempts all mail that is due in a shard. SMTP failures are outcomes and are recorded like deliveries. It throws only if storage fails while no
    /// acceptance is unrecorded (rule 2).
    /// </summary>
    /// <param name="wakeUp">The wake-up.</param>
    /// <param name="isDue">Whether the handler knows that mail is due, such as what it has just composed.</param>
    /// <param name="stopping">Signals that the process is stopping: the envelope in flight is finished, the rest is given back.</param>
    public async Task SendAsync(WakeUp.Send wakeUp, bool isDue, CancellationToken stopping)
    {
        if (!settings.IsConfigured)
        {
            await FailAllAsync(wakeUp.Shard, SmtpFailure.NotConfigured, stopping);
            return;
        }

        // Re-sends keep their hour (S16).
        if (wakeUp.FirstAttempts && slots.Pauses)
        {
            await WaitAsync(wakeUp, stopping);
            return;
        }

        waiting.Remove(wakeUp.Shard);

        // Check first whether any mail is due, which reads next to nothing, so that an idle wake-up takes no slot. Take the slot before reading the page.
        if (!isDue && !await dueMail.AnyAsync(wakeUp.Shard, stopping))
        {
            return;
        }

        SmtpSlot? slot = await slots.TryTakeAsync(wakeUp.FirstAttempts, stopping);
        if (slot is null)
        {
            await WaitAsync(wakeUp, stopping);
            return;
        }

        await using (slot)
        {
            DateTimeOffset until = time.GetUtcNow() + SendingSession.MaximumDuration;
            SessionEnd end = await SendAsync(slot, wakeUp, stopping);

            // Other shards of this process need not wait until their wake-ups come again, unless the server fails or allows no more connections.
            while (end is { ServerFailure: null, TurnedAway: false } && !stopping.IsCancellationRequested && !slot.Lost.IsCancellationRequested && time.GetUtcNow() < until && waiting.Take() is { } next)
            {
                slots.NoteTaken(next.FirstAttempts);
                end = await SendAsync(slot, next, stopping);
            }
        }
    }

    private async Task WaitAsync(WakeUp.Send wakeUp, CancellationToken stopping)
    {
        waiting.Add(wakeUp);
        await wakeUps.SendAgainAsync(wakeUp, stopping);
    }

    private async Task<SessionEnd> SendAsync(SmtpSlot slot, WakeUp.Send wakeUp, CancellationToken stopping)
    {
        SessionEnd end = await SendAsync(slot, wakeUp.Shard, stopping);
        if (end.ServerFailure is { } failure)
        {
            slots.NoteFailed();
            await FailAllAsync(wakeUp.Shard, failure, CancellationToken.None);
            while (waiting.Take() is { } other)
            {
                await FailAllAsync(other.Shard, failure, CancellationToken.None);
            }
        }
        else if (end.TurnedAway)
        {
            await wakeUps.SendAgainAsync(wakeUp, CancellationToken.None);
        }
        else if (end.GaveBack)
        {
            await wakeUps.SendLaterAsync(wakeUp.Shard, CancellationToken.None);
        }

        return end;
    }

    private SendingSession NewSession(SmtpSlot slot) =>
        new(slot, slots, mails, outcomes, transport, renderer, snapshots, mailEvents, systemEvents, outage, flushes, settings, metrics, faults, time, logger);

    private async Task<SessionEnd> SendAsync(SmtpSlot slot, Shard shard, CancellationToken stopping)
    {
        await using SendingSession session = NewSession(slot);

        // With more than a page, keeping the order requires reading the shard part by part, each once (rule 4).
        DuePage first = await dueMail.ReadAsync(shard, DuePart.Any, after: null, stopping);
        DuePart[] parts = first.IsFull ? [DuePart.NeverTried, DuePart.Tried, DuePart.Lost] : [DuePart.Any];
        foreach (DuePart part in parts)
        {
            SessionEnd end = await SendPartAsync(session, shard, part, first.IsFull ? null : first, stopping);
            if (end is { ServerFailure: not null } or { GaveBack: true })
            {
                return end;
            }
        }

        return new SessionEnd();
    }

    /// <summary>
    /// Sends page after page until one is not full, and reads the next one meanwhile. Each page starts after the previous one, so a shard is read once,
    /// however much is due.
    /// </summary>
    private async Task<SessionEnd> SendPartAsync(
        SendingSession session, Shard shard, DuePart part, DuePage? first, CancellationToken stopping)
    {
        string? after = null;
        int conflicts = 0;
        for (Task<DuePage> reading = first is null ? ReadAsync() : Task.FromResult(first); ;)
        {
            DuePage page = await reading;
            string? before = after;
            after = page.Last;
            reading = page.IsFull ? ReadAsync() : reading;
            SessionEnd end;
            try
            {
                end = await SendPageAsync(session, page, stopping);
            }
            finally
            {
                await ((Task)reading).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing); // nothing goes on after a session has ended
            }

            if (end is { ServerFailure: not null } or { GaveBack: true })
            {
                return end;
            }

            if (end.Conflict && ++conflicts <= MaximumConflicts)
            {
                // Mail that the other handler did not claim still has to be sent.
                after = before;
                reading = ReadAsync();
            }
            else if (!page.IsFull)
            {
                return new SessionEnd();
            }
        }

        Task<DuePage> ReadAsync() => dueMail.ReadAsync(shard, part, after, stopping);
    }

    /// <summary>
    /// Sends a page in claims of at most 50 recipients. Once the server has served the first, the rest goes out over all slots that are free and that
    /// nobody waits for.
    /// </summary>
    private async Task<SessionEnd> SendPageAsync(SendingSession session, DuePage page, CancellationToken stopping)
    {
        var work = new PageWork(
            new ConcurrentQueue<IReadOnlyList<LoadedMail>>(page.Mails.InBatches(mail => mail.DueCount, MaximumClaimedRecipients)), page.Flush, await PresentAddressesAsync(page, stopping));
        var helpers = new List<Task<SessionEnd>>();
        var ends = new List<SessionEnd>();
        try
        {
            ends.Add(await SendBatchAsync(session, work, stopping));
            while (helpers.Count < settings.MaxConnections - 1 && work.Batches.Count > BatchesForAnotherSlot * (helpers.Count + 1) && !Ends(ends[0]))
            {
                helpers.Add(HelpAsync(work, stopping));
            }

            while (!Ends(ends[^1]) && !work.Batches.IsEmpty)
            {
                ends.Add(await SendBatchAsync(session, work, stopping));
            }
        }
        finally
        {
            ends.AddRange(await Task.WhenAll(helpers));
        }

        return new SessionEnd(
            ends.Select(end => end.ServerFailure).FirstOrDefault(failure => failure is not null),
            ends.Any(end => end.GaveBack) || !work.Batches.IsEmpty,
            ends.Any(end => end.Conflict),
            ends.Any(end => end.TurnedAway));
    }

    /// <summary>Sends part of a page over a further connection. It leaves when the page is done, when somebody waits for the slot, or when the server allows no more connections.</summary>
    private async Task<SessionEnd> HelpAsync(PageWork work, CancellationToken stopping)
    {
        if (waiting.Any || slots.FirstAttemptsWait)
        {
            return new SessionEnd();
        }

        await using SmtpSlot? slot = await slots.TryTakeAsync(stopping);
        if (slot is null)
        {
            return new SessionEnd();
        }

        await using SendingSession session = NewSession(slot);
        SessionEnd end = new();
        bool conflict = false;
        while (!Ends(end) && !waiting.Any && !work.Batches.IsEmpty)
        {
            end = await SendBatchAsync(session, work, stopping);
            conflict |= end.Conflict;
        }

        // What it gave back is read again with the next page.
        return end with { Conflict = conflict || end.GaveBack, GaveBack = false, TurnedAway = false };
    }

    private static bool Ends(SessionEnd end) => end is { ServerFailure: not null } or { GaveBack: true };

    private static async Task<SessionEnd> SendBatchAsync(SendingSession session, PageWork work, CancellationToken stopping)
    {
        if (session.MustEnd(stopping))
        {
            return new SessionEnd(GaveBack: true);
        }

        if (!work.Batches.TryDequeue(out IReadOnlyList<LoadedMail>? batch))
        {
            return new SessionEnd();
        }

        SessionEnd end = await session.SendAsync(batch, work.Addresses, work.Flush, stopping);
        if (end.ServerFailure is not null)
        {
            // It applies to all of them, so nobody begins with the rest (rule 3). What the others have claimed meets the same failure.
            work.Batches.Clear();
        }

        return end;
    }

    /// <summary>What is left of a page, for all who send it.</summary>
    private sealed record PageWork(
        ConcurrentQueue<IReadOnlyList<LoadedMail>> Batches, long Flush, IReadOnlyDictionary<string, string> Addresses);

    /// <summary>The users' current addresses; empty if the page contains no re-send to a user.</summary>
    private async Task<IReadOnlyDictionary<string, string>> PresentAddressesAsync(DuePage page, CancellationToken cancellationToken)
    {
        if (!page.Mails.Any(mail => mail.Mail.Recipients.Any(recipient => recipient is { Attempts: > 0, User: not null })))
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
            page = await dueMail.ReadWithoutContentAsync(shard, page?.Last, cancellationToken);
            any |= page.Mails.Count > 0;
            if (failure.Kind == SmtpFailureKind.NotConfigured && page.Mails.Count > 0)
            {
                await systemEvents.AddAsync(MailEvents.NotConfigured(page.Mails.Select(mail => mail.Mail), !toldOfAlerts, time.GetUtcNow()).ToList(), cancellationToken);
                toldOfAlerts |= page.Mails.Any(mail => mail.Mail.AlertType is not null);
            }

            IReadOnlyDictionary<string, string> addresses = await PresentAddressesAsync(page, cancellationToken);
            List<DueRecipient> due = page.Mails.SelectMany(mail => mail.Due).ToList();
            await outcomes.RecordAsync(RetryRules.AfterServerFailure(due, failure, page.Now, page.Flush, addresses), release: null, cancellationToken);
            metrics.AddMailOutcomes(due.Count, "failed", failure.Kind.ErrorType(), failure.Kind.Pattern());
        }

        if (any || failure.Kind != SmtpFailureKind.NotConfigured)
        {
            faults.Write($"mail {failure.Kind} {failure.Code}", $"{failure.Kind}, code {failure.Code}.", LogMailFailing);
        }
    }

    [LoggerMessage(EventId = 201, EventName = "MailFailing", Level = LogLevel.Warning, Message = "Mail is failing; due mail is kept and attempted again in an hour. {Failure}")]
    private partial void LogMailFailing(string failure);
}
