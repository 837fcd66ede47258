using System.Diagnostics;
using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;
using AlertFunctions.Testing;

namespace AlertFunctions.Bench.Stage;

/// <summary>Other programs that send mail, where they are installed, to the same server.</summary>
internal static class Peers
{
    private const string AlertmanagerPath = "/usr/bin/prometheus-alertmanager";
    private const string SmtpSourcePath = "/usr/sbin/smtp-source";

    private static readonly TimeSpan s_patience = TimeSpan.FromMinutes(5);

    /// <summary>Whether Prometheus Alertmanager is where Debian installs it.</summary>
    public static bool AlertmanagerIsInstalled => File.Exists(AlertmanagerPath);

    /// <summary>Whether Postfix's load generator is where Debian installs it.</summary>
    public static bool SmtpSourceIsInstalled => File.Exists(SmtpSourcePath);

    /// <summary>Alerts in groups of their own, mailed by Alertmanager, which keeps what it owes in memory.</summary>
    /// <returns>Mails per second.</returns>
    public static async Task<double> AlertmanagerAsync(SmtpSink sink, int mails)
    {
        DirectoryInfo folder = Directory.CreateTempSubdirectory("alertfunctions-bench");
        try
        {
            string configuration = Path.Combine(folder.FullName, "alertmanager.yml");
            await File.WriteAllTextAsync(configuration, string.Create(CultureInfo.InvariantCulture, $$"""
                global: { smtp_smarthost: '127.0.0.1:{{sink.Port}}', smtp_from: alerts@example.com, smtp_require_tls: false }
                route: { receiver: mail, group_by: [alertname, instance], group_wait: 0s }
                receivers: [ { name: mail, email_configs: [ { to: ops@example.com } ] } ]
                """));
            string address = string.Create(CultureInfo.InvariantCulture, $"127.0.0.1:{FreePort.Choose()}");
            using Process process = Start(AlertmanagerPath, $"--config.file={configuration}", $"--storage.path={folder.FullName}", $"--web.listen-address={address}", "--cluster.listen-address=");
            try
            {
                using var client = new HttpClient { BaseAddress = new Uri($"http://{address}") };
                await WaitUntilReadyAsync(client, process);
                var alerts = new JsonArray([.. Enumerable.Range(0, mails).Select(number => (JsonNode)new JsonObject
                {
                    ["labels"] = new JsonObject { ["alertname"] = "Eicar", ["instance"] = $"computer{number}", ["severity"] = "critical" },
                    ["annotations"] = new JsonObject { ["summary"] = new string('x', 200) },
                })]);
                int sent = sink.Mails + mails;
                long began = Stopwatch.GetTimestamp();
                using var body = new StringContent(alerts.ToJsonString(), Encoding.UTF8, "application/json");
                using HttpResponseMessage answer = await client.PostAsync(new Uri("/api/v2/alerts", UriKind.Relative), body);
                answer.EnsureSuccessStatusCode();
                await sink.WaitForAsync(sent, s_patience);
                return mails / Stopwatch.GetElapsedTime(began).TotalSeconds;
            }
            finally
            {
                process.Kill();
                await process.WaitForExitAsync();
            }
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    /// <summary>The same number of mails by Postfix's load generator, which composes and records nothing.</summary>
    /// <returns>Mails per second.</returns>
    public static async Task<double> SmtpSourceAsync(SmtpSink sink, int mails, int connections, int size)
    {
        int sent = sink.Mails + mails;
        long began = Stopwatch.GetTimestamp();
        using Process process = Start(
            SmtpSourcePath, "-d", "-s", Text(connections), "-m", Text(mails), "-l", Text(size), "-f", "alerts@example.com", "-t", "ops@example.com", $"127.0.0.1:{Text(sink.Port)}");
        await sink.WaitForAsync(sent, s_patience);
        TimeSpan took = Stopwatch.GetElapsedTime(began);
        await process.WaitForExitAsync();
        return mails / took.TotalSeconds;
    }

    private static Process Start(string program, params string[] arguments)
    {
        var start = new ProcessStartInfo(program, arguments) { UseShellExecute = false, RedirectStandardOutput = true, RedirectStandardError = true };
        Process process = Process.Start(start)!;
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        return process;
    }

    private static async Task WaitUntilReadyAsync(HttpClient client, Process process)
    {
        while (true)
        {
            try
            {
                using HttpResponseMessage answer = await client.GetAsync(new Uri("/-/ready", UriKind.Relative));
                answer.EnsureSuccessStatusCode();
                return;
            }
            catch (HttpRequestException) when (!process.HasExited)
            {
                await Task.Delay(TimeSpan.FromMilliseconds(20)); // not listening yet; a signal does not reach another process
            }
        }
    }

    private static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);
}
