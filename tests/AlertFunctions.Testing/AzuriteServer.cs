using System.Text.RegularExpressions;

namespace AlertFunctions.Testing;

/// <summary>
/// The storage emulator that the whole run shares: started by the first test that asks for it, stopped after the last. Tests run in
/// parallel on it, each with storage names of its own.
/// </summary>
public sealed partial class AzuriteServer : IAsyncDisposable
{
    // The emulator's documented account; its key is no secret.
    private const string AccountName = "devstoreaccount1";
    private const string AccountKey = "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw==";

    private readonly Lazy<Task<string>> _started;
    private NodeProcess? _process;

    /// <summary>xunit makes the one of the run.</summary>
    public AzuriteServer() => _started = new(StartAsync);

    /// <summary>The connection string, after the emulator has started. Skips the calling test where there is no Node.js.</summary>
    public async Task<string> GetConnectionStringAsync()
    {
        await NodeProcess.SkipTestWithoutNodeAsync();
        return await _started.Value;
    }

    /// <summary>A prefix that no other test has, valid in the names of tables, queues and containers.</summary>
    public static string NewNamePrefix() => "t" + Guid.NewGuid().ToString("N")[..12];

    public async ValueTask DisposeAsync()
    {
        if (_process is not null)
        {
            await _process.DisposeAsync();
        }
    }

    private async Task<string> StartAsync()
    {
        var endpoints = new Dictionary<string, string>(StringComparer.Ordinal);

        // Port 0 lets the system choose, and Azurite says what it got: no port is chosen first and lost to someone else before it is used.
        // It keeps idle connections for longer than clients do, else now and then it closes one while a request is on its way.
        string[] services = ["blob", "queue", "table"];
        string[] options = ["--inMemoryPersistence", "--silent", "--disableTelemetry",
            .. services.SelectMany(service => new[] { $"--{service}Port", "0", $"--{service}KeepAliveTimeout", "120" })];
        _process = await NodeProcess.StartAsync(Repository.PathOf("node_modules", "azurite", "dist", "src", "azurite.js"), options, line =>
        {
            if (Listening().Match(line) is { Success: true } listening)
            {
                endpoints[listening.Groups["service"].Value] = listening.Groups["address"].Value;
            }

            return endpoints.Count == 3;
        });
        return $"DefaultEndpointsProtocol=http;AccountName={AccountName};AccountKey={AccountKey};"
            + string.Concat(endpoints.Select(e => $"{e.Key}Endpoint={e.Value}/{AccountName};"));
    }

    [GeneratedRegex("^Azurite (?<service>Blob|Queue|Table) service is successfully listening at (?<address>http://[0-9.:]+)$",
        RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Listening();
}
