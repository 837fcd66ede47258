using System.Globalization;
using Microsoft.Extensions.Configuration;

namespace AlertFunctions.Development;

/// <summary>
/// What makes <c>dotnet run</c> enough by itself on a fresh clone: a storage emulator and an inbox, on loopback only, started when the
/// settings name no others and stopped with the host.
/// </summary>
internal sealed class DevelopmentServices : IAsyncDisposable
{
    private const string StorageKey = "AzureWebJobsStorage";
    private const string DevelopmentStorage = "UseDevelopmentStorage=true";

    // An emulator that starts or stops opens or closes its three ports within a moment.
    private static readonly TimeSpan SettleTimeout = TimeSpan.FromSeconds(3);
    private static readonly TimeSpan SettlePollInterval = TimeSpan.FromMilliseconds(100);

    // Longer than another host takes to start a tool in two attempts.
    private static readonly TimeSpan LockTimeout = (2 * ToolProcess.ReadyTimeout) + TimeSpan.FromSeconds(30);

    private readonly DevelopmentOptions _options;
    private readonly TextWriter _output;
    private readonly Dictionary<string, string?> _settings = new(StringComparer.OrdinalIgnoreCase);
    private ToolProcess? _azurite;
    private ToolProcess? _inbox;

    private DevelopmentServices(DevelopmentOptions options, TextWriter output)
    {
        _options = options;
        _output = output;
    }

    /// <summary>Settings that lead the host to what was started; they go before all others.</summary>
    public IReadOnlyDictionary<string, string?> Settings => _settings;

    /// <summary>Where the inbox is read; null without an inbox.</summary>
    public Uri? InboxUrl { get; private set; }

    /// <summary>Whether this host started the storage emulator, and stops it.</summary>
    public bool OwnsStorage => _azurite is not null;

    /// <summary>The inbox's process; null without an inbox.</summary>
    internal int? InboxProcessId => _inbox?.Id;

    /// <summary>Finds out what is missing and starts it; returns when it answers.</summary>
    /// <param name="configuration">The host's settings.</param>
    /// <param name="output">Gets what a person who waits wants to know, a line at a time.</param>
    /// <param name="cancellationToken">Gives up and stops what was started.</param>
    /// <exception cref="DevelopmentServicesException">The message says what is wrong and what to do; nothing is left running.</exception>
    public static Task<DevelopmentServices> StartAsync(IConfiguration configuration, TextWriter output, CancellationToken cancellationToken) =>
        StartAsync(configuration, DevelopmentOptions.FindClone(AppContext.BaseDirectory, Directory.GetCurrentDirectory()), output, cancellationToken);

    /// <inheritdoc cref="StartAsync(IConfiguration, TextWriter, CancellationToken)"/>
    internal static async Task<DevelopmentServices> StartAsync(
        IConfiguration configuration, DevelopmentOptions options, TextWriter output, CancellationToken cancellationToken)
    {
        DevelopmentServices services = new(options, TextWriter.Synchronized(output));
        try
        {
            await services.StartAsync(configuration, cancellationToken);
            return services;
        }
        catch (Exception exception)
        {
            await services.DisposeAsync();
            if (exception is IOException or UnauthorizedAccessException)
            {
                throw new DevelopmentServicesException($"The development tools cannot use the folder {options.DataFolder}: {exception.Message}", exception);
            }

            throw;
        }
    }

    /// <summary>Stops what was started, gracefully, and waits for its end.</summary>
    public async ValueTask DisposeAsync() =>
        await Task.WhenAll(StopAsync(Interlocked.Exchange(ref _azurite, null)), StopAsync(Interlocked.Exchange(ref _inbox, null)));

    private static Task StopAsync(ToolProcess? tool) => tool?.DisposeAsync().AsTask() ?? Task.CompletedTask;

