using AlertFunctions.Core.Mail.Queue;
using AlertFunctions.Core.Storage;
using AlertFunctions.Core.SystemEvents;
using Microsoft.Extensions.Logging;

namespace AlertFunctions.Core.Mail.Sending;

/// <summary>
/// Owns what became of attempts until it is recorded. An outcome leaves the ledger only when storage has it: recording is repeated on any exception
/// as long as the process lives, since forgetting an acceptance would deliver the mail twice (rule 2).
/// </summary>
public sealed partial class AttemptLedger(
    MailClaim claim, long flush, OutcomeStore store, MailSnapshots snapshots, MailEvents mailEvents, SystemEventStore systemEvents, ServerVerdict verdict, FaultLog faults, TimeProvider time, ILogger logger)
{
    /// <summary>Acceptances that may be unrecorded: what a process that dies lets be delivered twice (rule 5).</summary>
    private const int MaximumUnrecorded = 25;

    private static readonly TimeSpan RecordAfter = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan PauseAfterFailure = TimeSpan.FromSeconds(1);

    private readonly List<Attempt> _attempts = [];
    private readonly List<RecipientOutcome> _outcomes = [];

    /// <summary>A first attempt of an alert mail was delivered or ended in pattern 3: the server answers, so that a flush can deliver (S8).</summary>
    public bool EarnedFlush { get; private set; }

    /// <summary>Whether the next acceptance would be one too many to be unrecorded.</summary>
    public bool IsFull => _attempts.Count >= MaximumUnrecorded;

    /// <summary>When what is unrecorded is to be recorded, however long the server takes over the next envelope; null when nothing is.</summary>
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

    /// <summary>Adds a failure of the server: the attempt that met it is recorded once, and every recipient that is left takes its result (rule 3).</summary>
    /// <param name="attempt">The attempt that met it.</param>
    /// <param name="rest">The recipients that take its result.</param>
    /// <param name="addresses">The users' present addresses.</param>
    public void AddServerFailure(Attempt attempt, IEnumerable<DueRecipient> rest, IReadOnlyDictionary<string, string> addresses)
    {
        _attempts.Add(attempt);
        _outcomes.AddRange(RetryRules.AfterServerFailure(rest.Where(due => due.IsStillThere), attempt.Failure!, attempt.Time, flush, addresses));
    }

    /// <summary>Records everything: first the system events and what the attempts say of the server, then the recipients' rows.</summary>
    /// <param name="keepClaim">Whether the handler goes on with the claimed mails.</param>
    public async Task RecordAsync(bool keepClaim)
    {
        if (_attempts.Count > 0)
        {
            await WriteAsync(Events(), items => systemEvents.AddAsync(items, CancellationToken.None), mayGiveUp: _ => true);
            await WriteAsync(_attempts, items => verdict.AddAsync(items, CancellationToken.None), mayGiveUp: _ => true);
            await WriteAsync(_outcomes, items => store.RecordAsync(items, keepClaim ? null : claim, CancellationToken.None), mayGiveUp: outcome => outcome.After is not null);
            List<LoadedMail> mails = _outcomes.Select(outcome => outcome.Mail).Distinct().ToList();
            _attempts.Clear();
            _outcomes.Clear();
            await RemoveSnapshotsAsync(mails);
        }
    }

    /// <summary>197 names all deliveries at once; each failure has an event of its own.</summary>
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
    /// Writes until storage has everything. What it refuses because of what the request holds is written one by one, so that one such row costs the
    /// others nothing; a row that it refuses even alone is given up where giving up loses no acceptance.
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

    /// <summary>Removes the bodies of scheduled mail that is done; what cannot be removed now is removed with other orphans.</summary>
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

    [LoggerMessage(EventId = 203, Level = LogLevel.Warning, Message = "The outcome of sending could not be recorded yet; it is kept and written again. {Fault}")]
    private partial void LogDelayed(string fault, Exception? exception);

    [LoggerMessage(EventId = 208, Level = LogLevel.Error, Message = "Storage refuses a record of sending for what it holds; it is left out.")]
    private partial void LogRefused(Exception exception);

    [LoggerMessage(EventId = 205, Level = LogLevel.Warning, Message = "The body of a mail that is done could not be removed; it is removed later. {Fault}")]
    private partial void LogSnapshotLeft(string fault, Exception? exception);
}
