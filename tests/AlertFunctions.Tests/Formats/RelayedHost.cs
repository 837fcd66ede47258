using System.Globalization;
using AlertFunctions.Testing;

namespace AlertFunctions.Tests.Formats;

/// <summary>A host as its users start it, behind a relay: a sender finds it at one address while it is killed and started again.</summary>
internal sealed class RelayedHost : IAsyncDisposable
{
    /// <summary>The key with which events may be sent.</summary>
    public const string EventsKey = "events-key";

    // The host's storage names have no prefix, so that it needs an account that no other test uses.
    private readonly AzuriteServer _azurite = new();
    private readonly List<HostProcess> _processes = [];

    private RelayedHost(WebhookRelay relay) => Relay = relay;

    /// <summary>What stands before the host.</summary>
    public WebhookRelay Relay { get; }

    /// <summary>The host's mail server.</summary>
    public ScriptedSmtpServer Smtp { get; } = new();

    /// <summary>Where a sender that cannot set headers sends to.</summary>
    public Uri EventsAddress => new(Relay.Address, $"/api/events?code={EventsKey}");

    /// <summary>The host as it runs now, or ran last.</summary>
    public HostProcess Process => _processes[^1];

    /// <summary>Starts the relay, and no host yet.</summary>
    public static async Task<RelayedHost> CreateAsync() => new(await WebhookRelay.StartAsync());

    /// <summary>Starts the host.</summary>
    public async Task StartAsync()
    {
        _processes.Add(await HostProcess.StartAsync(new Dictionary<string, string>(StringComparer.Ordinal)
        {
            ["AzureWebJobsStorage"] = await _azurite.GetConnectionStringAsync(),
            ["Keys__Events"] = EventsKey,
            ["Keys__Manage"] = "manage-key",
            ["Smtp__Server"] = string.Create(CultureInfo.InvariantCulture, $"127.0.0.1:{Smtp.Port}"),
            ["Smtp__Security"] = "None",
            ["Smtp__From"] = "alerts@example.com",
            ["Mail__AlertEmailAddress"] = "ops@example.com",
        }));
        Relay.Product = Process.Client.BaseAddress;
    }

    /// <summary>Kills the host; the sender sees a 502 from now on.</summary>
    public Task KillAsync()
    {
        Relay.Product = null;
        return Process.KillAsync();
    }

    /// <summary>Which of some computers each accepted mail is about, in order.</summary>
    public IEnumerable<string> MailedOf(params string[] computers) =>
        Smtp.Accepted.Select(mail => computers.Single(computer => mail.Message.TextBody!.Contains($"■ {computer}", StringComparison.Ordinal)));

    public async ValueTask DisposeAsync()
    {
        foreach (HostProcess process in _processes)
        {
            await process.DisposeAsync();
        }

        await Relay.DisposeAsync();
        await Smtp.DisposeAsync();
        await _azurite.DisposeAsync();
    }
}
