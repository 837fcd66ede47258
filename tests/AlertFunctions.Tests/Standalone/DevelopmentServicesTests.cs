using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using AlertFunctions.Development;
using AlertFunctions.Testing;
using Azure.Data.Tables;
using MailKit.Net.Smtp;
using MailKit.Security;
using Microsoft.Extensions.Configuration;
using MimeKit;

namespace AlertFunctions.Tests.Standalone;

public sealed class DevelopmentServicesTests : IAsyncLifetime
{
    // The emulator's public account.
    private const string EmulatorKey = "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw==";

    private readonly string _folder = Directory.CreateTempSubdirectory("alertfunctions-").FullName;
    private readonly StringWriter _output = new(CultureInfo.InvariantCulture);
    private readonly List<DevelopmentServices> _started = [];

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public ValueTask InitializeAsync() => ValueTask.CompletedTask;

    public async ValueTask DisposeAsync()
    {
        foreach (DevelopmentServices services in _started)
        {
            await services.DisposeAsync();
        }

        Directory.Delete(_folder, recursive: true);
    }

    [Fact]
    public void A_fresh_clone_starts_storage_and_inbox()
    {
        DevelopmentFacts facts = Facts();
        Assert.True(facts.NeedsTools);
        Assert.Equal(new DevelopmentPlan(StartAzurite: true, StartInbox: true), DevelopmentPlan.Decide(facts));
    }

    [Fact]
    public void A_running_Azurite_is_used_as_it_is() => Assert.Equal(
        new DevelopmentPlan(StartAzurite: false, StartInbox: true),
        DevelopmentPlan.Decide(Facts(PortState.Storage, PortState.Storage, PortState.Storage)));

    [Fact]
    public void Other_storage_leaves_only_the_inbox_to_start() => Assert.Equal(
        new DevelopmentPlan(StartAzurite: false, StartInbox: true),
        DevelopmentPlan.Decide(new DevelopmentFacts(UsesDevelopmentStorage: false, HasSmtpServer: false, [])));

    [Fact]
    public void An_SMTP_server_leaves_only_the_storage_to_start() => Assert.Equal(
        new DevelopmentPlan(StartAzurite: true, StartInbox: false), DevelopmentPlan.Decide(Facts() with { HasSmtpServer = true }));

    [Fact]
    public void With_storage_and_SMTP_server_nobody_asks_for_Node()
    {
        DevelopmentFacts running = Facts(PortState.Storage, PortState.Storage, PortState.Storage) with { HasSmtpServer = true };
        Assert.False(running.NeedsTools);
        Assert.Equal(new DevelopmentPlan(StartAzurite: false, StartInbox: false), DevelopmentPlan.Decide(running));
        Assert.False(new DevelopmentFacts(UsesDevelopmentStorage: false, HasSmtpServer: true, []).NeedsTools);
    }

