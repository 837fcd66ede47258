using System.Security.Cryptography.X509Certificates;
using AlertFunctions.Core.Storage;
using Azure.Core;
using Azure.Data.Tables;
using Azure.Identity;
using Azure.Storage.Blobs;
using Azure.Storage.Queues;
using Microsoft.Extensions.Configuration;

namespace AlertFunctions.Testing;

/// <summary>
/// One installation of the product: storage names of its own in the shared Azurite, an SMTP server, a clock, and any number of processes that work
/// on the same state. It outlives its processes, so a test can let one die and start another.
/// </summary>
public sealed class Installation : IAsyncDisposable
{
    private static readonly string[] s_tables = ["Work", "AlertTypes", "Users", "SystemEvents"];
    private static readonly string[] s_queues = ["outgoing-mail", "outgoing-mail-poison"];
    private static readonly string[] s_containers = ["smtp-slots", "reports"];

    private readonly string _connectionString;
    private readonly List<ProductProcess> _processes = [];

    private Installation(string connectionString, string namePrefix)
    {
        _connectionString = connectionString;
        NamePrefix = namePrefix;
        Settings = new Dictionary<string, string?>(StringComparer.OrdinalIgnoreCase)
        {
            ["AzureWebJobsStorage"] = connectionString,
            ["Smtp:Server"] = $"127.0.0.1:{Smtp.Port}",
            ["Smtp:Security"] = "None",
            ["Smtp:From"] = "alerts@example.com",
            ["Mail:AlertEmailAddress"] = "ops@example.com",
            ["Mail:ConsoleUrl"] = "https://alerts.example.com",
        };
    }

    /// <summary>What every process is started with; a test changes it before it starts one.</summary>
    public Dictionary<string, string?> Settings { get; }

    /// <summary>The SMTP server: accepts everything unless a test tells it otherwise.</summary>
    public ScriptedSmtpServer Smtp { get; } = new();

    /// <summary>The time of all processes.</summary>
    public FakeClock Clock { get; } = new();

    /// <summary>Put before every storage name.</summary>
    public string NamePrefix { get; }

    /// <summary>Makes an installation with its tables, queues and containers.</summary>
    /// <param name="azurite">Where it keeps its state.</param>
    /// <param name="namePrefix">Put before every storage name; null for one that no other test has.</param>
    public static async Task<Installation> CreateAsync(AzuriteServer azurite, string? namePrefix = null)
    {
        var installation = new Installation(await azurite.GetConnectionStringAsync(), namePrefix ?? AzuriteServer.NewNamePrefix());
        await new StorageClients(new(installation._connectionString), new DefaultAzureCredential(), installation.Clock, installation.NamePrefix).CreateIfMissingAsync(CancellationToken.None);
        return installation;
    }

    /// <summary>Starts a process.</summary>
    /// <param name="settings">Settings of this process alone.</param>
    /// <param name="counter">Decides where the process dies; null for a process that lives.</param>
    /// <param name="clock">The process's own clock, where it differs; the storage service keeps the installation's.</param>
    /// <param name="credential">The process's Azure identity, where it needs one.</param>
    /// <param name="trustedRoots">The roots that the process trusts in a mail server's certificate, in place of the system's.</param>
    /// <param name="amazonSns">Answers in place of Amazon SNS.</param>
    public ProductProcess Start(
        IReadOnlyDictionary<string, string?>? settings = null, CallCounter? counter = null, FakeClock? clock = null, TokenCredential? credential = null, X509Certificate2Collection? trustedRoots = null,
        HttpMessageHandler? amazonSns = null)
    {
        IConfiguration configuration = new ConfigurationBuilder().AddInMemoryCollection(Settings).AddInMemoryCollection(settings).Build();
        var process = new ProductProcess(configuration, NamePrefix, clock ?? Clock, Clock, counter, credential, trustedRoots, amazonSns);
        _processes.Add(process);
        return process;
    }

