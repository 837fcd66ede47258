using System.Collections.Concurrent;
using System.Net;
using System.Text;
using System.Text.RegularExpressions;
using AlertFunctions.Testing;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Yarp.ReverseProxy.Forwarder;

namespace AlertFunctions.Faults.Stage;

/// <summary>What a request to storage may meet.</summary>
internal enum StorageTrouble
{
    /// <summary>503: the service is busy, and does nothing.</summary>
    Busy,

    /// <summary>401: the credentials are not accepted.</summary>
    Unauthorized,

    /// <summary>No answer, and nothing is done.</summary>
    Silence,

    /// <summary>The connection is cut, and nothing is done.</summary>
    Cut,

    /// <summary>412: the row's ETag is taken to be an old one.</summary>
    Stale,

    /// <summary>500, although it was done.</summary>
    AppliedFailure,

    /// <summary>No answer, although it was done.</summary>
    AppliedSilence,

    /// <summary>The connection is cut, although it was done.</summary>
    AppliedCut,
}

/// <summary>The way between one process of the product and storage. What goes wrong there goes wrong below the SDK's retries, as in production.</summary>
internal sealed partial class StorageLink : IAsyncDisposable
{
    private static readonly HttpTransformer s_answerIsLost = new LostAnswer();
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(2);

    private readonly HttpMessageInvoker _network = new(new SocketsHttpHandler { UseProxy = false, UseCookies = false, AllowAutoRedirect = false, AutomaticDecompression = DecompressionMethods.None, ActivityHeadersPropagator = null });
    private readonly ConcurrentDictionary<string, ConnectionContext> _connections = new(StringComparer.Ordinal);
    private readonly ChangeSignal _changed = new();
    private readonly Lock _gate = new();
    private readonly Dictionary<int, string> _destinations;
    private readonly Random _chance;
    private readonly WebApplication _app;
    private readonly IHttpForwarder _forwarder;
    private (StorageTrouble Kind, double Share)? _trouble;
    private bool _closed;
    private int _running;

