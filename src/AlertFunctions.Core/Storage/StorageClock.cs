using Azure.Core;
using Azure.Core.Pipeline;

namespace AlertFunctions.Core.Storage;

/// <summary>
/// The process's clock (rule 8), corrected by the storage service's Date when the two differ by more than two seconds, so that ULIDs made by several
/// processes order as things happened.
/// </summary>
public sealed class StorageClock(TimeProvider time) : HttpPipelineSynchronousPolicy
{
    private static readonly TimeSpan Tolerance = TimeSpan.FromSeconds(2);

    private long _correctionTicks;

    /// <summary>The service's time, as far as its answers have told it.</summary>
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
