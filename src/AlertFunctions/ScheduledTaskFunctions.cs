using AlertFunctions.Core.Upkeep;
using Microsoft.Azure.Functions.Worker;

namespace AlertFunctions;

/// <summary>The minute timer.</summary>
/// <param name="minute">The work of each minute.</param>
/// <param name="functions">Lets running functions finish when the process stops.</param>
public sealed class ScheduledTaskFunctions(MinuteRun minute, RunningFunctions functions)
{
    /// <summary>Does everything that is due this minute (S16).</summary>
    /// <param name="timer">Required by the trigger; not used.</param>
    /// <param name="stopping">Signals that the Functions host is stopping this instance.</param>
    [Function("RunScheduledTasks")]
    public Task RunScheduledTasksAsync([TimerTrigger("0 * * * * *")] TimerInfo timer, CancellationToken stopping) =>
        functions.RunAsync(minute.RunAsync, stopping);
}
