using System.Diagnostics;
using System.Runtime.ExceptionServices;
using AlertFunctions.Core.Alerts;
using AlertFunctions.Core.Outbox;
using AlertFunctions.Core.Settings;
using AlertFunctions.Core.Storage;
using AlertFunctions.Core.SystemEvents;
using AlertFunctions.Core.Telemetry;
using AlertFunctions.Core.Users;

namespace AlertFunctions.Core.Mail.Compose;

/// <summary>What was composed at one look at a shard's outbox.</summary>
/// <param name="Any">Whether any mail was composed.</param>
/// <param name="Failure">The first failure that concerned one alert type alone; null if there was none. The mail of all others was composed.</param>
public sealed record Composed(bool Any, ExceptionDispatchInfo? Failure);

/// <summary>Makes mails of what a shard's outbox holds, for many alert types together.</summary>
public sealed class MailComposer(
    OutboxStore outbox, AlertTypeStore alertTypes, UserStore users, SystemEventStore systemEvents, WakeUpQueue wakeUps, MailSettings settings, TimeProvider time)
{
    /// <summary>A conflict means that another handler made progress; after so many the work is left to it.</summary>
    private const int MaximumConflicts = 200;

    /// <summary>The shards that handlers of this process are composing, and whether another one came meanwhile.</summary>
    private readonly Dictionary<Shard, bool> _busy = [];

    /// <summary>Composes until the outbox of the shard is empty, or what is left is still being collected.</summary>
    /// <returns>Null if another handler of this process is doing it: two would only meet each other's conflicts. It sees to what this one came for.</returns>
    public async Task<Composed?> ComposeAsync(Shard shard, CancellationToken cancellationToken)
    {
        lock (_busy)
        {
            if (_busy.ContainsKey(shard))
            {
                _busy[shard] = true;
                return null;
            }

            _busy.Add(shard, false);
        }

        bool another;
        Composed composed;
        try
        {
            composed = await ComposeAllAsync(shard, cancellationToken);
        }
        finally
        {
            lock (_busy)
            {
                _busy.Remove(shard, out another);
            }
        }

        if (another)
        {
            await wakeUps.ComposeAsync(shard, TimeSpan.Zero, cancellationToken);
        }

        return composed;
    }

    private async Task<Composed> ComposeAllAsync(Shard shard, CancellationToken cancellationToken)
    {
        var look = new Look(shard);
        int conflicts = 0;
        for (string? after = null; ;)
        {
            OutboxPage page = await outbox.ReadAsync(shard, after, cancellationToken);
            Progress progress = await ComposeAsync(page, look, cancellationToken);
            if (progress == Progress.Done && page.Last is null)
            {
                break;
            }

            // After a conflict or a lost answer only reading again shows what was done: a row that is gone is already a mail, whoever wrote it.
            if (progress == Progress.Conflict && ++conflicts > MaximumConflicts)
            {
                throw new StorageContentionException();
            }

            after = progress == Progress.Done ? page.Last : after;
        }

        if (look.NextCollected is { } left)
        {
            await wakeUps.ComposeAsync(shard, left, cancellationToken);
        }

        return new Composed(look.Any, look.Failure);
    }

    /// <summary>Composes what waits on a page, all types together; one by one if storage refuses that, so that one type does not stop the others.</summary>
    private async Task<Progress> ComposeAsync(OutboxPage page, Look look, CancellationToken cancellationToken)
    {
        List<IReadOnlyList<OutboxRow>> waiting = page.Waiting.Where(rows => !look.Failed.Contains(rows[0].AlertType) && !IsCollecting(rows[0], look)).ToList();
        if (waiting.Count == 0)
        {
            return Progress.Done;
        }

        try
        {
            return await ComposeAsync(waiting, page.Cut, look, cancellationToken);
        }
        catch (Exception exception) when (waiting.Count > 1 && IsOfOneType(exception))
        {
            foreach (IReadOnlyList<OutboxRow> rows in waiting)
            {
                try
                {
                    await ComposeAsync([rows], page.Cut, look, cancellationToken);
                }
                catch (Exception own) when (IsOfOneType(own))
                {
                    look.Fail(rows[0].AlertType, own);
                }
            }

            return Progress.More;
        }
        catch (Exception exception) when (IsOfOneType(exception))
        {
            look.Fail(waiting[0][0].AlertType, exception);
            return Progress.More;
        }
    }

    /// <summary>Whether it comes from what is composed, and not from storage, which would fail for every other type too.</summary>
    private static bool IsOfOneType(Exception exception) => exception is not OperationCanceledException && (StorageRefusal.Is(exception) || !StorageFault.Is(exception));

    private async Task<Progress> ComposeAsync(IReadOnlyList<IReadOnlyList<OutboxRow>> waiting, bool cut, Look look, CancellationToken cancellationToken)
    {
        Dictionary<string, AlertType> types = await FindTypesAsync(waiting, cancellationToken);
        IReadOnlyList<Addressee> addressees = Addressees.OfAlerts(await users.ListAsync(cancellationToken), settings);
        DateTimeOffset now = time.GetUtcNow();
        List<OutboxStep> steps = waiting.Select(rows => MailComposition.Step(rows, cut, types.GetValueOrDefault(rows[0].AlertType), addressees, settings.TimeZone, now)).ToList();
        List<Activity?> spans = steps.Select(step => step.Mail is null ? null : ProductTraces.Compose(step.Changes.Select(change => change.Row.Trace))).ToList();
        IReadOnlyList<OutboxStep> done;
        try
        {
            await systemEvents.AddAsync(steps.SelectMany(step => step.Events).ToList(), cancellationToken);
            done = await outbox.ApplyAsync(look.Shard, steps.Zip(spans, WithTrace).ToList(), cancellationToken);
        }
        finally
        {
            spans.ForEach(span => span?.Dispose());
        }

        look.Any |= done.Any(step => step.Mail is not null);
        return done.Count < steps.Count ? Progress.Conflict : done.Any(step => step.More) ? Progress.More : Progress.Done;
    }

    /// <summary>A step whose mail is in the trace of its composing.</summary>
    private static OutboxStep WithTrace(OutboxStep step, Activity? span) =>
        span is { Recorded: true, Id: { } trace } && step.Mail is { } mail ? step with { Mail = mail with { Trace = trace } } : step;

    /// <summary>The settings of the types that have any: one by its key, more by one query.</summary>
    private async Task<Dictionary<string, AlertType>> FindTypesAsync(IReadOnlyList<IReadOnlyList<OutboxRow>> waiting, CancellationToken cancellationToken)
    {
        IReadOnlyList<AlertType> types = waiting.Count > 1
            ? await alertTypes.ListAsync(cancellationToken)
            : await alertTypes.FindAsync(waiting[0][0].AlertType, cancellationToken) is { } only ? [only] : [];
        return types.ToDictionary(type => type.Name, StringComparer.Ordinal);
    }

    /// <summary>
    /// Whether more is to be collected before a type's rows become a mail: an outbox is looked at for each change of its alerts, and only collecting from its
    /// oldest row on makes the mails as few as <c>Mail__CollectSeconds</c> promises. The shard is looked at again when the first has waited so long.
    /// </summary>
    private bool IsCollecting(OutboxRow oldest, Look look)
    {
        TimeSpan left = settings.Collect - outbox.AgeOf(oldest);
        if (settings.Collect == TimeSpan.Zero || left <= TimeSpan.Zero || oldest.ComposedUpTo is not null)
        {
            return false;
        }

        look.NextCollected = look.NextCollected is { } next && next < left ? next : left;
        return true;
    }

    /// <summary>One look at the outbox of a shard.</summary>
    private sealed class Look(Shard shard)
    {
        public Shard Shard => shard;

        /// <summary>Whether any mail was composed.</summary>
        public bool Any { get; set; }

        /// <summary>The alert types that this look leaves alone.</summary>
        public HashSet<string> Failed { get; } = new(StringComparer.Ordinal);

        public ExceptionDispatchInfo? Failure { get; private set; }

        /// <summary>When the next type has been collected long enough; null if none is being collected.</summary>
        public TimeSpan? NextCollected { get; set; }

        public void Fail(string alertType, Exception exception)
        {
            Failed.Add(alertType);
            Failure ??= ExceptionDispatchInfo.Capture(exception);
        }
    }

    /// <summary>How one step went.</summary>
    private enum Progress
    {
        /// <summary>Nothing is left to do.</summary>
        Done,

        /// <summary>Something is.</summary>
        More,

        /// <summary>Another handler was first.</summary>
        Conflict,
    }
}
