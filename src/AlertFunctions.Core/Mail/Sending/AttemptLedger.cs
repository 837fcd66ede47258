using AlertFunctions.Core.Mail.Queue;
using AlertFunctions.Core.Mail.Smtp;
using AlertFunctions.Core.Storage;
using AlertFunctions.Core.SystemEvents;
using AlertFunctions.Core.Telemetry;
using Microsoft.Extensions.Logging;

namespace AlertFunctions.Core.Mail.Sending;

/// <summary>
/// Holds the outcomes of attempts until they are recorded. An outcome is only removed once it is in storage: recording is retried after any exception
/// as long as the process lives, since forgetting an acceptance would deliver the mail twice (rule 2).
/// </summary>
public sealed partial class AttemptLedger(
    MailClaim claim, long flush, OutcomeStore store, MailSnapshots snapshots, MailEvents mailEvents, SystemEventStore systemEvents, ServerVerdict verdict, ProductMetrics metrics, FaultLog faults, TimeProvider time, ILogger logger)
{
    /// <summary>Maximum acceptances not yet recorded: how many mails can be delivered twice if the process dies (rule 5).</summary>
    private const int MaximumUnrecorded = 25;

    private static readonly TimeSpan RecordAfter = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan PauseAfterFailure = TimeSpan.FromSeconds(1);

    private readonly List<Attempt> _attempts = [];
    private readonly List<RecipientOutcome> _outcomes = [];

    /// <summary>Whether a first attempt of an alert mail was delivered or ended in pattern 3: the server answers, so a flush can deliver (S8).</summary>
    public bool EarnedFlush { get; private set; }

    /// <summary>Whether the maximum of unrecorded attempts is reached.</summary>
    public bool IsFull => _attempts.Count >= MaximumUnrecorded;

    /// <summary>When unrecorded attempts must be recorded, even if the server is still busy with the next envelope; null if there are none.</summary>
    public DateTimeOffset? RecordAt => _attempts.Count == 0 ? null : _attempts[0].Time + RecordAfter;

    /// <summary>Adds an attempt of a recipient.</summary>
    public void Add(DueRecipient due, Attempt attempt)
    {
        Recipient attempted = attempt.Recipient with { Address = attempt.Address };
        Recipient? after = attempt.Failure is null ? null : RetryRules.After(attempted, attempt.Failure, attempt.Time, flush);
        _attempts.Add(attempt with { After = after });
        _outcomes.Add(new RecipientOutcome(due.Mail, due.Key, after));
        EarnedFlush |= attempt.Mail.AlertType is not null && RetryRules.StartsFlush(attempt.Recipient, attempt.Failure);
    }

    /// <summary>Adds a failure of the server. The attempt that hit it is recorded once, and applied to all remaining recipients (rule 3).</summary>
    /// <param name="attempt">The attempt that failed.</param>
    /// <param name="rest">The recipients that the failure applies to.</param>
    /// <param name="addresses">The users' current addresses.</param>
    public void AddServerFailure(Attempt attempt, IEnumerable<DueRecipient> rest, IReadOnlyDictionary<string, string> addresses)
    {
        _attempts.Add(attempt);
        _outcomes.AddRange(RetryRules.AfterServerFailure(rest.Where(due => due.IsStillThere), attempt.Failure!, attempt.Time, flush, addresses));
    }

    /// <summary>Records everything: first the system events and what the attempts say about the server, then the rows of the recipients.</summary>
    /// <param name="keepClaim">Whether the handler continues with the claimed mails.</param>
    public async Task RecordAsync(bool keepClaim)
    {
        if (_attempts.Count > 0)
        {
            await WriteAsync(Events(), items => systemEvents.AddAsync(items, CancellationToken.None), mayGiveUp: _ => true);
            await WriteAsync(_attempts, items => verdict.AddAsync(items, CancellationToken.None), mayGiveUp: _ => true);
            await WriteAsync(_outcomes, items => store.RecordAsync(items, keepClaim ? null : claim, CancellationToken.None), mayGiveUp: outcome => outcome.After is not null);
            Count();
            List<LoadedMail> mails = _outcomes.Select(outcome => outcome.Mail).Distinct().ToList();
            _attempts.Clear();
            _outcomes.Clear();
            await RemoveSnapshotsAsync(mails);
        }
    }

    private void Count()
    {
        metrics.AddMailOutcomes(_attempts.Count(attempt => attempt.Failure is null), "sent", errorType: null, pattern: null);
        foreach (IGrouping<SmtpFailureKind, Attempt> kind in _attempts.Where(attempt => attempt is { Failure.OfServer: false, After: null }).GroupBy(attempt => attempt.Failure!.Kind))
        {
            metrics.AddMailOutcomes(kind.Count(), "given_up", kind.Key.ErrorType(), kind.Key.Pattern());
        }

        foreach (IGrouping<SmtpFailureKind, Recipient> kind in _outcomes.Select(outcome => outcome.After).OfType<Recipient>().GroupBy(recipient => recipient.LastFailure ?? SmtpFailureKind.NotConfigured))
        {
            metrics.AddMailOutcomes(kind.Count(), "failed", kind.Key.ErrorType(), kind.Key.Pattern());
        }
    }

    /// <summary>One 197 covers all deliveries; each failure has its own event.</summary>
    private List<SystemEvent> Events()
    {
        List<Attempt> delivered = _attempts.Where(attempt => attempt.Failure is null).ToList();
        return
        [
            .. delivered.Count == 0 ? [] : MailEvents.Delivered(delivered),
            .. _attempts.Where(attempt => attempt.Failure is not null).Select(attempt => mailEvents.Failed(attempt, attempt.Failure!, attempt.After)),
        ];
    }

    /// <summary>
    /// Writes until everything is stored. If storage rejects the content of a request, the items are written one by one, so that one bad item does not
    /// affect the others. An item rejected even on its own is given up, unless that would lose an acceptance.
    /// </summary>
    private async Task WriteAsync<T>(IReadOnlyList<T> items, Func<IReadOnlyList<T>, Task> write, Func<T, bool> mayGiveUp)
    {
        while (true)
        {
            try
            {
                await write(items);
                return;
            }
            catch (Exception exception) when (StorageRefusal.Is(exception) && items.Count > 1)
            {
                foreach (T item in items)
                {
                    await WriteAsync([item], write, mayGiveUp);
                }

                return;
            }
            catch (Exception exception) when (StorageRefusal.Is(exception) && mayGiveUp(items[0]))
            {
                LogRefused(exception);
                return;
            }
            catch (Exception exception)
            {
                faults.Write(exception, LogDelayed);
                await Task.Delay(PauseAfterFailure, time);
                await claim.RenewIfDueAsync();
            }
        }
    }

    /// <summary>Deletes the bodies of scheduled mail that is done. If that fails, they are deleted later as orphans.</summary>
    private async Task RemoveSnapshotsAsync(IEnumerable<LoadedMail> mails)
    {
        foreach (LoadedMail mail in mails)
        {
            if (mail is { Exists: false, Mail.Content: ScheduledMailContent content })
            {
                try
                {
                    await snapshots.RemoveIfDoneAsync(content.Snapshot, CancellationToken.None);
                }
                catch (Exception exception)
                {
                    faults.Write(exception, LogSnapshotLeft);
                }
            }
        }
    }

    [LoggerMessage(EventId = 203, Level = LogLevel.Warning, Message = "The outcome of sending could not be recorded yet; it is kept and will be retried. {Fault}")]
    private partial void LogDelayed(string fault, Exception? exception);

    [LoggerMessage(EventId = 208, Level = LogLevel.Error, Message = "Storage rejects the content of a sending record; the record is skipped.")]
    private partial void LogRefused(Exception exception);

    [LoggerMessage(EventId = 205, Level = LogLevel.Warning, Message = "The body of a finished mail could not be deleted; it will be deleted later. {Fault}")]
    private partial void LogSnapshotLeft(string fault, Exception? exception);
}
