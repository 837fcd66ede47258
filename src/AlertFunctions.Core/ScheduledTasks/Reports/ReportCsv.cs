using System.Text;
using AlertFunctions.Core.Texts;

namespace AlertFunctions.Core.ScheduledTasks.Reports;

/// <summary>
/// Writes a report's figures as CSV (RFC 4180) that Excel opens correctly: UTF-8 with a byte order mark, and no name from outside that becomes a
/// formula.
/// </summary>
public static class ReportCsv
{
    /// <summary>Characters that start a formula, or after which Excel still looks for one. The full-width forms are those typed on Japanese keyboards.</summary>
    private const string FormulaStarts = "=+-@\t\r\n＝＋－＠";

    /// <summary>The file in UTF-8, with the byte order mark that Excel needs.</summary>
    public static byte[] Write(ReportFigures figures, MailCulture culture)
    {
        var csv = new StringBuilder();
        Row(Label("Section"), Label("Item"), Label("Raised"), Label("Cleared"), Label("Value"));
        Row(Label("Period"), Label("From"), "", "", ReportFigures.Day(figures.FirstDay));
        Row(Label("Period"), Label("To"), "", "", ReportFigures.Day(figures.LastDay));
        Row(Label("Period"), Label("TimeZone"), "", "", figures.TimeZone.Id);
        Row(Label("Total"), Label("Alerts"), Sentences.Of(figures.Raised), Sentences.Of(figures.Cleared), "");
        Row(Label("Total"), Label("OpenAtEnd"), "", "", Sentences.Of(figures.OpenAtEnd));
        Row(Label("Total"), Label("MeanSeconds"), "", "", Seconds(figures.MeanTimeToClear));
        Row(Label("Total"), Label("LongestSeconds"), "", "", Seconds(figures.LongestTimeToClear));
        Row(Label("Mail"), Label("Sent"), "", "", Sentences.Of(figures.Mail.Sent));
        Row(Label("Mail"), Label("Resent"), "", "", Sentences.Of(figures.Mail.Resent));
        Row(Label("Mail"), Label("GivenUp"), "", "", Sentences.Of(figures.Mail.GivenUp));
        for (int pattern = 1; pattern <= figures.Mail.Failures.Count; pattern++)
        {
            Row(Label("Mail"), Label($"Failures{pattern}"), "", "", Sentences.Of(figures.Mail.Failures[pattern - 1]));
        }

        foreach ((string reply, int count) in figures.Mail.Reasons)
        {
            Row(Label("Reason"), reply, "", "", Sentences.Of(count));
        }

        foreach (DayFigures day in figures.Days)
        {
            Row(Label("Day"), ReportFigures.Day(day.Day), Sentences.Of(day.Raised), Sentences.Of(day.Cleared), "");
        }

        foreach (NameFigures type in figures.AlertTypes)
        {
            Row(Label("AlertType"), figures.TitleOf(type.Name, culture), Sentences.Of(type.Raised), Sentences.Of(type.Cleared), "");
        }

        foreach (NameFigures computer in figures.Computers)
        {
            Row(Label("Computer"), HarmlessText.OneLine(computer.Name), Sentences.Of(computer.Raised), Sentences.Of(computer.Cleared), "");
        }

        return [.. Encoding.UTF8.Preamble, .. Encoding.UTF8.GetBytes(csv.ToString())];

        string Label(string key) => Sentences.Get($"Csv{key}", culture);

        void Row(params ReadOnlySpan<string> cells)
        {
            for (int i = 0; i < cells.Length; i++)
            {
                csv.Append(i == 0 ? "" : ",").Append(Cell(cells[i]));
            }

            csv.Append("\r\n");
        }
    }

    /// <summary>A text as one cell. If it could be a formula, it is prefixed with an apostrophe, which marks it as text.</summary>
    public static string Cell(string text)
    {
        string harmless = text.Length > 0 && FormulaStarts.Contains(text[0], StringComparison.Ordinal) ? $"'{text}" : text;
        return harmless.AsSpan().IndexOfAny(",\"\r\n") < 0 ? harmless : $"\"{harmless.Replace("\"", "\"\"", StringComparison.Ordinal)}\"";
    }

    private static string Seconds(TimeSpan? time) => time is { } known ? ((long)Math.Round(known.TotalSeconds)).ToString(System.Globalization.CultureInfo.InvariantCulture) : "";
}
