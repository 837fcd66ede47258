using AlertFunctions.Core.Storage;
using Microsoft.Extensions.Logging;

namespace AlertFunctions.Core.Outbox;

/// <summary>
/// Asks for flushes (S8), at most one in ten seconds from one process: at once, or visible ten seconds after the last. A request while one is
/// still to become visible needs none of its own, and shares what becomes of it.
/// </summary>
public sealed partial class FlushRequests(WakeUpQueue wakeUps, FaultLog faults, TimeProvider time, ILogger<FlushRequests> logger)
{
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(10);

    private readonly Lock _lock = new();
    private DateTimeOffset _visibleAt = DateTimeOffset.MinValue;
    private Task _sending = Task.CompletedTask;

    /// <summary>Asks for a flush where failing to costs time, not mail: what waits is re-sent by its own hour all the same.</summary>
    public async Task RequestAsync()
    {
        try
        {
            await AskAsync();
        }
        catch (Exception exception)
        {
            faults.Write(exception, LogLost);
        }
    }

    /// <summary>Asks for a flush for somebody who wants to know whether it comes.</summary>
    /// <exception cref="Exception">A storage fault: it was not asked for.</exception>
    public Task AskAsync()
    {
        lock (_lock)
        {
            DateTimeOffset now = time.GetUtcNow();
            if (_visibleAt <= now || _sending.IsFaulted)
            {
                // The one before is visible already, and may already have been handled.
                TimeSpan delay = _sending.IsFaulted || now - _visibleAt >= Pause ? TimeSpan.Zero : _visibleAt + Pause - now;
                _visibleAt = now + delay;
                _sending = StorageDeadline.RunAsync(time, Limit, token => wakeUps.FlushAsync(delay, token));
            }

            return _sending;
        }
    }

    [LoggerMessage(EventId = 202, Level = LogLevel.Warning, Message = "A flush could not be asked for; mail that waits is re-sent at its own time. {Fault}")]
    private partial void LogLost(string fault, Exception? exception);
}
