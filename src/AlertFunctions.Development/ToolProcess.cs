using System.Diagnostics;
using System.Globalization;

namespace AlertFunctions.Development;

/// <summary>
/// A development tool as a child process that ends with this one: it is run by <c>run-tool.mjs</c>, which stops it when its standard
/// input ends.
/// </summary>
internal sealed class ToolProcess : IAsyncDisposable
{
    /// <summary>How long a tool may take to answer. One that ends is noticed at once; on two cores that build and test meanwhile, one that starts takes more than half a minute.</summary>
    public static readonly TimeSpan ReadyTimeout = TimeSpan.FromMinutes(2);

    private static readonly TimeSpan ReadyPollInterval = TimeSpan.FromMilliseconds(100);

    // Longer than run-tool.mjs gives the tool.
    private static readonly TimeSpan StopTimeout = TimeSpan.FromSeconds(15);

    private readonly string _name;
    private readonly Process _process;
    private readonly TextWriter _output;
    private readonly OutputTail _tail = new();
    private readonly Task _exited;
    private volatile bool _ready;
    private volatile bool _stopping;

    private ToolProcess(string name, Process process, TextWriter output)
    {
        _name = name;
        _process = process;
        _output = output;
        process.OutputDataReceived += (_, line) => _tail.Add(line.Data);
        process.ErrorDataReceived += (_, line) => _tail.Add(line.Data);
        process.Start();
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        _exited = WatchExitAsync();
    }

    /// <summary>The process's id.</summary>
    public int Id => _process.Id;

    /// <summary>Starts a tool.</summary>
    /// <param name="name">What messages call it.</param>
    /// <param name="options">Where things are.</param>
    /// <param name="script">The tool's script, relative to the repository's root.</param>
    /// <param name="arguments">The tool's arguments.</param>
    /// <param name="workingDirectory">Created when it is missing.</param>
    /// <param name="output">Told when the tool ends by itself after it was ready.</param>
    public static ToolProcess Start(
        string name, DevelopmentOptions options, string script, IEnumerable<string> arguments, string workingDirectory, TextWriter output)
    {
        Directory.CreateDirectory(workingDirectory);
        string root = options.RepositoryRoot!;
        string bootstrap = Path.Combine(root, "src", "AlertFunctions.Development", "run-tool.mjs");
        ProcessStartInfo start = new(options.Node, [bootstrap, Path.Combine(root, script), .. arguments])
        {
            WorkingDirectory = workingDirectory,
            UseShellExecute = false,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            CreateNoWindow = true,
        };

        // A developer's own settings of these tools (other accounts, a password on the inbox, a relay to the world) are not meant for ours.
        foreach (string key in start.Environment.Keys.ToArray())
        {
            if (key.StartsWith("AZURITE_", StringComparison.OrdinalIgnoreCase) || key.StartsWith("MAILDEV_", StringComparison.OrdinalIgnoreCase))
            {
                start.Environment.Remove(key);
            }
        }

        return new ToolProcess(name, new Process { StartInfo = start }, output);
    }

    /// <summary>Waits until the tool answers.</summary>
    /// <exception cref="DevelopmentServicesException">The tool ended, or did not answer within <see cref="ReadyTimeout"/>; the message has its last lines.</exception>
    public async Task WaitUntilReadyAsync(Func<CancellationToken, Task<bool>> isReady, CancellationToken cancellationToken)
    {
        long start = TimeProvider.System.GetTimestamp();
        while (!await isReady(cancellationToken))
        {
            if (_exited.IsCompleted)
            {
                throw new DevelopmentServicesException($"{_name} could not start ({ExitCode()})" + _tail.ToSuffix());
            }

            if (TimeProvider.System.GetElapsedTime(start) > ReadyTimeout)
            {
                throw new DevelopmentServicesException(
                    string.Create(CultureInfo.InvariantCulture, $"{_name} did not answer within {ReadyTimeout.TotalSeconds:0} seconds") + _tail.ToSuffix());
            }

            await Task.WhenAny(_exited, Task.Delay(ReadyPollInterval, cancellationToken));
        }

        // What answers may be somebody else who was quicker to take the port: then the tool is about to end.
        _ready = true;
        if (_exited.IsCompleted)
        {
            throw new DevelopmentServicesException($"{_name} could not start ({ExitCode()})" + _tail.ToSuffix());
        }
    }

    /// <summary>Stops the tool gracefully, so that it saves its data, and kills it when that takes too long.</summary>
    public async ValueTask DisposeAsync()
    {
        _stopping = true;
        try
        {
            _process.StandardInput.Close();
        }
        catch (IOException)
        {
            // It has ended already.
        }

        try
        {
            await _exited.WaitAsync(StopTimeout);
        }
        catch (TimeoutException)
        {
            _process.Kill(entireProcessTree: true);
            await _exited;
        }

        _process.Dispose();
    }

    private async Task WatchExitAsync()
    {
        await _process.WaitForExitAsync();
        if (_ready && !_stopping)
        {
            await _output.WriteLineAsync($"{_name} has ended by itself ({ExitCode()})" + _tail.ToSuffix());
        }
    }

    private string ExitCode() => $"exit code {_process.ExitCode.ToString(CultureInfo.InvariantCulture)}";
}
