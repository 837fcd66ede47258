using AlertFunctions.Core.Mail.Smtp;
using AlertFunctions.Core.Storage;
using Azure;
using Azure.Data.Tables;

namespace AlertFunctions.Core.Mail;

/// <summary>Mail that is owed: what is to be attempted, claims on it, and what became of it.</summary>
internal sealed class MailStore(StorageClients storage, TimeProvider time)
{
    /// <summary>
    /// Rows of one page of due mail. A mail with a hundred computers is some hundred kilobytes, so the page bounds memory; and it is large enough
    /// to cost little per mail.
    /// </summary>
    private const int PageRows = 250;

    private const string FlushRow = "flush";

    /// <summary>The number of the last flush of a shard; 0 before the first.</summary>
    public async Task<long> ReadFlushAsync(Shard shard, CancellationToken cancellationToken) =>
        (await storage.Work.FindAsync(shard.Key, FlushRow, cancellationToken))?.GetInt64("Number") ?? 0;

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
            TableEntity? row = await storage.Work.FindAsync(shard.Key, FlushRow, cancellationToken);
            var next = new TableEntity(shard.Key, FlushRow) { ["Number"] = (row?.GetInt64("Number") ?? 0) + 1 };
            if (row is null ? await storage.Work.TryAddAsync(next, cancellationToken) : await storage.Work.TryReplaceAsync(next, row.ETag, cancellationToken))
            {
                break;
            }
        }

        return true;
    }

    /// <summary>
    /// The recipients that are to be attempted and that no handler has claimed, in the order in which to attempt them: never tried first, then
    /// the oldest, and those whose own conversation was lost last (rule 4).
    /// </summary>
    public async Task<DuePage> ReadDueAsync(Shard shard, long flush, CancellationToken cancellationToken)
    {
        DateTimeOffset now = time.GetUtcNow();
        string due = DueFilter(shard, now, flush);
        DuePage page = await ReadPageAsync(shard, due, now, flush, cancellationToken);
        if (!page.Full)
        {
            return page;
        }

        // More than a page: the order then needs a look at the whole, not at the oldest rows.
        foreach (string first in (string[])[" and Attempts eq 0", " and Lost eq false"])
        {
            DuePage preferred = await ReadPageAsync(shard, due + first, now, flush, cancellationToken);
            if (preferred.Mails.Count > 0)
            {
                return preferred with { Full = true };
            }
        }

        return page;
    }

    /// <summary>Claims mails, so that no other handler sends them; nothing when any of them changed meanwhile.</summary>
    /// <param name="mails">At most 100 mails of one shard.</param>
    /// <param name="until">When the claim ends unless it is renewed.</param>
    /// <param name="cancellationToken">Ends the waiting.</param>
    public async Task<bool> ClaimAsync(IReadOnlyList<MailInHand> mails, DateTimeOffset until, CancellationToken cancellationToken)
    {
        var claim = Guid.NewGuid();
        var transaction = new TableTransaction(storage.Work, mails[0].Mail.Shard.Key);
        foreach (MailInHand mail in mails)
        {
            transaction.Merge(new TableEntity { RowKey = mail.Mail.RowKey, ["ClaimedUntil"] = until, ["Claim"] = claim }, mail.Mail.ETag);
        }

        IReadOnlyList<ETag>? etags = (await transaction.SubmitAsync(cancellationToken)).ETags ?? await FindOwnClaimAsync(mails, claim, cancellationToken);
        for (int i = 0; etags is not null && i < mails.Count; i++)
        {
            mails[i].Mail = mails[i].Mail with { ClaimedUntil = until, Claim = claim, ETag = etags[i] };
            mails[i].OwnClaim = claim;
        }

        return etags is not null;
    }

    /// <summary>Reads the recipients of mails that a page did not bring, because they are not due: a mail's own row carries what all have in common.</summary>
    public async Task CompleteAsync(IReadOnlyList<MailInHand> mails, CancellationToken cancellationToken)
    {
        foreach (MailInHand mail in mails.Where(mail => mail.Recipients.Count < mail.Mail.Recipients))
        {
            await foreach (TableEntity row in storage.Work.AllAsync(Tables.Range(mail.Mail.Shard.Key, mail.Mail.RowKey), cancellationToken: cancellationToken))
            {
                var recipient = Recipient.FromRow(row);
                mail.Recipients.TryAdd(recipient.RowKey, recipient);
            }
        }
    }

    /// <summary>
    /// Records what became of attempts: who got the mail or was given up is removed, everybody else is kept with new counters, and the last
    /// recipient takes the mail along. Changes that others made meanwhile are read and kept.
    /// </summary>
    public async Task RecordAsync(IReadOnlyList<MailOutcome> outcomes, CancellationToken cancellationToken)
    {
        // Each mail's own row changes with its recipients'.
        foreach (IReadOnlyList<MailOutcome> batch in outcomes.InBatches(outcome => outcome.Changes.Count + 1, TableTransaction.MaximumRows))
        {
            if (await TryRecordAsync(batch, cancellationToken))
            {
                continue;
            }

            foreach (MailOutcome outcome in batch)
            {
                await ReloadAsync(outcome, cancellationToken);
                while (outcome.Mail.Exists && !await TryRecordAsync([outcome], cancellationToken))
                {
                    await ReloadAsync(outcome, cancellationToken);
                }
            }
        }
    }

    /// <summary>
    /// One recipient that is to be attempted and that no handler has claimed, as a text that changes when the row does; null when there is none.
    /// What a flush wants counts like what is due: its wake-up may have been lost, or have found the mail claimed or no slot free.
    /// </summary>
    public async Task<string?> FindDueAsync(Shard shard, CancellationToken cancellationToken)
    {
        DateTimeOffset now = time.GetUtcNow();
        var claimed = new HashSet<string>(StringComparer.Ordinal);
        string due = DueFilter(shard, now, await ReadFlushAsync(shard, cancellationToken));
        await foreach (TableEntity row in storage.Work.AllAsync(due, ["RowKey", "MailId", "Id", "ClaimedUntil", "Timestamp"], cancellationToken))
        {
            if (row.GetString("Id") is { } id)
            {
                if (row.GetDateTimeOffset("ClaimedUntil") > now)
                {
                    claimed.Add(id);
                }
            }
            else if (!claimed.Contains(row.GetString("MailId")))
            {
                return $"{row.RowKey} {row.ETag}";
            }
        }

        return null;
    }

    /// <summary>The alert types that have transitions waiting since before a time, each with its oldest row.</summary>
    public async Task<IReadOnlyList<(string AlertType, string Row)>> FindWaitingOutboxAsync(Shard shard, DateTimeOffset before, CancellationToken cancellationToken)
    {
        string filter = Tables.Range(shard.Key, "outbox") + " and " + TableClient.CreateQueryFilter($"CreatedAt le {before} and NotBefore le {time.GetUtcNow()}");
        List<TableEntity> rows = await storage.Work.FirstAsync(filter, Tables.PageSize, cancellationToken, ["RowKey", "Alert", "Timestamp"]);
        return rows.GroupBy(row => row.GetString("Alert"), StringComparer.Ordinal).Select(type => (type.Key, $"{type.First().RowKey} {type.First().ETag}")).ToList();
    }

    /// <summary>The tried recipients that wait, only what the health check needs of each; at most a page per shard.</summary>
    public async Task<IReadOnlyList<(SmtpFailureKind Kind, DateTimeOffset Since)>> FindFailingAsync(Shard shard, CancellationToken cancellationToken)
    {
        List<TableEntity> rows = await storage.Work.FirstAsync($"{MailRange(shard)} and Attempts gt 0 and LastFailure ne ''", Tables.PageSize, cancellationToken, ["LastFailure", "FailingSince"]);
        return rows.Where(row => row.GetString("LastFailure") is not null)
            .Select(row => (Enum.Parse<SmtpFailureKind>(row.GetString("LastFailure")), row.GetDateTimeOffset("FailingSince")!.Value))
            .ToList();
    }

    /// <summary>One page of the mail that is owed in a shard, oldest first, for people.</summary>
    public async Task<List<MailInHand>> ListAsync(Shard shard, string? afterMailId, string? alertType, int top, CancellationToken cancellationToken)
    {
        string filter = MailRange(shard) + (afterMailId is null ? "" : " and " + TableClient.CreateQueryFilter($"RowKey gt {OutgoingMail.RowKeyOf(afterMailId)}"));
        var mails = new Dictionary<string, MailInHand>(StringComparer.Ordinal);
        await foreach (TableEntity row in storage.Work.AllAsync(filter, cancellationToken: cancellationToken))
        {
            if (row.ContainsKey("Content"))
            {
                var mail = OutgoingMail.FromRow(row);
                if (alertType is not null && mail.AlertType != alertType)
                {
                    continue;
                }

                if (mails.Count < top)
                {
                    mails[mail.Id] = new MailInHand(mail, []);
                }
                else if (!mails.Values.Any(listed => mail.IsOfSameOutboxRowAs(listed.Mail)))
                {
                    break;
                }

                // ULID.2 and its recipients come before the recipients of ULID, so a full page reads on until its own are past.
            }
            else if (mails.TryGetValue(row.GetString("MailId"), out MailInHand? mail))
            {
                var recipient = Recipient.FromRow(row);
                mail.Recipients[recipient.RowKey] = recipient;
            }
        }

        return mails.Values.OrderBy(mail => mail.Mail.Id, StringComparer.Ordinal).ToList();
    }

    /// <summary>
    /// The rows' ETags when a claim that met a conflict had been written after all: its answer was lost, and the SDK's own retry met it. Not recognised,
    /// it would keep everybody from sending for as long as it lasts.
    /// </summary>
    private async Task<IReadOnlyList<ETag>?> FindOwnClaimAsync(IReadOnlyList<MailInHand> mails, Guid claim, CancellationToken cancellationToken)
    {
        string partition = mails[0].Mail.Shard.Key;
        if ((await storage.Work.FindAsync(partition, mails[0].Mail.RowKey, cancellationToken))?.GetGuid("Claim") != claim)
        {
            return null;
        }

        TableEntity?[] rows = await storage.Work.FindAllAsync(partition, mails.Select(mail => mail.Mail.RowKey).ToList(), cancellationToken);
        return rows.All(row => row?.GetGuid("Claim") == claim) ? rows.Select(row => row!.ETag).ToList() : null;
    }

    /// <summary>As <see cref="RetryRules.IsDue"/> decides; a mail's own row fits when any of its recipients' does.</summary>
    private static string DueFilter(Shard shard, DateTimeOffset now, long flush) =>
        MailRange(shard) + " and " + TableClient.CreateQueryFilter($"(DueAt le {now} or (Flush lt {flush} and FlushTried eq false))");

    private static string MailRange(Shard shard) => Tables.Range(shard.Key, OutgoingMail.RowPrefix);

    private async Task<DuePage> ReadPageAsync(Shard shard, string filter, DateTimeOffset now, long flush, CancellationToken cancellationToken)
    {
        var mails = new Dictionary<string, OutgoingMail>(StringComparer.Ordinal);
        var recipients = new List<Recipient>();
        int rows = 0;
        bool full = false;
        await foreach (TableEntity row in storage.Work.QueryAsync<TableEntity>(filter, PageRows, cancellationToken: cancellationToken))
        {
            if (row.ContainsKey("Content"))
            {
                var mail = OutgoingMail.FromRow(row);
                mails[mail.Id] = mail;
                rows += mail.ClaimedUntil > now ? 0 : 1;
                continue;
            }

            var recipient = Recipient.FromRow(row);
            if (!RetryRules.IsDue(recipient, now, flush) || (mails.TryGetValue(recipient.MailId, out OutgoingMail? known) && known.ClaimedUntil > now))
            {
                continue; // what others have claimed does not fill the page, however much it is
            }

            recipients.Add(recipient);
            if (++rows >= PageRows)
            {
                full = true;
                break;
            }
        }

        await AddMissingMailsAsync(shard, recipients, mails, cancellationToken);
        List<MailInHand> inHand = recipients
            .Where(recipient => mails.TryGetValue(recipient.MailId, out OutgoingMail? mail) && mail.ClaimedUntil <= now)
            .GroupBy(recipient => recipient.MailId, StringComparer.Ordinal)
            .Select(group => new MailInHand(mails[group.Key], group))
            .OrderBy(mail => mail.Recipients.Values.Min(recipient => recipient.Lost ? 2 : recipient.Attempts > 0 ? 1 : 0))
            .ThenBy(mail => mail.Mail.Id, StringComparer.Ordinal)
            .ToList();
        return new DuePage(inHand, full, now, flush);
    }

    /// <summary>A recipient may be due before its mail's own row says so, when somebody changed it by hand.</summary>
    private async Task AddMissingMailsAsync(Shard shard, List<Recipient> recipients, Dictionary<string, OutgoingMail> mails, CancellationToken cancellationToken)
    {
        List<string> missing = recipients.Select(recipient => recipient.MailId).Where(id => !mails.ContainsKey(id)).Distinct(StringComparer.Ordinal).ToList();
        foreach (TableEntity row in (await storage.Work.FindAllAsync(shard.Key, missing.Select(OutgoingMail.RowKeyOf).ToList(), cancellationToken)).OfType<TableEntity>())
        {
            var mail = OutgoingMail.FromRow(row);
            mails[mail.Id] = mail;
        }
    }

    private async Task<bool> TryRecordAsync(IReadOnlyList<MailOutcome> outcomes, CancellationToken cancellationToken)
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
                    continue; // another handler saw to it
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

            if (recipients.Count == 0)
            {
                transaction.Delete(mail.Mail.RowKey, mail.Mail.ETag);
                after.Add((mail, null, recipients));
                written.Add(_ => { });
            }
            else
            {
                // A claim is only given back by the one whose it is: after a conflict the row may carry another handler's.
                OutgoingMail row = mail.Mail with { Recipients = recipients.Count };
                if (!outcome.KeepClaim && mail.HoldsClaim)
                {
                    row = row with { ClaimedUntil = StorageTime.Minimum, Claim = Guid.Empty };
                }

                transaction.Merge(row.ToChanges(recipients.Values), mail.Mail.ETag);
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
            mail.Become(row, recipients);
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
        await foreach (TableEntity entity in storage.Work.AllAsync(Tables.Range(mail.Mail.Shard.Key, mail.Mail.RowKey), cancellationToken: cancellationToken))
        {
            var recipient = Recipient.FromRow(entity);
            recipients[recipient.RowKey] = recipient;
        }

        foreach ((string key, Recipient? changed) in outcome.Changes.ToList())
        {
            if (changed is not null && recipients.TryGetValue(key, out Recipient? current) && current.Attempts != changed.Attempts - 1)
            {
                outcome.Changes.Remove(key);
            }
        }

        mail.Become(row is null ? null : OutgoingMail.FromRow(row), recipients);
    }
}

