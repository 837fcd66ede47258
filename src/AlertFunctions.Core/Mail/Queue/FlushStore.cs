using AlertFunctions.Core.Storage;
using Azure.Data.Tables;

namespace AlertFunctions.Core.Mail.Queue;

/// <summary>Numbers the flushes of each shard: a recipient that was attempted under an older number is due (S8).</summary>
public sealed class FlushStore(StorageClients storage, TimeProvider time)
{
    private const string FlushRow = "flush";

    /// <summary>The number of the last flush of a shard; 0 before the first, and while the row is damaged.</summary>
    public async Task<long> ReadAsync(Shard shard, CancellationToken cancellationToken) =>
        (await storage.Work.FindAsync(shard.Key, FlushRow, cancellationToken))?["Number"] is long number ? number : 0;

    /// <summary>Begins a flush: everything tried that waits in the shard is to be attempted (S8).</summary>
    /// <returns>False when nothing tried waits there.</returns>
    public async Task<bool> BeginAsync(Shard shard, CancellationToken cancellationToken)
    {
        string tried = Tables.Range(shard.Key, OutgoingMail.RowPrefix) + " and Attempts gt 0";
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
}
