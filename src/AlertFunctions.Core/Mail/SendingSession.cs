using AlertFunctions.Core.Mail.Smtp;
using AlertFunctions.Core.Settings;
using AlertFunctions.Core.Storage;
using AlertFunctions.Core.SystemEvents;
using Microsoft.Extensions.Logging;
using MimeKit;

namespace AlertFunctions.Core.Mail;

/// <summary>One slot's work on one message: the connection, the claims and the outcomes that are not recorded yet.</summary>
internal sealed partial class SendingSession(
    MailStore store,
    ISmtpTransport transport,
    MailRenderer renderer,
    MailSnapshots snapshots,
    MailEvents mailEvents,
    SystemEventStore systemEvents,
    SmtpSettings settings,
    TimeProvider time,
    ILogger logger,
    CancellationToken slotLost) : IAsyncDisposable
{
    /// <summary>Acceptances that may be unrecorded: what a process that dies lets be delivered twice (rule 5).</summary>
    private const int MaximumUnrecorded = 25;

    /// <summary>The code of a failure without a reply.</summary>
    private const int NoReply = -1;

    private static readonly TimeSpan RecordAfter = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan RenewAfter = TimeSpan.FromMinutes(1);

    /// <summary>Clocks of instances may differ by so much: to the one ahead the claim ends that much earlier.</summary>
    private static readonly TimeSpan ClaimMargin = TimeSpan.FromMinutes(2);

    private static readonly TimeSpan ShortestClaim = TimeSpan.FromMinutes(5);
    private static readonly TimeSpan MaximumDuration = TimeSpan.FromMinutes(2);
    private static readonly TimeSpan RetryRecording = TimeSpan.FromSeconds(1);

    private readonly DateTimeOffset _started = time.GetUtcNow();
    private readonly List<Attempt> _unrecorded = [];

    private ISmtpConnection? _connection;
    private IReadOnlyList<MailInHand> _claimed = [];
    private Dictionary<(string Snapshot, MailCulture Culture), byte[]?> _bodies = [];
    private DateTimeOffset _claimedAt;
    private string? _lostAddress;

    /// <summary>A first attempt of an alert mail was delivered or ended in pattern 3: the server answers, so that a flush can deliver (S8).</summary>
    public bool WantsFlush { get; set; }

    /// <summary>Five minutes; longer only where the deadlines of one envelope and the margin would leave no time to renew it.</summary>
    private TimeSpan ClaimFor
    {
        get
        {
            TimeSpan needed = (2 * settings.Timeout) + ClaimMargin + (2 * RenewAfter);
            return needed > ShortestClaim ? needed : ShortestClaim;
        }
    }

    /// <summary>Whether the handler must give back what it has not attempted: the process stops, its time is up, or its slot may be another's.</summary>
    public bool MustEnd(CancellationToken stopping) =>
        stopping.IsCancellationRequested || slotLost.IsCancellationRequested || time.GetUtcNow() - _started >= MaximumDuration;

    /// <summary>Claims the mails to be sent next; false when another handler was first.</summary>
    public async Task<bool> ClaimAsync(IReadOnlyList<MailInHand> mails, CancellationToken cancellationToken)
    {
        DateTimeOffset now = time.GetUtcNow();
        if (!await store.ClaimAsync(mails, now + ClaimFor, cancellationToken))
        {
            return false;
        }

        _claimed = mails;
        _claimedAt = now;
        await store.CompleteAsync(mails, cancellationToken);
        await ReadSnapshotsAsync(mails, cancellationToken);
        return true;
    }

    /// <summary>Attempts recipients of the claimed mails, one envelope each, and records what became of them.</summary>
    public async Task<SessionEnd> SendAsync(IReadOnlyList<DueRecipient> due, IReadOnlyDictionary<string, string> addresses, long flush, CancellationToken stopping)
    {
        for (int index = 0; index < due.Count; index++)
        {
            // Each way out records first: what the server accepted is never left to chance.
            if (MustEnd(stopping) || !await HoldClaimAsync())
            {
                return await EndEarlyAsync(flush);
            }

            DueRecipient recipient = due[index];
            if (!recipient.Mail.Recipients.ContainsKey(recipient.Key))
            {
                continue; // another handler saw to it, as recording the ones before has shown: sending it again would double it
            }

            Attempt attempt = await AttemptAsync(recipient, addresses, flush);
            if (slotLost.IsCancellationRequested && attempt.Failure is { Code: NoReply, OutcomeUnknown: false })
            {
                return await EndEarlyAsync(flush); // broken off by this process, so that it is nobody's failure
            }

            if (attempt.Failure is { OfServer: true } failure)
            {
                await FailRestAsync(due.Skip(index).ToList(), attempt, addresses, flush);
                return new SessionEnd(failure);
            }

            _unrecorded.Add(attempt);
            if (TwoLostInARow(attempt))
            {
                attempt = attempt with { Id = $"{Ulid.NewUlid(attempt.Time)}", Failure = attempt.Failure! with { OfServer = true } };
                await FailRestAsync(due.Skip(index + 1).ToList(), attempt, addresses, flush);
                return new SessionEnd(attempt.Failure);
            }

            if (_unrecorded.Count >= MaximumUnrecorded)
            {
                await RecordAsync(flush, keepClaim: true);
            }
        }

        // What was recorded on the way kept its claim, and would keep a flush away from those who were refused.
        await RecordAsync(flush, keepClaim: false);
        await GiveBackAsync();
        return new SessionEnd();
    }

    public async ValueTask DisposeAsync() => await DropConnectionAsync();

    /// <summary>Records what there is, and gives back what was not attempted.</summary>
    private async Task<SessionEnd> EndEarlyAsync(long flush)
    {
        await RecordAsync(flush, keepClaim: false);
        await GiveBackAsync();
        return new SessionEnd(GaveBack: true);
    }

    /// <summary>One recipient's attempt, with whatever connecting it takes.</summary>
    private async Task<Attempt> AttemptAsync(DueRecipient due, IReadOnlyDictionary<string, string> addresses, long flush)
    {
        Recipient recipient = due.Recipient;
        OutgoingMail mail = due.Mail.Mail;
        string address = recipient.At(addresses).Address;
        DateTimeOffset now = time.GetUtcNow();
        string id = $"{Ulid.NewUlid(now)}";
        string messageId = renderer.MessageId(recipient);
        try
        {
            using MimeMessage message = renderer.Render(mail, recipient, address, BodyOf(mail, recipient.Culture));
            SmtpSendResult result = await DeliverAsync(message, new MailboxAddress("", address), flush);

            // The hour runs from the failure (S16), which may be a deadline later than the beginning.
            return new Attempt(id, mail, recipient, address, messageId, result.Failure is null ? now : time.GetUtcNow(), result.Reply, result.Failure);
        }
        catch (Exception exception) when (exception is FormatException or ArgumentException or InvalidOperationException or NotSupportedException)
        {
            // Neither SMTP's nor storage's: this recipient's own outcome, and the rest goes on (rule 2).
            LogInternalFailure(exception);
            return new Attempt(id, mail, recipient, address, messageId, now, exception.Message, new SmtpFailure(SmtpFailureKind.Internal, -1, exception.Message, OfServer: false, ConnectionLost: false));
        }
    }

    /// <summary>
    /// Reads the bodies of scheduled mail while nothing is accepted that is not recorded: a storage fault is then one before the first acceptance
    /// (rule 2).
    /// </summary>
    private async Task ReadSnapshotsAsync(IReadOnlyList<MailInHand> mails, CancellationToken cancellationToken)
    {
        _bodies = [];
        foreach (MailInHand mail in mails)
        {
            foreach (Recipient recipient in mail.Recipients.Values)
            {
                if (mail.Mail.Content is ScheduledMailContent content && !_bodies.ContainsKey((content.Snapshot, recipient.Culture)))
                {
                    _bodies[(content.Snapshot, recipient.Culture)] = await snapshots.ReadAsync(content.Snapshot, recipient.Culture, cancellationToken);
                }
            }
        }
    }

    private byte[]? BodyOf(OutgoingMail mail, MailCulture culture) => mail.Content is ScheduledMailContent content ? _bodies.GetValueOrDefault((content.Snapshot, culture)) : null;

    /// <summary>Removes the bodies of scheduled mail that is done; what cannot be removed now is removed with other orphans.</summary>
    private async Task RemoveSnapshotsAsync(IReadOnlyList<MailOutcome> outcomes)
    {
        foreach (MailOutcome outcome in outcomes)
        {
            if (outcome.Mail is { Exists: false, Mail.Content: ScheduledMailContent content })
            {
                try
                {
                    await snapshots.RemoveIfDoneAsync(content.Snapshot, CancellationToken.None);
                }
                catch (Exception exception) when (StorageFault.Is(exception))
                {
                    LogSnapshotLeft(exception);
                }
            }
        }
    }

    private async Task<SmtpSendResult> DeliverAsync(MimeMessage message, MailboxAddress address, long flush)
    {
        for (bool repeated = false; ; repeated = true)
        {
            bool fresh = _connection is null;
            if (_connection is null)
            {
                SmtpConnectResult connected = await MeanwhileRecordAsync(transport.ConnectAsync(slotLost), flush);
                if (connected.Failure is { } refused)
                {
                    return new SmtpSendResult(refused, refused.Reply, connected.Steps);
                }

                _connection = connected.Connection;
            }

            SmtpSendResult result = await MeanwhileRecordAsync(_connection!.SendAsync(message, address, slotLost), flush);
            if (result.Failure is { ConnectionLost: true })
            {
                await DropConnectionAsync();
            }

            // A connection that the server closed between two envelopes says nothing about either: replaced, and the envelope repeated once.
            if (result.Failure is not { OfServer: true, ConnectionLost: true } || fresh || repeated || slotLost.IsCancellationRequested)
            {
                return result;
            }
        }
    }

    /// <summary>Records acceptances that are a second old, while the server takes its time over the next one.</summary>
    private async Task<T> MeanwhileRecordAsync<T>(Task<T> smtp, long flush)
    {
        if (_unrecorded.Count > 0 && !smtp.IsCompleted)
        {
            TimeSpan left = _unrecorded[0].Time + RecordAfter - time.GetUtcNow();
            using var done = new CancellationTokenSource();
            Task timer = Task.Delay(left > TimeSpan.Zero ? left : TimeSpan.Zero, time, done.Token);
            if (await Task.WhenAny(smtp, timer) == timer)
            {
                await RecordAsync(flush, keepClaim: true);
            }

            await done.CancelAsync();
        }

        return await smtp;
    }

    /// <summary>Two lost connections in a row for different recipients count as the server's failure (rule 4).</summary>
    private bool TwoLostInARow(Attempt attempt)
    {
        string? before = _lostAddress;
        _lostAddress = attempt.Failure is { ConversationLost: true } ? attempt.Address : null;
        return before is not null && _lostAddress is not null && !string.Equals(before, _lostAddress, StringComparison.OrdinalIgnoreCase);
    }

    /// <summary>The server failed: its one 569, and every claimed recipient that is left takes the result.</summary>
    private async Task FailRestAsync(IReadOnlyList<DueRecipient> rest, Attempt attempt, IReadOnlyDictionary<string, string> addresses, long flush)
    {
        await RecordAsync(flush, keepClaim: true);
        SmtpFailure failure = attempt.Failure!;
        DateTimeOffset now = attempt.Time;
        await InsistAsync(async () => await systemEvents.AddAsync([mailEvents.Failed(attempt, failure, after: null)], CancellationToken.None));
        List<MailOutcome> outcomes = _claimed
            .Where(mail => mail.Exists)
            .Select(mail => new MailOutcome(
                mail,
                rest.Where(due => due.Mail == mail && mail.Recipients.ContainsKey(due.Key)).ToDictionary(due => due.Key, due => RetryRules.After(due.Recipient.At(addresses), failure, now, flush), StringComparer.Ordinal),
                KeepClaim: false))
            .Where(outcome => outcome.Changes.Count > 0 || outcome.Mail.HoldsClaim)
            .ToList();
        await InsistAsync(async () => await store.RecordAsync(outcomes, CancellationToken.None));
        _claimed = [];
    }

    /// <summary>
    /// Records the outcomes at hand: first the system events, then the recipients' rows. After an acceptance it repeats the write as long as the
    /// process lives, since forgetting it would deliver the mail twice (rule 2).
    /// </summary>
    private async Task RecordAsync(long flush, bool keepClaim)
    {
        if (_unrecorded.Count == 0)
        {
            return;
        }

        List<Attempt> attempts = [.. _unrecorded];
        _unrecorded.Clear();
        var changes = attempts.ToDictionary(attempt => attempt, attempt => attempt.Failure is null ? null : RetryRules.After(attempt.Recipient with { Address = attempt.Address }, attempt.Failure, attempt.Time, flush));
        List<Attempt> delivered = attempts.Where(attempt => attempt.Failure is null).ToList();
        List<SystemEvent> events = attempts.Where(attempt => attempt.Failure is not null).Select(attempt => mailEvents.Failed(attempt, attempt.Failure!, changes[attempt])).ToList();
        if (delivered.Count > 0)
        {
            events.InsertRange(0, MailEvents.Delivered(delivered));
        }

        await InsistAsync(async () => await systemEvents.AddAsync(events, CancellationToken.None));
        List<MailOutcome> outcomes = attempts
            .GroupBy(attempt => attempt.Recipient.MailId, StringComparer.Ordinal)
            .Select(group => new MailOutcome(
                _claimed.First(mail => mail.Mail.Id == group.Key),
                group.ToDictionary(attempt => attempt.Recipient.RowKey, attempt => changes[attempt], StringComparer.Ordinal),
                keepClaim))
            .ToList();
        await InsistAsync(async () => await store.RecordAsync(outcomes, CancellationToken.None));
        await RemoveSnapshotsAsync(outcomes);
        WantsFlush |= attempts.Any(attempt => attempt.Mail.AlertType is not null && RetryRules.StartsFlush(attempt.Recipient, attempt.Failure));
    }

    /// <summary>Repeats a write until storage takes it, and keeps the claims alive meanwhile as far as storage lets it.</summary>
    private async Task InsistAsync(Func<Task> write)
    {
        while (true)
        {
            try
            {
                await write();
                return;
            }
            catch (Exception exception) when (StorageFault.Is(exception))
            {
                LogRecordingDelayed(exception);
                await Task.Delay(RetryRecording, time);
                await HoldClaimAsync();
            }
        }
    }

    /// <summary>
    /// Makes sure that the claim lasts longer than the next envelope's deadlines and the margin: connecting and the envelope have one each, and
    /// clocks of instances may differ.
    /// </summary>
    private async Task<bool> HoldClaimAsync()
    {
        DateTimeOffset now = time.GetUtcNow();
        List<MailInHand> held = _claimed.Where(mail => mail.Exists && mail.HoldsClaim).ToList();
        if (held.Count > 0 && now - _claimedAt >= RenewAfter)
        {
            try
            {
                if (await store.ClaimAsync(held, now + ClaimFor, CancellationToken.None))
                {
                    _claimedAt = now;
                }
            }
            catch (Exception exception) when (StorageFault.Is(exception))
            {
                // The claim that stands may still be long enough.
            }
        }

        return _claimedAt + ClaimFor - now > (2 * settings.Timeout) + ClaimMargin;
    }

    /// <summary>Gives back the claims on what was not attempted; when that fails they run out by themselves.</summary>
    private async Task GiveBackAsync()
    {
        List<MailInHand> held = _claimed.Where(mail => mail.Exists && mail.HoldsClaim).ToList();
        _claimed = [];
        try
        {
            if (held.Count > 0)
            {
                await store.ClaimAsync(held, StorageTime.Minimum, CancellationToken.None);
            }
        }
        catch (Exception exception) when (StorageFault.Is(exception))
        {
            LogRecordingDelayed(exception);
        }
    }

    private async Task DropConnectionAsync()
    {
        if (_connection is { } connection)
        {
            _connection = null;
            await connection.DisposeAsync();
        }
    }

    [LoggerMessage(EventId = 203, Level = LogLevel.Warning, Message = "The outcome of sending could not be recorded yet; it is kept and written again.")]
    private partial void LogRecordingDelayed(Exception exception);

    [LoggerMessage(EventId = 205, Level = LogLevel.Warning, Message = "The body of a mail that is done could not be removed; it is removed later.")]
    private partial void LogSnapshotLeft(Exception exception);

    [LoggerMessage(EventId = 204, Level = LogLevel.Error, Message = "A mail could not be made; it is passed over for an hour.")]
    private partial void LogInternalFailure(Exception exception);
}
