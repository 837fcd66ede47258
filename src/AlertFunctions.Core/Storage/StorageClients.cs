using AlertFunctions.Core.Settings;
using AlertFunctions.Core.Telemetry;
using Azure.Core;
using Azure.Core.Pipeline;
using Azure.Data.Tables;
using Azure.Identity;
using Azure.Storage.Blobs;
using Azure.Storage.Queues;

namespace AlertFunctions.Core.Storage;

/// <summary>Clients for the tables, queues and containers of the storage account.</summary>
public sealed class StorageClients
{
    private readonly StorageRetries _retries;
    private readonly ProductMetrics? _metrics;

    /// <summary>Creates the clients without sending a request.</summary>
    /// <param name="settings">The storage account.</param>
    /// <param name="credential">The app's identity, used if <paramref name="settings"/> contains service addresses.</param>
    /// <param name="time">The process's clock.</param>
    /// <param name="namePrefix">Prefix of every name, so that several apps (or tests) can share an account: lower-case letters and digits, starting with a letter.</param>
    /// <param name="transport">The HTTP transport; null for the SDK's default.</param>
    /// <param name="retries">How the SDK retries; null for <see cref="StorageRetries.Default"/>.</param>
    /// <param name="metrics">Counts the requests; null where nobody does.</param>
    public StorageClients(
        StorageSettings settings, TokenCredential credential, TimeProvider time, string namePrefix = "", HttpPipelineTransport? transport = null, StorageRetries? retries = null,
        ProductMetrics? metrics = null)
    {
        _metrics = metrics;
        Clock = new StorageClock(time);
        _retries = retries ?? StorageRetries.Default;

        // The emulator rejects API versions newer than itself, so each client is pinned to a version that it supports.
        var tableOptions = Prepare(new TableClientOptions(TableClientOptions.ServiceVersion.V2020_12_06), "table", transport);
        var queueOptions = Prepare(new QueueClientOptions(QueueClientOptions.ServiceVersion.V2024_11_04) { MessageEncoding = QueueMessageEncoding.Base64 }, "queue", transport);
        queueOptions.MessageDecodingFailed += failed => MessageDecodingFailed(failed);
        var blobOptions = Prepare(new BlobClientOptions(BlobClientOptions.ServiceVersion.V2024_11_04), "blob", transport);
        TableServiceClient tables;
        QueueServiceClient queues;
        BlobServiceClient blobs;
        if (settings.ConnectionString is { } connectionString)
        {
            tables = new TableServiceClient(connectionString, tableOptions);
            queues = new QueueServiceClient(connectionString, queueOptions);
            blobs = new BlobServiceClient(connectionString, blobOptions);
        }
        else
        {
            tables = new TableServiceClient(settings.TableServiceUri, credential, tableOptions);
            queues = new QueueServiceClient(settings.QueueServiceUri, credential, queueOptions);
            blobs = new BlobServiceClient(settings.BlobServiceUri, credential, blobOptions);
        }

        Work = tables.GetTableClient($"{namePrefix}Work");
        AlertTypes = tables.GetTableClient($"{namePrefix}AlertTypes");
        Users = tables.GetTableClient($"{namePrefix}Users");
        SystemEvents = tables.GetTableClient($"{namePrefix}SystemEvents");
        OutgoingMail = queues.GetQueueClient($"{namePrefix}outgoing-mail");
        PoisonMail = queues.GetQueueClient($"{namePrefix}outgoing-mail-poison");
        SmtpSlots = blobs.GetBlobContainerClient($"{namePrefix}smtp-slots");
        Reports = blobs.GetBlobContainerClient($"{namePrefix}reports");
    }

    /// <summary>Called for a received message that is not Base64. By default, such a message stays in the queue.</summary>
    public Func<QueueMessageDecodingFailedEventArgs, Task> MessageDecodingFailed { get; set; } = _ => Task.CompletedTask;

    /// <summary>The storage service's clock.</summary>
    public StorageClock Clock { get; }

    /// <summary>The table of events, alerts, outbox rows, mail and recipients.</summary>
    public TableClient Work { get; }

    /// <summary>The table of alert types.</summary>
    public TableClient AlertTypes { get; }

    /// <summary>The table of users.</summary>
    public TableClient Users { get; }

    /// <summary>The table of system events.</summary>
    public TableClient SystemEvents { get; }

    /// <summary>The queue of wake-up messages.</summary>
    public QueueClient OutgoingMail { get; }

    /// <summary>The queue of wake-up messages that failed five times.</summary>
    public QueueClient PoisonMail { get; }

    /// <summary>The container of the blobs that represent SMTP connections: leasing one takes a slot.</summary>
    public BlobContainerClient SmtpSlots { get; }

    /// <summary>The container of report files.</summary>
    public BlobContainerClient Reports { get; }

    /// <summary>The app's Azure identity: the managed identity if the settings ask for one, otherwise the developer's sign-in.</summary>
    /// <param name="settings">The settings of the storage account.</param>
    public static TokenCredential CreateCredential(StorageSettings settings) => settings switch
    {
        { UseManagedIdentity: true, ClientId: { } clientId } => new ManagedIdentityCredential(ManagedIdentityId.FromUserAssignedClientId(clientId)),
        { UseManagedIdentity: true } => new ManagedIdentityCredential(ManagedIdentityId.SystemAssigned),
        _ => new DefaultAzureCredential(),
    };

    /// <summary>Creates missing tables, queues and containers. On Azure the deployment does this; elsewhere it happens once at start, never while an event is processed.</summary>
    /// <param name="cancellationToken">Cancels the operation.</param>
    public async Task CreateIfMissingAsync(CancellationToken cancellationToken)
    {
        foreach (TableClient table in (TableClient[])[Work, AlertTypes, Users, SystemEvents])
        {
            await table.CreateIfNotExistsAsync(cancellationToken);
        }

        await OutgoingMail.CreateIfNotExistsAsync(cancellationToken: cancellationToken);
        await PoisonMail.CreateIfNotExistsAsync(cancellationToken: cancellationToken);
        await SmtpSlots.CreateIfNotExistsAsync(cancellationToken: cancellationToken);
        await Reports.CreateIfNotExistsAsync(cancellationToken: cancellationToken);
    }

    private T Prepare<T>(T options, string service, HttpPipelineTransport? transport)
        where T : ClientOptions
    {
        options.Retry.Mode = RetryMode.Exponential;
        options.Retry.MaxRetries = 3;
        options.Retry.Delay = _retries.Delay;
        options.Retry.MaxDelay = TimeSpan.FromSeconds(2);
        options.Retry.NetworkTimeout = _retries.Timeout;
        options.AddPolicy(new StorageFaultPolicy(), HttpPipelinePosition.PerCall);
        options.AddPolicy(Clock, HttpPipelinePosition.PerRetry);
        if (_metrics is not null)
        {
            options.AddPolicy(new StorageOperationsPolicy(service, _metrics), HttpPipelinePosition.PerRetry);
        }

        if (transport is not null)
        {
            options.Transport = transport;
        }

        return options;
    }
}

/// <summary>How the SDK retries a call to storage, three times at most.</summary>
/// <param name="Delay">The delay before the first retry; it doubles up to two seconds.</param>
/// <param name="Timeout">How long each try may take.</param>
public sealed record StorageRetries(TimeSpan Delay, TimeSpan Timeout)
{
    /// <summary>Four tries of five seconds each, with pauses, end within 30 seconds: the time limit for answering 503.</summary>
    public static StorageRetries Default { get; } = new(TimeSpan.FromMilliseconds(200), TimeSpan.FromSeconds(5));
}
