using System.Diagnostics.CodeAnalysis;
using Cronos;

namespace AlertFunctions.Core.ScheduledTasks;

/// <summary>When a scheduled task runs: a cron expression, evaluated in a time zone.</summary>
/// <remarks>
/// A time skipped by daylight saving runs right after the change. A repeated time runs once, the first time; only an expression for an interval
/// also runs in the repeated hour.
/// </remarks>
public sealed class TaskSchedule
{
    private const int Fields = 5;
    private const int MaximumLength = 200;

    private static readonly char[] Spaces = [' ', '\t'];

    private readonly CronExpression _expression;

    private TaskSchedule(string cron, CronExpression expression, TimeZoneInfo timeZone)
    {
        Cron = cron;
        _expression = expression;
        TimeZone = timeZone;
    }

    /// <summary>The expression: minute, hour, day of month, month, day of week.</summary>
    public string Cron { get; }

    /// <summary>The time zone in which it is evaluated.</summary>
    public TimeZoneInfo TimeZone { get; }

    /// <summary>Parses an expression.</summary>
    /// <param name="cron">The expression.</param>
    /// <param name="timeZone">The time zone.</param>
    /// <param name="schedule">The schedule.</param>
    /// <returns>False if it does not have five fields, is invalid, or never occurs (30 February).</returns>
    public static bool TryCreate(string cron, TimeZoneInfo timeZone, [NotNullWhen(true)] out TaskSchedule? schedule)
    {
        string[] fields = cron.Split(Spaces, StringSplitOptions.RemoveEmptyEntries);
        schedule = cron.Length <= MaximumLength && fields.Length == Fields && CronExpression.TryParse(string.Join(' ', fields), CronFormat.Standard, out CronExpression? expression)
            && expression.GetNextOccurrence(new DateTime(2026, 1, 1, 0, 0, 0, DateTimeKind.Utc)) is not null
            ? new TaskSchedule(string.Join(' ', fields), expression, timeZone)
            : null;
        return schedule is not null;
    }

    /// <summary>The first occurrence after a time.</summary>
    /// <param name="time">The time.</param>
    public DateTimeOffset? NextAfter(DateTimeOffset time) => _expression.GetNextOccurrence(time, TimeZone)?.ToUniversalTime();

    /// <summary>The last occurrence up to a time: of several missed occurrences, the one that a late run stands for.</summary>
    /// <param name="time">The time.</param>
    public DateTimeOffset? LatestUpTo(DateTimeOffset time)
    {
        if (_expression.GetPreviousOccurrence(time, TimeZone, inclusive: true) is not { } latest)
        {
            return null;
        }

        // Looking back, Cronos places a time skipped by daylight saving before the gap, but the run took place after it.
        DateTimeOffset? run = _expression.GetNextOccurrence(latest, TimeZone, inclusive: true);
        return (run <= time ? run : latest)?.ToUniversalTime();
    }
}
