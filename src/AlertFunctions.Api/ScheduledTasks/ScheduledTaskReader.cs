using System.Text.Json;
using AlertFunctions.Api.Http;
using AlertFunctions.Core.ScheduledTasks;
using AlertFunctions.Core.Texts;

namespace AlertFunctions.Api.ScheduledTasks;

/// <summary>Reads a scheduled task, and notes everything that is wrong with it.</summary>
internal static class ScheduledTaskReader
{
    /// <summary>The longest schedule or period, in characters.</summary>
    public const int MaximumTextLength = 200;

    /// <summary>The task; null when anything is wrong.</summary>
    /// <param name="body">What describes it.</param>
    /// <param name="path">The JSON path of the body.</param>
    /// <param name="nameInPath">Its name in the request's path; null where the body alone has it.</param>
    /// <param name="systemZone">The zone where the body names none.</param>
    /// <param name="users">The names of the users that there are.</param>
    /// <param name="faults">Where faults are noted.</param>
    public static ScheduledTask? Read(JsonElement body, string path, string? nameInPath, TimeZoneInfo systemZone, IReadOnlySet<string> users, Faults faults)
    {
        // The read-only fields of a response may be sent back; they are ignored.
        if (JsonFields.Of(body, path, faults, "name", "type", "schedule", "timeZone", "recipients", "enabled", "report", "lastRunAt", "nextRunAt", "nextRuns", "lastOutcome") is not { } fields)
        {
            return null;
        }

        string name = fields.PathName(nameInPath);
        Require(fields, "type", "'sendAlertSummary' or 'generateReport'");
        ScheduledTaskType? type = fields.Choice("type", ("sendAlertSummary", ScheduledTaskType.SendAlertSummary), ("generateReport", ScheduledTaskType.GenerateReport));
        TaskSchedule? schedule = ReadSchedule(fields, fields.TimeZone("timeZone") ?? systemZone);
        TaskRecipients? recipients = ReadRecipients(fields, users, faults);
        bool enabled = fields.Flag("enabled") ?? true;
        ReportPeriod? period = ReadPeriod(fields, type, faults);
        return faults.Any ? null : new ScheduledTask(name, type!.Value, schedule!, recipients!) { Enabled = enabled, Period = period };
    }

    private static void Require(JsonFields fields, string name, string accepted)
    {
        if (!fields.Has(name))
        {
            fields.Refuse(name, $"is required: {accepted}.");
        }
    }

    private static TaskSchedule? ReadSchedule(JsonFields fields, TimeZoneInfo zone)
    {
        const string accepted = "a cron expression of five fields, minute, hour, day of month, month and day of week, such as '0 9 * * 1-5' for nine o'clock on working days";
        Require(fields, "schedule", accepted);
        if (fields.Text("schedule", MaximumTextLength) is not { } text)
        {
            return null;
        }

        if (TaskSchedule.TryCreate(text, zone, out TaskSchedule? schedule))
        {
            return schedule;
        }

        fields.Refuse("schedule", $"is '{JsonFields.Excerpt(text)}', but must be {accepted}, of a time that comes.");
        return null;
    }

    private static TaskRecipients? ReadRecipients(JsonFields fields, IReadOnlySet<string> known, Faults faults)
    {
        Require(fields, "recipients", "an object with allUsers, users or addresses");
        if (!fields.Has("recipients") || JsonFields.Of(fields["recipients"], fields.PathOf("recipients"), faults, "allUsers", "users", "addresses") is not { } recipients)
        {
            return null;
        }

        bool? allUsers = recipients.Flag("allUsers");
        List<string> users = ReadDistinctTexts(recipients, "users", user => FaultOfUser(user, known), StringComparer.Ordinal, faults);
        List<string> addresses = ReadDistinctTexts(recipients, "addresses", JsonFields.AddressFault, EmailAddress.Comparer, faults);
        if (allUsers is not true && !HasItems(recipients, "users") && !HasItems(recipients, "addresses"))
        {
            fields.Refuse("recipients", "must name somebody: allUsers true, or at least one of users or addresses.");
        }

        return new TaskRecipients(allUsers ?? false, users, addresses);
    }

    private static string? FaultOfUser(string user, IReadOnlySet<string> known) =>
        !Names.IsPathName(user) ? Names.AcceptedPathNames
        : !known.Contains(user) ? $"is '{user}', but must be the name of a user that there is; GET /api/users lists them."
        : null;

    private static bool HasItems(JsonFields recipients, string name) =>
        recipients.Has(name) && (recipients[name].ValueKind != JsonValueKind.Array || recipients[name].GetArrayLength() > 0);

    /// <summary>The trimmed texts of an array, each once.</summary>
    private static List<string> ReadDistinctTexts(JsonFields recipients, string name, Func<string, string?> faultOf, StringComparer comparer, Faults faults)
    {
        var taken = new List<string>();
        foreach ((string path, string text) in recipients.Texts(name, TaskRecipients.Maximum) ?? [])
        {
            string trimmed = text.Trim();
            if (faultOf(trimmed) is { } fault)
            {
                faults.Add(path, fault);
            }
            else if (!taken.Contains(trimmed, comparer))
            {
                taken.Add(trimmed);
            }
        }

        return taken;
    }

    private static ReportPeriod? ReadPeriod(JsonFields fields, ScheduledTaskType? type, Faults faults)
    {
        if (!fields.Has("report"))
        {
            if (type == ScheduledTaskType.GenerateReport)
            {
                fields.Refuse("report", $"is required for generateReport: an object with its period, {ReportPeriod.Accepted}.");
            }

            return null;
        }

        if (JsonFields.Of(fields["report"], fields.PathOf("report"), faults, "period") is not { } report)
        {
            return null;
        }

        Require(report, "period", ReportPeriod.Accepted);
        if (report.Text("period", MaximumTextLength) is not { } text)
        {
            return null;
        }

        if (ReportPeriod.TryParse(text.Trim(), out ReportPeriod period))
        {
            return period;
        }

        report.Refuse("period", $"is '{JsonFields.Excerpt(text)}', but must be {ReportPeriod.Accepted}.");
        return null;
    }
}
