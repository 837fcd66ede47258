using AlertFunctions.Core.Storage;

namespace AlertFunctions.Standalone;

/// <summary>
/// Repeats a piece of work for as long as the host runs, whatever the work throws: after a failure it pauses, longer each time, and goes on. It
/// ends only when the host stops.
/// </summary>
internal sealed partial class HostLoop(FaultLog faults, TimeProvider time, ILogger<HostLoop> logger)
{
    public static readonly TimeSpan ShortestPause = TimeSpan.FromSeconds(5);
    public static readonly TimeSpan LongestPause = TimeSpan.FromMinutes(1);

    /// <summary>Runs the loop.</summary>
    /// <param name="name">What the log calls it.</param>
    /// <param name="work">The work, once.</param>
    /// <param name="wait">The pause after work that went well.</param>
    /// <param name="stopping">The host stops.</param>
    public async Task RunAsync(string name, Func<CancellationToken, Task> work, Func<CancellationToken, Task> wait, CancellationToken stopping)
    {
        int failures = 0;
        while (!stopping.IsCancellationRequested)
        {
            try
            {
                await work(stopping);
                if (failures > 0)
                {
                    failures = 0;
                    LogRecovered(name);
                }

                await wait(stopping);
            }
            catch (Exception exception) when (!stopping.IsCancellationRequested)
            {
                // A loop that ends takes mail or timers with it until somebody notices; no exception is worth that.
                faults.Write(exception, (fault, unexpected) => LogFailed(name, fault, unexpected), name);
                await Task.Delay(PauseAfter(++failures), time, stopping).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
            catch (Exception)
            {
                // What the work throws while the host stops is no failure.
                return;
            }
        }
    }

    /// <summary>Twice as long after each further failure.</summary>
    private static TimeSpan PauseAfter(int failures) =>
        TimeSpan.FromTicks(Math.Min(ShortestPause.Ticks << Math.Min(failures - 1, 10), LongestPause.Ticks));

    [LoggerMessage(EventId = 401, Level = LogLevel.Error, Message = "{Loop} failed; it is tried again within a minute. {Fault}")]
    private partial void LogFailed(string loop, string fault, Exception? exception);

    [LoggerMessage(EventId = 402, Level = LogLevel.Information, Message = "{Loop} works again.")]
    private partial void LogRecovered(string loop);
}