    [Theory]
    [InlineData("Storage", "Other", "Storage", "Port 10001 is taken by something other than Azurite's queue service: stop it, or ")]
    [InlineData("Other", "Free", "Other", "Ports 10000 and 10002 are taken by something other than Azurite's blob and table services: stop it, or ")]
    [InlineData("Storage", "Free", "Free", "Azurite answers on port 10000 (blob), but nothing answers on ports 10001 and 10002 (queue and table): ")]
    [InlineData("Storage", "Storage", "Free", "Azurite answers on ports 10000 and 10001 (blob and queue), but nothing answers on port 10002 (table): ")]
    public void What_is_not_all_of_Azurite_is_one_sentence(string blob, string queue, string table, string beginning)
    {
        string? problem = DevelopmentPlan.Decide(Facts(Enum.Parse<PortState>(blob), Enum.Parse<PortState>(queue), Enum.Parse<PortState>(table))).Problem;
        Assert.StartsWith(beginning, problem, StringComparison.Ordinal);
        Assert.EndsWith("set AzureWebJobsStorage to the connection string of another storage account.", problem, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', problem!);
    }

    [Fact]
    public void Without_Node_storage_has_three_ways()
    {
        string? problem = DevelopmentPlan.Decide(Facts() with { ToolsProblem = "Node.js is not installed" }).Problem;
        Assert.StartsWith("Storage is not running, and Node.js is not installed, so ", problem, StringComparison.Ordinal);
        Assert.Contains("1. Install Node.js 22 or newer", problem, StringComparison.Ordinal);
        Assert.Contains(
            "2. Run Azurite in Docker: docker run --rm -p 127.0.0.1:10000:10000 -p 127.0.0.1:10001:10001 -p 127.0.0.1:10002:10002 ",
            problem,
            StringComparison.Ordinal);
        Assert.Contains("3. Set AzureWebJobsStorage to the connection string", problem, StringComparison.Ordinal);
    }

    [Fact]
    public void Without_Node_a_running_Azurite_is_enough_to_go_on_without_an_inbox()
    {
        DevelopmentFacts facts = Facts(PortState.Storage, PortState.Storage, PortState.Storage) with { ToolsProblem = "Node.js is not installed" };
        DevelopmentPlan plan = DevelopmentPlan.Decide(facts);
        Assert.Null(plan.Problem);
        Assert.False(plan.StartInbox);
        Assert.Equal("There is no inbox: Node.js is not installed. No mail is sent until Smtp__Server names an SMTP server.", plan.Notice);
    }

    [Theory]
    [InlineData("v20.0.0", null)]
    [InlineData("v24.1.0", null)]
    [InlineData("v18.19.1", "Node.js 18.19.1 is too old (22 or newer is needed; 20 works, with warnings)")]
    [InlineData("", "Node.js does not say its version")]
    public void Node_20_is_the_oldest(string version, string? problem) => Assert.Equal(problem, NodeTools.CheckVersion(version));

    [Theory]
    [InlineData(null, null, true)]
    [InlineData("AzureWebJobsStorage", "", true)]
    [InlineData("AzureWebJobsStorage", "UseDevelopmentStorage=true", true)]
    [InlineData("AzureWebJobsStorage", " usedevelopmentstorage=TRUE; ", true)]
    [InlineData("AzureWebJobsStorage", "UseDevelopmentStorage=true;DevelopmentStorageProxyUri=http://storage.example.com", false)]
    [InlineData("AzureWebJobsStorage", "AccountName=account;AccountKey=key", false)]
    [InlineData("AzureWebJobsStorage:accountName", "account", false)]
    public void Storage_is_the_emulator_unless_settings_name_another(string? key, string? value, bool expected) =>
        Assert.Equal(expected, DevelopmentServices.UsesDevelopmentStorage(Settings(key is null ? [] : [(key, value!)])));

    [Fact]
    public void An_installation_counts_when_npm_finished_it_and_its_versions_are_the_pinned_ones()
    {
        string root = CreateClone(azurite: "", inbox: "");
        Assert.True(NodeTools.AreInstalled(root));

        string list = Path.Combine(root, "node_modules", ".package-lock.json");
        File.Delete(list);
        Assert.False(NodeTools.AreInstalled(root));

        File.WriteAllText(list, "{}");
        File.WriteAllText(Path.Combine(root, "node_modules", "azurite", "package.json"), """{ "version": "0.9.0" }""");
        Assert.False(NodeTools.AreInstalled(root));

        Directory.Delete(Path.Combine(root, "node_modules", "azurite"), recursive: true);
        Assert.False(NodeTools.AreInstalled(root));
    }

    [Fact]
    public async Task One_process_at_a_time_installs_the_tools()
    {
        string path = Path.Combine(_folder, "data", "tool.lock");
        TaskCompletionSource waits = new(TaskCreationOptions.RunContinuationsAsynchronously);
        IDisposable first = await FileLock.AcquireAsync(path, TimeSpan.FromMinutes(1), () => Assert.Fail("nobody holds it"), Cancellation);
        Task<IDisposable> second = FileLock.AcquireAsync(path, TimeSpan.FromMinutes(1), waits.SetResult, Cancellation);
        await waits.Task;
        Assert.False(second.IsCompleted);
        first.Dispose();
        (await second).Dispose();
    }

    [Fact]
    public async Task The_start_brings_storage_that_keeps_its_data_and_an_inbox_and_takes_them_down_again()
    {
        await RequireNodeAsync();
        DevelopmentOptions options = RealTools();
        DevelopmentServices services = await StartAsync(options);
        Assert.True(services.OwnsStorage);
        Assert.Equal("UseDevelopmentStorage=true", services.Settings["AzureWebJobsStorage"]);
        Assert.Equal("alerts@example.com", services.Settings["Smtp:From"]);
        Assert.Equal("ops@example.com", services.Settings["Mail:AlertEmailAddress"]);
        TableClient table = new(ConnectionString(options), "Kept");
        await table.CreateAsync(Cancellation);
        await table.AddEntityAsync(new TableEntity("partition", "row"), Cancellation);
        Assert.Contains("A mail for ops", await SendAndReadAsync(services), StringComparison.Ordinal);

        await services.DisposeAsync();
        Assert.All(
            await InspectAsync(options),
            port => Assert.Equal(PortState.Free, port.State));
        await Assert.ThrowsAnyAsync<HttpRequestException>(() => new HttpClient().GetAsync(services.InboxUrl, Cancellation));

        await StartAsync(options, ("Smtp:Server", "mail.example.com"));
        Assert.True((await table.GetEntityIfExistsAsync<TableEntity>("partition", "row", cancellationToken: Cancellation)).HasValue);
    }

    [Fact]
    public async Task Two_hosts_that_start_together_share_one_Azurite_and_have_their_own_inboxes()
    {
        await RequireNodeAsync();
        DevelopmentOptions options = RealTools();
        DevelopmentServices[] both = await Task.WhenAll(StartAsync(options), StartAsync(options));
        DevelopmentServices owner = Assert.Single(both, services => services.OwnsStorage);
        DevelopmentServices guest = Assert.Single(both, services => !services.OwnsStorage);
        Assert.NotEqual(owner.InboxUrl, guest.InboxUrl);
        Assert.NotEqual(owner.Settings["Smtp:Server"], guest.Settings["Smtp:Server"], StringComparer.Ordinal);

        await guest.DisposeAsync();
        Assert.All(await InspectAsync(options), port => Assert.Equal(PortState.Storage, port.State));
    }

    [Fact]
    public async Task Taken_inbox_ports_are_replaced_by_free_ones_and_given_addresses_are_kept()
    {
        await RequireNodeAsync();
        using TcpListener smtp = Listen();
        using TcpListener web = Listen();
        DevelopmentOptions options = RealTools() with { SmtpPort = Port(smtp), InboxPort = Port(web) };
        DevelopmentServices services = await StartAsync(
            options, ("AzureWebJobsStorage:accountName", "account"), ("Smtp:From", "me@example.com"), ("Mail:AlertEmailAddress", "us@example.com"));
        Assert.NotEqual(Port(web), services.InboxUrl!.Port);
        Assert.DoesNotContain(Port(smtp).ToString(CultureInfo.InvariantCulture), services.Settings["Smtp:Server"], StringComparison.Ordinal);
        Assert.Equal(["Smtp:Authentication", "Smtp:Security", "Smtp:Server"], services.Settings.Keys.Order(StringComparer.Ordinal), StringComparer.Ordinal);
        Assert.Contains("A mail for ops", await SendAndReadAsync(services), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_stranger_on_a_storage_port_ends_the_start()
    {
        using TcpListener stranger = Listen();
        Task greeting = GreetAsync(stranger);
        DevelopmentOptions options = RealTools() with { QueuePort = Port(stranger) };
        var exception = await Assert.ThrowsAsync<DevelopmentServicesException>(() => StartAsync(options));
        Assert.StartsWith($"Port {Port(stranger)} is taken by something other than Azurite's queue service", exception.Message, StringComparison.Ordinal);
        stranger.Stop();
        await greeting;
    }

    [Fact]
    public async Task Without_Node_the_start_says_the_three_ways()
    {
        DevelopmentOptions options = RealTools() with { Node = "there-is-no-such-node" };
        var exception = await Assert.ThrowsAsync<DevelopmentServicesException>(() => StartAsync(options));
        Assert.Contains("Node.js is not installed", exception.Message, StringComparison.Ordinal);

        DevelopmentServices services = await StartAsync(options, ("AzureWebJobsStorage", "AccountName=account;AccountKey=key"));
        Assert.Null(services.InboxUrl);
        Assert.Empty(services.Settings);
        Assert.Contains("There is no inbox: Node.js is not installed.", _output.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_tool_that_dies_at_its_start_is_reported_with_its_last_lines()
    {
        await RequireNodeAsync();
        string root = CreateClone(azurite: "console.error('The disk is full.'); process.exit(7);", inbox: "");
        DevelopmentOptions options = FreePorts(root);
        var exception = await Assert.ThrowsAsync<DevelopmentServicesException>(() => StartAsync(options, ("Smtp:Server", "mail.example.com")));
        Assert.StartsWith("Azurite could not start (exit code 7):", exception.Message, StringComparison.Ordinal);
        Assert.EndsWith("  The disk is full.", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_tool_hears_of_Ctrl_C_from_its_host_only_and_then_saves()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "No process can send another one Ctrl+C on Windows.");
        await RequireNodeAsync();
        string saved = Path.Combine(_folder, "saved");
        string root = CreateClone(azurite: "", inbox: $$"""
            import { createServer } from 'node:http';
            import { writeFileSync } from 'node:fs';
            const port = name => Number(process.argv[process.argv.indexOf(name) + 1]);
            for (const name of ['--smtp', '--web']) createServer((request, response) => response.end()).listen(port(name), '127.0.0.1');
            process.once('SIGINT', () => process.exit(130));
            process.once('SIGTERM', () => { writeFileSync({{System.Text.Json.JsonSerializer.Serialize(saved)}}, ''); process.exit(0); });
            """);
        DevelopmentServices services = await StartAsync(FreePorts(root), ("AzureWebJobsStorage:accountName", "account"));
        using HttpClient http = new();
        foreach (string signal in new[] { "-INT", "-QUIT", "-HUP" })
        {
            using Process kill = Process.Start("kill", [signal, services.InboxProcessId!.Value.ToString(CultureInfo.InvariantCulture)]);
            await kill.WaitForExitAsync(Cancellation);
            Assert.Equal(HttpStatusCode.OK, (await http.GetAsync(services.InboxUrl, Cancellation)).StatusCode);
        }

        Assert.False(File.Exists(saved));
        await services.DisposeAsync();
        Assert.True(File.Exists(saved));
        Assert.DoesNotContain("has ended by itself", _output.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_connection_that_was_never_used_holds_up_no_tool_that_stops()
    {
        await RequireNodeAsync();
        string closed = Path.Combine(_folder, "closed");
        string root = CreateClone(azurite: "", inbox: $$"""
            import { createServer } from 'node:http';
            import { writeFileSync } from 'node:fs';
            const port = name => Number(process.argv[process.argv.indexOf(name) + 1]);
            const servers = ['--smtp', '--web'].map(name => createServer((request, response) => response.end()).listen(port(name), '127.0.0.1'));
            process.once('SIGTERM', () => { servers[0].close(); servers[1].close(() => writeFileSync({{System.Text.Json.JsonSerializer.Serialize(closed)}}, '')); });
            """);
        DevelopmentServices services = await StartAsync(FreePorts(root), ("AzureWebJobsStorage:accountName", "account"));
        using TcpClient reserve = new();
        await reserve.ConnectAsync(IPAddress.Loopback, services.InboxUrl!.Port, Cancellation);
        using HttpClient http = new();
        await http.GetAsync(services.InboxUrl, Cancellation); // accepted after the reserve

        await services.DisposeAsync();
        Assert.True(File.Exists(closed));
    }

    private static DevelopmentFacts Facts(
        PortState blob = PortState.Free, PortState queue = PortState.Free, PortState table = PortState.Free) => new(
        UsesDevelopmentStorage: true,
        HasSmtpServer: false,
        [new StoragePort("blob", 10000, blob), new StoragePort("queue", 10001, queue), new StoragePort("table", 10002, table)]);

    private static IConfiguration Settings(params IEnumerable<(string Key, string Value)> settings) => new ConfigurationBuilder()
        .AddInMemoryCollection(settings.Select(setting => KeyValuePair.Create(setting.Key, (string?)setting.Value)))
        .Build();

    private static async Task RequireNodeAsync()
    {
        string? problem = await NodeTools.FindProblemAsync("node", Cancellation);
        Assert.SkipWhen(problem is not null, $"{problem}.");
    }

    private static string ConnectionString(DevelopmentOptions options) =>
        $"AccountName=devstoreaccount1;AccountKey={EmulatorKey};TableEndpoint=http://127.0.0.1:{options.TablePort}/devstoreaccount1";

    private static Task<StoragePort[]> InspectAsync(DevelopmentOptions options) => Task.WhenAll(
        LoopbackPort.ProbeStorageAsync("blob", options.BlobPort, Cancellation),
        LoopbackPort.ProbeStorageAsync("queue", options.QueuePort, Cancellation),
        LoopbackPort.ProbeStorageAsync("table", options.TablePort, Cancellation));

    private static TcpListener Listen()
    {
        TcpListener listener = new(IPAddress.Loopback, 0);
        listener.Start();
        return listener;
    }

    private static int Port(TcpListener listener) => ((IPEndPoint)listener.LocalEndpoint).Port;

    // Greets like a server of another protocol until it is stopped.
    private static async Task GreetAsync(TcpListener listener)
    {
        try
        {
            while (true)
            {
                using TcpClient client = await listener.AcceptTcpClientAsync(Cancellation);
                await client.GetStream().WriteAsync("220 mail.example.com ESMTP\r\n"u8.ToArray(), Cancellation);
            }
        }
        catch (SocketException)
        {
            // Stopped.
        }
    }

    private static async Task<string> SendAndReadAsync(DevelopmentServices services)
    {
        string[] server = services.Settings["Smtp:Server"]!.Split(':');
        using MimeMessage message = new(
            [MailboxAddress.Parse("alerts@example.com")], [MailboxAddress.Parse("ops@example.com")], "A mail for ops", new TextPart("plain") { Text = "Hello" });
        using SmtpClient client = new();
        await client.ConnectAsync(server[0], int.Parse(server[1], CultureInfo.InvariantCulture), SecureSocketOptions.None, Cancellation);
        await client.SendAsync(message, Cancellation);
        await client.DisconnectAsync(quit: true, Cancellation);
        using HttpClient http = new();
        return await http.GetStringAsync(new Uri(services.InboxUrl!, "api/email"), Cancellation);
    }

    private async Task<DevelopmentServices> StartAsync(DevelopmentOptions options, params (string Key, string Value)[] settings)
    {
        DevelopmentServices services = await DevelopmentServices.StartAsync(Settings(settings), options, TextWriter.Synchronized(_output), Cancellation);
        lock (_started)
        {
            _started.Add(services);
        }

        return services;
    }

    private DevelopmentOptions RealTools() => FreePorts(DevelopmentOptions.FindClone(AppContext.BaseDirectory).RepositoryRoot!);

    private DevelopmentOptions FreePorts(string root)
    {
        int[] ports = [.. Enumerable.Repeat(0, 5).Select(_ => FreePort.Choose())];
        return new DevelopmentOptions
        {
            RepositoryRoot = root,
            DataFolder = Path.Combine(_folder, "data"),
            BlobPort = ports[0],
            QueuePort = ports[1],
            TablePort = ports[2],
            SmtpPort = ports[3],
            InboxPort = ports[4],
        };
    }

    // A clone of the repository with tools that a test wrote.
    private string CreateClone(string azurite, string inbox)
    {
        string root = Path.Combine(_folder, "clone");
        const string Runner = "src/AlertFunctions.Development/run-tool.mjs";
        Write("package.json", """{ "devDependencies": { "azurite": "1.0.0", "maildev": "1.0.0" } }""");
        Write("node_modules/.package-lock.json", "{}");
        Write("node_modules/azurite/package.json", """{ "version": "1.0.0", "type": "module" }""");
        Write("node_modules/maildev/package.json", """{ "version": "1.0.0", "type": "module" }""");
        Write("node_modules/azurite/dist/src/azurite.js", azurite);
        Write("node_modules/maildev/dist/bin/maildev.js", inbox);
        Write(Runner, File.ReadAllText(Path.Combine(DevelopmentOptions.FindClone(AppContext.BaseDirectory).RepositoryRoot!, Runner)));
        return root;

        void Write(string path, string text)
        {
            string file = Path.Combine(root, path);
            Directory.CreateDirectory(Path.GetDirectoryName(file)!);
            File.WriteAllText(file, text);
        }
    }
}