    private async Task StartAsync(IConfiguration configuration, CancellationToken cancellationToken)
    {
        DevelopmentFacts facts = await GatherFactsAsync(configuration, cancellationToken);
        DevelopmentPlan plan = DevelopmentPlan.Decide(facts);
        plan = plan.Problem is null ? await InstallAsync(plan, facts, cancellationToken) : plan;
        if (plan.Problem is not null)
        {
            throw new DevelopmentServicesException(plan.Problem);
        }

        if (plan.Notice is not null)
        {
            _output.WriteLine(plan.Notice);
        }

        if (facts.UsesDevelopmentStorage)
        {
            _settings[StorageKey] = DevelopmentStorage;
            if (!plan.StartAzurite)
            {
                _output.WriteLine("Storage: the Azurite that is running.");
            }
        }

        await Task.WhenAll(
            plan.StartAzurite ? StartAzuriteAsync(facts, cancellationToken) : Task.CompletedTask,
            plan.StartInbox ? StartInboxAsync(configuration, cancellationToken) : Task.CompletedTask);
    }

    private async Task<DevelopmentFacts> GatherFactsAsync(IConfiguration configuration, CancellationToken cancellationToken)
    {
        bool usesDevelopmentStorage = UsesDevelopmentStorage(configuration);
        DevelopmentFacts facts = new(
            usesDevelopmentStorage,
            !string.IsNullOrWhiteSpace(configuration["Smtp:Server"]),
            usesDevelopmentStorage ? await ProbeStorageAsync(cancellationToken) : []);
        if (!facts.NeedsTools)
        {
            return facts;
        }

        string? problem = _options.RepositoryRoot is null
            ? "this is not running in a clone of the repository, which has the development tools"
            : await NodeTools.FindProblemAsync(_options.Node, cancellationToken);
        return facts with { ToolsProblem = problem };
    }

    /// <summary>Whether the settings mean the emulator: they say so, or say nothing, neither as a connection string nor as a section.</summary>
    internal static bool UsesDevelopmentStorage(IConfiguration configuration)
    {
        string? connection = configuration[StorageKey];
        return string.IsNullOrWhiteSpace(connection)
            ? !configuration.GetSection(StorageKey).GetChildren().Any()
            : connection.Trim().TrimEnd(';').Equals(DevelopmentStorage, StringComparison.OrdinalIgnoreCase);
    }

    private async Task<IReadOnlyList<StoragePort>> ProbeStorageAsync(CancellationToken cancellationToken)
    {
        long start = TimeProvider.System.GetTimestamp();
        while (true)
        {
            StoragePort[] ports = await Task.WhenAll(
                LoopbackPort.ProbeStorageAsync("blob", _options.BlobPort, cancellationToken),
                LoopbackPort.ProbeStorageAsync("queue", _options.QueuePort, cancellationToken),
                LoopbackPort.ProbeStorageAsync("table", _options.TablePort, cancellationToken));
            DevelopmentFacts facts = new(UsesDevelopmentStorage: true, HasSmtpServer: true, ports);
            if (!facts.StorageIsPartlyUp || TimeProvider.System.GetElapsedTime(start) > SettleTimeout)
            {
                return ports;
            }

            await Task.Delay(SettlePollInterval, cancellationToken);
        }
    }

    private async Task<DevelopmentPlan> InstallAsync(DevelopmentPlan plan, DevelopmentFacts facts, CancellationToken cancellationToken)
    {
        if (!plan.StartAzurite && !plan.StartInbox)
        {
            return plan;
        }

        try
        {
            await NodeTools.EnsureInstalledAsync(_options.RepositoryRoot!, _output, cancellationToken);
            return plan;
        }
        catch (DevelopmentServicesException exception)
        {
            // Without the packages things are as without Node.js: storage is needed, an inbox is not.
            return DevelopmentPlan.Decide(facts with { ToolsProblem = exception.Message });
        }
    }