/// <summary>What is to be attempted now.</summary>
/// <param name="Mails">The mails, with the recipients that are due.</param>
/// <param name="Full">Whether more may be due.</param>
/// <param name="Now">The time that "due" was decided at.</param>
/// <param name="Flush">The flush number that it was decided with.</param>
internal sealed record DuePage(IReadOnlyList<MailInHand> Mails, bool Full, DateTimeOffset Now, long Flush);

/// <summary>A mail that a handler works on, with the recipients that it knows of.</summary>
internal sealed class MailInHand(OutgoingMail mail, IEnumerable<Recipient> recipients)
{
    public OutgoingMail Mail { get; set; } = mail;

    /// <summary>The claim that this handler wrote last; null without one.</summary>
    public Guid? OwnClaim { get; set; }

    /// <summary>Whether that claim stands, as far as this handler knows.</summary>
    public bool HoldsClaim => OwnClaim == Mail.Claim;

    /// <summary>Whether its row is still there.</summary>
    public bool Exists { get; private set; } = true;

    public Dictionary<string, Recipient> Recipients { get; private set; } = recipients.ToDictionary(recipient => recipient.RowKey, StringComparer.Ordinal);

    public void Become(OutgoingMail? mail, Dictionary<string, Recipient> recipients)
    {
        Exists = mail is not null;
        Mail = mail ?? Mail;
        Recipients = recipients;
    }
}

/// <summary>What became of a mail's attempts.</summary>
/// <param name="Mail">The mail.</param>
/// <param name="Changes">By row key: the recipient with its new counters, or null when it got the mail or was given up.</param>
/// <param name="KeepClaim">Whether the handler goes on with this mail.</param>
internal sealed record MailOutcome(MailInHand Mail, Dictionary<string, Recipient?> Changes, bool KeepClaim);
