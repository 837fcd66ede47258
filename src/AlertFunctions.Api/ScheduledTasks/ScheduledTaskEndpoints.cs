using System.Text.Json;
using System.Text.Json.Serialization;
using AlertFunctions.Api.Http;
using AlertFunctions.Core.ScheduledTasks;
using AlertFunctions.Core.ScheduledTasks.Runs;
using AlertFunctions.Core.Settings;
using AlertFunctions.Core.Texts;
using AlertFunctions.Core.Users;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace AlertFunctions.Api.ScheduledTasks;

/// <summary><c>/api/scheduled-tasks</c>: mail that is sent at set times (S15).</summary>
internal static class ScheduledTaskEndpoints
{
    public static void MapScheduledTasks(this IEndpointRouteBuilder endpoints)
    {
        endpoints.MapGet("/api/scheduled-tasks", ListAsync).RequireAuthorization(AccessPolicies.Read).WithSummary("The scheduled tasks, with their last and next runs.").Produces<ItemList<ScheduledTaskBody>>();
        endpoints.MapGet("/api/scheduled-tasks/{name}", GetAsync).RequireAuthorization(AccessPolicies.Read).WithSummary("One scheduled task.").Produces<ScheduledTaskBody>().ProducesProblem(404);
        endpoints.MapPut("/api/scheduled-tasks/{name}", WriteAsync).RequireAuthorization(AccessPolicies.Manage).WithSummary("Adds or replaces a scheduled task; what is left out takes its default.").Accepts<ScheduledTaskBody>(JsonBody.MediaType).Produces<ScheduledTaskBody>().ProducesValidationProblem().ProducesProblem(412);
        endpoints.MapPatch("/api/scheduled-tasks/{name}", WriteAsync).RequireAuthorization(AccessPolicies.Manage).WithSummary("Changes a scheduled task; what is left out stays.").Accepts<ScheduledTaskBody>(JsonBody.MergePatchMediaType, JsonBody.MediaType).Produces<ScheduledTaskBody>().ProducesValidationProblem().ProducesProblem(404).ProducesProblem(412);
        endpoints.MapDelete("/api/scheduled-tasks/{name}", DeleteAsync).RequireAuthorization(AccessPolicies.Manage).WithSummary("Removes a scheduled task; the mail of a run that was started is sent all the same.").Produces(204).ProducesProblem(404).ProducesProblem(412);
        endpoints.MapPost("/api/scheduled-tasks/{name}/run", RunAsync).RequireAuthorization(AccessPolicies.Manage).WithSummary("Runs a scheduled task now, enabled or not; its next run stays as it is.").Produces<ScheduledTaskBody>(202).ProducesProblem(404);
        endpoints.MapPost("/api/scheduled-tasks/{name}/preview", PreviewAsync).RequireAuthorization(AccessPolicies.Manage).WithSummary("The mail as a run on request would send it now, once for each language and, in a summary, time zone of its recipients; nothing is recorded or mailed.").Produces<ItemList<PreviewedMailBody>>().ProducesProblem(404);
    }

    private static async Task<IResult> PreviewAsync(string name, HttpContext context, ScheduledTaskStore tasks, TaskPreviewer previewer)
    {
        if (await tasks.FindAsync(name, context.StorageDeadline()) is not { } task)
        {
            return NoSuchTask();
        }

        // A report of a year takes its time to be read, as long as somebody waits for it.
        return Results.Ok(new ItemList<PreviewedMailBody>([.. (await previewer.PreviewAsync(task, context.RequestAborted)).Select(PreviewedMailBody.Of)]));
    }

    private static async Task<IResult> ListAsync(HttpContext context, ScheduledTaskStore tasks) =>
        Results.Ok(new ItemList<ScheduledTaskBody>((await tasks.ListAsync(context.StorageDeadline())).Select(ScheduledTaskBody.Of).ToList()));

