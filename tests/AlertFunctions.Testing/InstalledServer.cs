using System.Diagnostics;
using System.Globalization;

namespace AlertFunctions.Testing;

/// <summary>A server that Debian installs, with a configuration and a folder of its own, on a free port. It ends with the tests even if they are killed.</summary>
internal sealed class InstalledServer : IAsyncDisposable
{
    private static readonly TimeSpan s_patience = TimeSpan.FromMinutes(2);

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("alertfunctions-server-");
    private readonly Process _process;

    private InstalledServer(string program, string options, string configuration)
    {
        int port = FreePort.Choose();
        Http.BaseAddress = new Uri(string.Create(CultureInfo.InvariantCulture, $"http://127.0.0.1:{port}"));
        File.WriteAllText(Path.Combine(_folder.FullName, "configuration.yml"), configuration);

        // It runs until the pipe is closed.
        string script = $"""
            "$0" --config.file="$1/configuration.yml" --web.listen-address="127.0.0.1:$2" {options} 2>&1 &
            read -r _
            kill $!
            wait
            """;
        _process = new Process
        {
            StartInfo = new ProcessStartInfo("/bin/sh", ["-c", script, program, _folder.FullName, port.ToString(CultureInfo.InvariantCulture)])
            {
                RedirectStandardInput = true,
                RedirectStandardOutput = true,
                UseShellExecute = false,
            },
        };
    }

    /// <summary>Asks the server.</summary>
    public HttpClient Http { get; } = new();

    /// <summary>Starts one and waits until it says that it is ready.</summary>
    /// <param name="program">Its path.</param>
    /// <param name="options">Its options besides the configuration and the address; <c>$1</c> is its folder.</param>
    /// <param name="configuration">Its configuration.</param>
    /// <param name="ready">What it writes when it is ready.</param>
    /// <exception cref="InvalidOperationException">It ended before that.</exception>
    public static async Task<InstalledServer> StartAsync(string program, string options, string configuration, string ready)
    {
        var server = new InstalledServer(program, options, configuration);
        var listening = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        server._process.OutputDataReceived += (_, line) =>
        {
            if (line.Data is null)
            {
                listening.TrySetException(new InvalidOperationException($"{program} ended before it was ready."));
            }
            else if (line.Data.Contains(ready, StringComparison.Ordinal))
            {
                listening.TrySetResult();
            }
        };
        server._process.Start();
        server._process.BeginOutputReadLine();
        await listening.Task.WaitAsync(s_patience);
        return server;
    }

    public async ValueTask DisposeAsync()
    {
        _process.StandardInput.Close();
        await _process.WaitForExitAsync().WaitAsync(s_patience);
        _process.Dispose();
        Http.Dispose();
        _folder.Delete(recursive: true);
    }
}
