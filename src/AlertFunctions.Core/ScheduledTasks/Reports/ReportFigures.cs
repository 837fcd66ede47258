using System.Globalization;
using AlertFunctions.Core.Alerts;
using AlertFunctions.Core.Texts;

namespace AlertFunctions.Core.ScheduledTasks.Reports;

/// <summary>What a report tells of its period.</summary>
/// <param name="From">Start of the period (inclusive).</param>
/// <param name="To">End of the period (exclusive).</param>
/// <param name="TimeZone">The zone whose days it counts.</param>
/// <param name="Days">Each of its days, in order.</param>
/// <param name="OpenAtEnd">How many alerts were outstanding at its end.</param>
/// <param name="MeanTimeToClear">How long the alerts cleared in it had been outstanding, on average; null when none was.</param>
/// <param name="LongestTimeToClear">The longest of those times.</param>
/// <param name="AlertTypes">By alert type, most raised first.</param>
/// <param name="Computers">By computer, most raised first; at most <see cref="ReportTally.MaximumListed"/>.</param>
/// <param name="Mail">What became of mail in it.</param>
/// <param name="Types">The settings of alert types, for their titles.</param>
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

    /// <summary>Whether nothing was raised in it and nothing cleared.</summary>
    public bool IsQuiet => Raised == 0 && Cleared == 0;

    /// <summary>The first day and the last, as people name a period.</summary>
    public string Period => $"{Day(FirstDay)} - {Day(LastDay)}";

    /// <summary>The period's first day in its time zone.</summary>
    public DateOnly FirstDay => LocalDays.DayOf(From, TimeZone);

    /// <summary>The period's last day in its time zone, which may not be over yet.</summary>
    public DateOnly LastDay => Days[^1].Day;

    /// <summary>A type's title in a language; its name when it has none.</summary>
    public string TitleOf(string alertType, MailCulture culture) => (Types.GetValueOrDefault(alertType) ?? new AlertType(alertType)).Title(culture);

    /// <summary>A day as ISO 8601 writes it.</summary>
    public static string Day(DateOnly day) => day.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture);
}

/// <summary>One day.</summary>
/// <param name="Day">The day.</param>
/// <param name="Raised">Alerts raised on it.</param>
/// <param name="Cleared">Alerts cleared on it.</param>
public sealed record DayFigures(DateOnly Day, int Raised, int Cleared);

/// <summary>One alert type or computer.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Raised">Alerts raised.</param>
/// <param name="Cleared">Alerts cleared.</param>
public sealed record NameFigures(string Name, int Raised, int Cleared);

/// <summary>What became of mail; each recipient counts.</summary>
/// <param name="Sent">Deliveries.</param>
/// <param name="Resent">How many of them took more than one attempt.</param>
/// <param name="GivenUp">Recipients given up after the third refusal (S12).</param>
/// <param name="Failures">Failed attempts by pattern, 1 to 3.</param>
/// <param name="Reasons">What servers said when a recipient was given up, the most frequent first.</param>
public sealed record MailFigures(int Sent, int Resent, int GivenUp, IReadOnlyList<int> Failures, IReadOnlyList<(string Reply, int Count)> Reasons);
