using System.Collections.Concurrent;
using AlertFunctions.Core.ScheduledTasks.Runs;
using AlertFunctions.Core.Storage;
using AlertFunctions.Core.SystemEvents;
using Microsoft.Extensions.Logging;

namespace AlertFunctions.Core.Upkeep;

/// <summary>The work of the minute timer.</summary>
public sealed partial class MinuteRun(
    ScheduledTaskRunner tasks,
    MailRedriver redriver,
    PoisonMessages poison,
    ExpiredRows expired,
    IEnumerable<GaugeReader> gauges,
    TimerRuns timers,
    SystemEventStore systemEvents,
    FaultLog faults,
    TimeProvider time,
    ILogger<MinuteRun> logger)
{
    /// <summary>A step that fails every minute is recorded only this often, since it would bury the other system events.</summary>
    private static readonly TimeSpan RecordAgainAfter = TimeSpan.FromHours(1);

    private readonly (string Name, Func<CancellationToken, Task> Run)[] _steps =
    [
        ("starting scheduled tasks", tasks.RunDueAsync),
        ("waking mail that is due", redriver.WakeDueAsync),
        ("recording messages that were given up", poison.RecordAsync),
        ("removing expired rows", expired.RemoveAsync),
        .. gauges.Select(reader => ("reading what the gauges show", (Func<CancellationToken, Task>)reader.ReadAsync)),
    ];

    private readonly ConcurrentDictionary<string, DateTimeOffset> _recordedAt = new(StringComparer.Ordinal);

    /// <summary>
    /// Starts scheduled tasks that are due, wakes due mail, so that it is re-sent to the minute (S16), records and removes messages that were given
    /// up, and removes expired rows. If a step fails, that is logged and recorded as 199, and the other steps still run.
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

    /// <returns>The exception that the step threw, or null.</returns>
    private async Task<Exception?> TryAsync(string step, Func<CancellationToken, Task> run, CancellationToken cancellationToken)
    {
        try
        {
            await run(cancellationToken);
            return null;
        }
        catch (Exception exception) when (!cancellationToken.IsCancellationRequested)
        {
            // Whatever happens in one step, the others run.
            faults.Write(exception, (fault, unexpected) => LogStepFailed(step, fault, unexpected), step);
            return exception;
        }
    }

    private Task RecordAsync(string step, Exception exception, CancellationToken cancellationToken) =>
        systemEvents.AddAsync([SystemEvent.OfGivenUp($"The minute timer failed at {step}; it retries every minute: {exception.Message}", "RunScheduledTasks", time.GetUtcNow())], cancellationToken);

    [LoggerMessage(EventId = 222, Level = LogLevel.Error, Message = "The minute timer failed at {Step}; it retries every minute. {Fault}")]
    private partial void LogStepFailed(string step, string fault, Exception? exception);
}
