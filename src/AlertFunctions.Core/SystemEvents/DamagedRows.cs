using System.Text.Json;
using AlertFunctions.Core.Storage;
using Azure.Data.Tables;

namespace AlertFunctions.Core.SystemEvents;

/// <summary>Puts rows that cannot be read aside for an hour with a 199, so that the others go on (rule 2).</summary>
internal sealed class DamagedRows(StorageClients storage, SystemEventStore systemEvents, TimeProvider time)
{
    /// <summary>How long what could not be processed is passed over.</summary>
    public static readonly TimeSpan PassOverFor = TimeSpan.FromHours(1);

    /// <summary>Whether an exception means that a row's content is not what this product writes.</summary>
    public static bool IsSignOf(Exception exception) =>
        exception is JsonException or ArgumentException or FormatException or OverflowException or InvalidOperationException or NullReferenceException;

    /// <summary>Records a row of table <c>Work</c> and moves the time before which it is not looked at.</summary>
    /// <param name="row">The row.</param>
    /// <param name="property">The property that holds that time.</param>
    /// <param name="exception">Why it could not be read.</param>
    /// <param name="cancellationToken">Ends the waiting.</param>
    public async Task PassOverAsync(TableEntity row, string property, Exception exception, CancellationToken cancellationToken)
    {
        DateTimeOffset now = time.GetUtcNow();
        await systemEvents.AddAsync([SystemEvent.OfGivenUp($"{row.RowKey}: {exception.Message}", row.RowKey, now)], cancellationToken);

        // On a conflict another process has seen to it.
        var changes = new TableTransaction(storage.Work, row.PartitionKey);
        changes.Merge(new TableEntity { RowKey = row.RowKey, [property] = now + PassOverFor }, row.ETag);
        await changes.SubmitAsync(cancellationToken);
    }
}