    private static async Task<IResult> GetAsync(string name, HttpContext context, ScheduledTaskStore tasks, MailSettings settings) =>
        await tasks.FindAsync(name, context.StorageDeadline()) is { } task ? Of(name, context, settings).Answer(task) : NoSuchTask();

    private static async Task<IResult> WriteAsync(string name, HttpContext context, ScheduledTaskStore tasks, UserStore users, MailSettings settings)
    {
        (JsonDocument? document, IResult? refusal) = await JsonBody.ReadAsync(context.Request);
        if (document is null)
        {
            return refusal!;
        }

        using (document)
        {
            HashSet<string> known = (await users.ListAsync(context.StorageDeadline())).Select(user => user.Name).ToHashSet(StringComparer.Ordinal);
            return await Of(name, context, settings, known).WriteAsync(
                document.RootElement,
                change => tasks.PutAsync(name, change, context.StorageDeadline()),
                full: Problem.Invalid("name", $"is a new task, but there are {ScheduledTaskStore.MaximumTasks} already."),
                missing: NoSuchTask());
        }
    }

    private static Task<IResult> DeleteAsync(string name, HttpContext context, ScheduledTaskStore tasks, MailSettings settings) =>
        Of(name, context, settings).DeleteAsync(allowed => tasks.DeleteAsync(name, allowed, context.StorageDeadline()), NoSuchTask());

    /// <param name="name">The task's name.</param>
    /// <param name="context">The request.</param>
    /// <param name="settings">The system's time zone.</param>
    /// <param name="users">The names of all users; only needed to write.</param>
    private static Resource<ScheduledTask> Of(string name, HttpContext context, MailSettings settings, IReadOnlySet<string>? users = null) =>
        new(context, (body, faults) => ScheduledTaskReader.Read(body, "$", name, settings.TimeZone, users ?? System.Collections.ObjectModel.ReadOnlySet<string>.Empty, faults), ScheduledTaskBody.OfOne);

    private static async Task<IResult> RunAsync(string name, HttpContext context, ScheduledTaskRunner runner) =>
        await runner.RunNowAsync(name, context.StorageDeadline()) is { } task ? Results.Accepted(value: ScheduledTaskBody.OfOne(task)) : NoSuchTask();

    private static IResult NoSuchTask() => Problem.NotFound("There is no scheduled task of this name.");
}

/// <summary>A scheduled task.</summary>
/// <param name="Name">The name, as in the path.</param>
/// <param name="Type"><c>sendAlertSummary</c> or <c>generateReport</c>.</param>
/// <param name="Schedule">A cron expression of five fields: minute, hour, day of month, month, day of week.</param>
/// <param name="TimeZone">The IANA zone whose clocks the schedule is read by, and whose days a report counts; the system's when left out.</param>
/// <param name="Recipients">Who gets the mail.</param>
/// <param name="Enabled">Whether it runs at its times; true when left out.</param>
/// <param name="Report">What a report is about; required for <c>generateReport</c>.</param>
/// <param name="LastRunAt">The last run; null before the first. In answers only.</param>
/// <param name="NextRunAt">The next run; null while not enabled. In answers only.</param>
/// <param name="LastOutcome">What became of the last run: <c>started</c>, <c>mailed</c>, <c>noRecipients</c> or <c>failed</c>. In answers only.</param>
internal sealed record ScheduledTaskBody(
    string? Name,
    ScheduledTaskType Type,
    string Schedule,
    string? TimeZone,
    TaskRecipientsBody Recipients,
    bool? Enabled,
    TaskReportBody? Report,
    DateTimeOffset? LastRunAt,
    DateTimeOffset? NextRunAt,
    ScheduledRunOutcome? LastOutcome)
{
    private const int NextRunsShown = 5;

    /// <summary>The next five runs; none while not enabled. In answers about one task only.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IReadOnlyList<DateTimeOffset>? NextRuns { get; init; }

    /// <summary>The task as an answer about it alone shows it.</summary>
    public static ScheduledTaskBody OfOne(ScheduledTask task) => Of(task) with { NextRuns = [.. task.NextRuns(NextRunsShown)] };

    /// <summary>The task as a list shows it.</summary>
    public static ScheduledTaskBody Of(ScheduledTask task) => new(
        task.Name,
        task.Type,
        task.Schedule.Cron,
        task.Schedule.TimeZone.Id,
        new TaskRecipientsBody(task.Recipients.AllUsers, task.Recipients.Users, task.Recipients.Addresses),
        task.Enabled,
        task.Period is { } period ? new TaskReportBody($"{period}") : null,
        task.LastRunAt,
        task.NextRunAt,
        task.LastOutcome);
}

