using System.Net;
using System.Net.Sockets;
using AlertFunctions.Core.Storage;
using AlertFunctions.Standalone;
using AlertFunctions.Testing;
using Azure.Identity;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace AlertFunctions.Tests.Standalone;

/// <summary>What a host says that cannot start: why, by the name of the setting, and nothing else, be it on standard output or in the log.</summary>
public sealed class FailedStartTests(AzuriteServer azurite) : IAsyncLifetime
{
    private Installation _installation = null!;

    public async ValueTask InitializeAsync() => _installation = await Installation.CreateAsync(azurite);

    public async ValueTask DisposeAsync() => await _installation.DisposeAsync();

    [Fact]
    public async Task Every_wrong_setting_is_named_at_once_and_each_once()
    {
        string error = await FailAsync(
            "--urls=http://localhost:99999;http://0.0.0.0:0", "--Keys:Read=,", "--Keys:Mange=x", "--Smtp:Security=Sideways", "--Mail:TimeZone=Mars", "--Events:RetentionDays=0", "--Logging:LogLevel:Microsoft=Loud");

        Assert.Equal(
            ["ASPNETCORE_URLS", "Keys__Read", "Smtp__Security", "Mail__TimeZone", "Events__RetentionDays", "Keys__Mange", "Logging__LogLevel__Microsoft"],
            error.Split('\n', StringSplitOptions.RemoveEmptyEntries).Skip(1).Select(line => line.Trim().Split(' ')[0]));
    }

    [Fact]
    public async Task A_wrong_setting_is_named() =>
        Assert.Contains("Smtp__MaxConnections is '0', but must be a whole number from 1 to 32.", await FailAsync("--Smtp:MaxConnections=0"), StringComparison.Ordinal);

    [Fact]
    public async Task An_argument_that_is_no_setting_is_named() => AssertFault(
        await FailAsync("-x"), "-x on the command line is not known; a setting is --NAME=VALUE or --NAME VALUE, with a colon between levels, such as --Smtp:Server=smtp.example.com.");

