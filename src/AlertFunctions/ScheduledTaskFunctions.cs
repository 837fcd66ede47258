using AlertFunctions.Core.Upkeep;
using Microsoft.Azure.Functions.Worker;

namespace AlertFunctions;

/// <summary>What happens by the clock.</summary>
/// <param name="minute">What is done each minute.</param>
/// <param name="functions">Lets what has begun finish.</param>
public sealed class ScheduledTaskFunctions(MinuteRun minute, RunningFunctions functions)
{
    /// <summary>Does what is due this minute (S16).</summary>
    /// <param name="timer">Unused: which run this is makes no difference.</param>
    /// <param name="stopping">The Functions host is about to stop this instance.</param>
    [Function("RunScheduledTasks")]
    public Task RunScheduledTasksAsync([TimerTrigger("0 * * * * *")] TimerInfo timer, CancellationToken stopping) =>
        functions.RunAsync(minute.RunAsync, stopping);
}
