using System.Globalization;
using AlertFunctions.Core.Outbox;
using AlertFunctions.Core.Storage;
using AlertFunctions.Core.Texts;
using Azure;
using Azure.Data.Tables;
using Azure.Storage.Blobs.Models;
using MimeKit;

namespace AlertFunctions.Core.Mail.Queue;

/// <summary>
/// Keeps the bodies of scheduled mail, made once, so that each re-send sends the same bytes. A run's bodies are blobs <c>RUN/ATTEMPT.LANGUAGE</c>, with a zone at the end for users who have their own:
/// each attempt at making them writes blobs of its own, and the transaction that adds the mail names the ones that count, so two processes that
/// make the same run's mail never change each other's.
/// </summary>
public sealed class MailSnapshots(StorageClients storage, TimeProvider time)
{
    /// <summary>How long bodies that no row names are kept: their mail may be about to be added.</summary>
    private static readonly TimeSpan OrphanAfter = TimeSpan.FromHours(1);

    /// <summary>The place for the bodies of one attempt to make a run's mail.</summary>
    public static string NewName(Ulid run, Ulid attempt) => $"{run}/{attempt}";

    /// <summary>Writes a body.</summary>
    public async Task WriteAsync(string snapshot, MailEdition edition, MimeEntity body, CancellationToken cancellationToken)
    {
        using var bytes = new MemoryStream();
        await body.WriteToAsync(bytes, cancellationToken);
        bytes.Position = 0;
        try
        {
            await storage.Reports.GetBlobClient(BlobName(snapshot, edition)).UploadAsync(bytes, new BlobUploadOptions { Conditions = new BlobRequestConditions { IfNoneMatch = ETag.All } }, cancellationToken);
        }
        catch (RequestFailedException exception) when (exception.ErrorCode == BlobErrorCode.BlobAlreadyExists)
        {
            // The answer to the first try was lost: nobody else knows the name.
        }
    }

    /// <summary>Reads a body, where there is none of the recipient's zone that of the mail's own; null when neither is there.</summary>
    public async Task<byte[]?> ReadAsync(string snapshot, MailEdition edition, CancellationToken cancellationToken) =>
        await ReadBlobAsync(BlobName(snapshot, edition), cancellationToken)
        ?? (edition.TimeZone is null ? null : await ReadBlobAsync(BlobName(snapshot, edition with { TimeZone = null }), cancellationToken));

    /// <summary>Removes a run's bodies once all of its mail is done.</summary>
    /// <param name="snapshot">Any place of that run.</param>
    /// <param name="cancellationToken">Cancels the operation.</param>
    public async Task RemoveIfDoneAsync(string snapshot, CancellationToken cancellationToken)
    {
        string run = RunOf(snapshot);
        if (await IsNeededAsync(run, cancellationToken))
        {
            return;
        }

        await foreach (BlobItem blob in storage.Reports.GetBlobsAsync(BlobTraits.None, BlobStates.None, $"{run}/", cancellationToken))
        {
            await storage.Reports.GetBlobClient(blob.Name).DeleteIfExistsAsync(cancellationToken: cancellationToken);
        }
    }

    /// <summary>Removes bodies that no row needs: of a process that died before it added their mail, or before it removed them.</summary>
    public async Task RemoveOrphansAsync(CancellationToken cancellationToken)
    {
        var newest = new Dictionary<string, (string Name, DateTimeOffset Time)>(StringComparer.Ordinal);
        await foreach (BlobItem blob in storage.Reports.GetBlobsAsync(cancellationToken: cancellationToken))
        {
            if (TimeOf(blob.Name) is { } made && (!newest.TryGetValue(RunOf(blob.Name), out (string Name, DateTimeOffset Time) known) || known.Time < made))
            {
                newest[RunOf(blob.Name)] = (blob.Name, made);
            }
        }

        foreach ((string name, DateTimeOffset made) in newest.Values)
        {
            if (time.GetUtcNow() - made >= OrphanAfter)
            {
                await RemoveIfDoneAsync(name, cancellationToken);
            }
        }
    }

    private async Task<byte[]?> ReadBlobAsync(string name, CancellationToken cancellationToken)
    {
        try
        {
            return (await storage.Reports.GetBlobClient(name).DownloadContentAsync(cancellationToken)).Value.Content.ToArray();
        }
        catch (RequestFailedException exception) when (exception.ErrorCode == BlobErrorCode.BlobNotFound)
        {
            return null;
        }
        catch (Exception exception) when (exception is IOException or AggregateException)
        {
            // A body arrives outside the SDK's pipeline, and so does its failure.
            throw new StorageUnavailableException(exception);
        }
    }

    private static string BlobName(string snapshot, MailEdition edition) =>
        $"{snapshot}.{(edition.Culture == MailCulture.Ja ? "ja" : "en")}{(edition.TimeZone is { } zone ? $".{zone.Replace('/', '~')}" : "")}";

    private static string RunOf(string snapshot) => snapshot[..Math.Max(0, snapshot.IndexOf('/', StringComparison.Ordinal))];

    /// <summary>When a blob was made, by its name; null for one that is none of ours.</summary>
    private static DateTimeOffset? TimeOf(string blobName) =>
        blobName.Split('/') is [_, var attempt] && Ulid.TryParse(attempt.Split('.')[0], CultureInfo.InvariantCulture, out Ulid made) ? made.Time : null;

    /// <summary>
    /// Whether a run, or any mail made of it, is still there. The run is looked at first: the transaction that removes it is the one that adds its
    /// last mail, so looking the other way round could miss both.
    /// </summary>
    private async Task<bool> IsNeededAsync(string run, CancellationToken cancellationToken)
    {
        if (await storage.Work.FindAsync(Shard.OfScheduledTasks.Key, TaskRunKey.Of(run), cancellationToken) is not null)
        {
            return true;
        }

        string key = OutgoingMail.RowKeyOf(run);
        string ofRun = TableClient.CreateQueryFilter($"PartitionKey eq {Shard.OfScheduledTasks.Key} and RowKey ge {key} and RowKey lt {key + Keys.AfterSeparator}");
        return (await storage.Work.FirstAsync(ofRun, 1, cancellationToken, ["RowKey"])).Count > 0;
    }
}
