using AlertFunctions.Core.Storage;
using AlertFunctions.Core.SystemEvents;
using Azure;
using Azure.Data.Tables;

namespace AlertFunctions.Core.Mail.Queue;

/// <summary>Records the outcomes of attempts in the rows of mails and recipients.</summary>
public sealed class OutcomeStore(StorageClients storage, RowReader reader)
{
    /// <summary>
    /// Records outcomes. Recipients whose mail was delivered or given up are deleted, the others are stored with new counters, and the mail is deleted
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

        // Each mail's own row changes together with its recipients.
        foreach (IReadOnlyList<MailOutcome> batch in mails.Where(outcome => outcome.Mail.Exists).InBatches(outcome => outcome.Changes.Count + 1, TableTransaction.MaximumRows))
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
        var after = new List<(LoadedMail Mail, OutgoingMail? Row, Dictionary<string, Recipient> Recipients)>();
        var written = new List<Action<ETag>>();
        foreach (MailOutcome outcome in outcomes)
        {
            LoadedMail mail = outcome.Mail;
            var recipients = new Dictionary<string, Recipient>(mail.Recipients, StringComparer.Ordinal);
            foreach ((string key, Recipient? changed) in outcome.Changes)
            {
                if (!recipients.TryGetValue(key, out Recipient? current))
                {
                    continue; // another handler has handled it
                }

                if (changed is null)
                {
                    transaction.Delete(key, current.ETag);
                    recipients.Remove(key);
                    written.Add(_ => { });
                }
                else
                {
                    transaction.Replace(changed.ToRow(shard), current.ETag);
                    written.Add(etag => recipients[key] = changed with { ETag = etag });
                    recipients[key] = changed;
                }
            }

            if (recipients.Count + mail.Unreadable == 0)
            {
                transaction.Delete(mail.Mail.RowKey, mail.Mail.ETag);
                after.Add((mail, null, recipients));
                written.Add(_ => { });
            }
            else
            {
                // Release a claim only if it is ours: after a conflict the row may carry another handler's.
                OutgoingMail row = mail.Mail with { Recipients = recipients.Count + mail.Unreadable };
                if (release?.Holds(mail) == true)
                {
                    row = row with { ClaimedUntil = StorageTime.Minimum, Claim = Guid.Empty };
                }

                transaction.Merge(row.ToChanges(recipients.Values, mail.Unreadable), mail.Mail.ETag);
                int index = after.Count;
                after.Add((mail, row, recipients));
                written.Add(etag => after[index] = (mail, row with { ETag = etag }, recipients));
            }
        }

        TransactionResult result = await transaction.SubmitAsync(cancellationToken);
        if (!result.Committed)
        {
            return false;
        }

        for (int i = 0; i < written.Count; i++)
        {
            written[i](result.ETags![i]);
        }

        foreach ((LoadedMail mail, OutgoingMail? row, Dictionary<string, Recipient> recipients) in after)
        {
            mail.ReplaceWith(row, recipients, mail.Unreadable);
        }

        return true;
    }

    /// <summary>
    /// Reads a mail again after a conflict: with our own write whose response was lost, with a handler that took over the mail after the claim expired,
    /// or with a row changed by hand. An acceptance always stands; a failure counts only if nobody else has attempted the recipient since.
    /// </summary>
    private async Task ReloadAsync(MailOutcome outcome, CancellationToken cancellationToken)
    {
        LoadedMail mail = outcome.Mail;
        TableEntity? row = await storage.Work.FindAsync(mail.Mail.Shard.Key, mail.Mail.RowKey, cancellationToken);
        var recipients = new Dictionary<string, Recipient>(StringComparer.Ordinal);
        int unreadable = 0;
        await foreach (TableEntity entity in storage.Work.AllAsync(Tables.Range(mail.Mail.Shard.Key, mail.Mail.RowKey), cancellationToken: cancellationToken))
        {
            // If a row has been damaged since, what is known of it still holds: an acceptance by the server must not be forgotten.
            Recipient? recipient = await reader.ReadAsync(storage.Work, entity, Recipient.Rows, cancellationToken)
                ?? (mail.Recipients.TryGetValue(entity.RowKey, out Recipient? known) ? known with { ETag = entity.ETag } : null);
            if (recipient is null)
            {
                unreadable++;
            }
            else
            {
                recipients[recipient.RowKey] = recipient;
            }
        }

        foreach ((string key, Recipient? changed) in outcome.Changes.ToList())
        {
            if (changed is not null && recipients.TryGetValue(key, out Recipient? current) && current.Attempts != changed.Attempts - 1)
            {
                outcome.Changes.Remove(key);
            }
        }

        mail.ReplaceWith(row is null ? null : await reader.ReadAsync(storage.Work, row, OutgoingMail.Rows, cancellationToken) ?? mail.Mail with { ETag = row.ETag }, recipients, unreadable);
    }

    /// <summary>The outcomes of a mail's recipients, by row key.</summary>
    private sealed record MailOutcome(LoadedMail Mail, Dictionary<string, Recipient?> Changes);
}
