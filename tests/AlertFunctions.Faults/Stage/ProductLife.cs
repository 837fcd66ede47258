using AlertFunctions.Testing;
using AlertFunctions.WorkerHost;
using Azure.Storage.Queues;

namespace AlertFunctions.Faults.Stage;

/// <summary>One process of the product, from its start to its end.</summary>
internal interface IProductLife : IAsyncDisposable
{
    /// <summary>Completes when the process has ended, however it ended.</summary>
    Task Ended { get; }

    /// <summary>What it wrote.</summary>
    string Output { get; }

    /// <summary>Waits until it takes requests. Throws when it ends before.</summary>
    Task ReadyAsync();

    /// <summary>Sends it a request.</summary>
    Task<HttpResponseMessage> SendAsync(HttpMethod method, string path, HttpContent? body, CancellationToken cancellationToken);

    /// <summary>Ends it in the middle of whatever it does.</summary>
    Task KillAsync();
}

/// <summary>A standalone host.</summary>
internal sealed class StandaloneLife(HostProcess host) : IProductLife
{
    public Task Ended => host.Ended;

    public string Output => host.Output;

    public Task ReadyAsync() => host.ReadyAsync();

    public async Task<HttpResponseMessage> SendAsync(HttpMethod method, string path, HttpContent? body, CancellationToken cancellationToken)
    {
        using var request = new HttpRequestMessage(method, new Uri(path, UriKind.Relative)) { Content = body };
        return await host.Client.SendAsync(request, cancellationToken);
    }

    public Task KillAsync() => host.KillAsync();

    public ValueTask DisposeAsync() => host.DisposeAsync();
}

/// <summary>A worker of the published function app. Its host, which is not killed, gives it what is in the queue and lets its timers' times come.</summary>
internal sealed class WorkerLife : IProductLife
{
    private const int MessagesAtOnce = 8;

    private static readonly TimeSpan s_pause = TimeSpan.FromMilliseconds(200);
    private static readonly TimeSpan s_minute = TimeSpan.FromMinutes(1);

    private readonly FunctionsHost _host;
    private readonly Worker _worker;
    private readonly string _app;
    private readonly Func<string, QueueClient> _queues;
    private readonly Task _starting;
    private Task _triggers = Task.CompletedTask;

    /// <summary>Starts it.</summary>
    /// <param name="host">Its host.</param>
    /// <param name="app">Where the app was published to.</param>
    /// <param name="queues">Opens a queue by its name, without an encoding.</param>
    public WorkerLife(FunctionsHost host, string app, Func<string, QueueClient> queues)
    {
        _host = host;
        _app = app;
        _queues = queues;
        _worker = host.NewWorker();
        _starting = _worker.StartAsync();
    }

    public Task Ended => _worker.Ended;

    public string Output => string.Join('\n', _worker.Output);

    public async Task ReadyAsync()
    {
        await _starting;
        _triggers = Task.WhenAll([RunTimersAsync(), .. Enumerable.Range(0, MessagesAtOnce).Select(_ => RunQueueAsync())]);
    }

    public Task<HttpResponseMessage> SendAsync(HttpMethod method, string path, HttpContent? body, CancellationToken cancellationToken) =>
        _host.SendAsync(method, path, body).WaitAsync(cancellationToken);

    public Task KillAsync() => _worker.KillAsync();

    public async ValueTask DisposeAsync()
    {
        if (!Ended.IsCompleted)
        {
            await KillAsync();
        }

        // Whoever waits for the worker learns from it that it has ended; its host lets go of it in the end.
        await _starting.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await _triggers;
    }

    private async Task RunQueueAsync()
    {
        var listener = new QueueListener(_host, "SendMail", _app, _queues);
        while (!Ended.IsCompleted)
        {
            try
            {
                await listener.RunUntilEmptyAsync();
            }
            catch (Exception exception) when (IsOfStorageOrDeath(exception))
            {
                // The host goes on; the message comes again.
            }

            await Task.WhenAny(Ended, Task.Delay(s_pause));
        }
    }

    private async Task RunTimersAsync()
    {
        string[] timers = ["RedriveFailedMail", "RunScheduledTasks"];
        while (!Ended.IsCompleted)
        {
            foreach (string timer in timers)
            {
                try
                {
                    await _host.RunTimerAsync(timer);
                }
                catch (Exception exception) when (IsOfStorageOrDeath(exception))
                {
                    // Its next time comes.
                }
            }

            timers = ["RunScheduledTasks"];
            await Task.WhenAny(Ended, Task.Delay(s_minute));
        }
    }

    private static bool IsOfStorageOrDeath(Exception exception) =>
        exception is Azure.RequestFailedException or AggregateException or WorkerEndedException or WorkerFailedException or OperationCanceledException;
}
