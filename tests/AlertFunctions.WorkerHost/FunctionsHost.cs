using System.Collections.Concurrent;
using System.Net;
using System.Text.Json;
using AlertFunctions.WorkerHost.Protocol;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace AlertFunctions.WorkerHost;

/// <summary>
/// A Functions host, as small as the published app needs one. It starts workers and speaks the worker's protocol; what triggers a function, and when,
/// is what a test tells it. It asks for no keys.
/// </summary>
internal sealed class FunctionsHost : IAsyncDisposable
{
    private static readonly IReadOnlyDictionary<string, TypedData> s_noMetadata = new Dictionary<string, TypedData>(StringComparer.Ordinal);

    private static readonly IReadOnlyDictionary<string, TypedData> s_request = new Dictionary<string, TypedData>(StringComparer.Ordinal) { ["Query"] = Json(new { }), ["Headers"] = Json(new { }) };

    private readonly string _app;
    private readonly IReadOnlyDictionary<string, string?> _settings;
    private readonly WebApplication _server;
    private readonly ConcurrentDictionary<string, Worker> _workers = new(StringComparer.Ordinal);
    private Worker? _worker;

    private FunctionsHost(string app, IReadOnlyDictionary<string, string?> settings)
    {
        _app = app;
        _settings = settings;
        WebApplicationBuilder builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0, endpoint => endpoint.Protocols = HttpProtocols.Http2));
        builder.Services.AddGrpc(grpc => grpc.MaxReceiveMessageSize = int.MaxValue);
        builder.Services.AddSingleton(this);
        _server = builder.Build();
        _server.MapGrpcService<FunctionRpcService>();
    }

    /// <summary>The worker that is given what there is to do.</summary>
    public Worker Worker => _worker ?? throw new InvalidOperationException("No worker was started.");

    /// <summary>Starts a host with one worker.</summary>
    /// <param name="app">Where the app was published to.</param>
    /// <param name="settings">The app's settings.</param>
    public static async Task<FunctionsHost> StartAsync(string app, IReadOnlyDictionary<string, string?> settings)
    {
        FunctionsHost host = await StartWithoutWorkerAsync(app, settings);
        await host.StartWorkerAsync();
        return host;
    }

    /// <summary>Starts a host whose first worker is still to be started.</summary>
    /// <param name="app">Where the app was published to.</param>
    /// <param name="settings">The app's settings.</param>
    public static async Task<FunctionsHost> StartWithoutWorkerAsync(string app, IReadOnlyDictionary<string, string?> settings)
    {
        var host = new FunctionsHost(app, settings);
        await host._server.StartAsync();
        return host;
    }

    /// <summary>Starts another worker, which is given everything from now on.</summary>
    public Task StartWorkerAsync() => NewWorker().StartAsync();

    /// <summary>Prepares another worker, which is given everything once it has started.</summary>
    public Worker NewWorker()
    {
        string id = Guid.NewGuid().ToString();
        return _worker = _workers[id] = new Worker(id, _app, new Uri(_server.Urls.Single()), _settings);
    }

    /// <summary>The worker that connects by that name.</summary>
    public Worker WorkerOf(string id) => _workers[id];

    /// <summary>Gives a request to the function whose route fits.</summary>
    public async Task<HttpResponseMessage> SendAsync(HttpMethod method, string path, HttpContent? body = null)
    {
        string[] parts = path.Split('?', 2);
        DeclaredFunction? function = await FunctionRouting.OfHostAsync(method.Method, parts[0], FunctionRouting.HostOrder);
        if (function is null)
        {
            return new HttpResponseMessage(HttpStatusCode.NotFound);
        }

        using var request = new HttpRequestMessage(method, new Uri(path, UriKind.Relative)) { Content = body };
        return await Worker.SendAsync(function.Name, request, s_request);
    }

    /// <summary>Gives a request to the function whose route fits, and comes back with the answer as soon as it begins.</summary>
    /// <param name="request">The request.</param>
    /// <returns>The answer, whose body may go on to come, and the end of the invocation.</returns>
    public async Task<(HttpResponseMessage Answer, Task Ended)> BeginAsync(HttpRequestMessage request)
    {
        DeclaredFunction? function = await FunctionRouting.OfHostAsync(request.Method.Method, request.RequestUri!.OriginalString, FunctionRouting.HostOrder);
        return await Worker.BeginAsync(function!.Name, request, s_request);
    }

    /// <summary>Lets a timer's time come.</summary>
    /// <param name="function">The function's name.</param>
    public Task RunTimerAsync(string function)
    {
        DateTimeOffset now = DateTimeOffset.UtcNow;
        return Worker.InvokeAsync(function, Json(new { Schedule = new { AdjustForDST = true }, ScheduleStatus = new { Last = now, Next = now.AddMinutes(1), LastUpdated = now }, IsPastDue = false }), s_noMetadata);
    }

    public async ValueTask DisposeAsync()
    {
        foreach (Worker worker in _workers.Values)
        {
            await worker.DisposeAsync();
        }

        await _server.DisposeAsync();
    }

    private static TypedData Json(object value) => new() { Json = JsonSerializer.Serialize(value) };
}
