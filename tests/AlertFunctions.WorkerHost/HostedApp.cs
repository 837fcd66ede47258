using System.Net.Http.Json;
using System.Text.Json;
using AlertFunctions.Testing;

namespace AlertFunctions.WorkerHost;

/// <summary>The published app in a Functions host, on storage and with an SMTP server of its own.</summary>
internal sealed class HostedApp : IAsyncDisposable
{
    private readonly AzuriteServer _azurite;
    private readonly QueueListener _queue;

    private HostedApp(AzuriteServer azurite, Installation installation, FunctionsHost host, string app)
    {
        _azurite = azurite;
        _queue = new QueueListener(host, "SendMail", app, installation.RawQueue);
        Installation = installation;
        Host = host;
    }

    public Installation Installation { get; }

    public FunctionsHost Host { get; }

    public ScriptedSmtpServer Smtp => Installation.Smtp;

    /// <summary>Starts a host with one worker.</summary>
    /// <param name="published">The app.</param>
    /// <param name="settings">Settings beside the installation's; null for none.</param>
    public static async Task<HostedApp> StartAsync(PublishedApp published, Dictionary<string, string?>? settings = null)
    {
        string app = await published.GetFolderAsync();

        // The app's storage names have no prefix, so that it needs an account that no other test uses.
        var azurite = new AzuriteServer();
        Installation installation = await Installation.CreateAsync(azurite, namePrefix: "");
        foreach ((string key, string? value) in settings ?? [])
        {
            installation.Settings[key] = value;
        }

        return new HostedApp(azurite, installation, await FunctionsHost.StartAsync(app, installation.Settings), app);
    }

    /// <summary>Handles what the queue holds; see <see cref="QueueListener.RunUntilEmptyAsync"/>.</summary>
    public Task<int> RunQueueAsync() => _queue.RunUntilEmptyAsync();

    /// <summary>Reports that an alert was raised, and does not wait for its mail.</summary>
    public async Task PostEventAsync(string alert)
    {
        using HttpResponseMessage answer = await Host.SendAsync(HttpMethod.Post, "/api/events", JsonContent.Create(new { computer = "web01", alert }));
        answer.EnsureSuccessStatusCode();
    }

    /// <summary>Enters a user who receives alert mail.</summary>
    public async Task PutUserAsync(string name, string email)
    {
        using HttpResponseMessage answer = await Host.SendAsync(HttpMethod.Put, $"/api/users/{name}", JsonContent.Create(new { email, receiveAlertMail = true }));
        answer.EnsureSuccessStatusCode();
    }

    /// <summary>What the app answers to a GET.</summary>
    public async Task<JsonElement> GetAsync(string path)
    {
        using HttpResponseMessage answer = await Host.SendAsync(HttpMethod.Get, path);
        answer.EnsureSuccessStatusCode();
        return await answer.Content.ReadFromJsonAsync<JsonElement>();
    }

    /// <summary>The items of a list.</summary>
    public async Task<JsonElement[]> ListAsync(string path) => [.. (await GetAsync(path)).GetProperty("items").EnumerateArray()];

    public async ValueTask DisposeAsync()
    {
        await Host.DisposeAsync();
        await Installation.DisposeAsync();
        await _azurite.DisposeAsync();
    }
}