/// <summary>What people have set of a scheduled task.</summary>
/// <param name="Name">The name.</param>
/// <param name="Type"><c>sendAlertSummary</c> or <c>generateReport</c>.</param>
/// <param name="Schedule">A cron expression of five fields.</param>
/// <param name="TimeZone">The IANA zone whose clocks the schedule is read by.</param>
/// <param name="Recipients">Who gets the mail.</param>
/// <param name="Enabled">Whether it runs at its times.</param>
/// <param name="Report">What a report is about; null for a summary.</param>
internal sealed record ConfiguredTaskBody(string Name, ScheduledTaskType Type, string Schedule, string? TimeZone, TaskRecipientsBody Recipients, bool? Enabled, TaskReportBody? Report)
{
    public static ConfiguredTaskBody Of(ScheduledTask task)
    {
        ScheduledTaskBody body = ScheduledTaskBody.Of(task);
        return new(body.Name!, body.Type, body.Schedule, body.TimeZone, body.Recipients, body.Enabled, body.Report);
    }
}

/// <summary>Who gets a scheduled task's mail, looked up when it is made.</summary>
/// <param name="AllUsers">Every user with a mail address; false when left out.</param>
/// <param name="Users">Names of users.</param>
/// <param name="Addresses">Mail addresses.</param>
internal sealed record TaskRecipientsBody(bool? AllUsers, IReadOnlyList<string>? Users, IReadOnlyList<string>? Addresses);

/// <summary>What a report is about.</summary>
/// <param name="Period">How far it looks back from midnight of its run's day, in ISO 8601: days (P1D to P366D), weeks (P1W to P52W) or months (P1M to P12M).</param>
internal sealed record TaskReportBody(string Period);

/// <summary>A mail as its readers would see it.</summary>
/// <param name="Culture">Its language.</param>
/// <param name="TimeZone">The time zone in which a summary shows times; null for the system's.</param>
/// <param name="Subject">The subject.</param>
/// <param name="Text">The plain text.</param>
/// <param name="Html">The page, pictures included.</param>
/// <param name="Attachments">The attached files.</param>
/// <param name="Recipients">Who would get it.</param>
internal sealed record PreviewedMailBody(
    MailCulture Culture, string? TimeZone, string Subject, string Text, string Html, IReadOnlyList<PreviewedAttachmentBody> Attachments, IReadOnlyList<PreviewedRecipientBody> Recipients)
{
    public static PreviewedMailBody Of(PreviewedMail mail) => new(
        mail.Edition.Culture,
        mail.Edition.TimeZone,
        mail.Subject,
        mail.Text,
        mail.Html,
        [.. mail.Attachments.Select(file => new PreviewedAttachmentBody(file.Name, file.Bytes))],
        [.. mail.Recipients.Select(recipient => new PreviewedRecipientBody(recipient.User, recipient.Address))]);
}

/// <summary>An attached file.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Bytes">Its size.</param>
internal sealed record PreviewedAttachmentBody(string Name, long Bytes);

/// <summary>Who would get a mail.</summary>
/// <param name="User">The user's name, or null.</param>
/// <param name="Address">The address.</param>
internal sealed record PreviewedRecipientBody(string? User, string Address);
