using AlertFunctions.Core.Storage;
using Microsoft.Extensions.Logging;

namespace AlertFunctions.Core.Mail;

/// <summary>
/// Asks for flushes (S8), at most one in ten seconds from one process: at once, or visible ten seconds after the last; a request while one is
/// pending needs none.
/// </summary>
internal sealed partial class FlushRequests(WakeUpQueue wakeUps, TimeProvider time, ILogger<FlushRequests> logger)
{
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(10);

    private readonly Lock _lock = new();
    private DateTimeOffset _visibleAt = DateTimeOffset.MinValue;

    public async Task RequestAsync(CancellationToken cancellationToken)
    {
        TimeSpan delay;
        lock (_lock)
        {
            DateTimeOffset now = time.GetUtcNow();
            if (_visibleAt > now)
            {
                return;
            }

            // The one before is visible already, and may already be worked off.
            delay = now - _visibleAt >= Pause ? TimeSpan.Zero : _visibleAt + Pause - now;
            _visibleAt = now + delay;
        }

        try
        {
            await wakeUps.FlushAsync(delay, cancellationToken);
        }
        catch (Exception exception) when (StorageFault.Is(exception))
        {
            // What waits is re-sent by its own hour all the same.
            LogFlushLost(exception);
        }
    }

    [LoggerMessage(EventId = 202, Level = LogLevel.Warning, Message = "A flush could not be asked for; mail that waits is re-sent at its own time.")]
    private partial void LogFlushLost(Exception exception);
}
