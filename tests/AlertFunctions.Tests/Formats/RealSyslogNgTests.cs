using System.Globalization;
using System.Net;
using System.Text.RegularExpressions;
using AlertFunctions.Testing;

namespace AlertFunctions.Tests.Formats;

/// <summary>A real syslog-ng, configured as the documentation says, that passes Deep Security's lines on to a real host.</summary>
public sealed partial class RealSyslogNgTests : IAsyncLifetime
{
    private readonly SyslogNgServer _syslog = new();
    private RelayedHost _host = null!;

    public async ValueTask InitializeAsync() => _host = await RelayedHost.CreateAsync();

    public async ValueTask DisposeAsync()
    {
        await _syslog.DisposeAsync();
        await _host.DisposeAsync();
    }

    [Fact]
    public async Task Lines_are_mailed_once_and_kept_on_its_disk_while_the_host_is_away_and_it_is_restarted_itself()
    {
        SyslogNgServer.SkipTestWithoutSyslogNg();
        await _host.StartAsync();
        await _syslog.StartAsync(Configuration());

        Task rejected = _host.Relay.WaitForAsync(HttpStatusCode.OK, answer => answer["rejected"]!.GetValue<int>() == 1);
        await _syslog.SendAsync(Line("web01"), "no CEF");
        await _host.Smtp.WaitForAcceptedAsync(1);
        await rejected;

        await _host.KillAsync();
        Task refused = _host.Relay.WaitForAsync(HttpStatusCode.BadGateway);
        await _syslog.SendAsync(Line("web02"));
        await refused;
        await _syslog.StopAsync();
        await _host.StartAsync();
        await _syslog.StartAsync(Configuration());
        await _host.Smtp.WaitForAcceptedAsync(2);

        Task repeated = _host.Relay.WaitForAsync(HttpStatusCode.OK, answer => answer["duplicates"]!.GetValue<int>() == 1);
        await _syslog.SendAsync(Line("web02"));
        await repeated;

        Assert.Equal(["web01", "web02"], _host.MailedOf("web01", "web02"));
        Assert.Equal(2, (await _host.Process.GetAsync("/api/alerts"))["items"]!.AsArray().Count);
        Assert.Single((await _host.Process.GetAsync("/api/system-events?id=199"))["items"]!.AsArray());
    }

    [Fact]
    public void The_documentation_in_both_languages_has_the_same_configuration() => Assert.Equal(Documented("ingest-deep-security.md"), Documented("ingest-deep-security.ja.md"));

    /// <summary>A time of today, as the manager writes it, so that syslog-ng knows its year.</summary>
    private static string Line(string computer)
    {
        string today = string.Create(CultureInfo.InvariantCulture, $"{DateTimeOffset.UtcNow:MMM} {DateTimeOffset.UtcNow.Day,2}");
        return $"<134>{today} 00:00:00 dsm01 CEF:0|Trend Micro|Deep Security Agent|20.0.877|4000000|Eicar_test_file|8|cn1=1 cn1Label=Host ID dvchost={computer} filePath=C:\\\\eicar.exe act=Delete msg=Realtime";
    }

    /// <summary>The documented configuration, with the addresses and the folder of the test, and without its pauses.</summary>
    private string Configuration()
    {
        string configuration = Documented("ingest-deep-security.md");
        foreach ((string documented, string tested) in ((string, string)[])
        [
            ("ip(\"0.0.0.0\") port(514)", string.Create(CultureInfo.InvariantCulture, $"ip(\"127.0.0.1\") port({_syslog.Port})")),
            ("https://NAME.azurewebsites.net/api/events", _host.EventsAddress.AbsoluteUri),
            ("x-functions-key: KEY", $"x-functions-key: {RelayedHost.EventsKey}"),
            ("dir(\"/var/lib/syslog-ng\")", $"dir(\"{_syslog.Folder}\")"),
            ("batch-timeout(1000)", "batch-timeout(100)"),
            ("time-reopen(10)", "time-reopen(1)"),
        ])
        {
            Assert.Contains(documented, configuration, StringComparison.Ordinal);
            configuration = configuration.Replace(documented, tested, StringComparison.Ordinal);
        }

        return configuration;
    }

    private static string Documented(string page) => Block().Match(Repository.Read(Path.Combine("docs", page))).Groups["text"].Value;

    [GeneratedRegex(@"^```conf\n(?<text>@version.*?)^```", RegexOptions.Multiline | RegexOptions.Singleline | RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Block();
}
