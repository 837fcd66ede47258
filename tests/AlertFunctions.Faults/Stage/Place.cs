using AlertFunctions.Faults.Ledger;
using AlertFunctions.Testing;

namespace AlertFunctions.Faults.Stage;

/// <summary>What one process of the product has around it: its way to storage, and two mail servers, of which every other process uses the other.</summary>
internal sealed class Place : IAsyncDisposable
{
    /// <summary>The name of the server that nobody here wrote.</summary>
    public const string RealServer = "real";

    private const string ScriptedServer = "scripted";

    private readonly int _number;
    private readonly RealSmtpServer _real;
    private readonly SemaphoreSlim _changingReal = new(1);
    private readonly List<ServerDeath> _deaths = [];

    private Place(int number, StorageLink storage, RealSmtpServer real)
    {
        _number = number;
        Storage = storage;
        _real = real;
    }

    /// <summary>Its way to storage.</summary>
    public StorageLink Storage { get; }

    /// <summary>The mail server that misbehaves.</summary>
    public ScriptedSmtpServer Scripted { get; } = new();

    /// <summary>The deaths of its mail servers.</summary>
    public IReadOnlyList<ServerDeath> ServerDeaths => _deaths;

    /// <summary>Makes a place.</summary>
    public static async Task<Place> CreateAsync(int number, IReadOnlyDictionary<string, Uri> storage, int seed) =>
        new(number, await StorageLink.OpenAsync(storage, seed), await RealSmtpServer.StartNewAsync());

    /// <summary>The settings of the process of that number.</summary>
    public Dictionary<string, string> SettingsOf(int process) => new(StringComparer.Ordinal)
    {
        ["AzureWebJobsStorage"] = Storage.ConnectionString,
        ["Smtp__Server"] = $"127.0.0.1:{(process % 2 == 0 ? _real.Port : Scripted.Port)}",
        ["Smtp__From"] = "alerts@example.com",
        ["Smtp__Security"] = "None",
        ["Smtp__MaxConnections"] = "32", // the slots of the killed are free a minute later; with few of them no mail would be on its way when the next is killed
        ["Smtp__TimeoutSeconds"] = "5",
        ["Mail__Culture"] = "en",
        ["Mail__AlertEmailAddress"] = Scene.AlertAddress,
        ["Mail__CollectSeconds"] = "3",
    };

    /// <summary>What its servers have accepted.</summary>
    public IEnumerable<Delivery> Deliveries =>
    [
        .. _real.Messages.Select(mail => Delivery.Read(_number, RealServer, mail)),
        .. Scripted.Accepted.Select(mail => Delivery.Read(_number, ScriptedServer, mail)),
    ];

    /// <summary>Kills the real mail server, and starts it again.</summary>
    public async Task KillMailServerAsync(TimeSpan down)
    {
        await _changingReal.WaitAsync();
        try
        {
            await _real.KillAsync();
            _deaths.Add(new ServerDeath(_number, RealServer, DateTimeOffset.UtcNow));
            await Task.Delay(down);
            await _real.StartAsync();
        }
        finally
        {
            _changingReal.Release();
        }
    }

    /// <summary>Lets the real mail server stand still for a while.</summary>
    public async Task PauseMailServerAsync(TimeSpan duration)
    {
        await _changingReal.WaitAsync();
        try
        {
            await _real.SignalAsync(ProcessSignal.Pause);
            await Task.Delay(duration);
            await _real.SignalAsync(ProcessSignal.Resume);
        }
        finally
        {
            _changingReal.Release();
        }
    }

    /// <summary>Lets the scripted server accept everything again, and ends what it keeps waiting.</summary>
    public void Heal()
    {
        Scripted.ForgetScript();
        Scripted.StopListening();
        _deaths.Add(new ServerDeath(_number, ScriptedServer, DateTimeOffset.UtcNow));
        Scripted.StartListening();
    }

    public async ValueTask DisposeAsync()
    {
        await _real.DisposeAsync();
        await Scripted.DisposeAsync();
        await Storage.DisposeAsync();
        _changingReal.Dispose();
    }
}
