using AlertFunctions.Core.Alerts;
using AlertFunctions.Core.Outbox;
using AlertFunctions.Core.Texts;
using Azure.Data.Tables;

namespace AlertFunctions.Decisions.Tests;

/// <summary>S4, S5 and S6 as one decision, without storage.</summary>
public sealed class TransitionPlannerTests
{
    private static readonly DateTimeOffset s_time = new(2026, 11, 24, 2, 0, 0, TimeSpan.Zero);

    [Theory]
    [InlineData("", "", "")]
    [InlineData("", "A+", "A+")]
    [InlineData("", "A+ A+ A+", "A+")] // S4
    [InlineData("A", "A+", "")] // S4
    [InlineData("", "A-", "")]
    [InlineData("A", "A- A-", "A-")]
    [InlineData("A", "A- A+", "A- A+")] // S5
    [InlineData("", "A+ B+ A+", "A+ B+")] // S6
    [InlineData("A", "A+ B+", "B+")] // S6
    [InlineData("", "A+ A- A+", "A+ A- A+")]
    [InlineData("", "A+ A+ A- A- A+ A+", "A+ A- A+")]
    [InlineData("A", "A- B+ A+ B-", "A- B+ A+ B-")]
    [InlineData("", "a+ A+", "a+ A+")]
    public void Reports_apply_in_order_and_equal_states_in_a_row_count_once(string outstanding, string reports, string changes)
    {
        Assert.Equal(changes, Decide(outstanding, Reports(reports)));
    }

    [Fact]
    public void An_event_that_was_recorded_before_changes_nothing_and_nor_does_its_repetition_in_the_same_request()
    {
        List<Report> reports = Reports("A+ A- A+");

        Assert.Equal("A+ A-", Decide("", [Event(reports[0], "1"), reports[1], Event(reports[2], "1")]));
        Assert.Equal("A+", Decide("", [Event(reports[0], "1"), Event(reports[1], "2"), reports[2]], recorded: ["1", "2"]));
    }

    [Fact]
    public void An_event_that_comes_twice_is_seen_to_where_it_came_first_even_when_it_changed_nothing_there()
    {
        List<Report> reports = Reports("A+ A- A+");

        Assert.Equal("A-", Decide("A", [Event(reports[0], "1"), reports[1], Event(reports[2], "1")]));
    }

    [Fact]
    public void A_clear_of_what_was_seen_leaves_a_newer_raise_alone()
    {
        Assert.Equal("", Decide("A", [Reports("A-")[0] with { OnlyIfRaisedAt = s_time.AddHours(-2) }]));
        Assert.Equal("A-", Decide("A", [Reports("A-")[0] with { OnlyIfRaisedAt = s_time.AddHours(-1) }]));
    }

    [Fact]
    public void A_clear_tells_when_its_alert_was_raised()
    {
        List<Report> reports = Reports("A- A+ A-");

        IReadOnlyList<PlannedChange> changes = TransitionPlanner.Decide(reports, 0, Outstanding("A"), new HashSet<string>(StringComparer.Ordinal)).Changes;

        Assert.Equal([s_time.AddHours(-1), null, reports[1].Time], changes.Select(change => change.Transition!.RaisedAt));
    }

    [Fact]
    public void What_is_applied_already_is_not_looked_at_again()
    {
        IReadOnlyList<PlannedChange> changes = TransitionPlanner.Decide(Reports("A+ B+ C+"), 1, Outstanding("A"), new HashSet<string>(StringComparer.Ordinal)).Changes;

        Assert.Equal([1, 2], changes.Select(change => change.Index));
    }

    // A computer, + for a raise or - for a clear, and the second at which it says that it happened; ! is an operator's clear, ~ an event without a time.
    [Theory]
    [InlineData("A+10", "A-9", "", 1)] // a clear older than the raise
    [InlineData("A+10", "A-10", "A-", 0)] // equal times are not older
    [InlineData("A+10", "A-11", "A-", 0)]
    [InlineData("A-10", "A+9", "", 1)] // a raise older than the clear
    [InlineData("A-10", "A+10", "A+", 0)]
    [InlineData("A-10", "A+11", "A+", 0)]
    [InlineData("A-10", "A-9 A-11", "", 0)] // what asks for the state that there is, is a repeat
    [InlineData("A+10", "A+9 A+11", "", 0)]
    [InlineData("A+10", "A!5", "A-", 0)] // a clear by hand is about now
    [InlineData("A!10", "A+5", "A+", 0)] // and outdates nothing
    [InlineData("A+10", "A~5", "A-", 0)] // what came without a time came now
    [InlineData("A-10", "A-5 B+5 A+6", "B+", 1)]
    [InlineData("", "A+10 A-9", "A+", 1)] // the same within one request
    [InlineData("", "A+10 A-11 A+5 A+12", "A+ A- A+", 1)]
    [InlineData("", "A+10 A-20 A+15 A+5 A-16", "A+ A-", 2)]
    [InlineData("", "A+10 A!1 A+5", "A+ A- A+", 0)]
    public void Of_one_alert_a_raise_older_than_the_clear_by_an_event_and_a_clear_older_than_the_raise_change_nothing(string before, string reports, string changes, int outdated)
    {
        IReadOnlyDictionary<string, AlertState> states = States(before);
        TransitionPlan plan = TransitionPlanner.Decide(Timed(reports), 0, states, new HashSet<string>(StringComparer.Ordinal));

        Assert.Equal(changes, Changes(plan));
        Assert.Equal(outdated, plan.Outdated.Count);
    }

