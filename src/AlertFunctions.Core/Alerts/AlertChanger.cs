using System.Collections.ObjectModel;
using AlertFunctions.Core.Outbox;
using AlertFunctions.Core.Storage;
using AlertFunctions.Core.SystemEvents;
using Azure;
using Azure.Data.Tables;

namespace AlertFunctions.Core.Alerts;

/// <summary>Changes alerts. Each step is one transaction: the alert's state, its outbox row, and the mark that its event was applied.</summary>
public sealed class AlertChanger(StorageClients storage, RowReader reader, UlidSequence ulids)
{
    /// <summary>A conflict means that another request made progress, so this many in a row are bad luck, not a livelock.</summary>
    private const int MaximumConflicts = 50;

    /// <summary>Applies reports of one alert type in order.</summary>
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
        var done = new HashSet<string>(StringComparer.Ordinal);
        var asked = new HashSet<string>(StringComparer.Ordinal);
        var transitions = new List<Transition>();
        int outdated = 0;
        await ReadStatesAsync(alertType, reports.Select(report => report.Computer).Where(computer => !states.ContainsKey(computer)), states, cancellationToken);
        for (int position = 0, conflicts = 0; ;)
        {
            TransitionPlan plan = await PlanAsync(reports, position, states, done, asked, cancellationToken);
            if (plan.Changes.Count == 0)
            {
                return new AppliedReports(transitions, outdated + plan.Outdated.Count);
            }

            StateTransaction transaction = Prepare(alertType, plan.Changes, states);
            TransactionResult result = await transaction.Rows.SubmitAsync(cancellationToken);
            if (result.Committed)
            {
                transaction.Apply(states, result.ETags!);
            }
            else
            {
                // Another request was faster, or the response was lost and the SDK's own retry conflicted with what the first try had written.
                bool own = await WasOwnAsync(partition, transaction, cancellationToken);
                await ReadStatesAsync(alertType, transaction.Computers, states, cancellationToken);
                if (!own)
                {
                    await FindDoneAsync(partition, transaction.DoneKeys, done, cancellationToken);
                    if (++conflicts > MaximumConflicts)
                    {
                        throw new StorageContentionException();
                    }

                    continue;
                }
            }

            transitions.AddRange(transaction.Changes.Select(change => change.Transition).OfType<Transition>());
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
        await ReadStatesAsync(alertType, reports.Select(report => report.Computer), states, cancellationToken);
        TransitionPlan plan = await PlanAsync(reports, start: 0, states, new HashSet<string>(StringComparer.Ordinal), new HashSet<string>(StringComparer.Ordinal), cancellationToken);
        return new AppliedReports(plan.Changes.Select(change => change.Transition).OfType<Transition>().ToList(), plan.Outdated.Count);
    }

    /// <summary>Decides what reports change, those left out that were recorded before.</summary>
    private async Task<TransitionPlan> PlanAsync(
        IReadOnlyList<Report> reports, int start, Dictionary<string, AlertState> states, HashSet<string> done, HashSet<string> asked, CancellationToken cancellationToken)
    {
        while (true)
        {
            TransitionPlan plan = TransitionPlanner.Decide(reports, start, states, done);

            // A recorded event was already handled, whether it changed something then or not. If it was applied but its record is missing, its done row
            // exists and the transaction cannot add it twice.
            List<Report> unknown = plan.Changes.Concat(plan.Outdated).Select(change => change.Report).Where(report => report.DoneKey is not null && asked.Add(report.DoneKey)).ToList();
            if (!await FindRecordedAsync(unknown, done, cancellationToken))
            {
                return plan;
            }
        }
    }

