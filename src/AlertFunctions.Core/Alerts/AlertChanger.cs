using System.Collections.ObjectModel;
using AlertFunctions.Core.Outbox;
using AlertFunctions.Core.Storage;
using AlertFunctions.Core.SystemEvents;
using AlertFunctions.Core.Telemetry;
using Azure;
using Azure.Data.Tables;

namespace AlertFunctions.Core.Alerts;

/// <summary>Changes alerts. Each step is one transaction: the alerts' states, their outbox rows, and the events that were applied.</summary>
public sealed class AlertChanger(StorageClients storage, RowReader reader, UlidSequence ulids, SeenAlerts seen, ProductMetrics metrics)
{
    /// <summary>A conflict means that another request made progress, so this many in a row are bad luck, not a livelock.</summary>
    private const int MaximumConflicts = 50;

    /// <summary>
    /// Applies reports of one alert type in order, and records their events. In a storm most alerts are new, so one that this process has not seen is
    /// raised unread: adding its row conflicts if there is one, and only then is it read. The same holds for events: those recorded before are found
    /// because adding them conflicts.
    /// </summary>
    /// <param name="alertType">The alert type's name.</param>
    /// <param name="reports">The reports.</param>
    /// <param name="cancellationToken">Cancels the operation.</param>
    /// <param name="known">States that were already read, by computer; only the others are read. If one is stale, its ETag conflicts and it is read again.</param>
    /// <exception cref="StorageContentionException">Other requests kept changing the same alerts.</exception>
    public async Task<AppliedReports> ApplyAsync(
        string alertType, IReadOnlyList<Report> reports, CancellationToken cancellationToken, IReadOnlyDictionary<string, AlertState>? known = null)
    {
        string partition = Shard.Of(alertType).Key;
        var states = new Dictionary<string, AlertState>(known ?? ReadOnlyDictionary<string, AlertState>.Empty, StringComparer.Ordinal);
        List<Report> unread = reports.Where(report => !report.RecordOnly && !states.ContainsKey(report.Computer)).ToList();
        await ReadStatesAsync(
            alertType, unread.Where(report => report.Kind == TransitionKind.Clear || seen.Contains(alertType, report.Computer)).Select(report => report.Computer), states, cancellationToken);
        HashSet<string> assumed = unread.Select(report => report.Computer).Where(computer => states.TryAdd(computer, AlertState.Absent)).ToHashSet(StringComparer.Ordinal);
        var recordedBefore = new HashSet<string>(StringComparer.Ordinal);
        var transitions = new List<Transition>();
        int outdated = 0;
        int recorded = 0;
        for (int position = 0, conflicts = 0; ;)
        {
            TransitionPlan plan = TransitionPlanner.Decide(reports, position, states, recordedBefore);
            if (plan.Changes.Count == 0)
            {
                return new AppliedReports(transitions, outdated, recorded);
            }

            StateTransaction transaction = Prepare(alertType, plan.Changes, states);
            TransactionResult result = await transaction.Rows.SubmitAsync(cancellationToken);
            if (result.Committed)
            {
                transaction.Apply(states, result.ETags!);
                foreach (string computer in transaction.Computers)
                {
                    assumed.Remove(computer);
                    seen.Add(alertType, computer);
                }
            }
            else
            {
                // What was assumed was wrong, another request was faster, or the response was lost and the SDK's own retry conflicted with what the first
                // try had written. One conflict is answered by reading all that may be behind it, so that a request meets few of them.
                bool again = ++conflicts > 1;
                bool recordExists = transaction.IsRecord(result.FailedRow);
                bool own = recordExists || again
                    ? await FindRecordedAsync(partition, transaction.RecordKeys, recordedBefore, transaction.Operation, cancellationToken)
                    : await WasOwnAsync(partition, transaction, cancellationToken);
                if (own || again || !recordExists)
                {
                    await ReadStatesAsync(alertType, transaction.Computers.Concat(assumed), states, cancellationToken);
                    assumed.Clear();
                }

                if (!own)
                {
                    if (conflicts > MaximumConflicts)
                    {
                        throw new StorageContentionException();
                    }

                    continue;
                }
            }

            recorded += transaction.Changes.Count(change => change.Report.Record is not null);
            List<Transition> made = transaction.Changes.Select(change => change.Transition).OfType<Transition>().ToList();
            metrics.AddTransitions(made.Count(transition => transition.Report.Kind == TransitionKind.Raise), "raised");
            metrics.AddTransitions(made.Count(transition => transition.Report.Kind == TransitionKind.Clear), "cleared");
            transitions.AddRange(made);
            position = transaction.Changes[^1].Index + 1;
            outdated += plan.Outdated.Count(change => change.Index < position);
        }
    }

