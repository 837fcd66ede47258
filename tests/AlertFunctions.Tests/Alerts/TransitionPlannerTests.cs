using AlertFunctions.Core.Alerts;
using AlertFunctions.Tests.Infrastructure;

namespace AlertFunctions.Tests.Alerts;

/// <summary>S4, S5 and S6 as one decision, without storage.</summary>
public sealed class TransitionPlannerTests
{
    private static readonly DateTimeOffset s_time = FakeClock.Origin;

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
    public void A_report_that_was_applied_before_changes_nothing_and_nor_does_its_repetition_in_the_same_request()
    {
        List<Report> reports = Reports("A+ A- A+");

        Assert.Equal("A+ A-", Decide("", [reports[0] with { DoneKey = "1" }, reports[1], reports[2] with { DoneKey = "1" }]));
        Assert.Equal("A+", Decide("", [reports[0] with { DoneKey = "1" }, reports[1] with { DoneKey = "2" }, reports[2]], done: ["1", "2"]));
    }

    [Fact]
    public void An_event_that_comes_twice_is_seen_to_where_it_came_first_even_when_it_changed_nothing_there()
    {
        List<Report> reports = Reports("A+ A- A+");

        Assert.Equal("A-", Decide("A", [reports[0] with { DoneKey = "1" }, reports[1], reports[2] with { DoneKey = "1" }]));
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

    private static string Decide(string outstanding, List<Report> reports, params string[] done) => string.Join(
        ' ',
        TransitionPlanner.Decide(reports, 0, Outstanding(outstanding), done.ToHashSet(StringComparer.Ordinal)).Changes
            .Where(change => change.Transition is not null)
            .Select(change => change.Report.Computer + (change.Report.Kind == TransitionKind.Raise ? "+" : "-")));

    private static Dictionary<string, AlertState> Outstanding(string computers) => computers.Split(' ', StringSplitOptions.RemoveEmptyEntries)
        .ToDictionary(computer => computer, computer => new AlertState { Alert = new Alert("Eicar", computer, s_time.AddHours(-1), null, null) }, StringComparer.Ordinal);

    private static List<Report> Reports(string reports) => [.. reports.Split(' ', StringSplitOptions.RemoveEmptyEntries)
        .Select((text, index) => new Report(text[..^1], text[^1] == '+' ? TransitionKind.Raise : TransitionKind.Clear, s_time.AddSeconds(index), null))];
}
