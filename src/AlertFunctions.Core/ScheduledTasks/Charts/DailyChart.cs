using System.Globalization;
using AlertFunctions.Core.ScheduledTasks.Reports;
using AlertFunctions.Core.Settings;
using AlertFunctions.Core.Texts;

namespace AlertFunctions.Core.ScheduledTasks.Charts;

/// <summary>Draws how many alerts were raised and cleared each day, twice as large as it is shown, so that it is sharp on any screen.</summary>
internal static class DailyChart
{
    /// <summary>The width at which it is to be shown.</summary>
    public const int ShownWidth = 544;

    /// <summary>The height at which it is to be shown.</summary>
    public const int ShownHeight = 216;

    private const double Gap = 14;
    private const double Right = 12;
    private const double Top = 64;
    private const double Bottom = 52;
    private const double FontSize = 23;
    private const int MaximumLines = 5;

    /// <summary>More days than this are drawn as weeks: their bars would be thinner than a line.</summary>
    private const int MaximumDays = 92;

    private const int DaysOfWeek = 7;

    private static readonly Colour White = new(0xFF, 0xFF, 0xFF);
    private static readonly Colour Grid = new(0xE4, 0xE7, 0xEB);
    private static readonly Colour Axis = new(0x9A, 0xA5, 0xB1);
    private static readonly Colour Ink = new(0x52, 0x60, 0x6D);
    private static readonly Colour Raised = new(0xD6, 0x45, 0x45);

    // Blue, not green: red and green are the same to one man in twelve.
    private static readonly Colour Cleared = new(0x2B, 0x6C, 0xB0);

    /// <summary>Whether a bar stands for a week, beginning with the day it is labelled with.</summary>
    public static bool IsWeekly(IReadOnlyList<DayFigures> days) => days.Count > MaximumDays;

    /// <summary>The picture, as PNG.</summary>
    public static byte[] Draw(IReadOnlyList<DayFigures> days, MailCulture culture) => DrawBars(
        IsWeekly(days) ? Weeks(days) : days,
        culture);

    /// <summary>Whole weeks up to the end; the days that are left over are the first bar, where they look least like a trend.</summary>
    private static List<DayFigures> Weeks(IReadOnlyList<DayFigures> days)
    {
        int first = days.Count % DaysOfWeek;
        return [.. (first == 0 ? [] : (DayFigures[][])[[.. days.Take(first)]]).Concat(days.Skip(first).Chunk(DaysOfWeek))
            .Select(week => new DayFigures(week[0].Day, week.Sum(day => day.Raised), week.Sum(day => day.Cleared)))];
    }

    private static byte[] DrawBars(IReadOnlyList<DayFigures> days, MailCulture culture)
    {
        const int width = ShownWidth * 2;
        const int height = ShownHeight * 2;
        const double bottom = height - Bottom;
        var canvas = new Canvas(width, height, White);
        int highest = Math.Max(1, days.Max(day => Math.Max(day.Raised, day.Cleared)));
        int step = StepOf(highest);
        int lines = (highest + step - 1) / step;
        double left = Math.Round(Glyphs.Width(Sentences.Of(step * lines), FontSize) + (2 * Gap));
        double Y(int count) => bottom - (count / (double)(step * lines) * (bottom - Top));
        for (int line = 0; line <= lines; line++)
        {
            double y = Math.Round(Y(line * step));
            canvas.FillRectangle(left, y - 1, width - Right, y + 1, line == 0 ? Axis : Grid);
            canvas.Write(Sentences.Of(line * step), left - Gap, y + (FontSize * 0.36), FontSize, Ink, align: 1);
        }

        double place = (width - Right - left) / days.Count;
        double bar = Math.Min(40, place * 0.36);
        for (int i = 0; i < days.Count; i++)
        {
            double middle = left + ((i + 0.5) * place);
            FillBar(middle - bar, days[i].Raised, Raised);
            FillBar(middle, days[i].Cleared, Cleared);
        }

        WriteDays(canvas, days, left, place, bottom);
        WriteLegend(canvas, left, culture);
        return canvas.ToPng();

        void FillBar(double x, int count, Colour colour)
        {
            if (count > 0)
            {
                canvas.FillRectangle(x, Math.Min(Y(count), bottom - 3), x + bar, bottom - 1, colour);
            }
        }
    }

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

    /// <summary>As many days as there is room for, at equal distances.</summary>
    private static void WriteDays(Canvas canvas, IReadOnlyList<DayFigures> days, double left, double place, double bottom)
    {
        double room = Glyphs.Width("00/00", FontSize) + 22;
        int every = (int)Math.Ceiling(room / place);
        for (int i = 0; i < days.Count; i += every)
        {
            double middle = left + ((i + 0.5) * place);
            canvas.FillRectangle(middle - 1, bottom, middle + 1, bottom + 8, Axis);
            string text = days[i].Day.ToString("MM'/'dd", CultureInfo.InvariantCulture);
            double farthest = (ShownWidth * 2) - (Glyphs.Width(text, FontSize) / 2);
            canvas.Write(text, Math.Min(middle, farthest), bottom + 36, FontSize, Ink, align: 0.5);
        }
    }

    private static void WriteLegend(Canvas canvas, double left, MailCulture culture)
    {
        foreach ((Colour colour, string key) in (ReadOnlySpan<(Colour, string)>)[(Raised, "ChartRaised"), (Cleared, "ChartCleared")])
        {
            string text = Sentences.Get(key, culture);
            canvas.FillRectangle(left, 18, left + 22, 40, colour);
            canvas.Write(text, left + 32, 38, FontSize, Ink);
            left += 32 + Glyphs.Width(text, FontSize) + 36;
        }
    }
}
