using AlertFunctions.Core.Storage;
using AlertFunctions.Standalone;
using AlertFunctions.Testing;
using Azure;
using Azure.Identity;
using Microsoft.Extensions.Logging;

namespace AlertFunctions.Tests.Standalone;

/// <summary>The loop behind the standalone host's queue and timers: nothing but the host's stop ends it, and its clock is the process's (rule 8).</summary>
public sealed class HostLoopTests : IDisposable
{
    private readonly FakeClock _clock = new();
    private readonly TestLog _log = new();
    private readonly LoggerFactory _loggers;
    private readonly CancellationTokenSource _host = new();
    private readonly HostLoop _loop;
    private int _runs;

    public HostLoopTests()
    {
        _loggers = new LoggerFactory([_log]);
        _loop = new HostLoop(new FaultLog(_clock), _clock, _loggers.CreateLogger<HostLoop>());
    }

    public void Dispose()
    {
        _loggers.Dispose();
        _host.Dispose();
    }

    public static TheoryData<Exception> Exceptions { get; } =
    [
        new RequestFailedException(401, "no"),
        new AuthenticationFailedException("no token"),
        new OperationCanceledException("nobody asked for it"),
        new InvalidOperationException("ours"),
        new InvalidCastException(),
        new KeyNotFoundException(),
    ];

    [Theory]
    [MemberData(nameof(Exceptions))]
    public async Task It_outlives_every_exception_and_says_when_it_works_again(Exception exception)
    {
        Task loop = RunAsync(run => run == 1 ? Task.FromException(exception) : Task.CompletedTask);
        await _clock.WaitForPauseAsync(HostLoop.ShortestPause);
        _clock.Advance(HostLoop.ShortestPause);
        await _clock.WaitForPauseAsync(TimeSpan.FromHours(1));

        Assert.Equal(2, _runs);
        Assert.Equal([401, 402], _log.Entries.Select(entry => entry.EventId.Id));
        await StopAsync(loop);
    }

    [Fact]
    public async Task It_outlives_work_that_throws_before_it_begins()
    {
        Task loop = RunAsync(run => run == 1 ? throw new InvalidOperationException("ours") : Task.CompletedTask);
        await _clock.WaitForPauseAsync(HostLoop.ShortestPause);
        _clock.Advance(HostLoop.ShortestPause);
        await _clock.WaitForPauseAsync(TimeSpan.FromHours(1));
        await StopAsync(loop);
    }

    [Fact]
    public async Task It_pauses_longer_after_each_failure_up_to_a_minute_and_says_so_once_a_minute()
    {
        Task loop = RunAsync(_ => throw new RequestFailedException(503, "busy"));
        int[] seconds = [5, 10, 20, 40, 60, 60];
        foreach ((int index, int pause) in seconds.Index())
        {
            await _clock.WaitForPauseAsync(TimeSpan.FromSeconds(pause), count: seconds.Take(index + 1).Count(other => other == pause));
            _clock.Advance(TimeSpan.FromSeconds(pause));
        }

        await _clock.WaitForPauseAsync(TimeSpan.FromMinutes(1), count: 3);
        Assert.Equal(7, _runs);
        Assert.Equal(4, _log.Entries.Count); // at 0, 75, 135 and 195 seconds
        await StopAsync(loop);
    }

    [Fact]
    public async Task It_ends_with_the_host_whatever_the_work_throws_then()
    {
        var reached = new TaskCompletionSource();
        Task loop = _loop.RunAsync(
            "Work",
            async stopping =>
            {
                reached.SetResult();
                await Task.Delay(Timeout.Infinite, stopping).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
                throw new InvalidOperationException("broken off");
            },
            _ => Task.CompletedTask,
            _host.Token);
        await reached.Task;
        await StopAsync(loop);
        _log.AssertNothingUnexpected();
    }

    private Task RunAsync(Func<int, Task> work) =>
        _loop.RunAsync("Work", _ => work(++_runs), stopping => Task.Delay(TimeSpan.FromHours(1), _clock, stopping), _host.Token);

    private async Task StopAsync(Task loop)
    {
        await _host.CancelAsync();
        await loop;
    }
}
