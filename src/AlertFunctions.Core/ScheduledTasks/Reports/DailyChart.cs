using ScottPlot;

namespace AlertFunctions.Core.ScheduledTasks.Reports;

/// <summary>
/// Draws the alerts raised and cleared each day, at twice the display size so that it is sharp on any screen. The picture has no text: labels are
/// written next to it in HTML, in the reader's language, since a minimal container has no fonts. It has no background, so that it fits light and
/// dark pages.
/// </summary>
public static class DailyChart
{
    /// <summary>The display width, in CSS pixels.</summary>
    public const int ShownWidth = 500;

    /// <summary>The display height, in CSS pixels.</summary>
    public const int ShownHeight = 160;

    /// <summary>The colour of raised alerts.</summary>
    public const string RaisedColour = "#d64545";

    /// <summary>The colour of cleared alerts: blue rather than green, since one man in twelve cannot tell red from green.</summary>
    public const string ClearedColour = "#3b82c4";

    private const double BarWidth = 0.36;
    private const int MaximumLines = 5;

    /// <summary>Longer periods are drawn by week: the bars of single days would be thinner than a line.</summary>
    private const int MaximumDays = 92;

    private const int DaysOfWeek = 7;

    /// <summary>Whether a bar stands for a week, which starts on the day in its label.</summary>
    public static bool IsWeekly(IReadOnlyList<DayFigures> days) => days.Count > MaximumDays;

    /// <summary>
    /// The days or weeks that the bars stand for. Weeks are counted back from the end; the remaining days become the first bar, where a shorter period
    /// looks least like a trend.
    /// </summary>
    public static IReadOnlyList<DayFigures> Bars(IReadOnlyList<DayFigures> days)
    {
        if (!IsWeekly(days))
        {
            return days;
        }

        int first = days.Count % DaysOfWeek;
        return [.. (first == 0 ? [] : (DayFigures[][])[[.. days.Take(first)]]).Concat(days.Skip(first).Chunk(DaysOfWeek))
            .Select(week => new DayFigures(week[0].Day, week.Sum(day => day.Raised), week.Sum(day => day.Cleared)))];
    }

    /// <summary>The count at the top of the chart.</summary>
    public static int Scale(IReadOnlyList<DayFigures> bars)
    {
        int highest = Highest(bars);
        int step = StepOf(highest);
        return (highest + step - 1) / step * step;
    }

    /// <summary>Draws the chart as PNG.</summary>
    public static byte[] Draw(IReadOnlyList<DayFigures> bars)
    {
        using var plot = new Plot();
        int scale = Scale(bars);
        plot.Layout.Frameless();
        plot.HideGrid();
        plot.FigureBackground.Color = Colors.Transparent;
        plot.DataBackground.Color = Colors.Transparent;
        for (int line = 0; line <= scale; line += StepOf(Highest(bars)))
        {
            plot.Add.HorizontalLine(line, width: 2, color: Color.FromHex("#8a94a0").WithAlpha(0.4));
        }

        Add(day => day.Raised, -BarWidth / 2, RaisedColour);
        Add(day => day.Cleared, BarWidth / 2, ClearedColour);
        plot.Axes.SetLimits(-0.5, bars.Count - 0.5, 0, scale);
        return plot.GetImage(ShownWidth * 2, ShownHeight * 2).GetImageBytes(ImageFormat.Png);

        void Add(Func<DayFigures, int> count, double offset, string colour) => plot.Add.Bars(bars.Select((day, place) => new Bar
        {
            Position = place + offset,
            Value = count(day),
            Size = BarWidth,
            FillColor = Color.FromHex(colour),
            LineWidth = 0,
        }).ToList());
    }

    private static int Highest(IReadOnlyList<DayFigures> bars) => Math.Max(1, bars.Max(day => Math.Max(day.Raised, day.Cleared)));

    /// <summary>The distance between grid lines: one, two or five times a power of ten, so that few lines cover the highest bar.</summary>
    private static int StepOf(int highest)
    {
        for (long unit = 1; ; unit *= 10)
        {
            foreach (int times in (int[])[1, 2, 5])
            {
                if (unit * times * MaximumLines >= highest)
                {
                    return (int)(unit * times);
                }
            }
        }
    }
}
