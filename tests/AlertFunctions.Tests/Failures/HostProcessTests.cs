using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Http.Json;
using System.Net.Sockets;
using System.Text.Json.Nodes;
using AlertFunctions.Testing;
using Azure.Data.Tables;

namespace AlertFunctions.Tests.Failures;

/// <summary>The standalone host as a process, with everything real: storage calls, SMTP, clock, signals.</summary>
public sealed class HostProcessTests : IAsyncLifetime
{
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(60);

    // The host's storage names have no prefix, so that it needs an account that no other test uses.
    private readonly AzuriteServer _azurite = new();
    private readonly List<HostProcess> _hosts = [];
    private string _storage = "";

    public async ValueTask InitializeAsync() => _storage = await _azurite.GetConnectionStringAsync();

    public async ValueTask DisposeAsync()
    {
        foreach (HostProcess host in _hosts)
        {
            await host.DisposeAsync();
        }

        await _azurite.DisposeAsync();
    }

    [Fact]
    public async Task A_mail_that_found_the_server_stopped_arrives_exactly_once_an_hour_after_it_was_started_again()
    {
        await using RealSmtpServer smtp = await RealSmtpServer.StartNewAsync();
        HostProcess host = await StartAsync(smtp.Port);
        await smtp.StopAsync();
        await PostEventAsync(host, "web01", "Eicar");
        await host.UntilItSaysAsync("Mail is failing");
        await smtp.StartAsync();

        // Nothing but the hour sends it again.
        await RedriveAsync(host);
        await host.UntilItSaysAsync("The hourly re-drive ran", times: 2); // the first was at the start
        Assert.Empty(smtp.Messages);
        JsonNode owed = (await host.Client.GetFromJsonAsync<JsonNode>(new Uri("/api/mail", UriKind.Relative)))!["items"]![0]!;
        Assert.InRange(Time(owed["nextAttemptAt"]) - Time(owed["recipients"]![0]!["lastAttemptAt"]), TimeSpan.FromMinutes(60), TimeSpan.FromMinutes(60));

        await LetTheHourPassAsync();
        await RedriveAsync(host);
        await smtp.WaitForAsync(1, s_patience);
        await RedriveAsync(host);
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
        HostProcess host = await StartAsync(smtp.Port);
        foreach (string address in addresses)
        {
            using HttpResponseMessage answer = await host.Client.PutAsJsonAsync(new Uri($"/api/users/{address[..1]}", UriKind.Relative), new { email = address, receiveAlertMail = true });
            answer.EnsureSuccessStatusCode();
        }

        var released = new TaskCompletionSource();
        SmtpRule held = smtp.On(SmtpStep.Body).After(1).HoldUntil(released.Task);
        await PostEventAsync(host, "web01", "Eicar");
        await held.Reached.WaitAsync(s_patience);
        Task<int> stopping = host.StopAsync();
        await host.UntilItSaysAsync("The host is stopping");
        released.SetResult();
        Assert.Equal(0, await stopping);

        // The one that was accepted and the one in flight; the others were given back.
        Assert.Equal(2, smtp.Accepted.Count);
        HostProcess next = await StartAsync(smtp.Port);
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

    [Fact]
    public async Task A_host_whose_telemetry_is_accepted_and_never_answered_stops_before_a_container_is_killed()
    {
        using var collector = new TcpListener(IPAddress.Loopback, 0);
        collector.Start();
        await using var smtp = new ScriptedSmtpServer();
        HostProcess host = await StartAsync(smtp.Port, ("OTEL_EXPORTER_OTLP_ENDPOINT", $"http://{collector.LocalEndpoint}"));
        await PostEventAsync(host, "web01", "Eicar");
        await smtp.WaitForAcceptedAsync(1);

        long asked = Stopwatch.GetTimestamp();
        Assert.Equal(0, await host.StopAsync());
        Assert.InRange(Stopwatch.GetElapsedTime(asked), TimeSpan.Zero, TimeSpan.FromSeconds(10));
    }

    private async Task<HostProcess> StartAsync(int smtpPort, params (string Name, string Value)[] more)
    {
        var settings = new Dictionary<string, string>(StringComparer.Ordinal)
        {
            ["AzureWebJobsStorage"] = _storage,
            ["Smtp__Server"] = string.Create(CultureInfo.InvariantCulture, $"127.0.0.1:{smtpPort}"),
            ["Smtp__Security"] = "None",
            ["Smtp__From"] = "alerts@example.com",
            ["Mail__AlertEmailAddress"] = "ops@example.com",
        };
        foreach ((string name, string value) in more)
        {
            settings[name] = value;
        }

        HostProcess host = await HostProcess.StartAsync(settings);
        _hosts.Add(host);
        return host;
    }

    private static async Task PostEventAsync(HostProcess host, string computer, string alert)
    {
        using HttpResponseMessage response = await host.Client.PostAsJsonAsync(new Uri("/api/events", UriKind.Relative), new { computer, alert });
        response.EnsureSuccessStatusCode();
    }

    private static async Task RedriveAsync(HostProcess host)
    {
        using HttpResponseMessage response = await host.Client.PostAsync(new Uri("/admin/functions/RedriveFailedMail", UriKind.Relative), content: null);
        response.EnsureSuccessStatusCode();
    }
}
