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

    private static readonly TimeSpan s_patience = TimeSpan.FromMinutes(5);

    private readonly AzuriteServer _azurite = new();

    private Scene()
    {
    }

    public SmtpSink Sink { get; } = new();

    public HostProcess Product { get; private set; } = null!;

    public TableServiceClient Tables { get; private set; } = null!;

    /// <summary>Starts everything.</summary>
    /// <param name="mailServerIsUp">Whether the product's mail server is there.</param>
    /// <param name="settings">Further settings of the product.</param>
    public static async Task<Scene> SetAsync(bool mailServerIsUp = true, Dictionary<string, string>? settings = null)
    {
        var scene = new Scene();
        string storage = await scene._azurite.GetConnectionStringAsync();
        scene.Tables = new TableServiceClient(storage);
        int port = mailServerIsUp ? scene.Sink.Port : FreePort.Choose();
        scene.Product = await HostProcess.StartAsync(new Dictionary<string, string>(settings ?? [], StringComparer.Ordinal)
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
    public Task<IReadOnlyCollection<double>> PostAsync(IEnumerable<string> bodies) => PostAsync(bodies, Clients);

    /// <summary>Posts bodies that prepare a measurement.</summary>
    public Task PostOneByOneAsync(IEnumerable<string> bodies) => PostAsync(bodies, clients: 1);

    private async Task<IReadOnlyCollection<double>> PostAsync(IEnumerable<string> bodies, int clients)
    {
        var took = new System.Collections.Concurrent.ConcurrentBag<double>();
        await Parallel.ForEachAsync(bodies, new ParallelOptions { MaxDegreeOfParallelism = clients }, async (body, cancellationToken) =>
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

    /// <summary>Waits until the product has composed and sent all mail.</summary>
    public Task WaitUntilAllMailIsOutAsync() => WaitUntilNoneAsync("");

    /// <summary>Waits until the product has composed all mail and attempted each at least once.</summary>
    public Task WaitUntilAllMailWasTriedAsync() => WaitUntilNoneAsync(" and Attempts eq 0");

    /// <summary>Events as bodies of requests, a hundred in each.</summary>
    public static IEnumerable<string> Batches(int events, Func<int, JsonObject> eventOf) =>
        Enumerable.Range(0, events).Chunk(100).Select(some => new JsonArray([.. some.Select(number => (JsonNode)eventOf(number))]).ToJsonString());

    /// <summary>An event as JSON.</summary>
    public static JsonObject Event(string alert, string computer, string id) => new()
    {
        ["id"] = id,
        ["time"] = DateTimeOffset.UtcNow.ToString("O", CultureInfo.InvariantCulture),
        ["computer"] = computer,
        ["alert"] = alert,
        ["message"] = new string('x', 200),
    };

    private async Task WaitUntilNoneAsync(string mailThat)
    {
        using var patience = new CancellationTokenSource(s_patience);
        while (await IsAnyAsync("outbox|", "outbox}", "", patience.Token) || await IsAnyAsync("mail|", "mail}", mailThat, patience.Token))
        {
            await Task.Delay(TimeSpan.FromMilliseconds(100), patience.Token); // what the product has not done yet is only seen by asking
        }
    }

    private async Task<bool> IsAnyAsync(string from, string to, string condition, CancellationToken cancellationToken)
    {
        string keys = TableClient.CreateQueryFilter($"RowKey ge {from} and RowKey lt {to}");
        await foreach (TableEntity _ in Tables.GetTableClient("Work").QueryAsync<TableEntity>(keys + condition, 1, ["RowKey"], cancellationToken))
        {
            return true;
        }

        return false;
    }

    public async ValueTask DisposeAsync()
    {
        await Product.DisposeAsync();
        await Sink.DisposeAsync();
        await _azurite.DisposeAsync();
    }
}
