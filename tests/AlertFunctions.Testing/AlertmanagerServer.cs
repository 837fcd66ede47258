using System.Globalization;
using System.Net.Http.Json;

namespace AlertFunctions.Testing;

/// <summary>A Prometheus Alertmanager with one receiver, as Debian installs it.</summary>
public sealed class AlertmanagerServer : IAsyncDisposable
{
    private const string Program = "/usr/bin/prometheus-alertmanager";

    private readonly InstalledServer _server;
    private readonly DateTimeOffset _startsAt = DateTimeOffset.UtcNow;

    private AlertmanagerServer(InstalledServer server) => _server = server;

    /// <summary>Whether it is installed.</summary>
    public static bool IsInstalled => File.Exists(Program);

    /// <summary>Skips the calling test where there is none.</summary>
    public static void SkipTestWithoutAlertmanager() => Assert.SkipUnless(IsInstalled, "Needs the Prometheus Alertmanager: apt-get install prometheus-alertmanager.");

    /// <summary>Starts one that notifies a webhook as soon as it can and again every second.</summary>
    /// <param name="webhook">The webhook.</param>
    public static Task<AlertmanagerServer> NotifyAsync(Uri webhook) => StartAsync($"""
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

    /// <summary>Starts one that mails each alert at once and for itself.</summary>
    /// <param name="smtpPort">The port of the mail server on this machine.</param>
    public static Task<AlertmanagerServer> MailAsync(int smtpPort) => StartAsync(string.Create(CultureInfo.InvariantCulture, $"""
        global:
          smtp_smarthost: 127.0.0.1:{smtpPort}
          smtp_from: alerts@example.com
          smtp_require_tls: false
        route:
          receiver: mail
          group_by: [alertname, instance]
          group_wait: 0s
        receivers:
          - name: mail
            email_configs:
              - to: ops@example.com
        """));

    private static async Task<AlertmanagerServer> StartAsync(string configuration) =>
        new(await InstalledServer.StartAsync(Program, "--storage.path=\"$1/data\" --cluster.listen-address=", configuration, ready: "Listening on"));

    /// <summary>Does what Prometheus does when an alert fires on instances.</summary>
    public Task FireAsync(string alert, params IEnumerable<string> instances) => PostAsync(alert, instances, DateTimeOffset.UtcNow.AddHours(1));

    /// <summary>Does what Prometheus does when the alert is over.</summary>
    public Task ResolveAsync(string alert, params IEnumerable<string> instances) => PostAsync(alert, instances, DateTimeOffset.UtcNow);

    public ValueTask DisposeAsync() => _server.DisposeAsync();

    private async Task PostAsync(string alert, IEnumerable<string> instances, DateTimeOffset endsAt)
    {
        using HttpResponseMessage answer = await _server.Http.PostAsJsonAsync(
            new Uri("/api/v2/alerts", UriKind.Relative),
            instances.Select(instance => new { labels = new { alertname = alert, instance, severity = "critical" }, annotations = new { summary = $"{instance} is down" }, startsAt = _startsAt, endsAt }));
        answer.EnsureSuccessStatusCode();
    }
}
