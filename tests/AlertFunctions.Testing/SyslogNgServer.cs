using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace AlertFunctions.Testing;

/// <summary>A syslog-ng with a configuration of the test's, which can be stopped and started again with what it keeps on disk.</summary>
public sealed class SyslogNgServer : IAsyncDisposable
{
    private const string Program = "/usr/sbin/syslog-ng";
    private static readonly TimeSpan s_patience = TimeSpan.FromMinutes(1);

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("alertfunctions-syslog-ng-");
    private Process? _process;

    /// <summary>Where it takes lines over TCP.</summary>
    public int Port { get; } = FreePort.Choose();

    /// <summary>What it keeps over a restart.</summary>
    public string Folder => _folder.FullName;

    /// <summary>Skips the calling test where there is none.</summary>
    public static void SkipTestWithoutSyslogNg() => Assert.SkipUnless(
        File.Exists(Program) && Directory.Exists("/usr/lib/syslog-ng") && Directory.EnumerateFiles("/usr/lib/syslog-ng", "libhttp.so", SearchOption.AllDirectories).Any(),
        "Needs syslog-ng with its HTTP destination: apt-get install --no-install-recommends syslog-ng-core syslog-ng-mod-http.");

    /// <summary>Starts it.</summary>
    /// <param name="configuration">Its configuration file.</param>
    public async Task StartAsync(string configuration)
    {
        await File.WriteAllTextAsync(Path.Combine(Folder, "syslog-ng.conf"), configuration);

        // It runs until the pipe is closed, and so ends with the tests even if they are killed.
        const string Script = """
            "$0" --foreground --no-caps --verbose --stderr --cfgfile="$1/syslog-ng.conf" --persist-file="$1/persist" --control="$1/control" --pidfile="$1/pid" 2>&1 &
            read -r _
            kill $!
            wait
            """;
        _process = new Process
        {
            StartInfo = new ProcessStartInfo("/bin/sh", ["-c", Script, Program, Folder]) { RedirectStandardInput = true, RedirectStandardOutput = true, UseShellExecute = false },
        };
        var starting = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var output = new StringBuilder();
        _process.OutputDataReceived += (_, line) =>
        {
            lock (output)
            {
                output.AppendLine(line.Data);
            }

            if (line.Data is null)
            {
                starting.TrySetException(new InvalidOperationException($"syslog-ng ended: {output}"));
            }
            else if (line.Data.Contains("starting up", StringComparison.Ordinal))
            {
                starting.TrySetResult(); // by then it listens
            }
        };
        _process.Start();
        _process.BeginOutputReadLine();
        await starting.Task.WaitAsync(s_patience);
    }

    /// <summary>Stops it, as a restart of its service does; what was not delivered stays on its disk.</summary>
    public async Task StopAsync()
    {
        if (_process is not null)
        {
            _process.StandardInput.Close();
            await _process.WaitForExitAsync().WaitAsync(s_patience);
            _process.Dispose();
            _process = null;
        }
    }

    /// <summary>Sends lines, as a manager does.</summary>
    public async Task SendAsync(params string[] lines)
    {
        using var client = new TcpClient();
        await client.ConnectAsync(IPAddress.Loopback, Port);
        await client.GetStream().WriteAsync(Encoding.UTF8.GetBytes(string.Concat(lines.Select(line => $"{line}\n"))));
    }

    public async ValueTask DisposeAsync()
    {
        await StopAsync();
        _folder.Delete(recursive: true);
    }
}
