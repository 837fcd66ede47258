using ScottPlot;

namespace AlertFunctions.Core.ScheduledTasks.Reports;

/// <summary>
/// Draws how many alerts were raised and cleared each day, twice as large as it is shown, so that it is sharp on any screen. The picture is without
/// words: what it says is written beside it in HTML, in the reader's language, and a bare container has no fonts to draw any with. And it is without
/// ground, so that it stands on a light page and on a dark one.
/// </summary>
public static class DailyChart
{
    /// <summary>The width at which it is to be shown.</summary>
    public const int ShownWidth = 500;

    /// <summary>The height at which it is to be shown.</summary>
    public const int ShownHeight = 160;

    /// <summary>The colour of what was raised.</summary>
    public const string RaisedColour = "#d64545";

    /// <summary>The colour of what was cleared: blue, not green, since red and green are the same to one man in twelve.</summary>
    public const string ClearedColour = "#3b82c4";

    private const double BarWidth = 0.36;
    private const int MaximumLines = 5;

    /// <summary>More days than this are drawn as weeks: their bars would be thinner than a line.</summary>
    private const int MaximumDays = 92;

    private const int DaysOfWeek = 7;

    /// <summary>Whether a bar stands for a week, beginning with the day it is labelled with.</summary>
    public static bool IsWeekly(IReadOnlyList<DayFigures> days) => days.Count > MaximumDays;

    /// <summary>What the bars stand for: days, or whole weeks up to the end; the days that are left over are the first bar, where they look least like a trend.</summary>
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

    /// <summary>The count at the picture's upper edge.</summary>
    public static int Scale(IReadOnlyList<DayFigures> bars)
    {
        int highest = Highest(bars);
        int step = StepOf(highest);
        return (highest + step - 1) / step * step;
    }

    /// <summary>The picture, as PNG.</summary>
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

    /// <summary>The distance of two lines: one, two or five times a power of ten, so that few lines reach the highest bar.</summary>
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
