using System.ComponentModel.DataAnnotations;
using System.Text.Json;
using System.Text.Json.Serialization;
using AlertFunctions.Api.Documentation;
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
    /// <summary>The fields in JSON that people set, for the document.</summary>
    public const string ExampleFields = """
        "name": "weekday summary", "type": "sendAlertSummary", "schedule": "0 9 * * 1-5", "timeZone": "Asia/Tokyo", "recipients": { "allUsers": true, "users": [], "addresses": [] }, "enabled": true, "report": null
        """;

    private const string ExampleRuns = """
        "lastRunAt": null, "nextRunAt": "2026-11-25T00:00:00Z", "lastOutcome": null
        """;

    private const string Example = $$"""{ {{ExampleFields}}, {{ExampleRuns}} }""";

    private const string ExampleOfOne =
        $$"""{ {{ExampleFields}}, {{ExampleRuns}}, "nextRuns": ["2026-11-25T00:00:00Z", "2026-11-26T00:00:00Z", "2026-11-27T00:00:00Z", "2026-11-30T00:00:00Z", "2026-12-01T00:00:00Z"] }""";

    public static void MapScheduledTasks(this IEndpointRouteBuilder endpoints)
    {
        endpoints.MapGet("/api/scheduled-tasks", ListAsync).RequireAuthorization(AccessPolicies.Read)
            .WithName("listScheduledTasks")
            .WithSummary("List scheduled tasks")
            .WithDescription("The scheduled tasks, with their last and next runs.")
            .Produces<ItemList<ScheduledTaskBody>>()
            .WithExamples(answer: $$"""{ "items": [{{Example}}], "total": 1, "continuation": null }""");
        endpoints.MapGet("/api/scheduled-tasks/{name}", GetAsync).RequireAuthorization(AccessPolicies.Read)
            .WithName("getScheduledTask")
            .WithSummary("Get one scheduled task")
            .Produces<ScheduledTaskBody>()
            .ProducesOwnProblem(StatusCodes.Status404NotFound)
            .WithVersions()
            .WithExamples(answer: ExampleOfOne);
        endpoints.MapPut("/api/scheduled-tasks/{name}", WriteAsync).RequireAuthorization(AccessPolicies.Manage)
            .WithName("replaceScheduledTask")
            .WithSummary("Add or replace a scheduled task")
            .WithDescription("Adds or replaces a scheduled task; what is left out takes its default.")
            .Accepts<NewScheduledTaskBody>(JsonBody.MediaType)
            .Produces<ScheduledTaskBody>()
            .WithVersions()
            .WithExamples(request: """{ "type": "sendAlertSummary", "schedule": "0 9 * * 1-5", "timeZone": "Asia/Tokyo", "recipients": { "allUsers": true } }""", answer: ExampleOfOne);
        endpoints.MapPatch("/api/scheduled-tasks/{name}", WriteAsync).RequireAuthorization(AccessPolicies.Manage)
            .WithName("changeScheduledTask")
            .WithSummary("Change a scheduled task")
            .WithDescription("Changes a scheduled task as RFC 7396 says: what is left out stays, and null is the default.")
            .Accepts<ScheduledTaskChangeBody>(JsonBody.MergePatchMediaType, JsonBody.MediaType)
            .Produces<ScheduledTaskBody>()
            .ProducesOwnProblem(StatusCodes.Status404NotFound)
            .WithVersions()
            .WithExamples(request: """{ "enabled": true }""", answer: ExampleOfOne);
        endpoints.MapDelete("/api/scheduled-tasks/{name}", DeleteAsync).RequireAuthorization(AccessPolicies.Manage)
            .WithName("deleteScheduledTask")
            .WithSummary("Remove a scheduled task")
            .WithDescription("Removes a scheduled task; the mail of a run that was started is sent all the same.")
            .Produces(StatusCodes.Status204NoContent)
            .ProducesOwnProblem(StatusCodes.Status404NotFound)
            .WithVersions();
        endpoints.MapPost("/api/scheduled-tasks/{name}/run", RunAsync).RequireAuthorization(AccessPolicies.Manage)
            .WithName("runScheduledTask")
            .WithSummary("Run a scheduled task now")
            .WithDescription("Runs a scheduled task now, enabled or not; its next run stays as it is.")
            .Produces<ScheduledTaskBody>(StatusCodes.Status202Accepted)
            .ProducesOwnProblem(StatusCodes.Status404NotFound)
            .WithExamples(answer: ExampleOfOne);
        endpoints.MapPost("/api/scheduled-tasks/{name}/preview", PreviewAsync).RequireAuthorization(AccessPolicies.Manage)
            .WithName("previewScheduledTask")
            .WithSummary("Preview a scheduled task's mail")
            .WithDescription("The mail as a run on request would send it now, once for each language and, in a summary, time zone of its recipients. Nothing is recorded or mailed.")
            .Produces<ItemList<PreviewedMailBody>>()
            .ProducesOwnProblem(StatusCodes.Status404NotFound)
            .WithExamples(answer: """
                { "items": [{ "culture": "en", "timeZone": null, "subject": "Outstanding Alert Summary: 1 Outstanding Alert(s)", "text": "Eicar (Critical, 1 computer)", "html": "<p>Eicar</p>", "attachments": [],
                  "recipients": [{ "user": "hanako", "address": "hanako@example.com" }] }], "total": 1, "continuation": null }
                """);
    }

    private static async Task<IResult> PreviewAsync(string name, HttpContext context, ScheduledTaskStore tasks, TaskPreviewer previewer)
    {
        if (await tasks.FindAsync(name, context.StorageDeadline()) is not { } task)
        {
            return NoSuchTask();
        }

        // A report of a year takes its time to be read, as long as somebody waits for it.
        return Results.Ok(ItemList<PreviewedMailBody>.Of([.. (await previewer.PreviewAsync(task, context.RequestAborted)).Select(PreviewedMailBody.Of)]));
    }

    private static async Task<IResult> ListAsync(HttpContext context, ScheduledTaskStore tasks) =>
        Results.Ok(ItemList<ScheduledTaskBody>.Of((await tasks.ListAsync(context.StorageDeadline())).Select(ScheduledTaskBody.Of).ToList()));

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
/// <param name="Type">What it sends.</param>
/// <param name="Schedule">A cron expression of five fields: minute, hour, day of month, month, day of week.</param>
/// <param name="TimeZone">The IANA zone whose clocks the schedule is read by, and whose days a report counts.</param>
/// <param name="Recipients">Who gets the mail, looked up when it is made.</param>
/// <param name="Enabled">Whether it runs at its times.</param>
/// <param name="Report">What a report is about; null when it was not given. A summary makes nothing of it.</param>
/// <param name="LastRunAt">The last run; null before the first.</param>
/// <param name="NextRunAt">The next run; null while not enabled.</param>
/// <param name="LastOutcome">The outcome of the last run; null before the first.</param>
internal sealed record ScheduledTaskBody(
    string Name,
    ScheduledTaskType Type,
    string Schedule,
    string TimeZone,
    TaskRecipientsBody Recipients,
    bool Enabled,
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
/// <param name="Report">What a report is about; null when it was not given. A summary makes nothing of it.</param>
internal sealed record ConfiguredTaskBody(string Name, ScheduledTaskType Type, string Schedule, string? TimeZone, TaskRecipientsBody Recipients, bool? Enabled, TaskReportBody? Report)
{
    public static ConfiguredTaskBody Of(ScheduledTask task)
    {
        ScheduledTaskBody body = ScheduledTaskBody.Of(task);
        return new(body.Name!, body.Type, body.Schedule, body.TimeZone, body.Recipients, body.Enabled, body.Report);
    }
}

/// <summary>Who gets a scheduled task's mail.</summary>
/// <param name="AllUsers">Whether every user with a mail address does.</param>
/// <param name="Users">Names of users.</param>
/// <param name="Addresses">Mail addresses.</param>
internal sealed record TaskRecipientsBody(bool AllUsers, IReadOnlyList<string> Users, IReadOnlyList<string> Addresses);

/// <summary>What a report is about.</summary>
/// <param name="Period">How far it looks back from midnight of its run's day, in ISO 8601.</param>
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
/// <summary>What a change of a scheduled task may say, whether it is a new one or a patch. What an answer shows of its runs may be sent back, and is ignored.</summary>
internal abstract record TaskFieldsBody
{
    /// <summary>The name in the path, if at all.</summary>
    [MaxLength(Names.MaximumPathNameLength)]
    public string? Name { get; init; }

    /// <summary>The IANA zone whose clocks the schedule is read by, and whose days a report counts; the default is the system's.</summary>
    [MaxLength(TimeZones.MaximumLength)]
    public string? TimeZone { get; init; }

    /// <summary>Whether it runs at its times; the default is true.</summary>
    public bool? Enabled { get; init; }

    /// <summary>What a report is about: required for `generateReport`. A summary keeps it and makes nothing of it.</summary>
    public NewTaskReportBody? Report { get; init; }

    /// <summary>Ignored.</summary>
    public DateTimeOffset? LastRunAt { get; init; }

    /// <summary>Ignored.</summary>
    public DateTimeOffset? NextRunAt { get; init; }

    /// <summary>Ignored.</summary>
    public IReadOnlyList<DateTimeOffset>? NextRuns { get; init; }

    /// <summary>Ignored.</summary>
    public ScheduledRunOutcome? LastOutcome { get; init; }
}

/// <summary>A scheduled task as a whole. What is left out, or null, takes its default.</summary>
[JsonUnmappedMemberHandling(JsonUnmappedMemberHandling.Disallow)]
internal sealed record NewScheduledTaskBody : TaskFieldsBody
{
    /// <summary>What it sends.</summary>
    public required ScheduledTaskType Type { get; init; }

    /// <summary>A cron expression of five fields: minute, hour, day of month, month, day of week.</summary>
    [MaxLength(ScheduledTaskReader.MaximumTextLength)]
    public required string Schedule { get; init; }

    /// <summary>Who gets the mail: `allUsers`, or at least one of `users` or `addresses`.</summary>
    public required NewTaskRecipientsBody Recipients { get; init; }
}

/// <summary>What changes of a scheduled task. What is left out stays.</summary>
[JsonUnmappedMemberHandling(JsonUnmappedMemberHandling.Disallow)]
internal sealed record ScheduledTaskChangeBody : TaskFieldsBody
{
    /// <summary>What it sends.</summary>
    public ScheduledTaskType? Type { get; init; }

    /// <summary>A cron expression of five fields: minute, hour, day of month, month, day of week.</summary>
    [MaxLength(ScheduledTaskReader.MaximumTextLength)]
    public string? Schedule { get; init; }

    /// <summary>Who gets the mail.</summary>
    public NewTaskRecipientsBody? Recipients { get; init; }
}

/// <summary>Who is to get a scheduled task's mail, looked up when it is made.</summary>
[JsonUnmappedMemberHandling(JsonUnmappedMemberHandling.Disallow)]
internal sealed record NewTaskRecipientsBody
{
    /// <summary>Every user with a mail address; the default is false.</summary>
    public bool? AllUsers { get; init; }

    /// <summary>Names of users that there are.</summary>
    [MaxLength(TaskRecipients.Maximum), ItemLength(Names.MaximumPathNameLength)]
    public IReadOnlyList<string>? Users { get; init; }

    /// <summary>Mail addresses.</summary>
    [MaxLength(TaskRecipients.Maximum), ItemLength(EmailAddress.MaximumLength)]
    public IReadOnlyList<string>? Addresses { get; init; }
}

/// <summary>What a report is to be about.</summary>
[JsonUnmappedMemberHandling(JsonUnmappedMemberHandling.Disallow)]
internal sealed record NewTaskReportBody
{
    /// <summary>How far it looks back from midnight of its run's day, in ISO 8601: days (P1D to P366D), weeks (P1W to P52W) or months (P1M to P12M).</summary>
    [MaxLength(ScheduledTaskReader.MaximumTextLength)]
    public required string Period { get; init; }
}