    /// <summary>What <see cref="ApplyAsync"/> would do with reports of one alert type now; nothing is written.</summary>
    /// <param name="alertType">The alert type's name.</param>
    /// <param name="reports">The reports.</param>
    /// <param name="cancellationToken">Cancels the operation.</param>
    public async Task<AppliedReports> PreviewAsync(string alertType, IReadOnlyList<Report> reports, CancellationToken cancellationToken)
    {
        var states = new Dictionary<string, AlertState>(StringComparer.Ordinal);
        var recordedBefore = new HashSet<string>(StringComparer.Ordinal);
        await ReadStatesAsync(alertType, reports.Where(report => !report.RecordOnly).Select(report => report.Computer), states, cancellationToken);
        await FindRecordedAsync(Shard.Of(alertType).Key, reports.Select(report => report.RecordKey).OfType<string>().Distinct(StringComparer.Ordinal).ToList(), recordedBefore, operation: null, cancellationToken);
        TransitionPlan plan = TransitionPlanner.Decide(reports, start: 0, states, recordedBefore);
        return new AppliedReports(plan.Changes.Select(change => change.Transition).OfType<Transition>().ToList(), plan.Outdated.Count, plan.Changes.Count);
    }

    private async Task ReadStatesAsync(string alertType, IEnumerable<string> computers, Dictionary<string, AlertState> states, CancellationToken cancellationToken)
    {
        List<string> distinct = computers.Distinct(StringComparer.Ordinal).ToList();
        TableEntity?[] rows = await storage.Work.FindAllAsync(Shard.Of(alertType).Key, distinct.Select(computer => Alert.RowKey(alertType, computer)).ToList(), cancellationToken);
        for (int i = 0; i < distinct.Count; i++)
        {
            states[distinct[i]] = AlertState.Absent;
            if (rows[i] is { } row)
            {
                seen.Add(alertType, distinct[i]);
                states[distinct[i]] = await ReadStateAsync(row, cancellationToken);
            }
        }
    }

    /// <summary>Reads a row. A damaged one is treated as cleared, without further knowledge: the next raise replaces it under its ETag.</summary>
    private async Task<AlertState> ReadStateAsync(TableEntity row, CancellationToken cancellationToken)
    {
        if (await reader.ShowAsync(storage.Work, row, AlertState.Rows, cancellationToken) is { } state)
        {
            return state;
        }

        // Marking the row may have changed its ETag.
        return await storage.Work.FindAsync(row.PartitionKey, row.RowKey, cancellationToken) is { } damaged ? new AlertState { ETag = damaged.ETag } : AlertState.Absent;
    }

    /// <summary>Finds the events that are recorded. They were applied too, whether they changed something then or not.</summary>
    /// <returns>Whether the transaction of this operation recorded them.</returns>
    private async Task<bool> FindRecordedAsync(string partition, IReadOnlyList<string> keys, HashSet<string> recorded, Guid? operation, CancellationToken cancellationToken)
    {
        TableEntity?[] rows = await storage.Work.FindAllAsync(partition, keys, cancellationToken);
        if (rows.Any(row => IsOf(operation, row)))
        {
            return true;
        }

        recorded.UnionWith(keys.Where((_, index) => rows[index] is not null));
        return false;
    }

