using System.Text.Json.Nodes;
using AlertFunctions.Testing;
using AlertFunctions.Tests.Standalone;
using Microsoft.Extensions.DependencyInjection;

namespace AlertFunctions.Tests.Documentation;

/// <summary>Runs what the documentation says against a real host.</summary>
public abstract class DocumentedHostTest(AzuriteServer azurite) : IAsyncLifetime
{
    private const string DocumentedAddress = "http://localhost:7071";

    private readonly TestLog _log = new();
    private RunningHost? _host;

    private protected Installation Installation { get; private set; } = null!;

    private protected RunningHost Host => _host ?? throw new InvalidOperationException("The host is not started.");

    /// <summary>Its address, as a command has it before a path.</summary>
    private protected string Address => Host.Address.OriginalString.TrimEnd('/');

    /// <summary>The key that may do all in the documentation; null for that of a host without keys.</summary>
    protected virtual string? Key => null;

    public async ValueTask InitializeAsync() => Installation = await Installation.CreateAsync(azurite);

    public async ValueTask DisposeAsync()
    {
        if (_host is not null)
        {
            await _host.DisposeAsync();
        }

        await Installation.DisposeAsync();
        _log.AssertNothingUnexpected();
        GC.SuppressFinalize(this);
    }

    private protected async Task StartAsync(Action<IServiceCollection>? services = null) =>
        _host = Key is { } key ? await RunningHost.StartAsync(Installation, _log, services, ("Keys:Manage", key)) : await RunningHost.StartAsync(Installation, _log, services);

    /// <summary>The same code for the host of this test.</summary>
    private protected string ForHost(string code) => code.Replace(DocumentedAddress, Address, StringComparison.Ordinal);

    private protected async Task<JsonNode> GetAsync(string path) =>
        JsonNode.Parse(await Host.Http.GetStringAsync(new Uri(Key is null ? path : $"{path}?code={Key}", UriKind.Relative)))!;
}
