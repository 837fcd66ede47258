using System.Diagnostics;
using System.Globalization;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using AlertFunctions.Testing;
using Azure.Data.Tables;

namespace AlertFunctions.Tests.Failures;

/// <summary>The standalone host as a process, with everything real: storage calls, SMTP, clock, signals.</summary>
public sealed partial class HostProcessTests : IAsyncLifetime
{
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(60);

    // The host's storage names have no prefix, so that it needs an account that no other test uses.
    private readonly AzuriteServer _azurite = new();
    private readonly List<Host> _hosts = [];
    private string _storage = "";

    public async ValueTask InitializeAsync() => _storage = await _azurite.GetConnectionStringAsync();

    public async ValueTask DisposeAsync()
    {
        foreach (Host host in _hosts)
        {
            await host.DisposeAsync();
        }

        await _azurite.DisposeAsync();
    }

    [Fact]
    public async Task A_mail_that_found_the_server_stopped_arrives_exactly_once_an_hour_after_it_was_started_again()
    {
        await using RealSmtpServer smtp = await RealSmtpServer.StartNewAsync();
        Host host = await StartAsync(smtp.Port);
        await smtp.StopAsync();
        await host.PostEventAsync("web01", "Eicar");
        await host.UntilItSaysAsync("Mail is failing");
        await smtp.StartAsync();

        // Nothing but the hour sends it again.
        await host.RedriveAsync();
        await host.UntilItSaysAsync("The hourly re-drive ran", times: 2); // the first was at the start
        Assert.Empty(smtp.Messages);
        JsonNode owed = (await host.GetAsync("/api/mail"))["items"]![0]!;
        Assert.InRange(Time(owed["nextAttemptAt"]) - Time(owed["recipients"]![0]!["lastAttemptAt"]), TimeSpan.FromMinutes(60), TimeSpan.FromMinutes(60));

        await LetTheHourPassAsync();
        await host.RedriveAsync();
        await smtp.WaitForAsync(1, s_patience);
        await host.RedriveAsync();
        Assert.Equal(0, await host.StopAsync());
        Assert.Empty(await WaitingMailAsync());
        Assert.Single(await RowsAsync("SystemEvents"), row => row["Number"] is 197);
        Assert.Equal("ops@example.com", Assert.Single(smtp.Messages).Recipient);
    }

    [Fact]
    public async Task A_host_that_is_told_to_stop_while_it_sends_loses_nothing_and_sends_nothing_twice()
    {
        if (OperatingSystem.IsWindows())
        {
            Assert.Skip("Windows has no SIGTERM.");
        }

        string[] addresses = ["a@example.com", "b@example.com", "c@example.com", "d@example.com"];
        await using var smtp = new ScriptedSmtpServer();
        Host host = await StartAsync(smtp.Port);
        foreach (string address in addresses)
        {
            await host.PutUserAsync(address[..1], address);
        }

        var released = new TaskCompletionSource();
        SmtpRule held = smtp.On(SmtpStep.Body).After(1).HoldUntil(released.Task);
        await host.PostEventAsync("web01", "Eicar");
        await held.Reached.WaitAsync(s_patience);
        Task<int> stopping = host.StopAsync();
        await host.UntilItSaysAsync("The host is stopping");
        released.SetResult();
        Assert.Equal(0, await stopping);

        // The one that was accepted and the one in flight; the others were given back.
        Assert.Equal(2, smtp.Accepted.Count);
        Host next = await StartAsync(smtp.Port);
        await smtp.WaitForAcceptedAsync(5, s_patience);
        Assert.Equal(0, await next.StopAsync());
        Assert.Empty(await WaitingMailAsync());
        Assert.Equal([.. addresses, "ops@example.com"], smtp.Accepted.Select(mail => mail.Recipient).Order());
    }

    /// <summary>Moves what waits to now, as the hour that passes would.</summary>
    private async Task LetTheHourPassAsync()
    {
        foreach (TableEntity row in await WaitingMailAsync())
        {
            await new TableClient(_storage, "Work").UpdateEntityAsync(new TableEntity(row.PartitionKey, row.RowKey) { ["DueAt"] = DateTimeOffset.UtcNow.AddSeconds(-1) }, row.ETag, TableUpdateMode.Merge);
        }
    }

    private async Task<List<TableEntity>> WaitingMailAsync() =>
        (await RowsAsync("Work")).FindAll(row => row.RowKey.StartsWith("mail|", StringComparison.Ordinal));

