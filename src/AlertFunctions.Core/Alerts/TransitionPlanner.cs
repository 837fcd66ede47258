namespace AlertFunctions.Core.Alerts;

/// <summary>Decides, without touching storage, which reports change an alert's state and which of them fit one transaction.</summary>
internal static class TransitionPlanner
{
    /// <summary>
    /// The changes that reports make when they apply in order (S4–S6): a report of the state that the alert is already in changes nothing, and so
    /// does one that was applied before. Of the former, those with an id that come before a change of their alert are planned too: what changes nothing
    /// now would when the request is repeated after that change.
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
            if (report.DoneKey is { } key && (done.Contains(key) || !doneHere.Add(key)))
            {
                continue;
            }

            if (raised is null == (report.Kind == TransitionKind.Clear) || (report.OnlyIfRaisedAt is { } expected && expected != raised))
            {
                changes.Add(new PlannedChange(index, report, Transition: null));
                continue;
            }

            changes.Add(new PlannedChange(index, report, new Transition(report, report.Kind == TransitionKind.Clear ? raised : null)));
            raisedAt[report.Computer] = report.Kind == TransitionKind.Raise ? report.Time : null;
        }

        return WithoutIdleRepeats(changes);
    }

    /// <summary>Leaves out what changes nothing and would change nothing when it comes again, or cannot be recognised then.</summary>
    private static List<PlannedChange> WithoutIdleRepeats(List<PlannedChange> changes)
    {
        var changedLater = new HashSet<string>(StringComparer.Ordinal);
        for (int i = changes.Count - 1; i >= 0; i--)
        {
            if (changes[i].Transition is not null)
            {
                changedLater.Add(changes[i].Report.Computer);
            }
            else if (changes[i].Report.DoneKey is null || !changedLater.Contains(changes[i].Report.Computer))
            {
                changes.RemoveAt(i);
            }
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
        change is { Transition: not null, Report.Kind: TransitionKind.Clear } && raisedHere.Contains(change.Report.Computer);
}

/// <summary>A report that changes a state, or is only to be remembered as applied.</summary>
/// <param name="Index">Which of the reports it is.</param>
/// <param name="Report">The report.</param>
/// <param name="Transition">The change; null when it changes nothing.</param>
internal sealed record PlannedChange(int Index, Report Report, Transition? Transition);
