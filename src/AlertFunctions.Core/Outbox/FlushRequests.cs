using AlertFunctions.Core.Storage;
using Microsoft.Extensions.Logging;

namespace AlertFunctions.Core.Outbox;

/// <summary>
/// Requests flushes (S8): at most one every ten seconds per process, either at once or visible ten seconds after the last one. While a message is
/// not yet visible, further requests send none of their own and share its outcome.
/// </summary>
public sealed partial class FlushRequests(WakeUpQueue wakeUps, FaultLog faults, TimeProvider time, ILogger<FlushRequests> logger)
{
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(10);

    private readonly Lock _lock = new();
    private DateTimeOffset _visibleAt = DateTimeOffset.MinValue;
    private Task _sending = Task.CompletedTask;

    /// <summary>Requests a flush. If that fails, mail is only delayed: it is still re-sent at its own time.</summary>
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

    /// <summary>Requests a flush for a caller who must know whether it was requested.</summary>
    /// <exception cref="Exception">A storage fault: the flush was not requested.</exception>
    public Task AskAsync()
    {
        lock (_lock)
        {
            DateTimeOffset now = time.GetUtcNow();
            if (_visibleAt <= now || _sending.IsFaulted)
            {
                // The previous message is visible already and may have been handled, so a new one is needed.
                TimeSpan delay = _sending.IsFaulted || now - _visibleAt >= Pause ? TimeSpan.Zero : _visibleAt + Pause - now;
                _visibleAt = now + delay;
                _sending = StorageDeadline.RunAsync(time, Limit, token => wakeUps.FlushAsync(delay, token));
            }

            return _sending;
        }
    }

    [LoggerMessage(EventId = 202, Level = LogLevel.Warning, Message = "A flush could not be requested; undelivered mail is re-sent at its own time. {Fault}")]
    private partial void LogLost(string fault, Exception? exception);
}
