using AlertFunctions.Core.Mail.Compose;
using AlertFunctions.Core.Mail.Queue;
using AlertFunctions.Core.Mail.Sending;
using AlertFunctions.Core.Storage;
using AlertFunctions.Core.SystemEvents;
using AlertFunctions.Core.Texts;
using Microsoft.Extensions.Logging;

namespace AlertFunctions.Core.ScheduledTasks.Runs;

/// <summary>Composes the mail of runs that have none yet (S15).</summary>
public sealed partial class TaskRunComposer(
    TaskRunStore runs,
    SystemEventStore systemEvents,
    MailSnapshots snapshots,
    TaskRunRenderer renderer,
    UlidSequence ulids,
    TimeProvider time,
    ILogger<TaskRunComposer> logger)
{
    /// <summary>A conflict means that another process made progress; after this many in a row, leave the work to it.</summary>
    private const int MaximumConflicts = 50;

    /// <summary>Composes mail until no run is left.</summary>
    public async Task ComposeAsync(CancellationToken cancellationToken)
    {
        for (int conflicts = 0; await runs.ReadOldestAsync(cancellationToken) is { } run;)
        {
            if (!await ComposeAsync(run, cancellationToken) && ++conflicts > MaximumConflicts)
            {
                throw new StorageContentionException();
            }
        }
    }

    /// <summary>Composes a run's next mail.</summary>
    /// <returns>False if another process was faster.</returns>
    private async Task<bool> ComposeAsync(TaskRun run, CancellationToken cancellationToken)
    {
        // Its id is the run's, so recording it again changes nothing.
        await systemEvents.AddAsync([Started(run)], cancellationToken);
        IReadOnlyList<Addressee> left = (await renderer.AddresseesOfAsync(run, cancellationToken)).After(run.ComposedUpTo);
        if (left.Count == 0)
        {
            return await EndWithoutMailAsync(run, cancellationToken);
        }

        Rendering rendering;
        try
        {
            rendering = run.Rendering ?? await RenderAsync(run, Editions(run, left), cancellationToken);
        }
        catch (Exception exception) when (!StorageFault.Is(exception) && exception is not OperationCanceledException)
        {
            LogNotRendered(run.Type, exception);
            await systemEvents.AddAsync([MailEvents.NotSent(KindOf(run), run.Task, exception.Message, exception.Message, time.GetUtcNow())], cancellationToken);
            return await runs.PassOverAsync(run, cancellationToken);
        }

        (OutgoingMail mail, TaskRun? rest) = Next(run, rendering, left);
        return await RetryUntilStoredAsync(run, mail, rest, ScheduledRunOutcome.Mailed, cancellationToken);
    }

    /// <summary>The next mail of a run, and what remains of the run if it has more recipients than one mail can have.</summary>
    public static (OutgoingMail Mail, TaskRun? Remainder) Next(TaskRun run, Rendering rendering, IReadOnlyList<Addressee> left)
    {
        RecipientPage page = left.FirstPage(run.Id, run.ComposedMails, rendering.At);
        var content = new ScheduledMailContent(run.Task, rendering.SubjectJa, rendering.SubjectEn, rendering.Snapshot);
        var mail = new OutgoingMail(Shard.OfScheduledTasks, page.MailId, KindOf(run), AlertType: null, content, rendering.At) { Recipients = page.Recipients };
        TaskRun? rest = page.ComposedUpTo is { } upTo ? run with { Rendering = rendering, ComposedUpTo = upTo, ComposedMails = run.ComposedMails + 1 } : null;
        return (mail, rest);
    }

    /// <summary>
    /// The bodies that a run's mails need. A run with a further mail to follow may meet, then, a user whose language or zone is not known yet: each language is
    /// there in the system's zone.
    /// </summary>
    private static IEnumerable<MailEdition> Editions(TaskRun run, IReadOnlyList<Addressee> left)
    {
        IEnumerable<MailCulture> cultures = left.Count > OutgoingMail.MaximumRecipients ? Enum.GetValues<MailCulture>() : left.Select(addressee => addressee.Culture);
        return cultures.Select(culture => new MailEdition(culture, TimeZone: null)).Union(left.Select(addressee => TaskRunRenderer.EditionOf(run, addressee)));
    }

    private static MailKind KindOf(TaskRun run) => run.Type == ScheduledTaskType.SendAlertSummary ? MailKind.Summary : MailKind.Report;

    /// <summary>564: the run was started.</summary>
    private static SystemEvent Started(TaskRun run) => new(564, SystemEventLevel.Information, "Event564", run.Id.Time)
    {
        Id = $"{run.Id}",
        Target = run.Task,
        Values = new Dictionary<string, string>(StringComparer.Ordinal) { ["task"] = run.Task },
        Data = new Dictionary<string, string>(StringComparer.Ordinal) { ["run"] = $"{run.Id}" },
    };

    private async Task<bool> EndWithoutMailAsync(TaskRun run, CancellationToken cancellationToken)
    {
        if (run.ComposedMails > 0)
        {
            return await RetryUntilStoredAsync(run, mail: null, rest: null, ScheduledRunOutcome.Mailed, cancellationToken);
        }

        SystemEvent nobody = MailEvents.NotSent(KindOf(run), run.Task, Sentences.Get("ReasonNoRecipients", MailCulture.Ja), Sentences.Get("ReasonNoRecipients", MailCulture.En), run.Id.Time);
        await systemEvents.AddAsync([nobody with { Id = $"{run.Id}.none" }], cancellationToken);
        return await RetryUntilStoredAsync(run, mail: null, rest: null, ScheduledRunOutcome.NoRecipients, cancellationToken);
    }

    /// <summary>Retries while only the task conflicts because somebody changed it at the same moment; the mail need not be composed again.</summary>
    private async Task<bool> RetryUntilStoredAsync(TaskRun run, OutgoingMail? mail, TaskRun? rest, ScheduledRunOutcome outcome, CancellationToken cancellationToken)
    {
        for (int attempt = 0; attempt < MaximumConflicts; attempt++)
        {
            if (await runs.ComposeAsync(run, mail, rest, outcome, cancellationToken))
            {
                return true;
            }

            if (!await runs.IsUnchangedAsync(run, cancellationToken))
            {
                return false;
            }
        }

        throw new StorageContentionException();
    }

    /// <summary>Renders the content of a run's mails once and stores it.</summary>
    private async Task<Rendering> RenderAsync(TaskRun run, IEnumerable<MailEdition> editions, CancellationToken cancellationToken)
    {
        string snapshot = MailSnapshots.NewName(run.Id, ulids.Next());
        DateTimeOffset now = time.GetUtcNow();
        RunContent content = await renderer.ReadAsync(run, cancellationToken);
        foreach (MailEdition edition in editions)
        {
            await snapshots.WriteAsync(snapshot, edition, content.Body(edition), cancellationToken);
        }

        return new Rendering(snapshot, content.Subject(MailCulture.Ja), content.Subject(MailCulture.En), now);
    }

    [LoggerMessage(EventId = 221, Level = LogLevel.Error, Message = "The mail of a scheduled task ({Type}) could not be composed; it is skipped for an hour.")]
    private partial void LogNotRendered(ScheduledTaskType type, Exception exception);
}