    private StorageLink(IReadOnlyDictionary<string, Uri> storage, int seed)
    {
        _chance = new Random(seed);
        Dictionary<string, int> ports = storage.Keys.ToDictionary(service => service, _ => FreePort.Choose(), StringComparer.Ordinal);
        _destinations = storage.ToDictionary(service => ports[service.Key], service => service.Value.GetLeftPart(UriPartial.Authority));
        TablePort = ports["Table"];
        ConnectionString = AzuriteServer.ConnectionStringOf(ports.Select(port => KeyValuePair.Create(port.Key, new Uri($"http://127.0.0.1:{port.Value}"))));
        WebApplicationBuilder builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.Services.AddHttpForwarder();
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            kestrel.Limits.MaxRequestBodySize = null;
            foreach (int port in ports.Values)
            {
                kestrel.Listen(IPAddress.Loopback, port, endpoint => endpoint.Use(next => connection => KeepAsync(connection, next)));
            }
        });
        _app = builder.Build();
        _app.Run(ServeAsync);
        _forwarder = _app.Services.GetRequiredService<IHttpForwarder>();
    }

    /// <summary>What the process is given.</summary>
    public string ConnectionString { get; }

    private int TablePort { get; }

    /// <summary>Opens the way.</summary>
    /// <param name="storage">Where the services are.</param>
    /// <param name="seed">Decides which requests meet a trouble.</param>
    public static async Task<StorageLink> OpenAsync(IReadOnlyDictionary<string, Uri> storage, int seed)
    {
        var link = new StorageLink(storage, seed);
        await link._app.StartAsync();
        return link;
    }

    /// <summary>Lets a share of the requests meet a trouble while something else goes on.</summary>
    public async Task TroubleAsync(StorageTrouble kind, double share, Func<Task> meanwhile)
    {
        _trouble = (kind, share);
        try
        {
            await meanwhile();
        }
        finally
        {
            _trouble = null;
        }
    }

    /// <summary>Cuts all connections, whatever is on its way on them.</summary>
    public void CutConnections()
    {
        foreach (ConnectionContext connection in _connections.Values)
        {
            connection.Abort();
        }
    }

    /// <summary>Lets nothing more through, and waits for what is on its way: storage is stopped in order, and has answered what it has done.</summary>
    public async Task CloseAsync()
    {
        _closed = true;
        try
        {
            await _changed.WaitUntilAsync(() => Volatile.Read(ref _running) == 0, "requests to end", () => $"{_running} have not.", s_patience);
        }
        catch (TimeoutException)
        {
            CutConnections(); // a trouble holds them; none of them is answered any more
        }
    }

    /// <summary>Lets everything through again.</summary>
    public void Open() => _closed = false;

    public async ValueTask DisposeAsync()
    {
        CutConnections();
        await _app.DisposeAsync();
        _network.Dispose();
    }

    private async Task KeepAsync(ConnectionContext connection, ConnectionDelegate next)
    {
        _connections[connection.ConnectionId] = connection;
        try
        {
            await next(connection);
        }
        finally
        {
            _connections.TryRemove(connection.ConnectionId, out _);
        }
    }

    private async Task ServeAsync(HttpContext context)
    {
        Interlocked.Increment(ref _running);
        try
        {
            if (_closed)
            {
                context.Abort();
            }
            else
            {
                await MeetAsync(context, Draw());
            }
        }
        finally
        {
            Interlocked.Decrement(ref _running);
            _changed.Raise();
        }
    }

    private StorageTrouble? Draw()
    {
        lock (_gate)
        {
            return _trouble is { } trouble && _chance.NextDouble() < trouble.Share ? trouble.Kind : null;
        }
    }

    private async Task MeetAsync(HttpContext context, StorageTrouble? trouble)
    {
        switch (trouble)
        {
            case StorageTrouble.Busy:
                Answer(context, HttpStatusCode.ServiceUnavailable, "ServerBusy");
                break;
            case StorageTrouble.Unauthorized:
                Answer(context, HttpStatusCode.Unauthorized, "InvalidAuthenticationInfo");
                break;
            case StorageTrouble.Silence:
                await KeepSilentAsync(context);
                break;
            case StorageTrouble.Cut:
                context.Abort();
                break;
            case StorageTrouble.Stale:
                await MakeStaleAsync(context.Request);
                await ForwardAsync(context, HttpTransformer.Default);
                break;
            case StorageTrouble.AppliedFailure when await ForwardAsync(context, s_answerIsLost):
                Answer(context, HttpStatusCode.InternalServerError, "InternalError");
                break;
            case StorageTrouble.AppliedSilence when await ForwardAsync(context, s_answerIsLost):
                await KeepSilentAsync(context);
                break;
            case StorageTrouble.AppliedCut when await ForwardAsync(context, s_answerIsLost):
                context.Abort();
                break;
            case null:
                await ForwardAsync(context, HttpTransformer.Default);
                break;
        }
    }

    /// <returns>False when storage could not be reached; the connection is cut then.</returns>
    private async Task<bool> ForwardAsync(HttpContext context, HttpTransformer transformer)
    {
        ForwarderError error = await _forwarder.SendAsync(context, _destinations[context.Connection.LocalPort], _network, ForwarderRequestConfig.Empty, transformer);
        if (error != ForwarderError.None)
        {
            context.Abort();
        }

        return error == ForwarderError.None;
    }

    private static void Answer(HttpContext context, HttpStatusCode status, string code)
    {
        context.Response.StatusCode = (int)status;
        context.Response.Headers["x-ms-error-code"] = code;
    }

    private static async Task KeepSilentAsync(HttpContext context)
    {
        await Task.Delay(Timeout.Infinite, context.RequestAborted).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        context.Abort();
    }

    /// <summary>Dates the ETags of a request back, so that storage itself refuses it as one that comes too late.</summary>
    private async Task MakeStaleAsync(HttpRequest request)
    {
        if (request.HttpContext.Connection.LocalPort != TablePort)
        {
            return; // the condition of a blob is part of the request's signature
        }

        request.Headers.IfMatch = request.Headers.IfMatch.Select(etag => Year().Replace(etag ?? "", "2000")).ToArray();
        if (request.Path.Value!.EndsWith("$batch", StringComparison.Ordinal))
        {
            using var reader = new StreamReader(request.Body, Encoding.Latin1);
            request.Body = new MemoryStream(Encoding.Latin1.GetBytes(Condition().Replace(await reader.ReadToEndAsync(), condition => Year().Replace(condition.Value, "2000"))));
        }
    }

    [GeneratedRegex("(?<=datetime'|datetime%27)[0-9]{4}", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Year();

    [GeneratedRegex("^If-Match: .*$", RegexOptions.ExplicitCapture | RegexOptions.Multiline | RegexOptions.IgnoreCase, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Condition();

    /// <summary>Storage has answered, and nobody learns what.</summary>
    private sealed class LostAnswer : HttpTransformer
    {
        public override ValueTask<bool> TransformResponseAsync(HttpContext httpContext, HttpResponseMessage? proxyResponse, CancellationToken cancellationToken) => ValueTask.FromResult(false);
    }
}
