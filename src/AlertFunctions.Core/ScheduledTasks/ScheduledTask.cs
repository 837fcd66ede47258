using System.Text.Json;
using System.Text.Json.Serialization;
using AlertFunctions.Core.Storage;
using AlertFunctions.Core.SystemEvents;
using Azure;
using Azure.Data.Tables;

namespace AlertFunctions.Core.ScheduledTasks;

/// <summary>What a scheduled task sends (S15).</summary>
public enum ScheduledTaskType
{
    /// <summary>「未解決アラートの概要の送信」.</summary>
    SendAlertSummary,

    /// <summary>「レポートの生成および送信」.</summary>
    GenerateReport,
}

/// <summary>The outcome of a scheduled task's last run.</summary>
public enum ScheduledRunOutcome
{
    /// <summary>It was started; its mail is being composed.</summary>
    Started,

    /// <summary>Its mail is in the mail queue or was already delivered; the queue and the system events show which.</summary>
    Mailed,

    /// <summary>None of its recipients has an address.</summary>
    NoRecipients,

    /// <summary>Its mail could not be composed. This is retried in an hour, and the system event 568 or 571 says why.</summary>
    Failed,
}

/// <summary>The recipients of a scheduled task's mail. They are looked up when the mail is composed.</summary>
/// <param name="AllUsers">Whether all users with a mail address receive it.</param>
/// <param name="Users">The names of users who receive it.</param>
/// <param name="Addresses">Further addresses that receive it.</param>
public sealed record TaskRecipients(bool AllUsers, IReadOnlyList<string> Users, IReadOnlyList<string> Addresses)
{
    /// <summary>The maximum number of users, and of addresses, that a task may name.</summary>
    public const int Maximum = 500;
}

/// <summary>A task that sends mail on a schedule.</summary>
/// <param name="Name">1 to 64 letters, digits, spaces and <c>. _ - @</c>.</param>
/// <param name="Type">What it sends.</param>
/// <param name="Schedule">When it runs.</param>
/// <param name="Recipients">Who receives it.</param>
public sealed record ScheduledTask(string Name, ScheduledTaskType Type, TaskSchedule Schedule, TaskRecipients Recipients)
{
    /// <summary>Whether it runs on its schedule.</summary>
    public bool Enabled { get; init; } = true;

    /// <summary>How far back a report looks; null for a summary that was never a report.</summary>
    public ReportPeriod? Period { get; init; }

    /// <summary>The next run; null while it is disabled.</summary>
    public DateTimeOffset? NextRunAt { get; init; }

    /// <summary>The last run; null before the first.</summary>
    public DateTimeOffset? LastRunAt { get; init; }

    /// <summary>The outcome of the last run; null before the first.</summary>
    public ScheduledRunOutcome? LastOutcome { get; init; }

    /// <summary>The id of the last run; null before the first.</summary>
    public Ulid? LastRun { get; init; }

    /// <summary>The ETag of the row that was read; default if it was not read from storage.</summary>
    public ETag ETag { get; init; }

    /// <summary>The prefix of the row keys of tasks.</summary>
    public const string RowPrefix = "task";

    /// <summary>The row key of a task.</summary>
    public static string RowKey(string name) => $"{RowPrefix}|{Keys.Part(name)}";

    /// <summary>The task with its next run calculated from now.</summary>
    public ScheduledTask Scheduled(DateTimeOffset now) => this with { NextRunAt = Enabled ? Schedule.NextAfter(now) : null };

    /// <summary>Its next runs; none while it is disabled.</summary>
    /// <param name="count">How many, at most.</param>
    public IEnumerable<DateTimeOffset> NextRuns(int count)
    {
        for (DateTimeOffset? next = NextRunAt; next is { } run && count > 0; count--)
        {
            yield return run;
            next = Schedule.NextAfter(run);
        }
    }

    /// <summary>Converts the task to its row.</summary>
    public TableEntity ToRow()
    {
        var row = new TableEntity(Shard.OfScheduledTasks.Key, RowKey(Name))
        {
            ["Name"] = Name,
            ["Type"] = Type.ToString(),
            ["Schedule"] = Schedule.Cron,
            ["TimeZone"] = Schedule.TimeZone.Id,
            ["Enabled"] = Enabled,
            ["Period"] = Period?.ToString(),
            ["NextRunAt"] = NextRunAt,
            ["LastRunAt"] = LastRunAt,
            ["LastOutcome"] = LastOutcome?.ToString(),
            ["LastRun"] = LastRun is { } run ? $"{run}" : null,
        };
        row.SetLongText("Recipients", JsonSerializer.Serialize(Recipients, ScheduledTaskJson.Default.TaskRecipients));
        return row;
    }

    /// <summary>Reads a row.</summary>
    /// <exception cref="FormatException">The row is damaged, or this machine does not know its time zone.</exception>
    public static ScheduledTask FromRow(TableEntity row)
    {
        TimeZoneInfo zone = row.RequiredTimeZone("TimeZone");
        if (!TaskSchedule.TryCreate(row.RequiredText("Schedule"), zone, out TaskSchedule? schedule))
        {
            throw new FormatException($"The schedule '{row.GetString("Schedule")}' is not valid.");
        }

        return new ScheduledTask(
            row.RequiredText("Name"),
            row.RequiredEnum<ScheduledTaskType>("Type"),
            schedule,
            row.RequiredJson("Recipients", ScheduledTaskJson.Default.TaskRecipients))
        {
            Enabled = row.RequiredBoolean("Enabled"),
            Period = row.GetString("Period") is { } text && ReportPeriod.TryParse(text, out ReportPeriod period) ? period : null,
            NextRunAt = row.GetDateTimeOffset("NextRunAt"),
            LastRunAt = row.GetDateTimeOffset("LastRunAt"),
            LastOutcome = row.OptionalEnum<ScheduledRunOutcome>("LastOutcome"),
            LastRun = row["LastRun"] is null ? null : row.RequiredUlid("LastRun"),
            ETag = row.ETag,
        };
    }

    /// <summary>How rows of tasks are read.</summary>
    public static RowType<ScheduledTask> Rows { get; } = new(FromRow);
}

/// <summary>JSON serialization of the values that this room stores in rows.</summary>
[JsonSerializable(typeof(TaskRecipients))]
public sealed partial class ScheduledTaskJson : JsonSerializerContext
{
    static ScheduledTaskJson() => Default = new ScheduledTaskJson(StorageJson.NewOptions());
}
