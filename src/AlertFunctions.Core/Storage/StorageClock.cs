using Azure.Core;
using Azure.Core.Pipeline;

namespace AlertFunctions.Core.Storage;

/// <summary>
/// The process's clock (rule 8), corrected by the storage service's <c>Date</c> header if the two differ by more than two seconds, so that ULIDs
/// from different processes sort in the order in which things happened.
/// </summary>
public sealed class StorageClock(TimeProvider time) : HttpPipelineSynchronousPolicy
{
    private static readonly TimeSpan Tolerance = TimeSpan.FromSeconds(2);

    private long _correctionTicks;

    /// <summary>The current time of the storage service, as of its last response.</summary>
    public DateTimeOffset UtcNow => time.GetUtcNow() + TimeSpan.FromTicks(Interlocked.Read(ref _correctionTicks));

    /// <inheritdoc/>
    public override void OnReceivedResponse(HttpMessage message)
    {
        if (message.Response.Headers.Date is { } date)
        {
            TimeSpan difference = date - time.GetUtcNow();
            Interlocked.Exchange(ref _correctionTicks, difference.Duration() > Tolerance ? difference.Ticks : 0);
        }
    }
}
