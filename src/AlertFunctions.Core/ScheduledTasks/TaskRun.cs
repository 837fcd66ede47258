using System.Text.Json;
using AlertFunctions.Core.Outbox;
using AlertFunctions.Core.Storage;
using AlertFunctions.Core.SystemEvents;
using Azure;
using Azure.Data.Tables;

namespace AlertFunctions.Core.ScheduledTasks;

/// <summary>
/// A run of a scheduled task whose mail is still to be made. It carries all that the mail depends on, since the task may be changed or deleted before the
/// mail is made; it is never added to another.
/// </summary>
/// <param name="Id">Its id; the mail made of it takes it as its own.</param>
/// <param name="Task">The task's name.</param>
/// <param name="Type">What is sent.</param>
/// <param name="Recipients">Who gets it.</param>
/// <param name="TimeZone">The zone by whose calendar a report is made.</param>
public sealed record TaskRun(Ulid Id, string Task, ScheduledTaskType Type, TaskRecipients Recipients, TimeZoneInfo TimeZone)
{
    /// <summary>The start of a report's period (inclusive).</summary>
    public DateTimeOffset? From { get; init; }

    /// <summary>The end of a report's period (exclusive).</summary>
    public DateTimeOffset? To { get; init; }

    /// <summary>The row is passed over until then, because its mail could not be made.</summary>
    public DateTimeOffset NotBefore { get; init; } = StorageTime.Minimum;

    /// <summary>What its mails say, once the first of several exists: all of them say the same.</summary>
    public Rendering? Rendering { get; init; }

    /// <summary>The mail for recipients up to this address exists; null before the first.</summary>
    public string? ComposedUpTo { get; init; }

    /// <summary>How many mails were made of it.</summary>
    public int ComposedMails { get; init; }

    /// <summary>The version of its row that was read; default when it was not read from storage.</summary>
    public ETag ETag { get; init; }

    /// <summary>The key of its row.</summary>
    public string RowKey => TaskRunKey.Of($"{Id}");

    /// <summary>The run of a task whose time has come: its report is about the days before that time, however late it is.</summary>
    /// <param name="id">Its id.</param>
    /// <param name="task">The task.</param>
    /// <param name="due">When it was due.</param>
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

    /// <summary>The run of a task that somebody asks for: its report includes today up to now, since that is what they have just seen happen.</summary>
    /// <param name="id">Its id.</param>
    /// <param name="task">The task.</param>
    /// <param name="now">When it was asked for.</param>
    public static TaskRun ByHand(Ulid id, ScheduledTask task, DateTimeOffset now)
    {
        TaskRun run = Due(id, task, now);
        return run.To is null ? run : run with { To = now };
    }

    /// <summary>The row that holds it.</summary>
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
    /// <exception cref="FormatException">The row is damaged, or this machine no longer knows its zone.</exception>
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

    /// <summary>How its rows are read.</summary>
    public static RowType<TaskRun> Rows { get; } = new(FromRow, (mark, until) => mark["NotBefore"] = until);
}

/// <summary>What a run's mails say, as it was made once.</summary>
/// <param name="Snapshot">Where the bodies are kept.</param>
/// <param name="SubjectJa">The subject in Japanese.</param>
/// <param name="SubjectEn">The subject in English.</param>
/// <param name="At">When it was made.</param>
public sealed record Rendering(string Snapshot, string SubjectJa, string SubjectEn, DateTimeOffset At);