    [Fact]
    public void An_event_is_recorded_even_if_it_changes_nothing_and_a_clear_by_hand_that_changes_nothing_leaves_no_trace()
    {
        List<Report> reports = Timed("A+5 A-12 A!12");

        TransitionPlan plan = TransitionPlanner.Decide([Event(reports[0], "1"), Event(reports[1], "2"), reports[2]], 0, States("A-10"), new HashSet<string>(StringComparer.Ordinal));

        Assert.Equal([0, 1], plan.Changes.Select(change => change.Index));
        Assert.Equal([0], plan.Outdated.Select(change => change.Index));
        Assert.All(plan.Changes, change => Assert.Null(change.Transition));
    }

    [Fact]
    public void An_event_that_is_only_recorded_raises_nothing()
    {
        Report raise = Event(Timed("A+5")[0], "1") with { RecordOnly = true };

        TransitionPlan plan = TransitionPlanner.Decide([raise], 0, States(""), new HashSet<string>(StringComparer.Ordinal));

        Assert.Null(Assert.Single(plan.Changes).Transition);
    }

    [Fact]
    public void A_clear_by_hand_gets_a_time_not_before_the_raise_s()
    {
        TransitionPlan plan = TransitionPlanner.Decide(Timed("A!5"), 0, States("A+10"), new HashSet<string>(StringComparer.Ordinal));

        Assert.Equal(s_time.AddSeconds(10), Assert.Single(plan.Changes).Transition!.Report.Time);
    }

    [Theory]
    [InlineData("A!20", 20)] // an operator's clear after the raise has its own time
    [InlineData("A~5", 5)] // an event without a time has its arrival's, although the raise's own clock was ahead
    public void Every_other_clear_keeps_its_time(string clear, int second)
    {
        TransitionPlan plan = TransitionPlanner.Decide(Timed(clear), 0, States("A+10"), new HashSet<string>(StringComparer.Ordinal));

        Assert.Equal(s_time.AddSeconds(second), Assert.Single(plan.Changes).Transition!.Report.Time);
    }

    [Fact]
    public void A_raise_of_a_type_without_settings_has_its_event_s_severity_and_the_clear_has_the_raise_s()
    {
        List<Report> reports = [.. Timed("A+10 A-11 B-12").Select(report => report with { Severity = report.Kind == TransitionKind.Raise ? Severity.Critical : null })];
        Dictionary<string, AlertState> states = States("B+1");
        states["B"] = states["B"] with { Alert = states["B"].Alert! with { Severity = Severity.Critical } };

        TransitionPlan plan = TransitionPlanner.Decide(reports, 0, states, new HashSet<string>(StringComparer.Ordinal));

        Assert.Equal([Severity.Critical, Severity.Critical, Severity.Critical], plan.Changes.Select(change => change.Transition!.Severity));
    }

    [Fact]
    public void Who_clears_what_a_list_showed_clears_no_other_raise()
    {
        Ulid seen = Ulid.NewUlid(s_time);
        Report clear = Timed("A!20")[0] with { OnlyRaise = seen };
        AlertState state = States("A+10")["A"];

        Assert.Empty(Decide(state with { Alert = state.Alert! with { Raise = Ulid.NewUlid(s_time.AddSeconds(11)) } }));
        Assert.Equal("A-", Decide(state with { Alert = state.Alert! with { Raise = seen } }));

        string Decide(AlertState now) => Changes(TransitionPlanner.Decide([clear], 0, new Dictionary<string, AlertState>(StringComparer.Ordinal) { ["A"] = now }, new HashSet<string>(StringComparer.Ordinal)));
    }

    private static Report Event(Report report, string key) => report with { EventId = key, Record = new TableEntity("0", key) };

    private static string Changes(TransitionPlan plan) => string.Join(
        ' ',
        plan.Changes.Where(change => change.Transition is not null).Select(change => change.Report.Computer + (change.Report.Kind == TransitionKind.Raise ? "+" : "-")));

    private static Dictionary<string, AlertState> States(string before) => Timed(before).ToDictionary(
        report => report.Computer,
        report => report.Kind == TransitionKind.Raise
            ? new AlertState { Alert = new Alert("Eicar", report.Computer, report.Time, null, null) }
            : new AlertState { Tombstone = new Tombstone("Eicar", report.Computer, Ulid.NewUlid(), report.Time, ByEvent: !report.ByHand) },
        StringComparer.Ordinal);

    private static List<Report> Timed(string reports) => [.. reports.Split(' ', StringSplitOptions.RemoveEmptyEntries)
        .Select(text => new Report(text[..1], text[1] == '+' ? TransitionKind.Raise : TransitionKind.Clear, s_time.AddSeconds(int.Parse(text[2..], System.Globalization.CultureInfo.InvariantCulture)), null)
        {
            HasOwnTime = text[1] != '~',
            ByHand = text[1] == '!',
        })];

    private static string Decide(string outstanding, List<Report> reports, params string[] recorded) => string.Join(
        ' ',
        TransitionPlanner.Decide(reports, 0, Outstanding(outstanding), recorded.ToHashSet(StringComparer.Ordinal)).Changes
            .Where(change => change.Transition is not null)
            .Select(change => change.Report.Computer + (change.Report.Kind == TransitionKind.Raise ? "+" : "-")));

    private static Dictionary<string, AlertState> Outstanding(string computers) => computers.Split(' ', StringSplitOptions.RemoveEmptyEntries)
        .ToDictionary(computer => computer, computer => new AlertState { Alert = new Alert("Eicar", computer, s_time.AddHours(-1), null, null) }, StringComparer.Ordinal);

    private static List<Report> Reports(string reports) => [.. reports.Split(' ', StringSplitOptions.RemoveEmptyEntries)
        .Select((text, index) => new Report(text[..^1], text[^1] == '+' ? TransitionKind.Raise : TransitionKind.Clear, s_time.AddSeconds(index), null))];
}
