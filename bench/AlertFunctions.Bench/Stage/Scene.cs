using System.Diagnostics;
using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;
using AlertFunctions.Testing;
using Azure.Data.Tables;

namespace AlertFunctions.Bench.Stage;

/// <summary>What one measurement needs: an emulator and a product of its own, and a server that takes mail.</summary>
internal sealed class Scene : IAsyncDisposable
{
    /// <summary>The connections to the SMTP server.</summary>
    public const int Connections = 4;

    /// <summary>Clients that send requests at the same time.</summary>
    public const int Clients = 32;

    private readonly AzuriteServer _azurite = new();

    private Scene()
    {
    }

    public SmtpSink Sink { get; } = new();

    public HostProcess Product { get; private set; } = null!;

    public TableServiceClient Tables { get; private set; } = null!;

    /// <summary>Starts everything.</summary>
    /// <param name="mailServerIsUp">Whether the product's mail server is there.</param>
    public static async Task<Scene> SetAsync(bool mailServerIsUp = true)
    {
        var scene = new Scene();
        string storage = await scene._azurite.GetConnectionStringAsync();
        scene.Tables = new TableServiceClient(storage);
        int port = mailServerIsUp ? scene.Sink.Port : FreePort.Choose();
        scene.Product = await HostProcess.StartAsync(new Dictionary<string, string>(StringComparer.Ordinal)
        {
            ["Logging__LogLevel__Default"] = "Warning",
            ["AzureWebJobsStorage"] = storage,
            ["Smtp__Server"] = string.Create(CultureInfo.InvariantCulture, $"127.0.0.1:{port}"),
            ["Smtp__From"] = "alerts@example.com",
            ["Smtp__Security"] = "None",
            ["Smtp__MaxConnections"] = Connections.ToString(CultureInfo.InvariantCulture),
            ["Mail__AlertEmailAddress"] = "ops@example.com",
        });
        return scene;
    }

    /// <summary>Posts bodies to <c>/api/events</c> from all clients at once, and says how long each took.</summary>
    public async Task<IReadOnlyCollection<double>> PostAsync(IEnumerable<string> bodies)
    {
        var took = new System.Collections.Concurrent.ConcurrentBag<double>();
        await Parallel.ForEachAsync(bodies, new ParallelOptions { MaxDegreeOfParallelism = Clients }, async (body, cancellationToken) =>
        {
            long started = Stopwatch.GetTimestamp();
            using var content = new StringContent(body, Encoding.UTF8, "application/json");
            using HttpResponseMessage answer = await Product.Client.PostAsync(new Uri("/api/events", UriKind.Relative), content, cancellationToken);
            if (!answer.IsSuccessStatusCode)
            {
                throw new InvalidOperationException($"{(int)answer.StatusCode} {await answer.Content.ReadAsStringAsync(cancellationToken)}");
            }

            took.Add(Stopwatch.GetElapsedTime(started).TotalMilliseconds);
        });
        return took;
    }

    /// <summary>An event as JSON.</summary>
    public static JsonObject Event(string alert, string computer, string id) => new()
    {
        ["id"] = id,
        ["time"] = DateTimeOffset.UtcNow.ToString("O", CultureInfo.InvariantCulture),
        ["computer"] = computer,
        ["alert"] = alert,
        ["message"] = new string('x', 200),
    };

    public async ValueTask DisposeAsync()
    {
        await Product.DisposeAsync();
        await Sink.DisposeAsync();
        await _azurite.DisposeAsync();
    }
}
