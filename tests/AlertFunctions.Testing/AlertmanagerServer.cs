using System.Diagnostics;
using System.Globalization;
using System.Net.Http.Json;

namespace AlertFunctions.Testing;

/// <summary>A Prometheus Alertmanager with one receiver, a webhook, which it tells of everything as soon as it can and again every second.</summary>
public sealed class AlertmanagerServer : IAsyncDisposable
{
    private const string Program = "/usr/bin/prometheus-alertmanager";
    private static readonly TimeSpan s_patience = TimeSpan.FromMinutes(1);

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("alertfunctions-alertmanager-");
    private readonly HttpClient _http = new();
    private readonly DateTimeOffset _startsAt = DateTimeOffset.UtcNow;
    private readonly Process _process;

    private AlertmanagerServer(Uri webhook)
    {
        int port = FreePort.Choose();
        _http.BaseAddress = new Uri(string.Create(CultureInfo.InvariantCulture, $"http://127.0.0.1:{port}"));
        File.WriteAllText(Path.Combine(_folder.FullName, "alertmanager.yml"), $"""
            route:
              receiver: alertfunctions
              group_by: [alertname]
              group_wait: 10ms
              group_interval: 1s
              repeat_interval: 1s
            receivers:
              - name: alertfunctions
                webhook_configs:
                  - url: {webhook}
                    send_resolved: true
            """);

        // It runs until the pipe is closed, and so ends with the tests even if they are killed.
        const string Script = """
            "$0" --config.file="$1/alertmanager.yml" --storage.path="$1/data" --web.listen-address="127.0.0.1:$2" --cluster.listen-address= 2>&1 &
            read -r _
            kill $!
            wait
            """;
        _process = new Process
        {
            StartInfo = new ProcessStartInfo("/bin/sh", ["-c", Script, Program, _folder.FullName, port.ToString(CultureInfo.InvariantCulture)])
            {
                RedirectStandardInput = true,
                RedirectStandardOutput = true,
                UseShellExecute = false,
            },
        };
    }

    /// <summary>Skips the calling test where there is none.</summary>
    public static void SkipTestWithoutAlertmanager() => Assert.SkipUnless(File.Exists(Program), "Needs the Prometheus Alertmanager: apt-get install prometheus-alertmanager.");

    /// <summary>Starts one.</summary>
    /// <param name="webhook">Where it sends its notifications.</param>
    public static async Task<AlertmanagerServer> StartAsync(Uri webhook)
    {
        var server = new AlertmanagerServer(webhook);
        var listening = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        server._process.OutputDataReceived += (_, line) =>
        {
            if (line.Data?.Contains("Listening on", StringComparison.Ordinal) is true)
            {
                listening.TrySetResult();
            }
        };
        server._process.Start();
        server._process.BeginOutputReadLine();
        await listening.Task.WaitAsync(s_patience);
        return server;
    }

    /// <summary>Does what Prometheus does when an alert fires on an instance.</summary>
    public Task FireAsync(string alert, string instance) => PostAsync(alert, instance, DateTimeOffset.UtcNow.AddHours(1));

    /// <summary>Does what Prometheus does when the alert is over.</summary>
    public Task ResolveAsync(string alert, string instance) => PostAsync(alert, instance, DateTimeOffset.UtcNow);

    public async ValueTask DisposeAsync()
    {
        _process.StandardInput.Close();
        await _process.WaitForExitAsync().WaitAsync(s_patience);
        _process.Dispose();
        _http.Dispose();
        _folder.Delete(recursive: true);
    }

    private async Task PostAsync(string alert, string instance, DateTimeOffset endsAt)
    {
        using HttpResponseMessage answer = await _http.PostAsJsonAsync(
            new Uri("/api/v2/alerts", UriKind.Relative),
            new[] { new { labels = new { alertname = alert, instance, severity = "critical" }, annotations = new { summary = $"{instance} is down" }, startsAt = _startsAt, endsAt } });
        answer.EnsureSuccessStatusCode();
    }
}
