using System.Diagnostics;
using System.Globalization;
using AlertFunctions.Testing;

namespace AlertFunctions.Bench.Stage;

/// <summary>The standalone host as a process of its own, as it is used in production.</summary>
internal sealed class ProductHost : IAsyncDisposable
{
    private static readonly TimeSpan s_startTimeout = TimeSpan.FromMinutes(1);

    private readonly Process _process;

    private ProductHost(Process process, HttpClient client)
    {
        _process = process;
        Client = client;
    }

    /// <summary>Sends requests to it.</summary>
    public HttpClient Client { get; }

    /// <summary>How long it took from the start of the process to the first answer of 200.</summary>
    public TimeSpan StartTime { get; private set; }

    /// <summary>Its memory now, in MiB.</summary>
    public double Memory
    {
        get
        {
            _process.Refresh();
            return _process.WorkingSet64 / 1048576.0;
        }
    }

    /// <summary>The most memory that it had, in MiB.</summary>
    public double PeakMemory
    {
        get
        {
            _process.Refresh();
            return _process.PeakWorkingSet64 / 1048576.0;
        }
    }

    /// <summary>The processor time that it has used.</summary>
    public TimeSpan ProcessorTime
    {
        get
        {
            _process.Refresh();
            return _process.TotalProcessorTime;
        }
    }

    public static async Task<ProductHost> StartAsync(IReadOnlyDictionary<string, string> settings)
    {
        string url = $"http://127.0.0.1:{FreePort.Choose().ToString(CultureInfo.InvariantCulture)}";
        var start = new ProcessStartInfo("dotnet", [Executable(), "--urls", url]) { UseShellExecute = false, RedirectStandardOutput = true, WorkingDirectory = Path.GetDirectoryName(Executable())! };
        start.Environment["ASPNETCORE_ENVIRONMENT"] = "Production";
        start.Environment["Logging__LogLevel__Default"] = "Warning";
        foreach ((string name, string value) in settings)
        {
            start.Environment[name] = value;
        }

        long started = Stopwatch.GetTimestamp();
        Process process = Process.Start(start)!;
        process.OutputDataReceived += (_, _) => { };
        process.BeginOutputReadLine();
        var host = new ProductHost(process, new HttpClient(new SocketsHttpHandler { MaxConnectionsPerServer = 64 }) { BaseAddress = new Uri(url), Timeout = TimeSpan.FromMinutes(5) });
        await host.WaitUntilHealthyAsync();
        host.StartTime = Stopwatch.GetElapsedTime(started);
        return host;
    }

    public async ValueTask DisposeAsync()
    {
        Client.Dispose();
        _process.Kill(entireProcessTree: true);
        await _process.WaitForExitAsync();
        _process.Dispose();
    }

    private async Task WaitUntilHealthyAsync()
    {
        long started = Stopwatch.GetTimestamp();
        while (true)
        {
            try
            {
                using HttpResponseMessage answer = await Client.GetAsync(new Uri("/api/health", UriKind.Relative));
                if (answer.IsSuccessStatusCode)
                {
                    return;
                }
            }
            catch (HttpRequestException) when (!_process.HasExited && Stopwatch.GetElapsedTime(started) < s_startTimeout)
            {
                await Task.Delay(TimeSpan.FromMilliseconds(5)); // not listening yet; a signal does not reach another process
            }
        }
    }

    /// <summary>The host as it was built beside this program, in the same configuration.</summary>
    private static string Executable()
    {
        string[] own = AppContext.BaseDirectory.TrimEnd(Path.DirectorySeparatorChar).Split(Path.DirectorySeparatorChar);
        return Repository.PathOf("src", "AlertFunctions.Standalone", "bin", own[^2], own[^1], "AlertFunctions.Standalone.dll");
    }
}
