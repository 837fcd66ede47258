using System.Globalization;
using System.Text.Json.Nodes;
using AlertFunctions.Testing;
using AlertFunctions.Tests.Standalone;
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
        HostProcess host = await StartAsync(smtp.Port);
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

    private async Task<HostProcess> StartAsync(int smtpPort)
    {
        var host = new HostProcess(new Dictionary<string, string>(StringComparer.Ordinal)
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
}