    /// <summary>The rows of a table as they are, read beside the product.</summary>
    /// <param name="table">The table, such as <c>Work</c>.</param>
    /// <param name="rowKeyPrefix">What their row keys begin with.</param>
    public async Task<List<TableEntity>> RowsAsync(string table, string rowKeyPrefix = "")
    {
        var rows = new List<TableEntity>();
        await foreach (TableEntity row in Table(table).QueryAsync<TableEntity>())
        {
            if (row.RowKey.StartsWith(rowKeyPrefix, StringComparison.Ordinal))
            {
                rows.Add(row);
            }
        }

        return rows;
    }

    /// <summary>A table, read and changed beside the product.</summary>
    public TableClient Table(string table) => new(_connectionString, NamePrefix + table);

    /// <summary>A queue whose messages are text as it comes, not the product's Base64.</summary>
    public QueueClient RawQueue(string queue) => new(_connectionString, NamePrefix + queue, new QueueClientOptions(QueueClientOptions.ServiceVersion.V2024_11_04));

    /// <summary>Lets everything that waits be due now, as an hour that passes would.</summary>
    public Task MakeAllMailDueAsync() => LetPassAsync("DueAt", _ => true);

    /// <summary>Ends the claims of a process that died, as five minutes that pass would.</summary>
    public Task EndClaimsAsync() => LetPassAsync("ClaimedUntil", row => row.ContainsKey("ClaimedUntil"));

    /// <summary>Puts a time of each waiting mail into the past. One that a host at work changes or delivers at this moment is read again.</summary>
    private async Task LetPassAsync(string property, Func<TableEntity, bool> isMeant)
    {
        for (bool complete = false; !complete;)
        {
            complete = true;
            foreach (TableEntity row in (await RowsAsync("Work", "mail|")).Where(isMeant))
            {
                try
                {
                    await Table("Work").UpdateEntityAsync(
                        new TableEntity(row.PartitionKey, row.RowKey) { [property] = Clock.GetUtcNow().AddSeconds(-1) }, row.ETag, TableUpdateMode.Merge);
                }
                catch (Azure.RequestFailedException exception) when (exception.Status is 404 or 412)
                {
                    complete = false;
                }
            }
        }
    }

    /// <summary>Ends the SMTP slots of a process that died, as a minute that passes would.</summary>
    public async Task BreakSlotsAsync()
    {
        var container = new Azure.Storage.Blobs.BlobContainerClient(_connectionString, $"{NamePrefix}smtp-slots", new(Azure.Storage.Blobs.BlobClientOptions.ServiceVersion.V2024_11_04));
        await foreach (Azure.Storage.Blobs.Models.BlobItem blob in container.GetBlobsAsync())
        {
            try
            {
                await new Azure.Storage.Blobs.Specialized.BlobLeaseClient(container.GetBlobClient(blob.Name)).BreakAsync(TimeSpan.Zero);
            }
            catch (Azure.RequestFailedException exception) when (exception.Status == 409)
            {
                // No lease is on it.
            }
        }
    }

    public async ValueTask DisposeAsync()
    {
        foreach (ProductProcess process in _processes)
        {
            await process.DisposeAsync();
        }

        await Smtp.DisposeAsync();
        await DeleteStorageAsync();
    }

    /// <summary>
    /// The emulator sorts all its tables and all its messages anew after each that is added: what thousands of installations left behind would cost more
    /// than all that the tests ask of it.
    /// </summary>
    private async Task DeleteStorageAsync()
    {
        await Task.WhenAll(s_tables.Select(table => Table(table).DeleteAsync()));
        foreach (string queue in s_queues)
        {
            await RawQueue(queue).DeleteIfExistsAsync();
        }

        foreach (string container in s_containers)
        {
            await new BlobContainerClient(_connectionString, NamePrefix + container, new BlobClientOptions(BlobClientOptions.ServiceVersion.V2024_11_04)).DeleteIfExistsAsync();
        }
    }
}
