using AlertFunctions.Core.Mail.Smtp;
using AlertFunctions.Core.Storage;
using AlertFunctions.Core.SystemEvents;
using Azure;
using Azure.Data.Tables;

namespace AlertFunctions.Core.Mail.Queue;

/// <summary>Undelivered mail: claims on it, what became of its attempts, the flush that wants it.</summary>
public sealed class MailStore(StorageClients storage, RowReader reader, TimeProvider time)
{
    private const string FlushRow = "flush";

    /// <summary>The number of the last flush of a shard; 0 before the first, and while the row is damaged.</summary>
    public async Task<long> ReadFlushAsync(Shard shard, CancellationToken cancellationToken) =>
        (await storage.Work.FindAsync(shard.Key, FlushRow, cancellationToken))?["Number"] is long number ? number : 0;

    /// <summary>Begins a flush: everything tried that waits in the shard is to be attempted (S8).</summary>
    /// <returns>False when nothing tried waits there.</returns>
    public async Task<bool> BeginFlushAsync(Shard shard, CancellationToken cancellationToken)
    {
        string tried = MailRange(shard) + " and Attempts gt 0";
        if ((await storage.Work.FirstAsync(tried, 1, cancellationToken, ["RowKey"])).Count == 0)
        {
            return false;
        }

        for (int attempt = 0; attempt < 10; attempt++)
        {
            // The clock's milliseconds are far beyond what was ever counted, so that a damaged row is replaced by a number that is new to everybody.
            TableEntity? row = await storage.Work.FindAsync(shard.Key, FlushRow, cancellationToken);
            long next = row is null ? 1 : row["Number"] is long number ? number + 1 : time.GetUtcNow().ToUnixTimeMilliseconds();
            var changed = new TableEntity(shard.Key, FlushRow) { ["Number"] = next };
            if (row is null ? await storage.Work.TryAddAsync(changed, cancellationToken) : await storage.Work.TryReplaceAsync(changed, row.ETag, cancellationToken))
            {
                break;
            }
        }

        return true;
    }

    /// <summary>Claims mails, renews their claim or gives it back; nothing when any of them changed meanwhile.</summary>
    /// <param name="mails">At most 100 mails of one shard.</param>
    /// <param name="until">When the claim ends unless it is renewed.</param>
    /// <param name="claim">The lease of the handler's slot; empty to give back.</param>
    /// <param name="slot">The slot; null to give back.</param>
    /// <param name="cancellationToken">Cancels the operation.</param>
    public async Task<bool> ClaimAsync(IReadOnlyList<MailInHand> mails, DateTimeOffset until, Guid claim, int? slot, CancellationToken cancellationToken)
    {
        List<OutgoingMail> claimed = mails.Select(mail => mail.Mail with { ClaimedUntil = until, Claim = claim, ClaimSlot = slot }).ToList();
        var transaction = new TableTransaction(storage.Work, mails[0].Mail.Shard.Key);
        foreach (OutgoingMail mail in claimed)
        {
            transaction.Merge(mail.ToClaim(), mail.ETag);
        }

        IReadOnlyList<ETag>? etags = (await transaction.SubmitAsync(cancellationToken)).ETags ?? await FindOwnClaimAsync(claimed, cancellationToken);
        for (int i = 0; etags is not null && i < mails.Count; i++)
        {
            mails[i].Mail = claimed[i] with { ETag = etags[i] };
        }

        return etags is not null;
    }

    /// <summary>
    /// Reads what a page did not bring of claimed mails: their contents, by one query for all that are not known already, and the recipients that are not due. A mail
    /// whose content is damaged is set aside with its recipients; it is not claimed any more then.
    /// </summary>
    public async Task CompleteAsync(IReadOnlyList<MailInHand> mails, Guid claim, IReadOnlyDictionary<string, MailContent> known, CancellationToken cancellationToken)
    {
        foreach (MailInHand mail in mails)
        {
            mail.Mail = mail.Mail with { Content = mail.Mail.Content ?? known.GetValueOrDefault(mail.Mail.Id) };
        }

        await ReadContentsAsync(mails.Where(mail => mail.Mail.Content is null).ToDictionary(mail => mail.Mail.RowKey, StringComparer.Ordinal), claim, cancellationToken);
        await CompleteRecipientsAsync(mails, cancellationToken);
    }

