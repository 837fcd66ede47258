using System.Diagnostics.CodeAnalysis;
using Cronos;

namespace AlertFunctions.Core.ScheduledTasks;

/// <summary>When a scheduled task runs: a cron expression, read by the clocks of a time zone.</summary>
/// <remarks>
/// Daylight saving as people expect it: a time that the clocks skip runs at the moment after the gap, and one that they show twice runs once, the
/// first time; only an expression that says "every so often" also runs in the repeated hour.
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

    /// <summary>The zone whose clocks it is read by.</summary>
    public TimeZoneInfo TimeZone { get; }

    /// <summary>Reads an expression.</summary>
    /// <param name="cron">The expression.</param>
    /// <param name="timeZone">The zone.</param>
    /// <param name="schedule">The schedule.</param>
    /// <returns>False when it has not five fields, cannot be read, or never comes (30 February).</returns>
    public static bool TryCreate(string cron, TimeZoneInfo timeZone, [NotNullWhen(true)] out TaskSchedule? schedule)
    {
        string[] fields = cron.Split(Spaces, StringSplitOptions.RemoveEmptyEntries);
        schedule = cron.Length <= MaximumLength && fields.Length == Fields && CronExpression.TryParse(string.Join(' ', fields), CronFormat.Standard, out CronExpression? expression)
            && expression.GetNextOccurrence(new DateTime(2026, 1, 1, 0, 0, 0, DateTimeKind.Utc)) is not null
            ? new TaskSchedule(string.Join(' ', fields), expression, timeZone)
            : null;
        return schedule is not null;
    }

    /// <summary>The first time after another.</summary>
    /// <param name="time">The other time.</param>
    public DateTimeOffset? NextAfter(DateTimeOffset time) => _expression.GetNextOccurrence(time, TimeZone)?.ToUniversalTime();

    /// <summary>The last time up to another: of the times that were missed, the one that a late run stands for.</summary>
    /// <param name="time">The other time.</param>
    public DateTimeOffset? LatestUpTo(DateTimeOffset time)
    {
        if (_expression.GetPreviousOccurrence(time, TimeZone, inclusive: true) is not { } latest)
        {
            return null;
        }

        // Looking back, Cronos puts a time that the clocks skip before the gap; the run was at its end.
        DateTimeOffset? run = _expression.GetNextOccurrence(latest, TimeZone, inclusive: true);
        return (run <= time ? run : latest)?.ToUniversalTime();
    }
}