    private async Task ReadStatesAsync(string alertType, IEnumerable<string> computers, Dictionary<string, AlertState> states, CancellationToken cancellationToken)
    {
        List<string> distinct = computers.Distinct(StringComparer.Ordinal).ToList();
        TableEntity?[] rows = await storage.Work.FindAllAsync(Shard.Of(alertType).Key, distinct.Select(computer => Alert.RowKey(alertType, computer)).ToList(), cancellationToken);
        for (int i = 0; i < distinct.Count; i++)
        {
            states[distinct[i]] = rows[i] is { } row ? await ReadStateAsync(row, cancellationToken) : AlertState.Absent;
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

    private async Task<bool> FindRecordedAsync(List<Report> reports, HashSet<string> done, CancellationToken cancellationToken)
    {
        bool any = false;
        foreach (IGrouping<string, Report> partition in reports.GroupBy(report => report.EventKey!.Value.Partition, StringComparer.Ordinal))
        {
            List<Report> some = partition.ToList();
            TableEntity?[] rows = await storage.Events.FindAllAsync(partition.Key, some.Select(report => report.EventKey!.Value.Row).ToList(), cancellationToken);
            for (int i = 0; i < some.Count; i++)
            {
                any |= rows[i] is not null && done.Add(some[i].DoneKey!);
            }
        }

        return any;
    }

    private async Task FindDoneAsync(string partition, IReadOnlyList<string> keys, HashSet<string> done, CancellationToken cancellationToken)
    {
        TableEntity?[] rows = await storage.Work.FindAllAsync(partition, keys, cancellationToken);
        for (int i = 0; i < keys.Count; i++)
        {
            if (rows[i] is not null)
            {
                done.Add(keys[i]);
            }
        }
    }

    /// <summary>Builds a transaction from as many of the changes, in order, as fit in it.</summary>
    private StateTransaction Prepare(string alertType, IReadOnlyList<PlannedChange> changes, Dictionary<string, AlertState> states)
    {
        var taken = new List<PlannedChange>();
        var runs = new List<Run>();
        var lastRuns = new Dictionary<string, Run>(StringComparer.Ordinal);
        var doneKeys = new List<string>();
        long bytes = 0;
        foreach (PlannedChange change in changes)
        {
            Report report = change.Report;
            bool startsRun = change.Transition is not null && (runs.Count == 0 || !runs[^1].Takes(report));
            int rows = lastRuns.Count + (change.Transition is null || lastRuns.ContainsKey(report.Computer) ? 0 : 1)
                + runs.Count + (startsRun ? 1 : 0)
                + doneKeys.Count + (report.DoneKey is null ? 0 : 1);
            long changeBytes = EstimateBytes(report);
            if (rows > TableTransaction.MaximumRows || (taken.Count > 0 && bytes + changeBytes > TableTransaction.MaximumBytes))
            {
                break;
            }

            taken.Add(change);
            bytes += changeBytes;
            if (report.DoneKey is { } key)
            {
                doneKeys.Add(key);
            }

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

        return Build(alertType, taken, states, runs, lastRuns, doneKeys);
    }

    private StateTransaction Build(
        string alertType, List<PlannedChange> taken, Dictionary<string, AlertState> states, List<Run> runs, Dictionary<string, Run> lastRuns, List<string> doneKeys)
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

        foreach (string key in doneKeys)
        {
            transaction.Add(new TableEntity(partition, key) { ["Operation"] = operation });
        }

        return new StateTransaction(transaction, operation, taken, after, ids.Count > 0 ? OutboxRow.RowKey(alertType, ids[0]) : null, doneKeys, alertType);
    }

    /// <summary>
    /// Whether a transaction that conflicted had been applied after all: its operation id is in its <c>done</c> row or, without an event id, in its
    /// alert row or outbox row.
    /// </summary>
    private async Task<bool> WasOwnAsync(string partition, StateTransaction transaction, CancellationToken cancellationToken)
    {
        return transaction.DoneKeys.Count > 0
            ? await StandsInAsync(transaction.DoneKeys[0])
            : await StandsInAsync(Alert.RowKey(transaction.AlertType, transaction.Computers.First())) || await StandsInAsync(transaction.FirstOutboxKey!);

        async Task<bool> StandsInAsync(string rowKey) =>
            await storage.Work.FindAsync(partition, rowKey, cancellationToken) is { } row && row.TryGetValue("Operation", out object? operation) && operation is Guid id && id == transaction.Operation;
    }

    /// <summary>The maximum size that one change adds: its alert row, its part of the outbox row and its <c>done</c> row, with every character escaped.</summary>
    private static long EstimateBytes(Report report)
    {
        int message = report.Text?.Length ?? 0;
        int kept = report.Kind == TransitionKind.Raise ? message : 0;
        return 2_500 + (6L * ((5 * report.Computer.Length) + kept + Math.Min(message, AffectedComputer.MaximumTextLength) + (2 * (report.EventId?.Length ?? 0))));
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
        };
    }

    /// <summary>A transaction, with what is needed to continue after it.</summary>
    private sealed record StateTransaction(
        TableTransaction Rows,
        Guid Operation,
        IReadOnlyList<PlannedChange> Changes,
        IReadOnlyDictionary<string, AlertState> States,
        string? FirstOutboxKey,
        IReadOnlyList<string> DoneKeys,
        string AlertType)
    {
        public IEnumerable<string> Computers => States.Keys;

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
public sealed record AppliedReports(IReadOnlyList<Transition> Transitions, int Outdated);
