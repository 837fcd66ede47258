using System.Text.Json;
using AlertFunctions.Core.Outbox;
using AlertFunctions.Core.Storage;
using AlertFunctions.Core.SystemEvents;
using Azure;
using Azure.Data.Tables;

namespace AlertFunctions.Core.ScheduledTasks;

/// <summary>
/// A run of a scheduled task whose mail is still to be composed. It contains everything that the mail depends on, since the task may be changed or
/// deleted before that. Unlike outbox rows of alerts, runs are never merged.
/// </summary>
/// <param name="Id">The id of the run, and of its mail.</param>
/// <param name="Task">The task's name.</param>
/// <param name="Type">What it sends.</param>
/// <param name="Recipients">Who receives it.</param>
/// <param name="TimeZone">The time zone that a report's days are counted in.</param>
public sealed record TaskRun(Ulid Id, string Task, ScheduledTaskType Type, TaskRecipients Recipients, TimeZoneInfo TimeZone)
{
    /// <summary>The start of a report's period (inclusive).</summary>
    public DateTimeOffset? From { get; init; }

    /// <summary>The end of a report's period (exclusive).</summary>
    public DateTimeOffset? To { get; init; }

    /// <summary>The row is skipped until this time because its mail could not be composed.</summary>
    public DateTimeOffset NotBefore { get; init; } = StorageTime.Minimum;

    /// <summary>The rendered content, stored once the first of several mails exists: all of them have the same content.</summary>
    public Rendering? Rendering { get; init; }

    /// <summary>The last address, in order, that mail was composed for; null before the first mail.</summary>
    public string? ComposedUpTo { get; init; }

    /// <summary>The number of mails composed from it.</summary>
    public int ComposedMails { get; init; }

    /// <summary>The ETag of the row that was read; default if it was not read from storage.</summary>
    public ETag ETag { get; init; }

    /// <summary>The row key.</summary>
    public string RowKey => TaskRunKey.Of($"{Id}");

    /// <summary>Creates a scheduled run. A late run reports on the same days as a punctual one.</summary>
    /// <param name="id">The id of the run.</param>
    /// <param name="task">The task.</param>
    /// <param name="due">When the run was due.</param>
    public static TaskRun Due(Ulid id, ScheduledTask task, DateTimeOffset due)
    {
        var run = new TaskRun(id, task.Name, task.Type, task.Recipients, task.Schedule.TimeZone);
        if (task is not { Type: ScheduledTaskType.GenerateReport, Period: { } period })
        {
            return run;
        }

        (DateTimeOffset from, DateTimeOffset to) = period.Before(due, task.Schedule.TimeZone);
        return run with { From = from, To = to };
    }

    /// <summary>Creates a run on request. Its report includes today up to now, since that is what whoever asks has just seen happen.</summary>
    /// <param name="id">The id of the run.</param>
    /// <param name="task">The task.</param>
    /// <param name="now">When it was requested.</param>
    public static TaskRun ByHand(Ulid id, ScheduledTask task, DateTimeOffset now)
    {
        TaskRun run = Due(id, task, now);
        return run.To is null ? run : run with { To = now };
    }

    /// <summary>Converts the run to its row.</summary>
    public TableEntity ToRow()
    {
        var row = new TableEntity(Shard.OfScheduledTasks.Key, RowKey)
        {
            ["Id"] = $"{Id}",
            ["CreatedAt"] = Id.Time,
            ["Task"] = Task,
            ["Type"] = Type.ToString(),
            ["TimeZone"] = TimeZone.Id,
            ["From"] = From,
            ["To"] = To,
            ["NotBefore"] = NotBefore,
            ["Snapshot"] = Rendering?.Snapshot,
            ["SubjectJa"] = Rendering?.SubjectJa,
            ["SubjectEn"] = Rendering?.SubjectEn,
            ["RenderedAt"] = Rendering?.At,
            ["ComposedUpTo"] = ComposedUpTo,
            ["ComposedMails"] = ComposedMails,
        };
        row.SetLongText("Recipients", JsonSerializer.Serialize(Recipients, ScheduledTaskJson.Default.TaskRecipients));
        return row;
    }

    /// <summary>Reads a row.</summary>
    /// <exception cref="FormatException">The row is damaged, or this machine does not know its time zone.</exception>
    public static TaskRun FromRow(TableEntity row) => new(
        row.RequiredUlid("Id"),
        row.RequiredText("Task"),
        row.RequiredEnum<ScheduledTaskType>("Type"),
        row.RequiredJson("Recipients", ScheduledTaskJson.Default.TaskRecipients),
        row.RequiredTimeZone("TimeZone"))
    {
        From = row.GetDateTimeOffset("From"),
        To = row.GetDateTimeOffset("To"),
        NotBefore = row.RequiredTime("NotBefore"),
        Rendering = row.GetString("Snapshot") is { } snapshot ? new Rendering(snapshot, row.RequiredText("SubjectJa"), row.RequiredText("SubjectEn"), row.RequiredTime("RenderedAt")) : null,
        ComposedUpTo = row.GetString("ComposedUpTo"),
        ComposedMails = row.RequiredInt32("ComposedMails"),
        ETag = row.ETag,
    };

    /// <summary>How rows of runs are read.</summary>
    public static RowType<TaskRun> Rows { get; } = new(FromRow, (mark, until) => mark["NotBefore"] = until);
}

/// <summary>The content of a run's mails, rendered once.</summary>
/// <param name="Snapshot">The name of the stored bodies.</param>
/// <param name="SubjectJa">The subject in Japanese.</param>
/// <param name="SubjectEn">The subject in English.</param>
/// <param name="At">When it was rendered.</param>
public sealed record Rendering(string Snapshot, string SubjectJa, string SubjectEn, DateTimeOffset At);
