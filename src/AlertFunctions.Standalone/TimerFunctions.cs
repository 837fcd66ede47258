using AlertFunctions.Api;
using AlertFunctions.Api.Http;
using AlertFunctions.Core.Upkeep;

namespace AlertFunctions.Standalone;

/// <summary>The timer functions, each in a loop of its own, so that none ever overlaps with itself.</summary>
internal sealed class TimerFunctions : BackgroundService
{
    private readonly TimeProvider _time;
    private readonly HostLoop _loop;
    private readonly IHostApplicationLifetime _lifetime;
    private readonly Dictionary<string, TimerFunction> _functions;

    public TimerFunctions(MailRedriver redriver, MinuteRun minuteRun, TimeProvider time, HostLoop loop, IHostApplicationLifetime lifetime)
    {
        _time = time;
        _loop = loop;
        _lifetime = lifetime;
        _functions = new Dictionary<string, TimerFunction>(StringComparer.OrdinalIgnoreCase)
        {
            ["RedriveFailedMail"] = new(redriver.RunHourlyAsync, TimeSpan.FromHours(1), new SemaphoreSlim(0, 1)),
            ["RunScheduledTasks"] = new(minuteRun.RunAsync, TimeSpan.FromMinutes(1), new SemaphoreSlim(0, 1)),
        };
    }

    /// <summary>Runs a function now, or once more after the run that is under way.</summary>
    /// <returns>False when there is none of that name.</returns>
    public bool RunNow(string name)
    {
        if (!_functions.TryGetValue(name, out TimerFunction? function))
        {
            return false;
        }

        lock (function)
        {
            if (function.Requested.CurrentCount == 0)
            {
                function.Requested.Release();
            }
        }

        return true;
    }

    public override void Dispose()
    {
        base.Dispose();
        foreach (TimerFunction function in _functions.Values)
        {
            function.Requested.Dispose();
        }
    }

    /// <summary>The first runs are at start: what became due while the host was off does not wait for the next full hour.</summary>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        if (await _lifetime.HasStartedAsync(stoppingToken))
        {
            await Task.WhenAll(_functions.Select(function => _loop.RunAsync(function.Key, function.Value.Run, stopping => WaitAsync(function.Value, stopping), stoppingToken)));
        }
    }

    /// <summary>Waits for the next full interval, as the timers of the Functions host do, or for a request to run now.</summary>
    private async Task WaitAsync(TimerFunction function, CancellationToken stopping)
    {
        DateTimeOffset now = _time.GetUtcNow();
        TimeSpan left = function.Interval - TimeSpan.FromTicks(now.UtcTicks % function.Interval.Ticks);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(stopping);
        Task requested = function.Requested.WaitAsync(either.Token);
        await Task.WhenAny(requested, Task.Delay(left, _time, either.Token));
        await either.CancelAsync();
        await requested.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    private sealed record TimerFunction(Func<CancellationToken, Task> Run, TimeSpan Interval, SemaphoreSlim Requested);
}

/// <summary><c>POST /admin/functions/{name}</c>: runs a timer function now, as the Functions host does with its master key.</summary>
internal static class TimerAdministration
{
    public static void MapTimerAdministration(this IEndpointRouteBuilder endpoints) => endpoints.Map("/admin/{**path}", async context =>
    {
        IResult result = context.Request.Path.Value!.Split('/', StringSplitOptions.RemoveEmptyEntries) is not [_, "functions", var name] ? NoSuchFunction()
            : !HttpMethods.IsPost(context.Request.Method) ? Problem.Of(StatusCodes.Status405MethodNotAllowed, "methodNotAllowed", "A timer function is run with POST.")
            : context.RequestServices.GetRequiredService<TimerFunctions>().RunNow(name) ? Results.Accepted() : NoSuchFunction();
        await result.ExecuteAsync(context);
    }).RequireAuthorization(AccessPolicies.Manage);

    private static IResult NoSuchFunction() =>
        Problem.Of(StatusCodes.Status404NotFound, "notFound", "There is no timer function of this name; there are RedriveFailedMail and RunScheduledTasks.");
}
