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

/// <summary>What became of a scheduled task's last run.</summary>
public enum ScheduledRunOutcome
{
    /// <summary>It was started; its mail is being made.</summary>
    Started,

    /// <summary>Its mail is in the mail queue or delivered already; the queue and the system events tell which.</summary>
    Mailed,

    /// <summary>Nobody that it names has an address.</summary>
    NoRecipients,

    /// <summary>Its mail could not be made; it is tried again in an hour, and the system event 568 or 571 tells why.</summary>
    Failed,
}

/// <summary>Who gets a scheduled task's mail. They are looked up when the mail is made.</summary>
/// <param name="AllUsers">Every user with a mail address.</param>
/// <param name="Users">These users.</param>
/// <param name="Addresses">These addresses.</param>
public sealed record TaskRecipients(bool AllUsers, IReadOnlyList<string> Users, IReadOnlyList<string> Addresses)
{
    /// <summary>The most users, and the most addresses, that a task may name.</summary>
    public const int Maximum = 500;
}

/// <summary>Mail that is sent at set times.</summary>
/// <param name="Name">1 to 64 letters, digits, spaces and <c>. _ - @</c>.</param>
/// <param name="Type">What it sends.</param>
/// <param name="Schedule">When it runs.</param>
/// <param name="Recipients">Who gets it.</param>
public sealed record ScheduledTask(string Name, ScheduledTaskType Type, TaskSchedule Schedule, TaskRecipients Recipients)
{
    /// <summary>Whether it runs at its times.</summary>
    public bool Enabled { get; init; } = true;

    /// <summary>How far back a report looks; null for a summary that was never a report.</summary>
    public ReportPeriod? Period { get; init; }

    /// <summary>The next run; null while it is not enabled.</summary>
    public DateTimeOffset? NextRunAt { get; init; }

    /// <summary>The last run; null before the first.</summary>
    public DateTimeOffset? LastRunAt { get; init; }

    /// <summary>What became of the last run; null before the first.</summary>
    public ScheduledRunOutcome? LastOutcome { get; init; }

    /// <summary>The last run's id.</summary>
    public Ulid? LastRun { get; init; }

    /// <summary>The version of its row that was read; default when it was not read from storage.</summary>
    public ETag ETag { get; init; }

    /// <summary>How keys of tasks begin.</summary>
    public const string RowPrefix = "task";

    /// <summary>The key of a task's row.</summary>
    public static string RowKey(string name) => $"{RowPrefix}|{Keys.Part(name)}";

    /// <summary>The task with the next run that its schedule gives from now on.</summary>
    public ScheduledTask Scheduled(DateTimeOffset now) => this with { NextRunAt = Enabled ? Schedule.NextAfter(now) : null };

    /// <summary>The row that holds it.</summary>
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
    /// <exception cref="FormatException">The row cannot be read: it was damaged, or this machine no longer knows its zone.</exception>
    public static ScheduledTask FromRow(TableEntity row)
    {
        TimeZoneInfo zone = row.RequiredTimeZone("TimeZone");
        if (!TaskSchedule.TryCreate(row.RequiredText("Schedule"), zone, out TaskSchedule? schedule))
        {
            throw new FormatException($"The schedule {row.GetString("Schedule")} cannot be read.");
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

    /// <summary>How its rows are read.</summary>
    public static RowType<ScheduledTask> Rows { get; } = new(FromRow);
}

/// <summary>How values of this room are written as JSON in rows.</summary>
[JsonSerializable(typeof(TaskRecipients))]
public sealed partial class ScheduledTaskJson : JsonSerializerContext
{
    static ScheduledTaskJson() => Default = new ScheduledTaskJson(StorageJson.NewOptions());
}
