using System.Diagnostics;
using AlertFunctions.Development;

namespace AlertFunctions.Testing;

/// <summary>A Node.js program that runs beside the tests and ends with them, even if they are killed.</summary>
public sealed class NodeProcess : IAsyncDisposable
{
    private static readonly TimeSpan s_startTimeout = TimeSpan.FromMinutes(1);
    private static readonly Lazy<Task<string?>> s_whyUnavailable = new(FindWhyUnavailableAsync);

    private readonly Process _process;

    private NodeProcess(Process process) => _process = process;

    /// <summary>Skips the calling test where there is no Node.js; otherwise makes sure that the development packages are installed.</summary>
    public static async Task SkipTestWithoutNodeAsync()
    {
        if (await s_whyUnavailable.Value is { } reason)
        {
            Assert.Skip(reason);
        }
    }

    /// <summary>Starts a script and waits until <paramref name="onLine"/> has answered true for one of its output lines.</summary>
    /// <exception cref="InvalidOperationException">The script ended before that, or took longer than a minute.</exception>
    public static async Task<NodeProcess> StartAsync(string script, IEnumerable<string> arguments, Func<string, bool> onLine)
    {
        var ready = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var errors = new List<string>();
        var process = NewProcess("node", ["--require", Repository.InfrastructureFile("exit-with-parent.cjs"), script, .. arguments]);
        process.StartInfo.RedirectStandardInput = true;
        process.EnableRaisingEvents = true;
        process.OutputDataReceived += (_, line) =>
        {
            if (line.Data is not null && onLine(line.Data))
            {
                ready.TrySetResult();
            }
        };
        process.ErrorDataReceived += (_, line) =>
        {
            lock (errors)
            {
                errors.Add(line.Data ?? "");
            }
        };
        process.Exited += (_, _) => ready.TrySetException(new InvalidOperationException("It ended."));
        process.Start();
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        var started = new NodeProcess(process);
        try
        {
            await ready.Task.WaitAsync(s_startTimeout);
            return started;
        }
        catch (Exception e) when (e is InvalidOperationException or TimeoutException)
        {
            await started.DisposeAsync();
            lock (errors)
            {
                throw new InvalidOperationException($"{Path.GetFileName(script)} did not start: {e.Message} {string.Join('\n', errors)}", e);
            }
        }
    }

    /// <summary>Runs a script to its end.</summary>
    /// <returns>Its exit code, and what it wrote to its standard output.</returns>
    public static async Task<(int ExitCode, string Output)> RunAsync(string script, IEnumerable<string> arguments, IReadOnlyDictionary<string, string> environment)
    {
        using Process process = NewProcess("node", [script, .. arguments]);
        foreach ((string name, string value) in environment)
        {
            process.StartInfo.Environment[name] = value;
        }

        process.StartInfo.RedirectStandardError = false;
        process.Start();
        string output = await process.StandardOutput.ReadToEndAsync();
        await process.WaitForExitAsync();
        return (process.ExitCode, output);
    }

    /// <summary>Sends it a signal.</summary>
    public Task SignalAsync(ProcessSignal signal) => signal.SendAsync(_process);

    /// <summary>Ends the program in the middle of whatever it does.</summary>
    public async Task KillAsync()
    {
        _process.Kill();
        await _process.WaitForExitAsync();
    }

    /// <summary>Ends the program and waits until it and its output have ended.</summary>
    public async ValueTask DisposeAsync()
    {
        _process.StandardInput.Close();
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(10));
        try
        {
            await _process.WaitForExitAsync(patience.Token);
        }
        catch (OperationCanceledException)
        {
            _process.Kill(entireProcessTree: true);
            await _process.WaitForExitAsync(CancellationToken.None);
        }

        _process.Dispose();
    }

    private static async Task<string?> FindWhyUnavailableAsync()
    {
        if (await NodeTools.FindProblemAsync("node", CancellationToken.None) is { } problem)
        {
            await Console.Error.WriteLineAsync($"{problem}: tests that need the storage emulator or the real SMTP server are skipped.");
            return $"Needs Node.js: {problem}.";
        }

        await NodeTools.EnsureInstalledAsync(Repository.Root, Console.Error, CancellationToken.None);
        return null;
    }

    private static Process NewProcess(string fileName, IEnumerable<string> arguments) => new()
    {
        StartInfo = new ProcessStartInfo(fileName, arguments)
        {
            WorkingDirectory = Repository.Root,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            UseShellExecute = false,
        },
    };
}
