using Microsoft.Extensions.Hosting;

namespace AlertFunctions;

/// <summary>
/// What functions do at this moment. The Functions host cancels it when it stops and waits for it; but a signal can reach this process as well, as
/// Ctrl+C in a terminal does. Then it is cancelled here, and the process waits for it, so that mail in flight finishes and what was
/// accepted is recorded (rule 2).
/// </summary>
/// <param name="process">Tells when this process is to stop.</param>
public sealed class RunningFunctions(IHostApplicationLifetime process) : IHostedService
{
    private readonly HashSet<Task> _running = [];

    /// <summary>Does the work of a function.</summary>
    /// <param name="work">The work, which ends early when it is cancelled.</param>
    /// <param name="stopping">The Functions host is about to stop this instance.</param>
    public async Task RunAsync(Func<CancellationToken, Task> work, CancellationToken stopping)
    {
        using var either = CancellationTokenSource.CreateLinkedTokenSource(stopping, process.ApplicationStopping);
        Task running = work(either.Token);
        lock (_running)
        {
            _running.Add(running);
        }

        try
        {
            await running;
        }
        finally
        {
            lock (_running)
            {
                _running.Remove(running);
            }
        }
    }

    Task IHostedService.StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <summary>Waits for all that runs, as long as the process is given to stop.</summary>
    async Task IHostedService.StopAsync(CancellationToken cancellationToken)
    {
        Task[] running;
        lock (_running)
        {
            running = [.. _running];
        }

        // Whoever started it learns how it ended.
        await Task.WhenAll(running).WaitAsync(cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }
}
