using System.Collections.Concurrent;
using AlertFunctions.Core.ScheduledTasks.Runs;
using AlertFunctions.Core.Storage;
using AlertFunctions.Core.SystemEvents;
using Microsoft.Extensions.Logging;

namespace AlertFunctions.Core.Upkeep;

/// <summary>What the timer does each minute.</summary>
public sealed partial class MinuteRun(
    ScheduledTaskRunner tasks,
    MailRedriver redriver,
    PoisonMessages poison,
    ExpiredRows expired,
    TimerRuns timers,
    SystemEventStore systemEvents,
    FaultLog faults,
    TimeProvider time,
    ILogger<MinuteRun> logger)
{
    /// <summary>A step that fails each minute would bury the other system events.</summary>
    private static readonly TimeSpan RecordAgainAfter = TimeSpan.FromHours(1);

    private readonly (string Name, Func<CancellationToken, Task> Run)[] _steps =
    [
        ("starting scheduled tasks", tasks.RunDueAsync),
        ("waking mail that is due", redriver.WakeDueAsync),
        ("recording messages that were given up", poison.RecordAsync),
        ("removing expired rows", expired.RemoveAsync),
    ];

    private readonly ConcurrentDictionary<string, DateTimeOffset> _recordedAt = new(StringComparer.Ordinal);

    /// <summary>
    /// Starts scheduled tasks whose time has come, wakes mail that is due, so that each is re-sent to the minute (S16), records and removes messages
    /// that had to be given up, and removes expired rows. A step that fails is logged and recorded as 199, and the others run.
    /// </summary>
    /// <param name="cancellationToken">Cancels the operation.</param>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        foreach ((string name, Func<CancellationToken, Task> run) in _steps)
        {
            if (await TryAsync(name, run, cancellationToken) is { } exception && time.GetUtcNow() - _recordedAt.GetValueOrDefault(name) >= RecordAgainAfter)
            {
                _recordedAt[name] = time.GetUtcNow();
                await TryAsync("recording that a step failed", token => RecordAsync(name, exception, token), cancellationToken);
            }
        }

        await TryAsync("recording that the minute timer ran", timers.RecordMinuteAsync, cancellationToken);
    }

    /// <returns>What the step threw, or null.</returns>
    private async Task<Exception?> TryAsync(string step, Func<CancellationToken, Task> run, CancellationToken cancellationToken)
    {
        try
        {
            await run(cancellationToken);
            return null;
        }
        catch (Exception exception) when (!cancellationToken.IsCancellationRequested)
        {
            // Whatever one step meets, the others run.
            faults.Write(exception, (fault, unexpected) => LogStepFailed(step, fault, unexpected), step);
            return exception;
        }
    }

    private Task RecordAsync(string step, Exception exception, CancellationToken cancellationToken) =>
        systemEvents.AddAsync([SystemEvent.OfGivenUp($"The minute timer failed at {step}; it tries again each minute: {exception.Message}", "RunScheduledTasks", time.GetUtcNow())], cancellationToken);

    [LoggerMessage(EventId = 222, Level = LogLevel.Error, Message = "The minute timer failed at {Step}; it tries again each minute. {Fault}")]
    private partial void LogStepFailed(string step, string fault, Exception? exception);
}