    /// <summary>Reads the recipients of mails that a page did not bring, because they are not due: a mail's own row carries what all have in common.</summary>
    public async Task CompleteRecipientsAsync(IEnumerable<MailInHand> mails, CancellationToken cancellationToken)
    {
        foreach (MailInHand mail in mails.Where(mail => mail.Exists && mail.Recipients.Count + mail.Unreadable < mail.Mail.Recipients))
        {
            mail.Unreadable = 0;
            await foreach (TableEntity row in storage.Work.AllAsync(Tables.Range(mail.Mail.Shard.Key, mail.Mail.RowKey), cancellationToken: cancellationToken))
            {
                if (mail.Recipients.ContainsKey(row.RowKey))
                {
                    continue;
                }

                if (await reader.ReadAsync(storage.Work, row, Recipient.Rows, cancellationToken) is { } recipient)
                {
                    mail.Recipients.Add(row.RowKey, recipient);
                }
                else
                {
                    mail.Unreadable++;
                }
            }
        }
    }

    /// <summary>
    /// Records what became of recipients: who got the mail or was given up is removed, everybody else is kept with new counters, and the last
    /// recipient takes the mail along. Changes that others made meanwhile are read and kept.
    /// </summary>
    /// <param name="outcomes">The outcomes, of mails of one shard.</param>
    /// <param name="release">The claim to be given back with the record; null when there is none, or the handler goes on.</param>
    /// <param name="cancellationToken">Cancels the operation.</param>
    public async Task RecordAsync(IEnumerable<RecipientOutcome> outcomes, MailClaim? release, CancellationToken cancellationToken)
    {
        IEnumerable<MailOutcome> mails = outcomes
            .GroupBy(outcome => outcome.Mail)
            .Select(group => new MailOutcome(group.Key, group.ToDictionary(outcome => outcome.Key, outcome => outcome.After, StringComparer.Ordinal)));

        // Each mail's own row changes with its recipients'.
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

    /// <summary>Keeps recipients from being attempted until a time: their mail cannot be sent.</summary>
    public async Task PostponeAsync(Shard shard, IEnumerable<Recipient> recipients, DateTimeOffset until, CancellationToken cancellationToken)
    {
        foreach (Recipient[] some in recipients.Chunk(TableTransaction.MaximumRows))
        {
            var transaction = new TableTransaction(storage.Work, shard.Key);
            foreach (Recipient recipient in some)
            {
                var mark = new TableEntity { RowKey = recipient.RowKey };
                Recipient.Postpone(mark, until);
                transaction.Merge(mark, recipient.ETag);
            }

            // On a conflict somebody else has changed them, and they are looked at again.
            await transaction.SubmitAsync(cancellationToken);
        }
    }

    /// <summary>The alert types that have transitions waiting since before a time.</summary>
    public async Task<IReadOnlyList<string>> FindWaitingOutboxAsync(Shard shard, DateTimeOffset before, CancellationToken cancellationToken)
    {
        string filter = Tables.Range(shard.Key, "outbox") + " and " + TableClient.CreateQueryFilter($"CreatedAt le {before} and NotBefore le {time.GetUtcNow()}");
        IReadOnlyList<TableEntity> rows = await storage.Work.FirstAsync(filter, Tables.PageSize, cancellationToken, ["Alert"]);
        return rows.Select(row => row["Alert"]).OfType<string>().Distinct(StringComparer.Ordinal).ToList();
    }

    /// <summary>The tried recipients that wait, only what the health check needs of each; at most a page per shard.</summary>
    public async Task<IReadOnlyList<(SmtpFailureKind Kind, DateTimeOffset Since)>> FindFailingAsync(Shard shard, CancellationToken cancellationToken)
    {
        IReadOnlyList<TableEntity> rows = await storage.Work.FirstAsync($"{MailRange(shard)} and Attempts gt 0 and LastFailure ne ''", Tables.PageSize, cancellationToken, ["LastFailure", "FailingSince"]);
        return rows
            .Where(row => row["FailingSince"] is DateTimeOffset && Enum.TryParse<SmtpFailureKind>(row["LastFailure"] as string, out _))
            .Select(row => (Enum.Parse<SmtpFailureKind>(row.GetString("LastFailure")), (DateTimeOffset)row["FailingSince"]))
            .ToList();
    }

    /// <summary>
    /// The rows' ETags when a claim that met a conflict had been written after all: its answer was lost, and the SDK's own retry met it. Not recognised,
    /// it would keep everybody from sending for as long as it lasts.
    /// </summary>
    private async Task<IReadOnlyList<ETag>?> FindOwnClaimAsync(List<OutgoingMail> claimed, CancellationToken cancellationToken)
    {
        bool IsOwn(OutgoingMail mail, TableEntity? row) => row?["Claim"] is Guid claim && claim == mail.Claim && row["ClaimedUntil"] is DateTimeOffset until && until == mail.ClaimedUntil;
        string partition = claimed[0].Shard.Key;
        if (!IsOwn(claimed[0], await storage.Work.FindAsync(partition, claimed[0].RowKey, cancellationToken)))
        {
            return null;
        }

        TableEntity?[] rows = await storage.Work.FindAllAsync(partition, claimed.Select(mail => mail.RowKey).ToList(), cancellationToken);
        return claimed.Zip(rows).All(pair => IsOwn(pair.First, pair.Second)) ? rows.Select(row => row!.ETag).ToList() : null;
    }

    private async Task ReadContentsAsync(Dictionary<string, MailInHand> mails, Guid claim, CancellationToken cancellationToken)
    {
        if (mails.Count == 0)
        {
            return;
        }

        // The claim tells the mails apart from all others between the first and the last of them.
        string shard = mails.Values.First().Mail.Shard.Key;
        string filter = TableClient.CreateQueryFilter(
            $"PartitionKey eq {shard} and RowKey ge {mails.Keys.Min(StringComparer.Ordinal)!} and RowKey le {mails.Keys.Max(StringComparer.Ordinal)!} and Claim eq {claim}");
        await foreach (TableEntity row in storage.Work.AllAsync(filter, cancellationToken: cancellationToken))
        {
            if (!mails.TryGetValue(row.RowKey, out MailInHand? mail))
            {
                continue;
            }

            if (await reader.ReadAsync(storage.Work, row, OutgoingMail.WholeRows, cancellationToken) is { } whole)
            {
                mail.Mail = whole;
            }
            else
            {
                await PostponeAsync(mail.Mail.Shard, mail.Recipients.Values, time.GetUtcNow() + RowReader.QuarantineFor, cancellationToken);
                mail.LetGo();
            }
        }

        // What is not there under this claim any more is another handler's.
        foreach (MailInHand mail in mails.Values.Where(mail => mail.Exists && mail.Mail.Content is null))
        {
            mail.LetGo();
        }
    }

    private static string MailRange(Shard shard) => Tables.Range(shard.Key, OutgoingMail.RowPrefix);

    private async Task<bool> TryRecordAsync(IReadOnlyList<MailOutcome> outcomes, MailClaim? release, CancellationToken cancellationToken)
    {
        Shard shard = outcomes[0].Mail.Mail.Shard;
        var transaction = new TableTransaction(storage.Work, shard.Key);
        var after = new List<(MailInHand Mail, OutgoingMail? Row, Dictionary<string, Recipient> Recipients)>();
        var written = new List<Action<ETag>>();
        foreach (MailOutcome outcome in outcomes)
        {
            MailInHand mail = outcome.Mail;
            var recipients = new Dictionary<string, Recipient>(mail.Recipients, StringComparer.Ordinal);
            foreach ((string key, Recipient? changed) in outcome.Changes)
            {
                if (!recipients.TryGetValue(key, out Recipient? current))
                {
                    continue; // another handler has done it
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
                // A claim is only given back by the one whose it is: after a conflict the row may carry another handler's.
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

        foreach ((MailInHand mail, OutgoingMail? row, Dictionary<string, Recipient> recipients) in after)
        {
            mail.ReplaceWith(row, recipients, mail.Unreadable);
        }

        return true;
    }

    /// <summary>
    /// Reads a mail anew after a conflict: an own write whose answer was lost, a handler that took the mail over when the claim had run out, or a
    /// row that was changed by hand. What a server accepted stays accepted; a failure counts only where nobody else attempted meanwhile.
    /// </summary>
    private async Task ReloadAsync(MailOutcome outcome, CancellationToken cancellationToken)
    {
        MailInHand mail = outcome.Mail;
        TableEntity? row = await storage.Work.FindAsync(mail.Mail.Shard.Key, mail.Mail.RowKey, cancellationToken);
        var recipients = new Dictionary<string, Recipient>(StringComparer.Ordinal);
        int unreadable = 0;
        await foreach (TableEntity entity in storage.Work.AllAsync(Tables.Range(mail.Mail.Shard.Key, mail.Mail.RowKey), cancellationToken: cancellationToken))
        {
            // Of a row that was damaged meanwhile what is known of it still holds: what the server accepted must not be forgotten for it.
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

    /// <summary>What became of a mail's recipients, by row key.</summary>
    private sealed record MailOutcome(MailInHand Mail, Dictionary<string, Recipient?> Changes);
}
