using System.Globalization;
using System.Runtime.InteropServices;
using System.Text.RegularExpressions;

namespace AlertFunctions.Core.ScheduledTasks;

/// <summary>The unit of a report's period.</summary>
public enum ReportPeriodUnit
{
    /// <summary>Days.</summary>
    Day,

    /// <summary>Weeks.</summary>
    Week,

    /// <summary>Calendar months.</summary>
    Month,
}

/// <summary>
/// How far back a report looks, in ISO 8601 format: <c>P1D</c>, <c>P2W</c>, <c>P1M</c>. The maximum is a year, which is how long system events are
/// kept.
/// </summary>
/// <param name="Count">The number of units.</param>
/// <param name="Unit">The unit.</param>
[StructLayout(LayoutKind.Auto)]
public readonly partial record struct ReportPeriod(int Count, ReportPeriodUnit Unit)
{
    /// <summary>A description of the accepted values.</summary>
    public const string Accepted = "days (P1D to P366D), weeks (P1W to P52W) or months (P1M to P12M)";

    /// <summary>Parses a period.</summary>
    /// <param name="text">The text.</param>
    /// <param name="period">The period.</param>
    public static bool TryParse(string text, out ReportPeriod period)
    {
        period = default;
        if (Pattern().Match(text) is not { Success: true } match)
        {
            return false;
        }

        (ReportPeriodUnit unit, int maximum) = match.Groups["unit"].Value switch
        {
            "D" => (ReportPeriodUnit.Day, 366),
            "W" => (ReportPeriodUnit.Week, 52),
            _ => (ReportPeriodUnit.Month, 12),
        };
        int count = int.Parse(match.Groups["count"].Value, CultureInfo.InvariantCulture);
        period = new ReportPeriod(count, unit);
        return count >= 1 && count <= maximum;
    }

    /// <summary>
    /// The whole days that a run reports on. They end at midnight at the start of the run's day in the time zone. One month before the 31st is the last
    /// day of a shorter month.
    /// </summary>
    /// <param name="run">When the run was due.</param>
    /// <param name="zone">The time zone.</param>
    public (DateTimeOffset From, DateTimeOffset To) Before(DateTimeOffset run, TimeZoneInfo zone)
    {
        DateOnly end = LocalDays.DayOf(run, zone);
        DateOnly start = Unit switch
        {
            ReportPeriodUnit.Day => end.AddDays(-Count),
            ReportPeriodUnit.Week => end.AddDays(-7 * Count),
            _ => end.AddMonths(-Count),
        };
        return (LocalDays.StartOf(start, zone), LocalDays.StartOf(end, zone));
    }

    /// <inheritdoc/>
    public override string ToString() => $"P{Count.ToString(CultureInfo.InvariantCulture)}{Unit switch { ReportPeriodUnit.Day => 'D', ReportPeriodUnit.Week => 'W', _ => 'M' }}";

    [GeneratedRegex(@"^P(?<count>[0-9]{1,3})(?<unit>[DWM])\z", RegexOptions.ExplicitCapture | RegexOptions.CultureInvariant, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Pattern();
}
