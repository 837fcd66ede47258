using AlertFunctions.Core.Storage;
using AlertFunctions.Faults.Load;
using AlertFunctions.Testing;
using AlertFunctions.WorkerHost;
using Azure;
using Azure.Data.Tables;
using Azure.Identity;
using Azure.Storage.Queues;

namespace AlertFunctions.Faults.Stage;

/// <summary>Everything that a run needs: storage, two places with their mail servers, and what keeps their processes running.</summary>
internal sealed class Scene : IAsyncDisposable
{
    /// <summary>How many processes there are.</summary>
    public const int Size = 2;

    /// <summary>The address that gets all alert mail.</summary>
    public const string AlertAddress = "ops@example.com";

    private static readonly Dictionary<string, string> s_users = new(StringComparer.Ordinal) { ["Alice"] = "alice@example.com", ["Bob"] = "bob@example.com" };

    private static readonly string[] s_workToDo = ["mail", "outbox", "taskrun"];

    private static readonly TimeSpan s_patience = TimeSpan.FromMinutes(2);

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("alertfunctions-faults-");
    private readonly PublishedApp _published = new();
    private readonly SemaphoreSlim _changingStorage = new(1);
    private readonly AzuriteServer _azurite;
    private readonly List<Supervisor> _processes = [];
    private string _storage = "";
    private FunctionsHost? _functions;

    private Scene() => _azurite = AzuriteServer.KeptIn(_folder);

    /// <summary>Who gets all mail.</summary>
    public static IReadOnlyCollection<string> Recipients { get; } = [.. s_users.Values, AlertAddress];

    /// <summary>The places.</summary>
    public List<Place> Places { get; } = [];

    /// <summary>What keeps the process of each place running.</summary>
    public IReadOnlyList<Supervisor> Processes => _processes;

    /// <summary>The product's queue.</summary>
    public MessageQueue Messages { get; private set; } = null!;

    private TableClient Work => new(_storage, "Work");

    /// <summary>The name of a place.</summary>
    public static string NameOf(int place) => place == 0 ? "A" : "B";

    /// <summary>Sets the scene, with both processes running.</summary>
    /// <param name="seed">Decides which requests to storage meet trouble.</param>
    /// <param name="withWorker">Whether the second process is the published worker of the function app.</param>
    /// <param name="log">Where what the processes write is kept.</param>
    public static async Task<Scene> SetAsync(int seed, bool withWorker, TextWriter log)
    {
        var scene = new Scene();
        scene._storage = await scene._azurite.GetConnectionStringAsync();
        await new StorageClients(new(scene._storage), new DefaultAzureCredential(), TimeProvider.System).CreateIfMissingAsync(CancellationToken.None);
        scene.Messages = new MessageQueue(scene.Queue("outgoing-mail"));
        for (int number = 0; number < Size; number++)
        {
            scene.Places.Add(await Place.CreateAsync(number, scene._azurite.Endpoints, (seed * 31) + number));
        }

        scene._processes.Add(new Supervisor(NameOf(0), number => LaunchHost(scene.Places[0], number, TimeSpan.FromSeconds(-30)), log));
        Func<int, IProductLife> second = withWorker ? await scene.WorkerAsync(scene.Places[1]) : number => LaunchHost(scene.Places[1], number, TimeSpan.FromSeconds(30));
        scene._processes.Add(new Supervisor(NameOf(1), second, log));
        scene._processes.ForEach(process => process.Start());
        await scene.EnterConfigurationAsync();
        return scene;
    }

    /// <summary>Stops storage in order, so that what it has answered is kept, and starts it again.</summary>
    public Task RestartStorageAsync(TimeSpan down) => ChangeStorageAsync(async () =>
    {
        await Task.WhenAll(Places.Select(place => place.Storage.CloseAsync()));
        await _azurite.StopAsync();
        await Task.Delay(down);
        await _azurite.StartAsync();
        Places.ForEach(place => place.Storage.Open());
    });

    /// <summary>Lets storage stand still for a while.</summary>
    public Task PauseStorageAsync(TimeSpan duration) => ChangeStorageAsync(async () =>
    {
        await _azurite.SignalAsync(ProcessSignal.Pause);
        await Task.Delay(duration);
        await _azurite.SignalAsync(ProcessSignal.Resume);
    });

    /// <summary>Sends a request to whichever process is up, until it succeeds.</summary>
    public async Task SendAsync(HttpMethod method, string path, Func<HttpContent>? body = null)
    {
        for (int attempt = 0; ; attempt++)
        {
            try
            {
                IProductLife life = await _processes[attempt % Size].UpAsync(s_patience);
                using HttpContent? content = body?.Invoke();
                using HttpResponseMessage answer = await life.SendAsync(method, path, content, CancellationToken.None);
                answer.EnsureSuccessStatusCode();
                return;
            }
            catch (Exception exception) when (attempt < 20 && exception is HttpRequestException or WorkerEndedException or WorkerFailedException)
            {
                await Task.Delay(TimeSpan.FromMilliseconds(200)); // what it meets is over in a moment
            }
        }
    }

