using System.Diagnostics;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace AlertFunctions.Testing;

/// <summary>The standalone host as a process of its own, as it is used in production.</summary>
public sealed partial class HostProcess : IAsyncDisposable
{
    private static readonly TimeSpan s_patience = TimeSpan.FromMinutes(1);

    private readonly ChangeSignal _changed = new();
    private readonly List<string> _lines = [];
    private readonly Process _process;
    private readonly long _started;

    private HostProcess(IReadOnlyDictionary<string, string> settings, string urls)
    {
        var start = new ProcessStartInfo("dotnet", [Executable(), "--urls", urls])
        {
            WorkingDirectory = Path.GetDirectoryName(Executable())!,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            UseShellExecute = false,
        };
        start.Environment["ASPNETCORE_ENVIRONMENT"] = "Production";
        foreach ((string name, string value) in settings)
        {
            start.Environment[name] = value;
        }

        if (settings.TryGetValue("Keys__Manage", out string? key))
        {
            Client.DefaultRequestHeaders.Add("x-functions-key", key);
        }

        _process = new Process { StartInfo = start };
        _process.OutputDataReceived += (_, line) => Note(line.Data);
        _process.ErrorDataReceived += (_, line) => Note(line.Data);
        _started = Stopwatch.GetTimestamp();
        _process.Start();
        _process.BeginOutputReadLine();
        _process.BeginErrorReadLine();
        Ended = _process.WaitForExitAsync();
    }

    /// <summary>Sends requests to it, once it is ready, with the key that may do everything where the settings have one.</summary>
    public HttpClient Client { get; } = new(new SocketsHttpHandler { MaxConnectionsPerServer = 64 }) { Timeout = TimeSpan.FromMinutes(5) };

    /// <summary>Completes when the process has ended, however it ended.</summary>
    public Task Ended { get; }

    /// <summary>How long it took from the start of the process until it listened.</summary>
    public TimeSpan StartTime { get; private set; }

    /// <summary>What it wrote, line by line.</summary>
    public string Output
    {
        get
        {
            lock (_lines)
            {
                return string.Join('\n', _lines);
            }
        }
    }

    /// <summary>Its memory now, in MiB.</summary>
    public double Memory => Measure(process => process.WorkingSet64 / 1048576.0);

    /// <summary>The most memory that it had, in MiB.</summary>
    public double PeakMemory => Measure(process => process.PeakWorkingSet64 / 1048576.0);

    /// <summary>The processor time that it has used.</summary>
    public TimeSpan ProcessorTime => Measure(process => process.TotalProcessorTime);

    /// <summary>Starts the process, and does not wait for it.</summary>
    /// <param name="settings">Its environment variables beside those of this process.</param>
    /// <param name="urls">Where it is to listen.</param>
    public static HostProcess Launch(IReadOnlyDictionary<string, string> settings, string urls = "http://127.0.0.1:0") => new(settings, urls);

    /// <summary>Starts the process, and waits until it listens.</summary>
    /// <param name="settings">Its environment variables beside those of this process.</param>
    public static async Task<HostProcess> StartAsync(IReadOnlyDictionary<string, string> settings)
    {
        HostProcess host = Launch(settings);
        await host.ReadyAsync();
        return host;
    }

    /// <summary>Waits until it listens.</summary>
    /// <exception cref="InvalidOperationException">It ended before.</exception>
    public async Task ReadyAsync()
    {
        _ = Ended.ContinueWith(_ => _changed.Raise(), TaskScheduler.Default);
        await _changed.WaitUntilAsync(() => Address().IsMatch(Output) || Ended.IsCompleted, "the host to listen", () => Output, s_patience);
        StartTime = Stopwatch.GetElapsedTime(_started);
        Match address = Address().Match(Output);
        Client.BaseAddress = address.Success ? new Uri(address.Groups["address"].Value) : throw new InvalidOperationException($"The host did not start. {Output}");
    }

    /// <summary>Waits for the end of a process that cannot start, and gives its exit code.</summary>
    public async Task<int> FailAsync()
    {
        await Ended.WaitAsync(s_patience);
        return _process.ExitCode;
    }

    /// <summary>Waits until it has written a text so many times.</summary>
    public Task UntilItSaysAsync(string text, int times = 1) => _changed.WaitUntilAsync(() => Output.Split(text).Length > times, text, () => Output, s_patience);

    /// <summary>Gets JSON from it.</summary>
    public async Task<JsonNode> GetAsync(string path) => (await Client.GetFromJsonAsync<JsonNode>(new Uri(path, UriKind.Relative)))!;

    /// <summary>Asks the process to stop, as a container host does, and gives its exit code.</summary>
    public async Task<int> StopAsync()
    {
        await ProcessSignal.Terminate.SendAsync(_process);
        await Ended.WaitAsync(s_patience);
        return _process.ExitCode;
    }

    /// <summary>Ends the process in the middle of whatever it does.</summary>
    public async Task KillAsync()
    {
        _process.Kill();
        await Ended;
    }

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited)
        {
            await KillAsync();
        }

        _process.Dispose();
        Client.Dispose();
    }

    private T Measure<T>(Func<Process, T> measure)
    {
        _process.Refresh();
        return measure(_process);
    }

    private void Note(string? line)
    {
        lock (_lines)
        {
            _lines.Add(line ?? "");
        }

        _changed.Raise();
    }

    /// <summary>The host as it was built beside this program, in the same configuration.</summary>
    private static string Executable()
    {
        string[] own = AppContext.BaseDirectory.TrimEnd(Path.DirectorySeparatorChar).Split(Path.DirectorySeparatorChar);
        return Repository.PathOf("src", "AlertFunctions.Standalone", "bin", own[^2], own[^1], "AlertFunctions.Standalone.dll");
    }

    [GeneratedRegex("AlertFunctions listens on.*(?<address>http://127.0.0.1:[0-9]+)", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Address();
}
