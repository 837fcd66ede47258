using System.Globalization;
using AlertFunctions.Core.Alerts;
using AlertFunctions.Core.Texts;

namespace AlertFunctions.Core.ScheduledTasks.Reports;

/// <summary>The figures of a report.</summary>
/// <param name="From">Start of the period (inclusive).</param>
/// <param name="To">End of the period (exclusive).</param>
/// <param name="TimeZone">The time zone by which days are counted.</param>
/// <param name="Days">The days of the period, in order.</param>
/// <param name="OpenAtEnd">The number of alerts outstanding at the end of the period.</param>
/// <param name="MeanTimeToClear">The mean time that alerts cleared in the period had been outstanding; null if none was cleared.</param>
/// <param name="LongestTimeToClear">The longest of those times; null if none was cleared.</param>
/// <param name="AlertTypes">Figures by alert type, most raised first.</param>
/// <param name="Computers">Figures by computer, most raised first; at most <see cref="ReportTally.MaximumListed"/>.</param>
/// <param name="Mail">Figures about mail in the period.</param>
/// <param name="Types">The settings of the alert types, for their titles.</param>
public sealed record ReportFigures(
    DateTimeOffset From,
    DateTimeOffset To,
    TimeZoneInfo TimeZone,
    IReadOnlyList<DayFigures> Days,
    int OpenAtEnd,
    TimeSpan? MeanTimeToClear,
    TimeSpan? LongestTimeToClear,
    IReadOnlyList<NameFigures> AlertTypes,
    IReadOnlyList<NameFigures> Computers,
    MailFigures Mail,
    IReadOnlyDictionary<string, AlertType> Types)
{
    /// <summary>Alerts raised in the period.</summary>
    public int Raised => Days.Sum(day => day.Raised);

    /// <summary>Alerts cleared in the period.</summary>
    public int Cleared => Days.Sum(day => day.Cleared);

    /// <summary>Whether nothing was raised or cleared in the period.</summary>
    public bool IsQuiet => Raised == 0 && Cleared == 0;

    /// <summary>The period as shown to people: its first and last day.</summary>
    public string Period => $"{Day(FirstDay)} - {Day(LastDay)}";

    /// <summary>The first day of the period in its time zone.</summary>
    public DateOnly FirstDay => LocalDays.DayOf(From, TimeZone);

    /// <summary>The last day of the period in its time zone, which may not be over yet.</summary>
    public DateOnly LastDay => Days[^1].Day;

    /// <summary>The title of an alert type in a language; its name if it has no settings.</summary>
    public string TitleOf(string alertType, MailCulture culture) => (Types.GetValueOrDefault(alertType) ?? new AlertType(alertType)).Title(culture);

    /// <summary>A day in ISO 8601 format.</summary>
    public static string Day(DateOnly day) => day.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture);
}

/// <summary>The figures of one day.</summary>
/// <param name="Day">The day.</param>
/// <param name="Raised">Alerts raised on it.</param>
/// <param name="Cleared">Alerts cleared on it.</param>
public sealed record DayFigures(DateOnly Day, int Raised, int Cleared);

/// <summary>The figures of one alert type or computer.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Raised">Alerts raised.</param>
/// <param name="Cleared">Alerts cleared.</param>
public sealed record NameFigures(string Name, int Raised, int Cleared);

/// <summary>Figures about mail, counted per recipient.</summary>
/// <param name="Sent">The number of deliveries.</param>
/// <param name="Resent">The number of deliveries that took more than one attempt.</param>
/// <param name="GivenUp">The number of recipients given up after the third refusal (S12).</param>
/// <param name="Failures">The number of failed attempts by pattern, 1 to 3.</param>
/// <param name="Reasons">The servers' replies when recipients were given up, most frequent first.</param>
public sealed record MailFigures(int Sent, int Resent, int GivenUp, IReadOnlyList<int> Failures, IReadOnlyList<(string Reply, int Count)> Reasons);