    [Fact]
    public async Task A_taken_port_is_one_sentence()
    {
        using var stranger = new TcpListener(IPAddress.Loopback, 0);
        stranger.Start();

        string error = await FailAsync($"--urls=http://127.0.0.1:{PortOf(stranger)}");

        AssertSentence(error, $"The host cannot listen on http://127.0.0.1:{PortOf(stranger)} of ASPNETCORE_URLS (or --urls): ");
        Assert.Contains("Stop what else listens there, or choose another address with --urls", error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_taken_port_of_an_endpoint_is_not_answered_with_a_setting_that_an_endpoint_takes_the_place_of()
    {
        using var stranger = new TcpListener(IPAddress.Loopback, 0);
        stranger.Start();

        string error = await FailAsync($"--Kestrel:Endpoints:Web:Url=http://127.0.0.1:{PortOf(stranger)}");

        AssertSentence(error, $"The host cannot listen on http://127.0.0.1:{PortOf(stranger)} of Kestrel__Endpoints__Web__Url: ");
        Assert.DoesNotContain("--urls", error, StringComparison.Ordinal);
    }

    /// <summary>Its queue and timers would otherwise have worked until the server fails.</summary>
    [Fact]
    public async Task A_host_that_cannot_listen_has_done_no_work()
    {
        using var stranger = new TcpListener(IPAddress.Loopback, 0);
        stranger.Start();
        var storage = new StorageFaults(_installation.Clock, _installation.NamePrefix);

        await FailAsync(
            builder => builder.Services.AddSingleton(new StorageClients(
                new(_installation.Settings["AzureWebJobsStorage"]), new DefaultAzureCredential(), TimeProvider.System, _installation.NamePrefix, storage.Transport, StorageFaults.Retries)),
            $"--urls=http://127.0.0.1:{PortOf(stranger)}");

        Assert.Equal(8, storage.Calls.Count); // four tables, two queues and two containers are there, or are made
        Assert.DoesNotContain(storage.Calls, call => call.Method == "GET");
    }

    [Theory]
    [InlineData("urls", "nonsense")]
    [InlineData("urls", "ftp://localhost:7071")]
    [InlineData("urls", "http://localhost:70000")]
    [InlineData("urls", "http://localhost:-1")]
    [InlineData("urls", "http://localhost:port")]
    [InlineData("urls", "http://127.0.0.1:0;http//localhost:0")]
    [InlineData("urls", "http://127.0.0.1:0; http://127.0.0.1:0")]
    [InlineData("urls", "http://unresolvable.invalid:0")] // ASP.NET Core takes a name for any address
    [InlineData("urls", "http://[::1")] // and so it does the rest of this
    [InlineData("urls", "http://[::1]:80:0")]
    [InlineData("urls", "http://127.0.0.1:0/base")]
    [InlineData("urls", "http://127.0.0.256:0")]
    [InlineData("Kestrel:Endpoints:Web:Url", "http://alerts.example.com:0")]
    [InlineData("Kestrel:Endpoints:Web:Url", "https://[fe80::1")]
    public async Task An_address_that_is_none_is_one_sentence(string key, string urls)
    {
        string error = await FailAsync($"--{key}={urls}");

        string setting = key == "urls" ? "ASPNETCORE_URLS (or --urls)" : key.Replace(":", "__", StringComparison.Ordinal);
        AssertFault(
            error, $"{setting} has '{urls.Split(';')[^1]}', but must have http or https addresses of localhost, an IP address, * or +, with a port from 0 to 65535 and no path, such as http://localhost:7071.");
    }

    [Theory]
    [InlineData("http_ports", "80;alerts.example.com:80", "ASPNETCORE_HTTP_PORTS has 'alerts.example.com:80', but must have ports from 0 to 65535, such as 8080.")]
    [InlineData("https_ports", "70000", "ASPNETCORE_HTTPS_PORTS has '70000', but must have ports from 0 to 65535, such as 8080.")]
    [InlineData("urls", "http://localhost:0", "ASPNETCORE_URLS (or --urls) has 'http://localhost:0', but must have a port for localhost; any free port (0) needs an IP address, such as http://127.0.0.1:0.")]
    [InlineData("Kestrel:Endpoints:Web:Protocols", "Http1", "Kestrel__Endpoints__Web__Url is not set, but an endpoint must have an address, such as http://localhost:7071.")]
    [InlineData("Kestrel:Endpoints:Web", "http://localhost:7071", "Kestrel__Endpoints__Web__Url is not set, but an endpoint must have an address, such as http://localhost:7071.")]
    public async Task A_port_or_an_endpoint_that_cannot_be_listened_on_is_one_sentence(string key, string value, string fault) =>
        AssertFault(await FailAsync($"--{key}={value}", "--Keys:Manage=key"), fault);

    [Fact]
    public async Task A_foreign_address_is_one_sentence_that_asks_for_one_of_the_machine()
    {
        string error = await FailAsync("--urls=http://203.0.113.7:7071", "--Keys:Manage=key"); // TEST-NET-3 is on no machine

        AssertSentence(error, "The host cannot listen on http://203.0.113.7:7071 of ASPNETCORE_URLS (or --urls): ");
        Assert.Contains("Choose an address that this machine has", error, StringComparison.Ordinal);
        Assert.DoesNotContain("Stop what else listens", error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_certificate_that_is_not_there_is_one_sentence()
    {
        string error = await FailAsync("--urls=https://127.0.0.1:0", "--Kestrel:Certificates:Default:Path=/nowhere.pfx");

        AssertSentence(error, "The host cannot listen on https://127.0.0.1:0 of ASPNETCORE_URLS (or --urls): ");
        Assert.Contains("check Kestrel__Certificates__Default__Path", error, StringComparison.Ordinal);
    }

    /// <summary>A process of its own: .NET looks for a developer's certificate in the home folder, which is read once.</summary>
    [Fact]
    public async Task Https_without_any_certificate_is_one_sentence()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "Elsewhere a developer's certificate is not kept in the home folder.");
        DirectoryInfo home = Directory.CreateTempSubdirectory();

        (int code, string said) = await RunProcessAsync("https://127.0.0.1:0", ("HOME", home.FullName));

        home.Delete(recursive: true);
        Assert.Equal(1, code);
        AssertSentence(said, "The host cannot listen on https://127.0.0.1:0 of ASPNETCORE_URLS (or --urls): ");
        Assert.Contains("https needs a certificate: check Kestrel__Certificates__Default__Path", said, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_process_that_cannot_listen_writes_one_sentence_and_exits_with_1()
    {
        using var stranger = new TcpListener(IPAddress.Loopback, 0);
        stranger.Start();

        (int code, string said) = await RunProcessAsync($"http://127.0.0.1:{PortOf(stranger)}");

        Assert.Equal(1, code);
        AssertSentence(said, $"The host cannot listen on http://127.0.0.1:{PortOf(stranger)} ");
    }

    [Fact]
    public async Task A_content_root_that_is_not_there_is_one_sentence()
    {
        (int code, string said) = await RunProcessAsync("http://127.0.0.1:0", ("ASPNETCORE_CONTENTROOT", "/nonexistent"));

        Assert.Equal(1, code);
        AssertSentence(said, "ASPNETCORE_CONTENTROOT (or --contentRoot) is '/nonexistent");
    }

    [Fact]
    public async Task Storage_that_does_not_answer_is_one_sentence()
    {
        string error = await FailAsync("--AzureWebJobsStorage=DefaultEndpointsProtocol=http;AccountName=a;AccountKey=YQ==;TableEndpoint=http://127.0.0.1:1/a;QueueEndpoint=http://127.0.0.1:1/a;BlobEndpoint=http://127.0.0.1:1/a", "--urls=http://127.0.0.1:0");

        AssertSentence(error, "The host does not start. Storage does not answer. Check the address in AzureWebJobsStorage. ");
    }

    [Fact]
    public async Task Storage_that_refuses_the_account_s_key_is_not_said_to_be_silent()
    {
        string account = _installation.Settings["AzureWebJobsStorage"]!;
        string key = account.Split("AccountKey=")[1].Split(';')[0];

        string error = await FailAsync($"--AzureWebJobsStorage={account.Replace(key, "c2VjcmV0", StringComparison.Ordinal)}", "--urls=http://127.0.0.1:0");

        AssertSentence(error, "The host does not start. Storage answers 403");
        Assert.Contains("refuses the key or the signature in AzureWebJobsStorage", error, StringComparison.Ordinal);
        Assert.DoesNotContain("c2VjcmV0", error, StringComparison.Ordinal);
    }

    /// <summary>A sentence under the heading of wrong settings, and nothing else.</summary>
    private static void AssertFault(string error, string fault) =>
        Assert.Equal(["The configuration is wrong:", $"  {fault}"], error.Split(Environment.NewLine, StringSplitOptions.RemoveEmptyEntries));

    /// <summary>One line, and nothing else.</summary>
    private static void AssertSentence(string error, string beginning) =>
        Assert.StartsWith(beginning, Assert.Single(error.Split('\n', StringSplitOptions.RemoveEmptyEntries)), StringComparison.Ordinal);

    private static int PortOf(TcpListener listener) => ((IPEndPoint)listener.LocalEndpoint).Port;

    private Task<string> FailAsync(params string[] args) => FailAsync(_ => { }, args);

    /// <summary>Runs a host that cannot start, at the default log level, and gives what it wrote to standard error; it must write nothing else.</summary>
    private async Task<string> FailAsync(Action<WebApplicationBuilder> prepare, params string[] args)
    {
        using var log = new TestLog();
        using var output = new StringWriter();
        using var error = new StringWriter();

        Task<int> running = StandaloneHost.RunAsync(["--environment=Production", $"--AzureWebJobsStorage={_installation.Settings["AzureWebJobsStorage"]}", .. args], output, error, builder =>
        {
            builder.Logging.ClearProviders().AddProvider(log);
            prepare(builder);
        });

        Assert.Equal(1, await running.WaitAsync(ChangeSignal.DefaultTimeout)); // one that does start would run on
        Assert.Empty(log.Entries);
        Assert.Empty($"{output}");
        return $"{error}";
    }

    /// <summary>Runs the host as a process, and gives its exit code and all that it wrote.</summary>
    private async Task<(int Code, string Said)> RunProcessAsync(string urls, params (string Name, string Value)[] settings)
    {
        await using HostProcess host = HostProcess.Launch(settings.Append(("AzureWebJobsStorage", _installation.Settings["AzureWebJobsStorage"]!)).ToDictionary(setting => setting.Item1, setting => setting.Item2, StringComparer.Ordinal), urls);
        return (await host.FailAsync(), host.Output);
    }
}
