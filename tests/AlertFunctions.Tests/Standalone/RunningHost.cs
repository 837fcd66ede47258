using AlertFunctions.Core.Storage;
using AlertFunctions.Core.Telemetry;
using AlertFunctions.Standalone;
using AlertFunctions.Testing;
using Azure.Identity;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Logging;

namespace AlertFunctions.Tests.Standalone;

/// <summary>The standalone host as clients meet it: real HTTP on a port of its own, the real time, its own loops.</summary>
internal sealed class RunningHost : IAsyncDisposable
{
    private readonly WebApplication _app;

    private RunningHost(WebApplication app)
    {
        _app = app;
        Address = new Uri(app.Urls.First());
        Http = new HttpClient { BaseAddress = Address };
    }

    /// <summary>Where it listens.</summary>
    public Uri Address { get; }

    /// <summary>Asks it without a key.</summary>
    public HttpClient Http { get; }

    /// <summary>Starts one.</summary>
    /// <param name="installation">Its storage and its SMTP server.</param>
    /// <param name="log">Where it logs to.</param>
    /// <param name="services">Services of the test's, which take the place of the host's; null for none.</param>
    /// <param name="settings">Settings beside the installation's.</param>
    public static async Task<RunningHost> StartAsync(Installation installation, ILoggerProvider log, Action<IServiceCollection>? services = null, params (string Key, string? Value)[] settings)
    {
        WebApplicationBuilder builder = WebApplication.CreateBuilder(new WebApplicationOptions { EnvironmentName = "Production" });
        builder.Configuration.AddInMemoryCollection(installation.Settings);
        builder.Configuration.AddInMemoryCollection(settings.Append(("urls", "http://127.0.0.1:0")).Select(setting => KeyValuePair.Create(setting.Item1, setting.Item2)));
        builder.Logging.ClearProviders();
        builder.Logging.AddProvider(log);
        services?.Invoke(builder.Services);
        builder.Services.TryAddSingleton(provider => new StorageClients(
            new(installation.Settings["AzureWebJobsStorage"]), new DefaultAzureCredential(), TimeProvider.System, installation.NamePrefix, retries: StorageFaults.Retries, metrics: provider.GetRequiredService<ProductMetrics>()));

        WebApplication app = StandaloneHost.Build(builder);
        await app.StartAsync();
        return new RunningHost(app);
    }

    /// <summary>A service of the host.</summary>
    public T Get<T>()
        where T : notnull => _app.Services.GetRequiredService<T>();

    public async ValueTask DisposeAsync()
    {
        Http.Dispose();
        await _app.StopAsync(); // the loops end before what they use is gone
        await _app.DisposeAsync();
    }
}
