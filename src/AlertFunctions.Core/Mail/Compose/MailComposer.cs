using AlertFunctions.Core.Alerts;
using AlertFunctions.Core.Mail.Queue;
using AlertFunctions.Core.Outbox;
using AlertFunctions.Core.Settings;
using AlertFunctions.Core.Storage;
using AlertFunctions.Core.SystemEvents;
using AlertFunctions.Core.Users;

namespace AlertFunctions.Core.Mail.Compose;

/// <summary>Makes mails of what an alert type's outbox holds.</summary>
public sealed class MailComposer(
    OutboxStore outbox, AlertTypeStore alertTypes, UserStore users, SystemEventStore systemEvents, WakeUpQueue wakeUps, MailSettings settings, TimeProvider time)
{
    /// <summary>A conflict means that another handler made progress; after so many in a row the work is left to it.</summary>
    private const int MaximumConflicts = 200;

    /// <summary>How far the clocks of processes may differ: a row's own wake-up may come that much before it seems old enough.</summary>
    private static readonly TimeSpan ClockTolerance = TimeSpan.FromSeconds(5);

    /// <summary>Contents that are remembered for whoever sends next: as many as are claimed at once.</summary>
    private const int MaximumRemembered = OutgoingMail.MaximumRecipients;

    /// <summary>Composes until the outbox of the type is empty, or what is left is still being collected.</summary>
    /// <returns>What some of the mails say, by mail.</returns>
    public async Task<IReadOnlyDictionary<string, MailContent>> ComposeAsync(string alertType, CancellationToken cancellationToken)
    {
        var composed = new Dictionary<string, MailContent>(StringComparer.Ordinal);
        int conflicts = 0;
        for (Progress progress = Progress.More; progress != Progress.Done;)
        {
            progress = await StepAsync(alertType, composed, cancellationToken);

            // After a conflict or a lost answer only reading again tells: a row that is gone is already a mail, whoever wrote it.
            if (progress == Progress.Conflict && ++conflicts > MaximumConflicts)
            {
                throw new StorageContentionException();
            }
        }

        return composed;
    }

    private async Task<Progress> StepAsync(string alertType, Dictionary<string, MailContent> composed, CancellationToken cancellationToken)
    {
        (IReadOnlyList<OutboxRow> rows, bool more) = await outbox.ReadOldestAsync(alertType, cancellationToken);
        if (rows.Count == 0 || await IsCollectingAsync(rows[0], cancellationToken))
        {
            return rows.Count == 0 && more ? Progress.More : Progress.Done;
        }

        // A row that already became a mail for some recipients is handled alone, with the totals of that mail.
        if (rows.Any(row => row.ComposedUpTo is not null))
        {
            more |= rows.Count > 1;
            rows = rows[0].ComposedUpTo is not null ? [rows[0]] : [.. rows.TakeWhile(row => row.ComposedUpTo is null)];
        }

        AlertType type = await alertTypes.FindAsync(alertType, cancellationToken) ?? MailComposition.Unregistered(alertType, rows);
        await systemEvents.AddAsync(rows.Where(row => !row.Folded && row.ComposedUpTo is null).Select(row => TransitionEvents.Of(row, type)).ToList(), cancellationToken);

        // What nobody wants mail about is recorded, and stands between no others (S1).
        List<OutboxRow> unwanted = rows.Where(row => !MailComposition.IsWanted(type, row.Kind)).ToList();
        if (unwanted.Count > 0 && !await outbox.DropAsync(unwanted, cancellationToken))
        {
            return Progress.Conflict;
        }

        rows = rows.Where(row => MailComposition.IsWanted(type, row.Kind)).ToList();
        if (rows.Count == 0)
        {
            return more ? Progress.More : Progress.Done;
        }

        IReadOnlyList<IReadOnlyList<OutboxRow>> runs = MailComposition.Runs(rows);
        IReadOnlyList<RowFold> folds = MailComposition.Folds(runs);
        if (folds.Count > 0)
        {
            return await outbox.FoldAsync(folds, cancellationToken) ? Progress.More : Progress.Conflict;
        }

        Progress progress = await ComposeAsync(runs[0], type, composed, cancellationToken);
        return progress == Progress.Done && (more || runs.Count > 1) ? Progress.More : progress;
    }

    /// <summary>
    /// Whether more is to be collected before a row becomes a mail: an outbox is looked at for each change of its alerts, and only collecting from its oldest
    /// row on makes the mails as few as <c>Mail__CollectSeconds</c> promises. Each row's own wake-up comes when it has waited so long.
    /// </summary>
    private async Task<bool> IsCollectingAsync(OutboxRow oldest, CancellationToken cancellationToken)
    {
        TimeSpan left = settings.Collect - outbox.AgeOf(oldest);
        if (settings.Collect == TimeSpan.Zero || left <= TimeSpan.Zero || oldest.ComposedUpTo is not null)
        {
            return false;
        }

        if (left <= ClockTolerance)
        {
            await wakeUps.ComposeAsync(oldest.AlertType, left, cancellationToken);
        }

        return true;
    }

    /// <summary>Makes the next mail of some rows.</summary>
    private async Task<Progress> ComposeAsync(IReadOnlyList<OutboxRow> rows, AlertType type, Dictionary<string, MailContent> composed, CancellationToken cancellationToken)
    {
        IReadOnlyList<Addressee> addressees = Addressees.OfAlerts(await users.ListAsync(cancellationToken), settings);
        (ComposedMail? mail, OutboxRow? rest) = MailComposition.Next(rows, type, addressees, settings.TimeZone, time.GetUtcNow());
        if (!await outbox.ComposeAsync(rows, mail, rest, cancellationToken))
        {
            return Progress.Conflict;
        }

        if (mail is { Mail.Content: { } content } && composed.Count < MaximumRemembered)
        {
            composed[mail.Mail.Id] = content;
        }

        return rest is null ? Progress.Done : Progress.More;
    }

    /// <summary>How one step went.</summary>
    private enum Progress
    {
        /// <summary>Nothing is left to do.</summary>
        Done,

        /// <summary>Something is.</summary>
        More,

        /// <summary>Another handler was first.</summary>
        Conflict,
    }
}
