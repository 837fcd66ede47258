using AlertFunctions.Core.Storage;
using Azure.Data.Tables;

namespace AlertFunctions.Core.Mail.Queue;

/// <summary>Counts the flushes of each shard. A recipient whose last attempt was under a lower number is due (S8).</summary>
public sealed class FlushStore(StorageClients storage, TimeProvider time)
{
    private const string FlushRow = "flush";

    /// <summary>The number of a shard's last flush; 0 before the first, or if the row is damaged.</summary>
    public async Task<long> ReadAsync(Shard shard, CancellationToken cancellationToken) =>
        (await storage.Work.FindAsync(shard.Key, FlushRow, cancellationToken))?["Number"] is long number ? number : 0;

    /// <summary>Starts a flush: all mail in the shard that was tried before becomes due (S8).</summary>
    /// <returns>False if the shard has no such mail.</returns>
    public async Task<bool> BeginAsync(Shard shard, CancellationToken cancellationToken)
    {
        string tried = Tables.Range(shard.Key, OutgoingMail.RowPrefix) + " and (Attempts gt 0 or Tried eq true)";
        if ((await storage.Work.FirstAsync(tried, 1, cancellationToken, ["RowKey"])).Count == 0)
        {
            return false;
        }

        for (int attempt = 0; attempt < 10; attempt++)
        {
            // A damaged row is replaced by the clock's milliseconds, which exceed any number counted so far.
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
}