    private async Task<List<TableEntity>> RowsAsync(string table)
    {
        var rows = new List<TableEntity>();
        await foreach (TableEntity row in new TableClient(_storage, table).QueryAsync<TableEntity>())
        {
            rows.Add(row);
        }

        return rows;
    }

    private static DateTimeOffset Time(JsonNode? node) => DateTimeOffset.Parse(node!.GetValue<string>(), CultureInfo.InvariantCulture);

    private async Task<Host> StartAsync(int smtpPort)
    {
        var host = new Host(new Dictionary<string, string>(StringComparer.Ordinal)
        {
            ["ASPNETCORE_ENVIRONMENT"] = "Production",
            ["AzureWebJobsStorage"] = _storage,
            ["Smtp__Server"] = string.Create(CultureInfo.InvariantCulture, $"127.0.0.1:{smtpPort}"),
            ["Smtp__Security"] = "None",
            ["Smtp__From"] = "alerts@example.com",
            ["Mail__AlertEmailAddress"] = "ops@example.com",
        });
        _hosts.Add(host);
        await host.StartAsync();
        return host;
    }

    /// <summary>One process of the host.</summary>
    private sealed partial class Host : IAsyncDisposable
    {
        private readonly ChangeSignal _changed = new();
        private readonly List<string> _lines = [];
        private readonly Process _process;
        private readonly HttpClient _http = new();

        public Host(Dictionary<string, string> settings)
        {
            string[] arguments = [Path.Combine(AppContext.BaseDirectory, "AlertFunctions.Standalone.dll"), "--urls", "http://127.0.0.1:0"];
            _process = new Process { StartInfo = new ProcessStartInfo("dotnet", arguments) { RedirectStandardOutput = true, RedirectStandardError = true, UseShellExecute = false } };
            foreach ((string name, string value) in settings)
            {
                _process.StartInfo.Environment[name] = value;
            }

            _process.OutputDataReceived += (_, line) => Add(line.Data);
            _process.ErrorDataReceived += (_, line) => Add(line.Data);
        }

        public async Task StartAsync()
        {
            _process.Start();
            _process.BeginOutputReadLine();
            _process.BeginErrorReadLine();
            await UntilItSaysAsync("AlertFunctions listens on");
            _http.BaseAddress = new Uri(Address().Match(Output).Value);
        }

        public Task UntilItSaysAsync(string text, int times = 1) => _changed.WaitUntilAsync(() => Output.Split(text).Length > times, text, () => Output, s_patience);

        public async Task PostEventAsync(string computer, string alert)
        {
            using HttpResponseMessage response = await _http.PostAsJsonAsync(new Uri("/api/events", UriKind.Relative), new { computer, alert });
            response.EnsureSuccessStatusCode();
        }

        public async Task PutUserAsync(string name, string email)
        {
            using HttpResponseMessage response = await _http.PutAsJsonAsync(new Uri($"/api/users/{name}", UriKind.Relative), new { email, receiveAlertMail = true });
            response.EnsureSuccessStatusCode();
        }

        public async Task RedriveAsync()
        {
            using HttpResponseMessage response = await _http.PostAsync(new Uri("/admin/functions/RedriveFailedMail", UriKind.Relative), content: null);
            response.EnsureSuccessStatusCode();
        }

        public async Task<JsonNode> GetAsync(string path) => (await _http.GetFromJsonAsync<JsonNode>(new Uri(path, UriKind.Relative)))!;

        /// <summary>Asks the process to stop, as a container host does, and gives its exit code.</summary>
        public async Task<int> StopAsync()
        {
            using var signal = Process.Start("kill", ["-TERM", string.Create(CultureInfo.InvariantCulture, $"{_process.Id}")]);
            using var patience = new CancellationTokenSource(s_patience);
            await _process.WaitForExitAsync(patience.Token);
            return _process.ExitCode;
        }

        public async ValueTask DisposeAsync()
        {
            if (!_process.HasExited)
            {
                _process.Kill();
                await _process.WaitForExitAsync();
            }

            _process.Dispose();
            _http.Dispose();
        }

        private string Output
        {
            get
            {
                lock (_lines)
                {
                    return string.Join('\n', _lines);
                }
            }
        }

        private void Add(string? line)
        {
            lock (_lines)
            {
                _lines.Add(line ?? "");
            }

            _changed.Raise();
        }

        [GeneratedRegex("http://127.0.0.1:[0-9]+", RegexOptions.None, matchTimeoutMilliseconds: 1000)]
        private static partial Regex Address();
    }
}
