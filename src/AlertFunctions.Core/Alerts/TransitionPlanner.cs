using AlertFunctions.Core.Outbox;
using AlertFunctions.Core.Texts;

namespace AlertFunctions.Core.Alerts;

/// <summary>Decides, without access to storage, which reports change an alert's state.</summary>
public static class TransitionPlanner
{
    /// <summary>
    /// Plans the changes that reports make when applied in order (S4, S5, S6). A report changes nothing if the alert is already in that state, if
    /// it was recorded before, or if it is older than the state it would change. An event that changes nothing and was not recorded before is still
    /// planned: it has to be recorded, or it would take effect when it is sent again.
    /// </summary>
    /// <param name="reports">All reports of one alert type.</param>
    /// <param name="start">The index of the first report that has not been applied yet.</param>
    /// <param name="states">The current states, by computer.</param>
    /// <param name="recorded">The keys of events that were recorded before.</param>
    public static TransitionPlan Decide(IReadOnlyList<Report> reports, int start, IReadOnlyDictionary<string, AlertState> states, IReadOnlySet<string> recorded)
    {
        var changes = new List<PlannedChange>();
        var outdated = new List<PlannedChange>();
        var standings = new Dictionary<string, Standing>(StringComparer.Ordinal);
        var recordedHere = new HashSet<string>(StringComparer.Ordinal);
        for (int index = start; index < reports.Count; index++)
        {
            Report report = reports[index];
            if (report.RecordKey is { } key && (recorded.Contains(key) || !recordedHere.Add(key)))
            {
                continue;
            }

            Standing standing = standings.GetValueOrDefault(report.Computer) ?? Standing.Of(states.GetValueOrDefault(report.Computer));
            if (report.RecordOnly || !standing.IsChangedBy(report))
            {
                if (report.Record is not null)
                {
                    changes.Add(new PlannedChange(index, report, Transition: null));
                }
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

        return new TransitionPlan(changes, outdated);
    }

    /// <summary>The state of an alert between two reports.</summary>
    /// <param name="RaisedAt">When it was raised; null if it is not outstanding.</param>
    /// <param name="ClearedAt">The time of the event that cleared it; null if it is outstanding or was not cleared by an event.</param>
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

        /// <summary>Whether a report that would change the state is older than it, by the times given in the reports. A report of the same time is not older.</summary>
        public bool Outdates(Report report) =>
            report is { HasOwnTime: true, ByHand: false } && report.Time < (report.Kind == TransitionKind.Raise ? ClearedAt : RaisedAt);

        public Transition Change(Report report) => report.Kind == TransitionKind.Raise
            ? new Transition(report) { Severity = report.Severity }
            : new Transition(report.ByHand && report.Time < RaisedAt ? report with { Time = RaisedAt.Value } : report, RaisedAt) { Severity = Severity };
    }
}

/// <summary>The changes that reports make.</summary>
/// <param name="Changes">The changes to write, in order.</param>
/// <param name="Outdated">The reports that change nothing because they are older than the state they would change.</param>
public sealed record TransitionPlan(IReadOnlyList<PlannedChange> Changes, IReadOnlyList<PlannedChange> Outdated);

/// <summary>A report that changes the state, or only has to be recorded.</summary>
/// <param name="Index">The index of the report.</param>
/// <param name="Report">The report.</param>
/// <param name="Transition">The change of state; null if there is none.</param>
public sealed record PlannedChange(int Index, Report Report, Transition? Transition);