    /// <summary>Builds a transaction from as many of the changes, in order, as fit in it.</summary>
    private StateTransaction Prepare(string alertType, IReadOnlyList<PlannedChange> changes, Dictionary<string, AlertState> states)
    {
        var taken = new List<PlannedChange>();
        var runs = new List<Run>();
        var lastRuns = new Dictionary<string, Run>(StringComparer.Ordinal);
        int records = 0;
        long bytes = 0;
        foreach (PlannedChange change in changes)
        {
            Report report = change.Report;
            bool startsRun = change.Transition is not null && (runs.Count == 0 || !runs[^1].Takes(report));
            int rows = lastRuns.Count + (change.Transition is null || lastRuns.ContainsKey(report.Computer) ? 0 : 1)
                + runs.Count + (startsRun ? 1 : 0)
                + records + (report.Record is null ? 0 : 1);
            long changeBytes = EstimateBytes(change);
            if (rows > TableTransaction.MaximumRows || (taken.Count > 0 && bytes + changeBytes > TableTransaction.MaximumBytes))
            {
                break;
            }

            taken.Add(change);
            bytes += changeBytes;
            records += report.Record is null ? 0 : 1;
            if (change.Transition is { } transition)
            {
                if (startsRun)
                {
                    runs.Add(new Run());
                }

                runs[^1].Add(transition);
                lastRuns[report.Computer] = runs[^1];
            }
        }

        return Build(alertType, taken, states, runs, lastRuns);
    }

    private StateTransaction Build(
        string alertType, List<PlannedChange> taken, Dictionary<string, AlertState> states, List<Run> runs, Dictionary<string, Run> lastRuns)
    {
        string partition = Shard.Of(alertType).Key;
        var operation = Guid.NewGuid();
        var transaction = new TableTransaction(storage.Work, partition);

        // Each transition's ULID exceeds that of the alert's previous one, even if a process with a faster clock created it.
        List<Ulid> ids = runs.Select(run => ulids.Next(run.Computers.Select(computer => states[computer].Last).Max())).ToList();
        var after = new Dictionary<string, AlertState>(StringComparer.Ordinal);
        foreach ((string computer, Run run) in lastRuns)
        {
            AlertState state = run.StateOf(computer, alertType, ids[runs.IndexOf(run)], operation);
            TableEntity row = state.Alert?.ToRow() ?? state.Tombstone!.ToRow();
            if (states[computer].ETag == default)
            {
                transaction.Add(row);
            }
            else
            {
                transaction.Replace(row, states[computer].ETag);
            }

            after.Add(computer, state);
        }

        for (int i = 0; i < runs.Count; i++)
        {
            transaction.Add(runs[i].ToOutboxRow(alertType, ids[i], operation).ToRow());
        }

        foreach (TableEntity record in taken.Select(change => change.Report.Record).OfType<TableEntity>())
        {
            record["Operation"] = operation;
            transaction.Add(record);
        }

        return new StateTransaction(transaction, operation, taken, after, ids.Count > 0 ? OutboxRow.RowKey(alertType, ids[0]) : null, alertType);
    }

    /// <summary>
    /// Whether a transaction that conflicted had been applied after all: its operation id is in its first event or, without events, in an alert row or
    /// outbox row.
    /// </summary>
    private async Task<bool> WasOwnAsync(string partition, StateTransaction transaction, CancellationToken cancellationToken)
    {
        return transaction.FirstRecordKey is { } record
            ? await IsOwnAsync(record)
            : await IsOwnAsync(Alert.RowKey(transaction.AlertType, transaction.Computers.First())) || await IsOwnAsync(transaction.FirstOutboxKey!);

        async Task<bool> IsOwnAsync(string rowKey) => IsOf(transaction.Operation, await storage.Work.FindAsync(partition, rowKey, cancellationToken));
    }

    private static bool IsOf(Guid? operation, TableEntity? row) => row?["Operation"] is Guid id && id == operation;

