using AlertFunctions.Core.Storage;
using AlertFunctions.Core.SystemEvents;
using Azure;
using Azure.Data.Tables;

namespace AlertFunctions.Core.Mail.Queue;

/// <summary>Undelivered mail: claims on it, and what a page of due rows does not bring of it.</summary>
public sealed class MailStore(StorageClients storage, RowReader reader, TimeProvider time)
{
    /// <summary>Claims mails, renews their claim or gives it back; nothing when any of them changed meanwhile.</summary>
    /// <param name="mails">At most 100 mails of one shard.</param>
    /// <param name="until">When the claim ends unless it is renewed.</param>
    /// <param name="claim">The lease of the handler's slot; empty to give back.</param>
    /// <param name="slot">The slot; null to give back.</param>
    /// <param name="cancellationToken">Cancels the operation.</param>
    public async Task<bool> ClaimAsync(IReadOnlyList<LoadedMail> mails, DateTimeOffset until, Guid claim, int? slot, CancellationToken cancellationToken)
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
    public async Task CompleteAsync(IReadOnlyList<LoadedMail> mails, Guid claim, IReadOnlyDictionary<string, MailContent> known, CancellationToken cancellationToken)
    {
        foreach (LoadedMail mail in mails)
        {
            mail.Mail = mail.Mail with { Content = mail.Mail.Content ?? known.GetValueOrDefault(mail.Mail.Id) };
        }

        await ReadContentsAsync(mails.Where(mail => mail.Mail.Content is null).ToDictionary(mail => mail.Mail.RowKey, StringComparer.Ordinal), claim, cancellationToken);
        await CompleteRecipientsAsync(mails, cancellationToken);
    }

    /// <summary>Reads the recipients of mails that a page did not bring, because they are not due: a mail's own row carries what all have in common.</summary>
    public async Task CompleteRecipientsAsync(IEnumerable<LoadedMail> mails, CancellationToken cancellationToken)
    {
        foreach (LoadedMail mail in mails.Where(mail => mail.Exists && mail.Recipients.Count + mail.Unreadable < mail.Mail.Recipients))
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

    private async Task ReadContentsAsync(Dictionary<string, LoadedMail> mails, Guid claim, CancellationToken cancellationToken)
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
            if (!mails.TryGetValue(row.RowKey, out LoadedMail? mail))
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
                mail.Drop();
            }
        }

        // What is not there under this claim any more is another handler's.
        foreach (LoadedMail mail in mails.Values.Where(mail => mail.Exists && mail.Mail.Content is null))
        {
            mail.Drop();
        }
    }
}