    private async Task StartAzuriteAsync(DevelopmentFacts facts, CancellationToken cancellationToken)
    {
        // Two hosts that start together would both start an emulator on the same data.
        using IDisposable held = await LockAsync("azurite", cancellationToken);
        DevelopmentPlan plan = DevelopmentPlan.Decide(facts with { StoragePorts = await ProbeStorageAsync(cancellationToken) });
        if (plan.Problem is not null)
        {
            throw new DevelopmentServicesException(plan.Problem);
        }

        if (!plan.StartAzurite)
        {
            _output.WriteLine("Storage: the Azurite that is running.");
            return;
        }

        string data = Path.Combine(_options.DataFolder!, "azurite");
        _azurite = ToolProcess.Start(
            "Azurite",
            _options,
            "node_modules/azurite/dist/src/azurite.js",
            [
                "--location", data, "--silent", "--disableTelemetry",
                "--blobHost", "127.0.0.1", "--blobPort", Text(_options.BlobPort),
                "--queueHost", "127.0.0.1", "--queuePort", Text(_options.QueuePort),
                "--tableHost", "127.0.0.1", "--tablePort", Text(_options.TablePort),
            ],
            data,
            _output);
        await _azurite.WaitUntilReadyAsync(
            async token => (await Task.WhenAll(
                LoopbackPort.ProbeStorageAsync("blob", _options.BlobPort, token),
                LoopbackPort.ProbeStorageAsync("queue", _options.QueuePort, token),
                LoopbackPort.ProbeStorageAsync("table", _options.TablePort, token))).All(port => port.State is PortState.Storage),
            cancellationToken);
        _output.WriteLine($"Storage: Azurite, started by this host; its data is in {data}.");
    }

    private async Task StartInboxAsync(IConfiguration configuration, CancellationToken cancellationToken)
    {
        // Two hosts that start together would both choose the same ports, and the loser would take the winner's inbox for its own.
        using IDisposable held = await LockAsync("maildev", cancellationToken);
        for (bool again = false; ; again = true)
        {
            int smtp = again ? LoopbackPort.ChooseFree() : await LoopbackPort.ChooseAsync(_options.SmtpPort, cancellationToken);
            int web = again ? LoopbackPort.ChooseFree() : await LoopbackPort.ChooseAsync(_options.InboxPort, cancellationToken);
            string data = Path.Combine(_options.DataFolder!, "maildev");
            ToolProcess inbox = _inbox = ToolProcess.Start(
                "The inbox (maildev)",
                _options,
                "node_modules/maildev/dist/bin/maildev.js",
                [
                    "--smtp", Text(smtp), "--ip", "127.0.0.1", "--web", Text(web), "--web-ip", "127.0.0.1",
                    "--mail-directory", data, "--max-emails", "1000",
                ],
                data,
                _output);
            try
            {
                await inbox.WaitUntilReadyAsync(
                    async token => await LoopbackPort.AnswersHttpAsync(web, token) && await LoopbackPort.IsListeningAsync(smtp, token),
                    cancellationToken);
            }
            catch (DevelopmentServicesException) when (!again)
            {
                // Between the look at a port and its use somebody else may take it.
                await StopAsync(Interlocked.Exchange(ref _inbox, null));
                continue;
            }

            InboxUrl = new Uri($"http://127.0.0.1:{Text(web)}/");
            _settings["Smtp:Server"] = $"127.0.0.1:{Text(smtp)}";
            _settings["Smtp:Security"] = "None";
            _settings["Smtp:Authentication"] = "None";
            SetDefault(configuration, "Smtp:From", "alerts@example.com");
            SetDefault(configuration, "Mail:AlertEmailAddress", "ops@example.com");
            _output.WriteLine($"Inbox: {InboxUrl} (maildev, started by this host; SMTP on 127.0.0.1:{Text(smtp)}).");
            return;
        }
    }

    private Task<IDisposable> LockAsync(string tool, CancellationToken cancellationToken) => FileLock.AcquireAsync(
        Path.Combine(_options.DataFolder!, tool + ".lock"),
        LockTimeout,
        () => _output.WriteLine($"Waiting for another host that starts {tool} …"),
        cancellationToken);

    private void SetDefault(IConfiguration configuration, string key, string value)
    {
        if (string.IsNullOrWhiteSpace(configuration[key]))
        {
            _settings[key] = value;
        }
    }

    private static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);
}
