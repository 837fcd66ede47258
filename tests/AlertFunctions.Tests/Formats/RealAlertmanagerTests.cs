using System.Net;
using System.Net.Http.Json;
using AlertFunctions.Testing;

namespace AlertFunctions.Tests.Formats;

/// <summary>A real Alertmanager that sends its alerts to a real host.</summary>
public sealed class RealAlertmanagerTests : IAsyncLifetime
{
    private const string Alert = "HostDown";

    private RelayedHost _host = null!;

    public async ValueTask InitializeAsync() => _host = await RelayedHost.CreateAsync();

    public ValueTask DisposeAsync() => _host.DisposeAsync();

    [Fact]
    public async Task What_it_fires_repeats_and_resolves_is_mailed_once_each_while_the_host_is_killed_and_started_again()
    {
        AlertmanagerServer.SkipTestWithoutAlertmanager();
        await _host.StartAsync();
        using HttpResponseMessage settings = await _host.Process.Client.PutAsJsonAsync(new Uri("/api/alert-types", UriKind.Relative), new { alert = Alert, mailWhenCleared = true });
        settings.EnsureSuccessStatusCode();
        await using AlertmanagerServer alertmanager = await AlertmanagerServer.NotifyAsync(_host.EventsAddress);

        await alertmanager.FireAsync(Alert, "web01");
        await _host.Smtp.WaitForAcceptedAsync(1);
        await _host.Relay.WaitForAsync(HttpStatusCode.OK, answer => answer["duplicates"]!.GetValue<int>() == 1);

        await _host.KillAsync();
        await alertmanager.FireAsync(Alert, "web02");
        await _host.Relay.WaitForAsync(HttpStatusCode.BadGateway);
        await _host.StartAsync();
        await _host.Smtp.WaitForAcceptedAsync(2);
        await _host.Relay.WaitForAsync(HttpStatusCode.OK, answer => answer["duplicates"]!.GetValue<int>() == 2);

        await _host.KillAsync();
        await alertmanager.ResolveAsync(Alert, "web01");
        await _host.Relay.WaitForAsync(HttpStatusCode.BadGateway);
        await _host.StartAsync();
        await _host.Smtp.WaitForAcceptedAsync(3);
        await _host.Relay.WaitForAsync(HttpStatusCode.OK, answer => answer["recorded"]!.GetValue<int>() == 0);

        Assert.Equal(["web01", "web02", "web01"], _host.MailedOf("web01", "web02"));
        Assert.Equal("web02", (string?)Assert.Single((await _host.Process.GetAsync("/api/alerts"))["items"]!.AsArray())!["computer"]);
        Assert.Empty((await _host.Process.GetAsync("/api/system-events?id=199"))["items"]!.AsArray());
    }
}
