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
/// Stores the bodies of scheduled mail, rendered once, so that every re-send has the same bytes. A run's bodies are blobs named
/// <c>RUN/ATTEMPT.LANGUAGE</c>, with a time zone at the end for users who have their own. Each attempt to render writes its own blobs, and the transaction that adds the mail names the valid ones, so two
/// processes that render the same run never overwrite each other's.
/// </summary>
public sealed class MailSnapshots(StorageClients storage, TimeProvider time)
{
    /// <summary>How long bodies that no row refers to are kept: their mail may be about to be added.</summary>
    private static readonly TimeSpan OrphanAfter = TimeSpan.FromHours(1);

    /// <summary>The name for the bodies of one attempt to render a run.</summary>
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
            // The response to the first try was lost: nobody else knows the name.
        }
    }

    /// <summary>Reads a body: the one in the recipient's time zone, else the one in the mail's own; null if neither exists.</summary>
    public async Task<byte[]?> ReadAsync(string snapshot, MailEdition edition, CancellationToken cancellationToken) =>
        await ReadBlobAsync(BlobName(snapshot, edition), cancellationToken)
        ?? (edition.TimeZone is null ? null : await ReadBlobAsync(BlobName(snapshot, edition with { TimeZone = null }), cancellationToken));

    /// <summary>Deletes a run's bodies if all of its mail is delivered or given up.</summary>
    /// <param name="snapshot">Any snapshot name of that run.</param>
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

    /// <summary>Deletes bodies that no row needs, left by a process that died before adding their mail or before deleting them.</summary>
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

    /// <summary>When a blob was created, according to its name; null if it is not one of ours.</summary>
    private static DateTimeOffset? TimeOf(string blobName) =>
        blobName.Split('/') is [_, var attempt] && Ulid.TryParse(attempt.Split('.')[0], CultureInfo.InvariantCulture, out Ulid made) ? made.Time : null;

    /// <summary>
    /// Whether a run, or any mail made from it, still exists. The run is checked first: the transaction that deletes it also adds its last mail, so
    /// checking in the opposite order could miss both.
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
