using AlertFunctions.Core.Texts;

namespace AlertFunctions.Core.ScheduledTasks.Reports;

/// <summary>Writes a report's figures as CSV.</summary>
public static class ReportCsv
{
    /// <summary>The figures as a file.</summary>
    public static byte[] Write(ReportFigures figures, MailCulture culture)
    {
        var csv = new CsvFile();
        csv.Add(Label("Section"), Label("Item"), Label("Raised"), Label("Cleared"), Label("Value"));
        csv.Add(Label("Period"), Label("From"), "", "", ReportFigures.Day(figures.FirstDay));
        csv.Add(Label("Period"), Label("To"), "", "", ReportFigures.Day(figures.LastDay));
        csv.Add(Label("Period"), Label("TimeZone"), "", "", figures.TimeZone.Id);
        csv.Add(Label("Total"), Label("Alerts"), Sentences.Of(figures.Raised), Sentences.Of(figures.Cleared), "");
        csv.Add(Label("Total"), Label("OpenAtEnd"), "", "", Sentences.Of(figures.OpenAtEnd));
        csv.Add(Label("Total"), Label("MeanSeconds"), "", "", Seconds(figures.MeanTimeToClear));
        csv.Add(Label("Total"), Label("LongestSeconds"), "", "", Seconds(figures.LongestTimeToClear));
        csv.Add(Label("Mail"), Label("Sent"), "", "", Sentences.Of(figures.Mail.Sent));
        csv.Add(Label("Mail"), Label("Resent"), "", "", Sentences.Of(figures.Mail.Resent));
        csv.Add(Label("Mail"), Label("GivenUp"), "", "", Sentences.Of(figures.Mail.GivenUp));
        for (int pattern = 1; pattern <= figures.Mail.Failures.Count; pattern++)
        {
            csv.Add(Label("Mail"), Label($"Failures{pattern}"), "", "", Sentences.Of(figures.Mail.Failures[pattern - 1]));
        }

        foreach ((string reply, int count) in figures.Mail.Reasons)
        {
            csv.Add(Label("Reason"), reply, "", "", Sentences.Of(count));
        }

        foreach (DayFigures day in figures.Days)
        {
            csv.Add(Label("Day"), ReportFigures.Day(day.Day), Sentences.Of(day.Raised), Sentences.Of(day.Cleared), "");
        }

        foreach (NameFigures type in figures.AlertTypes)
        {
            csv.Add(Label("AlertType"), figures.TitleOf(type.Name, culture), Sentences.Of(type.Raised), Sentences.Of(type.Cleared), "");
        }

        foreach (NameFigures computer in figures.Computers)
        {
            csv.Add(Label("Computer"), HarmlessText.OneLine(computer.Name), Sentences.Of(computer.Raised), Sentences.Of(computer.Cleared), "");
        }

        return csv.ToBytes();

        string Label(string key) => Sentences.Get($"Csv{key}", culture);
    }

    private static string Seconds(TimeSpan? time) => time is { } known ? ((long)Math.Round(known.TotalSeconds)).ToString(System.Globalization.CultureInfo.InvariantCulture) : "";
}
