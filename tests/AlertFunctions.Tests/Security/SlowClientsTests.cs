using System.Net;
using System.Net.Http.Json;
using System.Net.Sockets;
using System.Text;
using System.Text.Json.Nodes;
using AlertFunctions.Testing;
using AlertFunctions.Tests.Standalone;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace AlertFunctions.Tests.Security;

/// <summary>Clients that open connections to the standalone host and say nothing, or take for ever to say it.</summary>
public sealed class SlowClientsTests(AzuriteServer azurite) : IAsyncLifetime
{
    private const int Connections = 1_000;
    private const string Key = "events-key";

    private static readonly string s_stalledBody = $"POST /api/events HTTP/1.1\r\nHost: 127.0.0.1\r\nx-functions-key: {Key}\r\nContent-Type: application/json\r\nContent-Length: 1000\r\n\r\n[{{\"computer\":\"web01\",";

    private readonly TestLog _log = new();
    private Installation _installation = null!;

    public async ValueTask InitializeAsync() => _installation = await Installation.CreateAsync(azurite);

    public ValueTask DisposeAsync() => _installation.DisposeAsync();

    [Fact]
    public async Task A_thousand_idle_and_two_thousand_slow_connections_keep_nobody_else_from_being_answered()
    {
        await using RunningHost host = await StartAsync(limits => (limits.KeepAliveTimeout, limits.RequestHeadersTimeout, limits.MinRequestBodyDataRate) = (TimeSpan.FromHours(1), TimeSpan.FromHours(1), null));
        using var idle = await SlowClients.ConnectAsync(host.Address, "");
        using var inHeaders = await SlowClients.ConnectAsync(host.Address, "GET /api/alerts HTTP/1.1\r\nHost: 127.0.0.1\r\nx-functions-");
        using var inBody = await SlowClients.ConnectAsync(host.Address, s_stalledBody);

        for (int number = 1; number <= 50; number++)
        {
            using HttpResponseMessage answer = await host.Http.PostAsJsonAsync("/api/events", new { computer = $"pc{number}", alert = "Eicar" });
            Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        }

        JsonNode alerts = JsonNode.Parse(await host.Http.GetStringAsync(new Uri("/api/alerts?top=1", UriKind.Relative)))!;
        Assert.Equal(50, (int)alerts["total"]!);
        Assert.Equal((Connections, Connections, Connections), (idle.Open, inHeaders.Open, inBody.Open));
    }

    [Fact]
    public async Task The_host_s_limits_close_them_whatever_they_go_on_to_send_and_they_do_not_fill_the_log()
    {
        await using RunningHost host = await StartAsync(limits =>
            (limits.KeepAliveTimeout, limits.RequestHeadersTimeout, limits.MinRequestBodyDataRate) = (TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(1), new MinDataRate(240, TimeSpan.FromSeconds(1.5))));
        using var idle = await SlowClients.ConnectAsync(host.Address, "");
        using var inHeaders = await SlowClients.ConnectAsync(host.Address, "GET /api/alerts HTTP/1.1\r\nHost: 127.0.0.1\r\nx-functions-");
        using var inBody = await SlowClients.ConnectAsync(host.Address, s_stalledBody);

        IReadOnlyList<string>[] answers = await Task.WhenAll(idle.ReadUntilClosedAsync(sends: null), inHeaders.ReadUntilClosedAsync(sends: "k"), inBody.ReadUntilClosedAsync(sends: " "));

        Assert.All(answers[0], answer => Assert.Equal("", answer));
        Assert.All(answers[1], answer => Assert.StartsWith("HTTP/1.1 408 ", answer, StringComparison.Ordinal));
        Assert.All(answers[2], answer => Assert.StartsWith("HTTP/1.1 408 ", answer, StringComparison.Ordinal));
        Assert.InRange(_log.Entries.Count(entry => entry.Level >= LogLevel.Information), 0, Connections / 10);
    }

    [Fact]
    public async Task A_connection_has_130_seconds_to_begin_a_request_30_for_its_headers_and_240_bytes_a_second_for_its_body()
    {
        await using RunningHost host = await RunningHost.StartAsync(_installation, _log);

        KestrelServerLimits limits = host.Get<IOptions<KestrelServerOptions>>().Value.Limits;

        Assert.Equal((TimeSpan.FromSeconds(130), TimeSpan.FromSeconds(30), 240, 240), (limits.KeepAliveTimeout, limits.RequestHeadersTimeout, limits.MinRequestBodyDataRate!.BytesPerSecond, limits.MinResponseDataRate!.BytesPerSecond));
    }

    private async Task<RunningHost> StartAsync(Action<KestrelServerLimits> change)
    {
        RunningHost host = await RunningHost.StartAsync(_installation, _log, services => services.PostConfigure<KestrelServerOptions>(options => change(options.Limits)), ("Keys:Events", Key), ("Keys:Manage", "manage-key"));
        host.Http.DefaultRequestHeaders.Add("x-functions-key", "manage-key");
        return host;
    }

    /// <summary>A thousand connections that have all said the same and wait.</summary>
    private sealed class SlowClients : IDisposable
    {
        private static readonly TimeSpan s_betweenBytes = TimeSpan.FromMilliseconds(250);

        private readonly List<Socket> _sockets = [];

        /// <summary>How many of them the host has not closed.</summary>
        public int Open => _sockets.Count(socket => !(socket.Poll(0, SelectMode.SelectRead) && socket.Available == 0));

        public static async Task<SlowClients> ConnectAsync(Uri host, string begin)
        {
            var clients = new SlowClients();
            for (int number = 0; number < Connections; number++)
            {
                var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
                clients._sockets.Add(socket);
                await socket.ConnectAsync(IPAddress.Loopback, host.Port);
                await socket.SendAsync(Encoding.ASCII.GetBytes(begin));
            }

            return clients;
        }

        /// <summary>What each was answered when the host closed it.</summary>
        /// <param name="sends">What each goes on to send all the time; null for nothing.</param>
        public Task<string[]> ReadUntilClosedAsync(string? sends) => Task.WhenAll(_sockets.Select(async socket =>
        {
            using var closed = new CancellationTokenSource();
            Task sending = sends is null ? Task.CompletedTask : SendAsync(socket, Encoding.ASCII.GetBytes(sends), closed.Token);
            string answer = await ReadAsync(socket);
            await closed.CancelAsync();
            await sending;
            return answer;
        }));

        public void Dispose() => _sockets.ForEach(socket => socket.Dispose());

        private static async Task<string> ReadAsync(Socket socket)
        {
            var answer = new StringBuilder();
            byte[] buffer = new byte[4096];
            try
            {
                while (await socket.ReceiveAsync(buffer) is var length and > 0)
                {
                    answer.Append(Encoding.ASCII.GetString(buffer, 0, length));
                }
            }
            catch (SocketException)
            {
                // Closed with something unread: a reset ends the connection as well.
            }

            return answer.ToString();
        }

        private static async Task SendAsync(Socket socket, byte[] bytes, CancellationToken closed)
        {
            using var timer = new PeriodicTimer(s_betweenBytes);
            try
            {
                while (await timer.WaitForNextTickAsync(closed))
                {
                    await socket.SendAsync(bytes, closed);
                }
            }
            catch (Exception exception) when (exception is SocketException or OperationCanceledException)
            {
                // The host has closed it.
            }
        }
    }
}
