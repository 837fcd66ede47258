using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Hosting.Internal;
using Microsoft.Extensions.Logging.Abstractions;

namespace AlertFunctions.FunctionApp.Tests;

public sealed class RunningFunctionsTests
{
    private readonly ApplicationLifetime _process = new(NullLogger<ApplicationLifetime>.Instance);
    private readonly RunningFunctions _functions;

    public RunningFunctionsTests() => _functions = new RunningFunctions(_process);

    [Fact]
    public async Task A_process_that_is_told_to_stop_cancels_what_runs_and_waits_for_it()
    {
        var finished = new TaskCompletionSource();
        CancellationToken cancelled = default;
        Task running = _functions.RunAsync(
            stopping =>
            {
                cancelled = stopping;
                return finished.Task;
            },
            CancellationToken.None);
        _process.StopApplication();
        Task stopped = ((IHostedService)_functions).StopAsync(CancellationToken.None);
        Assert.True(cancelled.IsCancellationRequested);
        Assert.False(stopped.IsCompleted);

        finished.SetResult();
        await running;
        await stopped;
    }

    [Fact]
    public async Task A_process_that_is_told_to_stop_waits_no_longer_than_it_may_and_not_for_what_has_ended()
    {
        await Assert.ThrowsAsync<InvalidOperationException>(() => _functions.RunAsync(_ => Task.FromException(new InvalidOperationException()), CancellationToken.None));
        await ((IHostedService)_functions).StopAsync(CancellationToken.None);

        Task running = _functions.RunAsync(_ => Task.Delay(Timeout.Infinite, TestContext.Current.CancellationToken), CancellationToken.None);
        await ((IHostedService)_functions).StopAsync(new CancellationToken(canceled: true));
        Assert.False(running.IsCompleted);
    }

    [Fact]
    public async Task What_the_Functions_host_cancels_is_cancelled()
    {
        bool cancelled = false;
        await _functions.RunAsync(
            stopping =>
            {
                cancelled = stopping.IsCancellationRequested;
                return Task.CompletedTask;
            },
            new CancellationToken(canceled: true));
        Assert.True(cancelled);
    }
}
