using System.Diagnostics;
using AlertFunctions.Core.Mail.Compose;
using AlertFunctions.Core.Mail.Queue;
using AlertFunctions.Core.Mail.Smtp;
using AlertFunctions.Core.Outbox;
using AlertFunctions.Core.Settings;
using AlertFunctions.Core.Storage;
using AlertFunctions.Core.SystemEvents;
using AlertFunctions.Core.Telemetry;
using Microsoft.Extensions.Logging;
using MimeKit;

namespace AlertFunctions.Core.Mail.Sending;

/// <summary>The work of one slot on one queue message, within a time limit.</summary>
public sealed partial class SendingSession(
    SmtpSlot slot,
    SmtpSlots slots,
    MailStore store,
    OutcomeStore outcomes,
    ISmtpTransport transport,
    MailRenderer renderer,
    MailSnapshots snapshots,
    MailEvents mailEvents,
    SystemEventStore systemEvents,
    MailOutage outage,
    FlushRequests flushes,
    SmtpSettings settings,
    ProductMetrics metrics,
    FaultLog faults,
    TimeProvider time,
    ILogger logger) : IAsyncDisposable
{
    /// <summary>How long a slot is used for one queue message.</summary>
    public static readonly TimeSpan MaximumDuration = TimeSpan.FromMinutes(2);

    private readonly DateTimeOffset _started = time.GetUtcNow();

    private readonly ServerVerdict _verdict = new(outage);

    private readonly SmtpConversation _conversation = new(transport, slot.Lost);

    /// <summary>Whether the handler must give back what it has not attempted: the process is stopping, its time is up, or its slot may have been taken over.</summary>
    public bool MustEnd(CancellationToken stopping) =>
        stopping.IsCancellationRequested || slot.Lost.IsCancellationRequested || time.GetUtcNow() - _started >= MaximumDuration;

    /// <summary>Claims mails, attempts their due recipients, one envelope each, and records the outcomes.</summary>
    /// <param name="mails">The mails, with their due recipients.</param>
    /// <param name="addresses">The users' current addresses.</param>
    /// <param name="flush">The flush number that the handler read.</param>
    /// <param name="stopping">Signals that the process is stopping.</param>
    public async Task<SessionEnd> SendAsync(IReadOnlyList<LoadedMail> mails, IReadOnlyDictionary<string, string> addresses, long flush, CancellationToken stopping)
    {
        List<DueRecipient> due = mails.SelectMany(mail => mail.Due).OrderBy(item => RetryRules.Order(item.Recipient)).ToList();
        await using MailClaim? claim = await MailClaim.TryTakeAsync(store, slot, mails, settings, faults, time, logger, stopping);
        if (claim is null)
        {
            return new SessionEnd(Conflict: true); // another handler was faster; the page is read again
        }

        // No envelope has been sent yet, so a storage fault here loses no acceptance: the claim is released and the message is delivered again (rule 2).
        Bodies bodies = await ReadBodiesAsync(mails, stopping);

        var ledger = new AttemptLedger(claim, flush, outcomes, snapshots, mailEvents, systemEvents, _verdict, metrics, faults, time, logger);
        try
        {
            return await SendAsync(due, bodies, claim, ledger, addresses, stopping);
        }
        finally
        {
            await ledger.RecordAsync(keepClaim: false);
            if (ledger.EarnedFlush)
            {
                await flushes.RequestAsync(); // at once, whatever happens to the rest (S8)
            }
        }
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => _conversation.DisposeAsync();

    private async Task<SessionEnd> SendAsync(
        List<DueRecipient> due, Bodies bodies, MailClaim claim, AttemptLedger ledger, IReadOnlyDictionary<string, string> addresses, CancellationToken stopping)
    {
        for (int index = 0; index < due.Count; index++)
        {
            DueRecipient next = due[index];
            if (!next.IsStillThere)
            {
                continue; // recording the previous attempts has shown that another handler handled it: sending it again would deliver it twice
            }

            // First attempts do not wait for re-sends.
            bool makesRoom = next.Recipient.Attempts > 0 && slots.FirstAttemptsWait;
            if (makesRoom || MustEnd(stopping) || !await claim.HoldAsync())
            {
                return new SessionEnd(GaveBack: true);
            }

            Attempt attempt = await AttemptAsync(next, bodies, claim, ledger, addresses);
            if (slot.Lost.IsCancellationRequested && attempt.Failure is { Code: SmtpReply.NoCode, OutcomeUnknown: false })
            {
                return new SessionEnd(GaveBack: true); // this process broke it off, so nobody failed
            }

            if (attempt.Failure is { TurnedAway: true } && await slots.MayBeOneTooManyAsync(slot))
            {
                return new SessionEnd(GaveBack: true, TurnedAway: true);
            }

            if (attempt.Failure is { OfServer: true })
            {
                ledger.AddServerFailure(attempt, due.Skip(index), addresses);
                return new SessionEnd(attempt.Failure);
            }

            if (attempt.Failure is null)
            {
                slots.NoteServed();
            }

            ledger.Add(next, attempt);
            if (_conversation.TwoLostInARow(attempt))
            {
                SmtpFailure ofServer = attempt.Failure! with { OfServer = true };
                ledger.AddServerFailure(attempt with { Id = $"{Ulid.NewUlid(attempt.Time)}", Failure = ofServer }, due.Skip(index + 1), addresses);
                return new SessionEnd(ofServer);
            }

            if (ledger.IsFull)
            {
                await ledger.RecordAsync(keepClaim: true);
            }
        }

        return new SessionEnd();
    }

    /// <summary>Attempts one recipient, connecting first if necessary.</summary>
    private async Task<Attempt> AttemptAsync(DueRecipient due, Bodies bodies, MailClaim claim, AttemptLedger ledger, IReadOnlyDictionary<string, string> addresses)
    {
        long started = time.GetTimestamp();
        using Activity? span = ProductTraces.Send(due.Mail.Mail.Trace, settings.Host ?? "", settings.Port, due.Recipient.Attempts + 1);
        Attempt attempt = await TryAsync(due, bodies, claim, ledger, addresses);
        ProductTraces.End(span, attempt.Failure?.Kind.ErrorType(), attempt.Failure?.Code);
        metrics.RecordAttempt(time.GetElapsedTime(started), attempt.Failure?.Kind.ErrorType());
        return attempt;
    }

    private async Task<Attempt> TryAsync(DueRecipient due, Bodies bodies, MailClaim claim, AttemptLedger ledger, IReadOnlyDictionary<string, string> addresses)
    {
        Recipient recipient = due.Recipient;
        OutgoingMail mail = due.Mail.Mail;
        string address = recipient.WithCurrentAddress(addresses).Address;
        DateTimeOffset now = time.GetUtcNow();
        var attempt = new Attempt($"{Ulid.NewUlid(now)}", mail, recipient, address, renderer.MessageId(mail, recipient), now, "", Failure: null);
        try
        {
            using MimeMessage message = renderer.Render(mail, recipient, address, bodies.Of(mail, recipient));
            SmtpSendResult result = await RecordWhileSendingAsync(_conversation.SendAsync(message, new MailboxAddress("", address)), claim, ledger);

            // The hour starts at the failure (S16), which can be a whole timeout later than the start of the attempt.
            return attempt with { Time = result.Failure is null ? now : time.GetUtcNow(), Reply = result.Reply, Failure = result.Failure };
        }
        catch (Exception exception)
        {
            // No storage is involved here, and SMTP failures are results: this outcome belongs to the recipient, and the rest goes on (rule 2).
            faults.Write(exception, LogInternalFailure);
            return attempt with { Time = time.GetUtcNow(), Reply = exception.Message, Failure = SmtpFailure.Internal(exception.Message) };
        }
    }

    /// <summary>Reads the bodies of scheduled mail before sending starts, while there are no unrecorded acceptances.</summary>
    private async Task<Bodies> ReadBodiesAsync(IReadOnlyList<LoadedMail> mails, CancellationToken cancellationToken)
    {
        var bodies = new Bodies();
        foreach (LoadedMail mail in mails.Where(mail => mail.Exists))
        {
            foreach (MailEdition edition in mail.Mail.Recipients.Select(recipient => recipient.Edition).Distinct())
            {
                if (mail.Mail.Content is ScheduledMailContent content && !bodies.ContainsKey((content.Snapshot, edition)))
                {
                    bodies[(content.Snapshot, edition)] = await snapshots.ReadAsync(content.Snapshot, edition, cancellationToken);
                }
            }
        }

        return bodies;
    }

    /// <summary>
    /// While an envelope is in flight, records acceptances that are a second old and renews the claim: the reply to the body may take minutes.
    /// </summary>
    private async Task<T> RecordWhileSendingAsync<T>(Task<T> smtp, MailClaim claim, AttemptLedger ledger)
    {
        while (Earlier(ledger.RecordAt, claim.RenewAt) is { } next)
        {
            TimeSpan left = next - time.GetUtcNow();
            await ((Task)smtp).WaitAsync(left > TimeSpan.Zero ? left : TimeSpan.Zero, time).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            if (smtp.IsCompleted)
            {
                break;
            }

            if (ledger.RecordAt <= time.GetUtcNow())
            {
                await ledger.RecordAsync(keepClaim: true);
            }

            await claim.RenewIfDueAsync();
        }

        return await smtp;
    }

    private static DateTimeOffset? Earlier(DateTimeOffset? one, DateTimeOffset? other) => one < other || other is null ? one : other;

    [LoggerMessage(EventId = 204, Level = LogLevel.Error, Message = "A mail could not be rendered or sent; it is skipped for an hour. {Fault}")]
    private partial void LogInternalFailure(string fault, Exception? exception);

    /// <summary>The bodies of scheduled mail by snapshot and edition; null if one no longer exists.</summary>
    private sealed class Bodies : Dictionary<(string Snapshot, MailEdition Edition), byte[]?>
    {
        public byte[]? Of(OutgoingMail mail, Recipient recipient) => mail.Content is ScheduledMailContent content ? this.GetValueOrDefault((content.Snapshot, recipient.Edition)) : null;
    }
}

/// <summary>How a session, or part of it, ended.</summary>
/// <param name="ServerFailure">The server failed: this failure applies to all due mail.</param>
/// <param name="GaveBack">The handler had to stop and gave back what it had not attempted.</param>
/// <param name="Conflict">Another handler claimed some of the mail first.</param>
/// <param name="TurnedAway">It gave back because the server allows no further connection now; another slot is being served.</param>
public sealed record SessionEnd(SmtpFailure? ServerFailure = null, bool GaveBack = false, bool Conflict = false, bool TurnedAway = false);
