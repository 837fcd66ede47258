using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace AlertFunctions.Development;

/// <summary>What is on a port of this machine's loopback address.</summary>
internal static class LoopbackPort
{
    // Windows repeats a refused connection for two seconds; on loopback, whoever listens is connected at once.
    private static readonly TimeSpan ConnectTimeout = TimeSpan.FromSeconds(1);

    private static readonly HttpClient Http = new(new SocketsHttpHandler { UseProxy = false, AllowAutoRedirect = false })
    {
        Timeout = TimeSpan.FromSeconds(5),
    };

    /// <summary>Whether a connection to the port is accepted.</summary>
    public static async Task<bool> IsListeningAsync(int port, CancellationToken cancellationToken)
    {
        using Socket socket = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        using CancellationTokenSource timeout = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        timeout.CancelAfter(ConnectTimeout);
        try
        {
            await socket.ConnectAsync(IPAddress.Loopback, port, timeout.Token);
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return false;
        }
    }

    /// <summary>Finds out whether a storage emulator's service answers on the port.</summary>
    /// <param name="service"><c>blob</c>, <c>queue</c> or <c>table</c>.</param>
    /// <param name="port">The port.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    public static async Task<StoragePort> ProbeStorageAsync(string service, int port, CancellationToken cancellationToken)
    {
        if (!await IsListeningAsync(port, cancellationToken))
        {
            return new StoragePort(service, port, PortState.Free);
        }

        try
        {
            using HttpResponseMessage response = await GetAsync(port, cancellationToken);
            return new StoragePort(service, port, IsStorage(service, response) ? PortState.Storage : PortState.Other);
        }
        catch (HttpRequestException)
        {
            // It stopped meanwhile, or it does not speak HTTP.
            bool listens = await IsListeningAsync(port, cancellationToken);
            return new StoragePort(service, port, listens ? PortState.Other : PortState.Free);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return new StoragePort(service, port, PortState.Other);
        }
    }

    /// <summary>Whether an HTTP server answers on the port, whatever it says.</summary>
    public static async Task<bool> AnswersHttpAsync(int port, CancellationToken cancellationToken)
    {
        try
        {
            using HttpResponseMessage response = await GetAsync(port, cancellationToken);
            return true;
        }
        catch (HttpRequestException)
        {
            return false;
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return false;
        }
    }

    /// <summary>The wanted port, or a free one when it is taken.</summary>
    public static async Task<int> ChooseAsync(int wanted, CancellationToken cancellationToken)
    {
        // A listener on all addresses does not keep every system from binding the loopback address, so both are asked.
        if (!await IsListeningAsync(wanted, cancellationToken) && CanBind(wanted))
        {
            return wanted;
        }

        return ChooseFree();
    }

    /// <summary>A port that was free a moment ago.</summary>
    public static int ChooseFree()
    {
        using TcpListener listener = new(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    private static bool CanBind(int port)
    {
        using TcpListener listener = new(IPAddress.Loopback, port);
        try
        {
            listener.Start();
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }

    private static Task<HttpResponseMessage> GetAsync(int port, CancellationToken cancellationToken) => Http.GetAsync(
        new Uri(string.Create(CultureInfo.InvariantCulture, $"http://127.0.0.1:{port}/")), HttpCompletionOption.ResponseHeadersRead, cancellationToken);

    // Without a signature every answer is an error, but it carries the emulator's name: Azurite-Table/3.37.0, and Windows-Azure-Table/1.0
    // for Azurite's predecessor. Something in front of it may hide the name; the service's own headers do as well.
    private static bool IsStorage(string service, HttpResponseMessage response)
    {
        if (response.Headers.NonValidated.TryGetValues("Server", out var names))
        {
            string server = names.ToString();
            if (server.StartsWith("Azurite", StringComparison.OrdinalIgnoreCase) || server.StartsWith("Windows-Azure", StringComparison.OrdinalIgnoreCase))
            {
                return server.Contains($"-{service}/", StringComparison.OrdinalIgnoreCase);
            }
        }

        return response.Headers.NonValidated.Any(header => header.Key.StartsWith("x-ms-", StringComparison.OrdinalIgnoreCase));
    }
}