    /// <summary>The maximum size that one change adds: its event and, if the state changes, its alert row and its part of the outbox row with every character escaped.</summary>
    private static long EstimateBytes(PlannedChange change)
    {
        Report report = change.Report;
        long record = report.Record is null ? 0 : TableTransaction.EstimateBytes(report.Record);
        if (change.Transition is null)
        {
            return record;
        }

        int message = report.Text?.Length ?? 0;
        int kept = report.Kind == TransitionKind.Raise ? message : 0;
        return record + 2_500 + (6L * ((5 * report.Computer.Length) + kept + Math.Min(message, AffectedComputer.MaximumTextLength) + (2 * (report.EventId?.Length ?? 0))));
    }

    /// <summary>Transitions of one kind that share an outbox row. No computer occurs twice.</summary>
    private sealed class Run
    {
        private readonly Dictionary<string, Transition> _transitions = new(StringComparer.Ordinal);
        private readonly List<Transition> _inOrder = [];

        public IEnumerable<string> Computers => _transitions.Keys;

        public bool Takes(Report report) => _inOrder[0].Report.Kind == report.Kind && !_transitions.ContainsKey(report.Computer);

        public void Add(Transition transition)
        {
            _transitions.Add(transition.Report.Computer, transition);
            _inOrder.Add(transition);
        }

        /// <summary>The state of an alert after its transition.</summary>
        public AlertState StateOf(string computer, string alertType, Ulid id, Guid operation)
        {
            Transition transition = _transitions[computer];
            Report report = transition.Report;
            return report.Kind == TransitionKind.Raise
                ? new AlertState { Alert = new Alert(alertType, computer, report.Time, report.Text, report.EventId) { Raise = id, Severity = transition.Severity, Operation = operation } }
                : new AlertState { Tombstone = new Tombstone(alertType, computer, id, report.Time, ByEvent: !report.ByHand) { Operation = operation } };
        }

        public OutboxRow ToOutboxRow(string alertType, Ulid id, Guid operation) => new(alertType, id, _inOrder[0].Report.Kind, _inOrder.Count, _inOrder.Select(transition => transition.Computer).ToList())
        {
            By = _inOrder[0].Report.By,
            Severity = _inOrder.Max(transition => transition.Severity),
            Operation = operation,
            Trace = ProductTraces.Current,
        };
    }

    /// <summary>A transaction, with what is needed to continue after it.</summary>
    private sealed record StateTransaction(
        TableTransaction Rows,
        Guid Operation,
        IReadOnlyList<PlannedChange> Changes,
        IReadOnlyDictionary<string, AlertState> States,
        string? FirstOutboxKey,
        string AlertType)
    {
        public IEnumerable<string> Computers => States.Keys;

        public string? FirstRecordKey => Records.FirstOrDefault()?.RowKey;

        /// <summary>The keys of the events that a repeat would have too, and of the first event, which shows whose transaction was applied.</summary>
        public IReadOnlyList<string> RecordKeys => Records.Select(record => record.RowKey).Take(1).Concat(Changes.Select(change => change.Report.RecordKey).OfType<string>()).Distinct(StringComparer.Ordinal).ToList();

        private IEnumerable<TableEntity> Records => Changes.Select(change => change.Report.Record).OfType<TableEntity>();

        /// <summary>Whether a row of the transaction is an event. They are its last rows.</summary>
        public bool IsRecord(int? row) => row >= Rows.Rows - Records.Count();

        /// <summary>Updates the known states to those the transaction wrote. The alert rows are the first rows of the transaction.</summary>
        public void Apply(Dictionary<string, AlertState> states, IReadOnlyList<ETag> etags)
        {
            int row = 0;
            foreach ((string computer, AlertState state) in States)
            {
                states[computer] = state with { ETag = etags[row++] };
            }
        }
    }
}

/// <summary>The result of applying reports.</summary>
/// <param name="Transitions">The changes of state, in order.</param>
/// <param name="Outdated">The number of reports that changed nothing because they were older than the state they would have changed.</param>
/// <param name="Recorded">The number of events that were new.</param>
public sealed record AppliedReports(IReadOnlyList<Transition> Transitions, int Outdated, int Recorded);
