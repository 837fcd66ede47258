using AlertFunctions.Core.Storage;
using Azure;
using Azure.Data.Tables;

namespace AlertFunctions.Core.Alerts;

/// <summary>Changes alerts. Each step – an alert's state, the outbox row it is owed, the mark that its event was applied – is one transaction.</summary>
internal sealed class AlertChanger(StorageClients storage, UlidSequence ulids)
{
    /// <summary>A conflict means that another request got on, so this many in a row only meet a request that is unlucky.</summary>
    private const int MaximumConflicts = 50;

    /// <summary>Applies reports of one alert type in order.</summary>
    /// <returns>The changes of state that they made, in order.</returns>
    /// <exception cref="StorageContentionException">Other requests kept changing the same alerts.</exception>
    public async Task<IReadOnlyList<Transition>> ApplyAsync(string alertType, IReadOnlyList<Report> reports, CancellationToken cancellationToken)
    {
        string partition = Shard.Of(alertType).Key;
        var outstanding = new Dictionary<string, Alert>(StringComparer.Ordinal);
        var done = new HashSet<string>(StringComparer.Ordinal);
        var asked = new HashSet<string>(StringComparer.Ordinal);
        var transitions = new List<Transition>();
        await ReadAlertsAsync(alertType, reports.Select(report => report.Computer), outstanding, cancellationToken);
        for (int position = 0, conflicts = 0; ;)
        {
            List<PlannedChange> changes = TransitionPlanner.Decide(reports, position, outstanding, done);

            // An event that is recorded was seen to before, whether it changed something then or not. One that was applied, but not recorded any
            // more, is met by its done row, which the transaction cannot add twice.
            List<Report> unknown = changes.Select(change => change.Report).Where(report => report.DoneKey is not null && asked.Add(report.DoneKey)).ToList();
            if (await FindRecordedAsync(unknown, done, cancellationToken))
            {
                continue;
            }

            if (changes.Count == 0)
            {
                return transitions;
            }

            StateTransaction transaction = Prepare(alertType, changes, outstanding);
            TransactionResult result = await transaction.Rows.SubmitAsync(cancellationToken);
            if (result.Committed)
            {
                transaction.Apply(outstanding, result.ETags!);
            }
            else
            {
                // Another request was first, or this one's answer was lost and the SDK's own retry met what the first try had written.
                bool own = await WasOwnAsync(partition, transaction, cancellationToken);
                await ReadAlertsAsync(alertType, transaction.Computers, outstanding, cancellationToken);
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
        }
    }

    private async Task ReadAlertsAsync(string alertType, IEnumerable<string> computers, Dictionary<string, Alert> outstanding, CancellationToken cancellationToken)
    {
        List<string> distinct = computers.Distinct(StringComparer.Ordinal).ToList();
        TableEntity?[] rows = await storage.Work.FindAllAsync(Shard.Of(alertType).Key, distinct.Select(computer => Alert.RowKey(alertType, computer)).ToList(), cancellationToken);
        for (int i = 0; i < distinct.Count; i++)
        {
            if (rows[i] is { } row)
            {
                outstanding[distinct[i]] = Alert.FromRow(row);
            }
            else
            {
                outstanding.Remove(distinct[i]);
            }
        }
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

    /// <summary>Takes as many of the changes, in order, as one transaction holds.</summary>
    private StateTransaction Prepare(string alertType, List<PlannedChange> changes, Dictionary<string, Alert> outstanding)
    {
        string partition = Shard.Of(alertType).Key;
        var operation = Guid.NewGuid();
        var taken = new List<PlannedChange>();
        var states = new Dictionary<string, Alert?>(StringComparer.Ordinal);
        var raisedHere = new HashSet<string>(StringComparer.Ordinal);
        var runs = new List<List<Transition>>();
        var runIds = new List<Ulid>();
        var runComputers = new HashSet<string>(StringComparer.Ordinal);
        var doneRows = new List<TableEntity>();
        long bytes = 0;
        foreach (PlannedChange change in changes)
        {
            Report report = change.Report;
            bool newRun = change.Transition is not null && (runs.Count == 0 || runs[^1][0].Report.Kind != report.Kind || runComputers.Contains(report.Computer));
            int rows = states.Count + (change.Transition is null || states.ContainsKey(report.Computer) ? 0 : 1)
                + runs.Count + (newRun ? 1 : 0)
                + doneRows.Count + (report.DoneKey is null ? 0 : 1);
            long changeBytes = EstimateBytes(report);
            if (TransitionPlanner.MustWait(change, raisedHere)
                || rows > TableTransaction.MaximumRows
                || (taken.Count > 0 && bytes + changeBytes > TableTransaction.MaximumBytes))
            {
                break;
            }

            taken.Add(change);
            bytes += changeBytes;
            if (report.DoneKey is { } key)
            {
                doneRows.Add(new TableEntity(partition, key) { ["Operation"] = operation });
            }

            if (change.Transition is not { } transition)
            {
                continue;
            }

            Alert? before = states.TryGetValue(report.Computer, out Alert? state) ? state : outstanding.GetValueOrDefault(report.Computer);
            if (newRun)
            {
                runs.Add([]);
                runIds.Add(ulids.Next(before?.Raise ?? default));
                runComputers.Clear();
            }
            else if (before is not null && before.Raise.CompareTo(runIds[^1]) >= 0)
            {
                runIds[^1] = ulids.Next(before.Raise);
            }

            runs[^1].Add(transition);
            runComputers.Add(report.Computer);
            if (report.Kind == TransitionKind.Raise && before is null && !outstanding.ContainsKey(report.Computer))
            {
                raisedHere.Add(report.Computer);
            }

            states[report.Computer] = report.Kind == TransitionKind.Clear ? null
                : new Alert(alertType, report.Computer, report.Time, report.Text, report.EventId) { Raise = runIds[^1], Operation = operation };
        }

        return Build(alertType, operation, taken, states, outstanding, runs, runIds, doneRows);
    }

    private StateTransaction Build(
        string alertType,
        Guid operation,
        List<PlannedChange> taken,
        Dictionary<string, Alert?> states,
        Dictionary<string, Alert> outstanding,
        List<List<Transition>> runs,
        List<Ulid> runIds,
        List<TableEntity> doneRows)
    {
        var transaction = new TableTransaction(storage.Work, Shard.Of(alertType).Key);
        foreach ((string computer, Alert? state) in states)
        {
            if (!outstanding.TryGetValue(computer, out Alert? before))
            {
                transaction.Add(state!.ToRow());
            }
            else if (state is null)
            {
                transaction.Delete(Alert.RowKey(alertType, computer), before.ETag);
            }
            else
            {
                transaction.Replace(state.ToRow(), before.ETag);
            }
        }

        for (int i = 0; i < runs.Count; i++)
        {
            transaction.Add(new OutboxRow(alertType, runIds[i], runs[i][0].Report.Kind, runs[i].Count, runs[i].Select(AffectedComputer.Of).ToList())
            {
                By = runs[i][0].Report.By,
                Operation = operation,
            }.ToRow());
        }

        foreach (TableEntity row in doneRows)
        {
            transaction.Add(row);
        }

        return new StateTransaction(transaction, operation, taken, states.Keys.ToList(), states, runIds.FirstOrDefault(), doneRows.Select(row => row.RowKey).ToList(), alertType);
    }

    /// <summary>
    /// Whether a transaction that met a conflict had been applied after all: its operation stands in its <c>done</c> row or, without an event id,
    /// in its alert row or its outbox row.
    /// </summary>
    private async Task<bool> WasOwnAsync(string partition, StateTransaction transaction, CancellationToken cancellationToken)
    {
        if (transaction.DoneKeys.Count > 0)
        {
            return await StandsInAsync(transaction.DoneKeys[0]);
        }

        string? raised = transaction.States.FirstOrDefault(state => state.Value is not null).Key;
        return (raised is not null && await StandsInAsync(Alert.RowKey(transaction.AlertType, raised)))
            || await StandsInAsync(OutboxRow.RowKey(transaction.AlertType, transaction.FirstRun));

        async Task<bool> StandsInAsync(string rowKey) =>
            await storage.Work.FindAsync(partition, rowKey, cancellationToken) is { } row && row.GetGuid("Operation") == transaction.Operation;
    }

    /// <summary>The most that one change adds: its alert row, its part of the outbox row and its <c>done</c> row, every character escaped.</summary>
    private static long EstimateBytes(Report report) =>
        2_500 + (6L * ((5 * report.Computer.Length) + (report.Text?.Length ?? 0) + Math.Min(report.Text?.Length ?? 0, AffectedComputer.MaximumTextLength) + (2 * (report.EventId?.Length ?? 0))));

    /// <summary>A transaction of changes with what is needed to go on after it.</summary>
    private sealed record StateTransaction(
        TableTransaction Rows,
        Guid Operation,
        IReadOnlyList<PlannedChange> Changes,
        IReadOnlyList<string> Computers,
        IReadOnlyDictionary<string, Alert?> States,
        Ulid FirstRun,
        IReadOnlyList<string> DoneKeys,
        string AlertType)
    {
        /// <summary>Brings the known alerts up to the state that the transaction left.</summary>
        public void Apply(Dictionary<string, Alert> outstanding, IReadOnlyList<ETag> etags)
        {
            for (int i = 0; i < Computers.Count; i++)
            {
                if (States[Computers[i]] is { } alert)
                {
                    outstanding[Computers[i]] = alert with { ETag = etags[i] };
                }
                else
                {
                    outstanding.Remove(Computers[i]);
                }
            }
        }
    }
}
