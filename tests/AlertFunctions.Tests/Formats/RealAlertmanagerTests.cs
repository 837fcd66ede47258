using System.Globalization;
using System.Net;
using System.Net.Http.Json;
using AlertFunctions.Testing;

namespace AlertFunctions.Tests.Formats;

/// <summary>A real Alertmanager that tells a real host of its alerts.</summary>
public sealed class RealAlertmanagerTests : IAsyncLifetime
{
    private const string Alert = "HostDown";

    // The host's storage names have no prefix, so that it needs an account that no other test uses.
    private readonly AzuriteServer _azurite = new();
    private readonly ScriptedSmtpServer _smtp = new();
    private readonly List<HostProcess> _hosts = [];
    private WebhookRelay _relay = null!;

    public async ValueTask InitializeAsync() => _relay = await WebhookRelay.StartAsync();

    public async ValueTask DisposeAsync()
    {
        foreach (HostProcess host in _hosts)
        {
            await host.DisposeAsync();
        }

        await _relay.DisposeAsync();
        await _smtp.DisposeAsync();
        await _azurite.DisposeAsync();
    }

    [Fact]
    public async Task What_it_fires_repeats_and_resolves_is_mailed_once_each_while_the_host_is_killed_and_started_again()
    {
        AlertmanagerServer.SkipTestWithoutAlertmanager();
        HostProcess host = await StartAsync();
        using HttpResponseMessage settings = await host.Client.PutAsJsonAsync(new Uri("/api/alert-types", UriKind.Relative), new { alert = Alert, mailWhenCleared = true });
        settings.EnsureSuccessStatusCode();
        await using AlertmanagerServer alertmanager = await AlertmanagerServer.StartAsync(new Uri(_relay.Address, "/api/events?code=events-key"));

        await alertmanager.FireAsync(Alert, "web01");
        await _smtp.WaitForAcceptedAsync(1);
        await _relay.WaitForAsync(HttpStatusCode.OK, answer => answer["duplicates"]!.GetValue<int>() == 1);

        await KillAsync(host);
        await alertmanager.FireAsync(Alert, "web02");
        await _relay.WaitForAsync(HttpStatusCode.BadGateway);
        host = await StartAsync();
        await _smtp.WaitForAcceptedAsync(2);
        await _relay.WaitForAsync(HttpStatusCode.OK, answer => answer["duplicates"]!.GetValue<int>() == 2);

        await KillAsync(host);
        await alertmanager.ResolveAsync(Alert, "web01");
        await _relay.WaitForAsync(HttpStatusCode.BadGateway);
        host = await StartAsync();
        await _smtp.WaitForAcceptedAsync(3);
        await _relay.WaitForAsync(HttpStatusCode.OK, answer => answer["recorded"]!.GetValue<int>() == 0);

        Assert.Equal(["web01", "web02", "web01"], _smtp.Accepted.Select(mail => ((string[])["web01", "web02"]).Single(computer => mail.Message.TextBody!.Contains($"■ {computer}", StringComparison.Ordinal))));
        Assert.Equal("web02", (string?)Assert.Single((await host.GetAsync("/api/alerts"))["items"]!.AsArray())!["computer"]);
        Assert.Empty((await host.GetAsync("/api/system-events?id=199"))["items"]!.AsArray());
    }

    private async Task KillAsync(HostProcess host)
    {
        _relay.Product = null;
        await host.KillAsync();
    }

    private async Task<HostProcess> StartAsync()
    {
        HostProcess host = await HostProcess.StartAsync(new Dictionary<string, string>(StringComparer.Ordinal)
        {
            ["AzureWebJobsStorage"] = await _azurite.GetConnectionStringAsync(),
            ["Keys__Events"] = "events-key",
            ["Keys__Manage"] = "manage-key",
            ["Smtp__Server"] = string.Create(CultureInfo.InvariantCulture, $"127.0.0.1:{_smtp.Port}"),
            ["Smtp__Security"] = "None",
            ["Smtp__From"] = "alerts@example.com",
            ["Mail__AlertEmailAddress"] = "ops@example.com",
        });
        _hosts.Add(host);
        _relay.Product = host.Client.BaseAddress;
        return host;
    }
}
