using AlertFunctions.Core.Storage;
using Azure;
using Azure.Data.Tables;

namespace AlertFunctions.Core.Mail.Queue;

/// <summary>Stores claims on undelivered mail.</summary>
public sealed class MailStore(StorageClients storage)
{
    /// <summary>Claims mails, or renews or releases their claim. Changes nothing if any of them has been changed since it was read.</summary>
    /// <param name="mails">At most 100 mails of one shard.</param>
    /// <param name="until">When the claim expires unless it is renewed.</param>
    /// <param name="claim">The lease of the handler's slot; empty to release.</param>
    /// <param name="slot">The slot; null to release.</param>
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
    /// The rows' ETags if a claim that conflicted had been written after all: its response was lost, and the SDK's own retry conflicted with it. If this
    /// went unnoticed, nobody could send the mail until the claim expires.
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
}
