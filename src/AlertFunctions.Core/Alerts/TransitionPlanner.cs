using AlertFunctions.Core.Outbox;
using AlertFunctions.Core.Texts;

namespace AlertFunctions.Core.Alerts;

/// <summary>Decides, without touching storage, which reports change an alert's state.</summary>
public static class TransitionPlanner
{
    /// <summary>
    /// The changes that reports make when they apply in order (S4, S5, S6): a report of the state that the alert is already in changes nothing, and so
    /// does one that was applied before, or that is older than the state it would change. Of what changes nothing, those with an id that come before a
    /// change of their alert are planned too: what changes nothing now would when the request is repeated after that change.
    /// </summary>
    /// <param name="reports">All reports of one alert type.</param>
    /// <param name="start">The first report that is not applied yet.</param>
    /// <param name="states">What is known of the alert type, by computer.</param>
    /// <param name="done">The keys of the reports that were applied before.</param>
    public static TransitionPlan Decide(IReadOnlyList<Report> reports, int start, IReadOnlyDictionary<string, AlertState> states, IReadOnlySet<string> done)
    {
        var changes = new List<PlannedChange>();
        var outdated = new List<PlannedChange>();
        var standings = new Dictionary<string, Standing>(StringComparer.Ordinal);
        var doneHere = new HashSet<string>(StringComparer.Ordinal);
        for (int index = start; index < reports.Count; index++)
        {
            Report report = reports[index];
            if (report.DoneKey is { } key && (done.Contains(key) || !doneHere.Add(key)))
            {
                continue;
            }

            Standing standing = standings.GetValueOrDefault(report.Computer) ?? Standing.Of(states.GetValueOrDefault(report.Computer));
            if (!standing.IsChangedBy(report))
            {
                changes.Add(new PlannedChange(index, report, Transition: null));
            }
            else if (standing.Outdates(report))
            {
                changes.Add(new PlannedChange(index, report, Transition: null));
                outdated.Add(changes[^1]);
            }
            else
            {
                Transition transition = standing.Change(report);
                changes.Add(new PlannedChange(index, report, transition));
                standings[report.Computer] = Standing.After(transition);
            }
        }

        return new TransitionPlan(WithoutIdleRepeats(changes), outdated);
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

    /// <summary>How an alert stands between two reports.</summary>
    /// <param name="RaisedAt">When it was raised; null when it is not outstanding.</param>
    /// <param name="ClearedAt">The time of the event that cleared it; null when it is outstanding, or no event did.</param>
    private sealed record Standing(DateTimeOffset? RaisedAt, DateTimeOffset? ClearedAt)
    {
        private Ulid? Raise { get; init; }

        private Severity? Severity { get; init; }

        public static Standing Of(AlertState? state) =>
            new(state?.Alert?.RaisedAt, state?.Tombstone is { ByEvent: true } tombstone ? tombstone.ClearedAt : null) { Raise = state?.Alert?.Raise, Severity = state?.Alert?.Severity };

        public static Standing After(Transition transition) => transition.Report.Kind == TransitionKind.Raise
            ? new(transition.Report.Time, null) { Severity = transition.Severity }
            : new(null, transition.Report.ByHand ? null : transition.Report.Time);

        public bool IsChangedBy(Report report) =>
            RaisedAt is null == (report.Kind == TransitionKind.Raise)
            && (report.OnlyIfRaisedAt is null || report.OnlyIfRaisedAt == RaisedAt)
            && (report.OnlyRaise is null || report.OnlyRaise == Raise);

        /// <summary>Whether a report that would change the state is older than it, by the times that the reports themselves give. Equal times are not older.</summary>
        public bool Outdates(Report report) =>
            report is { HasOwnTime: true, ByHand: false } && report.Time < (report.Kind == TransitionKind.Raise ? ClearedAt : RaisedAt);

        public Transition Change(Report report) => report.Kind == TransitionKind.Raise
            ? new Transition(report) { Severity = report.Severity }
            : new Transition(report.ByHand && report.Time < RaisedAt ? report with { Time = RaisedAt.Value } : report, RaisedAt) { Severity = Severity };
    }
}

/// <summary>What reports change.</summary>
/// <param name="Changes">What is to be written, in order.</param>
/// <param name="Outdated">The reports that change nothing because they are older than the state that they would change.</param>
public sealed record TransitionPlan(IReadOnlyList<PlannedChange> Changes, IReadOnlyList<PlannedChange> Outdated);

/// <summary>A report that changes a state, or is only to be remembered as applied.</summary>
/// <param name="Index">Which of the reports it is.</param>
/// <param name="Report">The report.</param>
/// <param name="Transition">The change; null when it changes nothing.</param>
public sealed record PlannedChange(int Index, Report Report, Transition? Transition);
