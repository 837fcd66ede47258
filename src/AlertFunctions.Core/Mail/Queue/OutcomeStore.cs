using AlertFunctions.Core.Storage;
using AlertFunctions.Core.SystemEvents;
using Azure.Data.Tables;

namespace AlertFunctions.Core.Mail.Queue;

/// <summary>Records the outcomes of attempts in the rows of mails.</summary>
public sealed class OutcomeStore(StorageClients storage, RowReader reader)
{
    /// <summary>
    /// Records outcomes. Recipients whose mail was delivered or given up leave its row, the others are stored with new counters, and the row is deleted
    /// with its last recipient. Concurrent changes by others are reread and kept.
    /// </summary>
    /// <param name="outcomes">The outcomes, of mails of one shard.</param>
    /// <param name="release">The claim to release with the record; null if there is none, or the handler continues.</param>
    /// <param name="cancellationToken">Cancels the operation.</param>
    public async Task RecordAsync(IEnumerable<RecipientOutcome> outcomes, MailClaim? release, CancellationToken cancellationToken)
    {
        IEnumerable<MailOutcome> mails = outcomes
            .GroupBy(outcome => outcome.Mail)
            .Select(group => new MailOutcome(group.Key, group.ToDictionary(outcome => outcome.Key, outcome => outcome.After, StringComparer.Ordinal)));

        // By recipients, whose replies make up most of what is written, so that the rows fit one transaction.
        foreach (IReadOnlyList<MailOutcome> batch in mails.Where(outcome => outcome.Mail.Exists).InBatches(outcome => Math.Max(1, outcome.Mail.Mail.Recipients.Count), TableTransaction.MaximumRows))
        {
            if (await TryRecordAsync(batch, release, cancellationToken))
            {
                continue;
            }

            foreach (MailOutcome outcome in batch)
            {
                await ReloadAsync(outcome, cancellationToken);
                while (outcome.Mail.Exists && !await TryRecordAsync([outcome], release, cancellationToken))
                {
                    await ReloadAsync(outcome, cancellationToken);
                }
            }
        }
    }

    private async Task<bool> TryRecordAsync(IReadOnlyList<MailOutcome> outcomes, MailClaim? release, CancellationToken cancellationToken)
    {
        Shard shard = outcomes[0].Mail.Mail.Shard;
        var transaction = new TableTransaction(storage.Work, shard.Key);
        var after = new List<OutgoingMail?>();
        foreach (MailOutcome outcome in outcomes)
        {
            OutgoingMail mail = outcome.Mail.Mail;
            List<Recipient> left = mail.Recipients.Select(recipient => outcome.Changes.GetValueOrDefault(recipient.Key, recipient)).OfType<Recipient>().ToList();
            if (left.Count == 0)
            {
                transaction.Delete(mail.RowKey, mail.ETag);
                after.Add(null);
                continue;
            }

            // Release a claim only if it is ours: after a conflict the row may carry another handler's.
            OutgoingMail changed = release?.Holds(outcome.Mail) == true
                ? mail with { Recipients = left, ClaimedUntil = StorageTime.Minimum, Claim = Guid.Empty }
                : mail with { Recipients = left };
            transaction.Merge(changed.ToChanges(), mail.ETag);
            after.Add(changed);
        }

        TransactionResult result = await transaction.SubmitAsync(cancellationToken);
        for (int i = 0; result.Committed && i < outcomes.Count; i++)
        {
            outcomes[i].Mail.ReplaceWith(after[i] is { } mail ? mail with { ETag = result.ETags![i] } : null);
        }

        return result.Committed;
    }

    /// <summary>
    /// Reads a mail again after a conflict: with our own write whose response was lost, with a handler that took over the mail after the claim expired,
    /// or with a row changed by hand. An acceptance always stands; a failure counts only if nobody else has attempted the recipient since.
    /// </summary>
    private async Task ReloadAsync(MailOutcome outcome, CancellationToken cancellationToken)
    {
        LoadedMail mail = outcome.Mail;
        TableEntity? row = await storage.Work.FindAsync(mail.Mail.Shard.Key, mail.Mail.RowKey, cancellationToken);

        // If the row has been damaged since, what is known of it still holds: an acceptance by the server must not be forgotten.
        mail.ReplaceWith(row is null ? null : await reader.ReadAsync(storage.Work, row, OutgoingMail.Rows, cancellationToken) ?? mail.Mail with { ETag = row.ETag });
        foreach ((string key, Recipient? changed) in outcome.Changes.ToList())
        {
            if (changed is not null && mail.Mail.Find(key) is { } current && current.Attempts != changed.Attempts - 1)
            {
                outcome.Changes.Remove(key);
            }
        }
    }

    /// <summary>The outcomes of a mail's recipients, by key.</summary>
    private sealed record MailOutcome(LoadedMail Mail, Dictionary<string, Recipient?> Changes);
}