    /// <summary>The keys of the rows that stand for work to be done.</summary>
    public async Task<List<string>> RowsLeftAsync()
    {
        List<string> left = [];
        string filter = string.Join(" or ", s_workToDo.Select(kind => $"(RowKey ge '{kind}|' and RowKey lt '{kind}}}')"));
        await foreach (TableEntity row in Work.QueryAsync<TableEntity>(filter, select: ["RowKey"]))
        {
            left.Add(row.RowKey);
        }

        return left;
    }

    /// <summary>The ids of the events that storage holds.</summary>
    public async Task<HashSet<string>> StoredEventsAsync()
    {
        HashSet<string> ids = new(StringComparer.Ordinal);
        await foreach (TableEntity row in Work.QueryAsync<TableEntity>("RowKey ge 'event|' and RowKey lt 'event}'", select: ["Id"]))
        {
            ids.Add(row.GetString("Id"));
        }

        return ids;
    }

    /// <summary>How many system events there are of each number.</summary>
    public async Task<SortedDictionary<int, int>> SystemEventsAsync()
    {
        SortedDictionary<int, int> events = [];
        await foreach (TableEntity row in new TableClient(_storage, "SystemEvents").QueryAsync<TableEntity>(select: ["Number"]))
        {
            if (row.GetInt32("Number") is { } number)
            {
                events[number] = events.GetValueOrDefault(number) + 1;
            }
        }

        return events;
    }

    /// <summary>
    /// Lets the hour pass for recipients that the server has refused again in a flush: nothing but their own time attempts them again (rule 7).
    /// </summary>
    public async Task LetTheHourPassAsync()
    {
        await foreach (TableEntity row in Work.QueryAsync<TableEntity>($"RowKey ge 'mail|' and RowKey lt 'mail}}' and FlushTried eq true", select: ["PartitionKey", "RowKey", "DueAt"]))
        {
            try
            {
                await Work.UpdateEntityAsync(new TableEntity(row.PartitionKey, row.RowKey) { ["DueAt"] = DateTimeOffset.UtcNow.AddMinutes(-1) }, row.ETag, TableUpdateMode.Merge);
            }
            catch (RequestFailedException exception) when (exception.Status is 404 or 412)
            {
                // It is being attempted.
            }
        }
    }

    public async ValueTask DisposeAsync()
    {
        await Task.WhenAll(_processes.Select(process => process.DisposeAsync().AsTask()));
        if (_functions is not null)
        {
            await _functions.DisposeAsync();
        }

        foreach (Place place in Places)
        {
            await place.DisposeAsync();
        }

        await _azurite.DisposeAsync();
        _published.Dispose();
        _changingStorage.Dispose();
        _folder.Delete(recursive: true);
    }

    private async Task ChangeStorageAsync(Func<Task> change)
    {
        await _changingStorage.WaitAsync();
        try
        {
            await change();
        }
        finally
        {
            _changingStorage.Release();
        }
    }

    private static StandaloneLife LaunchHost(Place place, int number, TimeSpan clockShift)
    {
        Dictionary<string, string> settings = place.SettingsOf(number);
        foreach ((string name, string value) in ShiftedClock.EnvironmentFor(clockShift))
        {
            settings[name] = value;
        }

        return new StandaloneLife(HostProcess.Launch(settings));
    }

    private async Task<Func<int, IProductLife>> WorkerAsync(Place place)
    {
        string app = await _published.GetFolderAsync();
        var settings = new Dictionary<string, string?>(StringComparer.Ordinal);
        _functions = await FunctionsHost.StartWithoutWorkerAsync(app, settings);
        return number =>
        {
            foreach ((string name, string value) in place.SettingsOf(number))
            {
                settings[name] = value;
            }

            return new WorkerLife(_functions, app, Queue);
        };
    }

    private QueueClient Queue(string name) => new(_storage, name, new QueueClientOptions(QueueClientOptions.ServiceVersion.V2024_11_04));

    private async Task EnterConfigurationAsync()
    {
        foreach ((string name, string email) in s_users)
        {
            await SendAsync(HttpMethod.Put, $"/api/users/{name}", () => Json($$"""{"email":"{{email}}","receiveAlertMail":true,"culture":"{{(name == "Bob" ? "ja" : "en")}}"}"""));
        }

        foreach (int type in Enumerable.Range(0, Reporter.AlertTypes).Where(Reporter.MailsClears))
        {
            await SendAsync(HttpMethod.Put, "/api/alert-types", () => Json($$"""{"alert":"{{Reporter.AlertType(type)}}","mailWhenCleared":true}"""));
        }
    }

    private static StringContent Json(string text) => new(text, System.Text.Encoding.UTF8, "application/json");
}
