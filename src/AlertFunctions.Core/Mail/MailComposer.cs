using AlertFunctions.Core.Alerts;
using AlertFunctions.Core.Settings;
using AlertFunctions.Core.Storage;
using AlertFunctions.Core.SystemEvents;
using AlertFunctions.Core.Users;

namespace AlertFunctions.Core.Mail;

/// <summary>Makes mails of what an alert type's outbox holds.</summary>
internal sealed class MailComposer(OutboxStore outbox, AlertTypeStore alertTypes, UserStore users, SystemEventStore systemEvents, MailSettings settings, TimeProvider time)
{
    /// <summary>Rows of one fold: a transaction's 100, less one to spare.</summary>
    private const int MaximumFold = 99;

    /// <summary>A conflict means that another handler got on; so many in a row are a reason to leave the work to it.</summary>
    private const int MaximumConflicts = 200;

    /// <summary>Contents that are remembered for whoever sends next: as many as are claimed at once.</summary>
    private const int MaximumRemembered = OutgoingMail.MaximumRecipients;

    /// <summary>Composes until the outbox of the type is empty, or a page of it was not full.</summary>
    /// <returns>What some of the mails say, by mail.</returns>
    public async Task<IReadOnlyDictionary<string, MailContent>> ComposeAsync(string alertType, CancellationToken cancellationToken)
    {
        var composed = new Dictionary<string, MailContent>(StringComparer.Ordinal);
        int conflicts = 0;
        for (bool more = true; more;)
        {
            (List<OutboxRow> rows, more) = await outbox.ReadOldestAsync(alertType, cancellationToken);
            if (rows.Count == 0)
            {
                continue;
            }

            // A row that had a mail made of it already is worked off alone, with the totals that this mail told.
            int alone = rows.FindIndex(row => row.ComposedUpTo is not null);
            if (alone >= 0)
            {
                more |= rows.Count > 1;
                rows = alone == 0 ? rows.GetRange(0, 1) : rows.GetRange(0, alone);
            }

            AlertType type = await alertTypes.GetAsync(alertType, cancellationToken);
            await systemEvents.AddAsync(rows.Where(row => !row.Folded && row.ComposedUpTo is null).Select(row => SystemEvent.OfTransitions(row, type)).ToList(), cancellationToken);

            Progress progress = rows.Count > MailComposition.MaximumRows
                ? await FoldAsync(rows, cancellationToken)
                : await ComposeAsync(rows, type, composed, cancellationToken);

            // After a conflict or a lost answer only reading again tells: a row that is gone is already a mail, whoever wrote it.
            if (progress == Progress.Conflict && ++conflicts > MaximumConflicts)
            {
                throw new StorageContentionException();
            }

            more |= progress != Progress.Done;
        }

        return composed;
    }

    private async Task<Progress> FoldAsync(List<OutboxRow> rows, CancellationToken cancellationToken) =>
        await outbox.FoldAsync(rows.Take(MaximumFold).ToList(), cancellationToken) ? Progress.More : Progress.Conflict;

    /// <summary>Makes the next mail of some rows.</summary>
    private async Task<Progress> ComposeAsync(List<OutboxRow> rows, AlertType type, Dictionary<string, MailContent> composed, CancellationToken cancellationToken)
    {
        IReadOnlyList<Addressee> addressees = MailComposition.IsWanted(type, rows[0].Kind)
            ? MailComposition.Addressees(await users.ListAsync(cancellationToken), settings)
            : [];
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
        /// <summary>The rows are used up.</summary>
        Done,

        /// <summary>The rows have something left to do.</summary>
        More,

        /// <summary>Another handler was first.</summary>
        Conflict,
    }
}
