namespace AlertFunctions.Core.Alerts;

/// <summary>Decides, without touching storage, which reports change an alert's state and which of them fit one transaction.</summary>
internal static class TransitionPlanner
{
    /// <summary>
    /// The changes that reports make when they apply in order (S4–S6): a report of the state that the alert is already in changes nothing, and so
    /// does one that was applied before.
    /// </summary>
    /// <param name="reports">All reports of one alert type.</param>
    /// <param name="start">The first report that is not applied yet.</param>
    /// <param name="outstanding">The alerts that exist, by computer.</param>
    /// <param name="done">The keys of the reports that were applied before.</param>
    public static List<PlannedChange> Decide(IReadOnlyList<Report> reports, int start, IReadOnlyDictionary<string, Alert> outstanding, IReadOnlySet<string> done)
    {
        var changes = new List<PlannedChange>();
        var raisedAt = new Dictionary<string, DateTimeOffset?>(StringComparer.Ordinal);
        var doneHere = new HashSet<string>(StringComparer.Ordinal);
        for (int index = start; index < reports.Count; index++)
        {
            Report report = reports[index];
            DateTimeOffset? raised = raisedAt.TryGetValue(report.Computer, out DateTimeOffset? changed) ? changed
                : outstanding.TryGetValue(report.Computer, out Alert? alert) ? alert.RaisedAt : null;
            if (raised is null == (report.Kind == TransitionKind.Clear)
                || (report.OnlyIfRaisedAt is { } expected && expected != raised)
                || (report.DoneKey is { } key && (done.Contains(key) || !doneHere.Add(key))))
            {
                continue;
            }

            changes.Add(new PlannedChange(index, new Transition(report, report.Kind == TransitionKind.Clear ? raised : null)));
            raisedAt[report.Computer] = report.Kind == TransitionKind.Raise ? report.Time : null;
        }

        return changes;
    }

    /// <summary>
    /// Whether a change must wait for the next transaction because it clears what this one raises: a transaction that leaves an alert absent as it
    /// found it would have no row to put its condition on, and could not notice that another request was first.
    /// </summary>
    /// <param name="change">The change.</param>
    /// <param name="raisedHere">The computers without an alert before this transaction, on which it raised one.</param>
    public static bool MustWait(PlannedChange change, IReadOnlySet<string> raisedHere) =>
        change.Transition.Report.Kind == TransitionKind.Clear && raisedHere.Contains(change.Transition.Report.Computer);
}

/// <summary>A report that changes a state.</summary>
/// <param name="Index">Which of the reports it is.</param>
/// <param name="Transition">The change.</param>
internal sealed record PlannedChange(int Index, Transition Transition);
