using System.Text.RegularExpressions;

namespace AlertFunctions.Testing;

/// <summary>
/// The storage emulator that the whole run shares: started by the first test that asks for it, stopped after the last. Tests run in
/// parallel on it, each with storage names of its own. One that keeps its state in a folder can also be stopped and started again.
/// </summary>
public sealed partial class AzuriteServer : IAsyncDisposable
{
    // The emulator's documented account; its key is no secret.
    private const string AccountName = "devstoreaccount1";
    private const string AccountKey = "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw==";

    private static readonly string[] s_services = ["Blob", "Queue", "Table"];

    private static readonly TimeSpan s_writing = TimeSpan.FromMinutes(1);

    private readonly Lazy<Task<string>> _started;
    private readonly DirectoryInfo? _folder;
    private readonly ChangeSignal _closed = new();
    private Dictionary<string, Uri> _endpoints = new(StringComparer.Ordinal);
    private int _servicesClosed;
    private NodeProcess? _process;

    /// <summary>xunit makes the one of the run.</summary>
    public AzuriteServer() => _started = new(StartFirstAsync);

    private AzuriteServer(DirectoryInfo folder)
        : this() => _folder = folder;

    /// <summary>An emulator that keeps its state, and its addresses, so that it can be stopped and started again.</summary>
    /// <param name="folder">Where it keeps its state.</param>
    public static AzuriteServer KeptIn(DirectoryInfo folder) => new(folder);

    /// <summary>Where <c>Blob</c>, <c>Queue</c> and <c>Table</c> are, once it has started.</summary>
    public IReadOnlyDictionary<string, Uri> Endpoints => _endpoints;

    /// <summary>The connection string, after the emulator has started. Skips the calling test where there is no Node.js.</summary>
    public async Task<string> GetConnectionStringAsync()
    {
        await NodeProcess.SkipTestWithoutNodeAsync();
        return await _started.Value;
    }

    /// <summary>A prefix that no other test has, valid in the names of tables, queues and containers.</summary>
    public static string NewNamePrefix() => "t" + Guid.NewGuid().ToString("N")[..12];

    /// <summary>The connection string of an account whose services are there, or behind something that stands there.</summary>
    /// <param name="endpoints">Where <c>Blob</c>, <c>Queue</c> and <c>Table</c> are.</param>
    public static string ConnectionStringOf(IEnumerable<KeyValuePair<string, Uri>> endpoints) =>
        $"DefaultEndpointsProtocol=http;AccountName={AccountName};AccountKey={AccountKey};"
        + string.Concat(endpoints.Select(endpoint => $"{endpoint.Key}Endpoint={endpoint.Value.GetLeftPart(UriPartial.Authority)}/{AccountName};"));

    /// <summary>
    /// Stops one that keeps its state by SIGTERM, upon which it writes down what it has only in memory: it keeps nothing of the last seconds when it is killed.
    /// </summary>
    public async Task StopAsync()
    {
        await _process!.SignalAsync(ProcessSignal.Terminate);
        await _closed.WaitUntilAsync(() => Volatile.Read(ref _servicesClosed) == s_services.Length, "the emulator to close its services", () => $"{_servicesClosed} are closed.");
        await WaitUntilAllIsWrittenAsync();
        await _process.DisposeAsync();
    }

    /// <summary>Starts it again after <see cref="StopAsync"/>, with the same state at the same addresses.</summary>
    public async Task StartAsync()
    {
        // Port 0 lets the system choose, and Azurite says what it got: no port is chosen first and lost to someone else before it is used.
        // One that is started again needs ports that nobody else is given meanwhile.
        // It keeps idle connections for longer than clients do, else now and then it closes one while a request is on its way.
        Dictionary<string, Uri> endpoints = new(StringComparer.Ordinal);
        string[] options = ["--silent", "--disableTelemetry", .. _folder is null ? ["--inMemoryPersistence"] : new[] { "--location", _folder.FullName },
            .. s_services.SelectMany(service => new[] { $"--{service.ToLowerInvariant()}Port", $"{PortOf(service)}", $"--{service.ToLowerInvariant()}KeepAliveTimeout", "120" })];
        _servicesClosed = 0;
        _process = await NodeProcess.StartAsync(Repository.PathOf("node_modules", "azurite", "dist", "src", "azurite.js"), options, line =>
        {
            if (Listening().Match(line) is { Success: true } listening)
            {
                endpoints[listening.Groups["service"].Value] = new Uri(listening.Groups["address"].Value);
            }
            else if (line.EndsWith("service successfully closed", StringComparison.Ordinal))
            {
                Interlocked.Increment(ref _servicesClosed);
                _closed.Raise();
            }

            return endpoints.Count == s_services.Length;
        });
        _endpoints = endpoints;
    }

    /// <summary>Lets it stand still, or go on.</summary>
    public Task SignalAsync(ProcessSignal signal) => _process!.SignalAsync(signal);

    public async ValueTask DisposeAsync()
    {
        if (_process is not null)
        {
            await _process.DisposeAsync();
        }
    }

    /// <summary>
    /// It says that its services are closed although it may still write what it had begun to write before. It writes to a file whose name ends in a tilde, which takes the
    /// place of the one before when it is complete; a process that ended meanwhile would go on with what it had seconds ago.
    /// </summary>
    private async Task WaitUntilAllIsWrittenAsync()
    {
        using var patience = new CancellationTokenSource(s_writing);
        while (_folder!.EnumerateFiles("*~").Any())
        {
            await Task.Delay(TimeSpan.FromMilliseconds(5), patience.Token); // what another process has not done yet is only seen by asking
        }
    }

    private async Task<string> StartFirstAsync()
    {
        await StartAsync();
        return ConnectionStringOf(_endpoints);
    }

    private int PortOf(string service) =>
        _endpoints.TryGetValue(service, out Uri? endpoint) ? endpoint.Port : _folder is null ? 0 : FreePort.Choose();

    [GeneratedRegex("^Azurite (?<service>Blob|Queue|Table) service is successfully listening at (?<address>http://[0-9.:]+)$",
        RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Listening();
}
