using AlertFunctions.Core.Mail.Compose;
using AlertFunctions.Core.Mail.Queue;
using AlertFunctions.Core.ScheduledTasks.Reports;
using AlertFunctions.Core.ScheduledTasks.Summaries;
using AlertFunctions.Core.Settings;
using AlertFunctions.Core.Texts;
using AlertFunctions.Core.Users;
using MimeKit;

namespace AlertFunctions.Core.ScheduledTasks.Runs;

/// <summary>What the mail of a run says.</summary>
/// <param name="Subject">The subject in a language.</param>
/// <param name="Body">The body of an edition.</param>
public sealed record RunContent(Func<MailCulture, string> Subject, Func<MailEdition, MimeEntity> Body);

/// <summary>Knows who gets the mail of a run, and what it says; nothing is stored.</summary>
public sealed class TaskRunRenderer(
    UserStore users, OutstandingAlertsReader outstanding, SummaryRenderer summaries, ReportReader reports, ReportRenderer reportRenderer, MailSettings settings)
{
    /// <summary>Who gets the mail, in order of address.</summary>
    public async Task<IReadOnlyList<Addressee>> AddresseesOfAsync(TaskRun run, CancellationToken cancellationToken) => Addressees.Of(
        (await users.ListAsync(cancellationToken)).Where(user => run.Recipients.AllUsers || run.Recipients.Users.Contains(user.Name, StringComparer.Ordinal)), run.Recipients.Addresses, settings);

    /// <summary>Reads what the mail is about.</summary>
    public async Task<RunContent> ReadAsync(TaskRun run, CancellationToken cancellationToken)
    {
        if (run is { Type: ScheduledTaskType.GenerateReport, From: { } from, To: { } to })
        {
            ReportFigures figures = await reports.ReadAsync(from, to, run.TimeZone, cancellationToken);
            return new RunContent(culture => ReportRenderer.Subject(figures, culture), edition => reportRenderer.Render(figures, edition.Culture));
        }

        OutstandingAlerts alerts = await outstanding.ReadAsync(cancellationToken);
        return new RunContent(
            culture => SummaryRenderer.Subject(alerts, culture),
            edition => summaries.Render(alerts, edition.Culture, edition.TimeZone is { } name && TimeZones.TryFind(name, out TimeZoneInfo? zone) ? zone : null));
    }

    /// <summary>The edition of an addressee. A report counts the days of its task's zone, whoever reads it.</summary>
    public static MailEdition EditionOf(TaskRun run, Addressee addressee) =>
        run.Type == ScheduledTaskType.SendAlertSummary ? addressee.Edition : new MailEdition(addressee.Culture, TimeZone: null);
}
