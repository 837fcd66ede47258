using System.Globalization;
using AlertFunctions.Api;
using AlertFunctions.Api.Telemetry;
using AlertFunctions.Core;
using AlertFunctions.Core.Settings;
using AlertFunctions.Core.Storage;
using AlertFunctions.Core.Texts;
using OpenTelemetry.Metrics;

namespace AlertFunctions.Standalone;

/// <summary>The product on Kestrel with its own queue and timer loops.</summary>
internal static class StandaloneHost
{
    /// <summary>Runs until it is stopped.</summary>
    /// <param name="args">The command line.</param>
    /// <param name="output">Where it says what is where.</param>
    /// <param name="error">Where it says why it does not start, or why it ended.</param>
    /// <returns>The exit code: 0 after a stop, 1 when it could not start or was ended by a failure.</returns>
    public static Task<int> RunAsync(string[] args, TextWriter output, TextWriter error) => RunAsync(args, output, error, _ => { });

    /// <inheritdoc cref="RunAsync(string[], TextWriter, TextWriter)"/>
    /// <param name="args">The command line.</param>
    /// <param name="output">Where it says what is where.</param>
    /// <param name="error">Where it says why it does not start, or why it ended.</param>
    /// <param name="prepare">What a test adds to the builder.</param>
    internal static async Task<int> RunAsync(string[] args, TextWriter output, TextWriter error, Action<WebApplicationBuilder> prepare)
    {
        try
        {
            CommandLine.Check(args);
            WebApplicationBuilder builder = CreateBuilder(args);
            prepare(builder);
            bool started = false;

            // Why a start failed is said below in one sentence; the log would add the stack.
            builder.Logging.AddFilter("Microsoft.Extensions.Hosting.Internal.Host", level => started && level >= LogLevel.Error);
            await using DevelopmentTools development = await DevelopmentTools.StartAsync(builder, output);
            await using WebApplication app = Build(builder);
            await CreateStorageAsync(app.Services);
            await StartListeningAsync(app);
            started = true;
            StartupBanner.Write(output, app.Urls, app.Services.GetRequiredService<KeyRing>().IsEmpty, development.InboxUrl);
            return await WaitUntilStoppedAsync(app, error);
        }
        catch (Exception exception) when (exception is StartupException or SettingsException or InvalidDataException)
        {
            await error.WriteLineAsync(exception.Message);
            return 1;
        }
    }

    private static WebApplicationBuilder CreateBuilder(string[] args)
    {
        try
        {
            return WebApplication.CreateBuilder(args);
        }
        catch (DirectoryNotFoundException exception)
        {
            throw new StartupException($"ASPNETCORE_CONTENTROOT (or --contentRoot) is '{exception.Message}', but must be a directory that exists: that of appsettings.json.", exception);
        }
    }

    private static async Task CreateStorageAsync(IServiceProvider services)
    {
        try
        {
            await services.GetRequiredService<StorageClients>().CreateIfMissingAsync(CancellationToken.None);
        }
        catch (Exception exception) when (StorageFault.Is(exception))
        {
            throw StorageRefusal.Explain(services.GetRequiredService<AlertFunctionsSettings>().Storage, exception);
        }
    }

    private static async Task StartListeningAsync(WebApplication app)
    {
        try
        {
            await app.StartAsync();
        }
        catch (Exception exception) when (ListeningFault.Is(exception))
        {
            throw ListeningFault.Explain(app.Services.GetRequiredService<ListeningAddresses>(), exception);
        }
    }

    /// <summary>Waits until a started host stops. One whose parts were ended by a failure was not stopped by anybody, and says so.</summary>
    /// <param name="app">The host.</param>
    /// <param name="error">Where it says why it ended.</param>
    /// <returns>The exit code.</returns>
    internal static async Task<int> WaitUntilStoppedAsync(WebApplication app, TextWriter error)
    {
        await app.WaitForShutdownAsync();
        Exception? failure = app.Services.GetServices<IHostedService>().OfType<BackgroundService>()
            .Select(part => part.ExecuteTask?.Exception?.InnerException)
            .FirstOrDefault(exception => exception is not null);
        if (failure is null)
        {
            return 0;
        }

        await error.WriteLineAsync($"The host ended because of a failure: {failure.Message.Split('\n')[0]}");
        return 1;
    }

    /// <summary>Puts the host together; nothing is started.</summary>
    /// <param name="builder">The builder, with the host's configuration; services that a test registered before are kept.</param>
    /// <exception cref="SettingsException">At least one setting is wrong; all of them are named.</exception>
    internal static WebApplication Build(WebApplicationBuilder builder)
    {
        var reader = new SettingsReader(builder.Configuration);
        ListeningAddresses addresses = ListeningAddresses.Read(builder.Configuration, reader);
        if (addresses.IsDefault)
        {
            builder.WebHost.UseUrls(ListeningAddresses.DefaultUrl);
        }

        KeyRing keys = KeyRing.Read(reader);
        if (keys.IsEmpty && !addresses.LoopbackOnly && KeyRing.Settings.All(reader.Accepted))
        {
            reader.Refuse("Keys:Manage", $"is not set, nor is Keys__Read or Keys__Events, but the host is to listen on {addresses}. Without keys it listens on localhost only: set the keys, or an address such as {ListeningAddresses.DefaultUrl}.");
        }

        MailCulture culture = SystemCulture.Of(builder.Environment.IsDevelopment(), CultureInfo.CurrentUICulture);
        AlertFunctionsSettings settings = AlertFunctionsSettings.Read(reader, culture, addresses.IsDefault ? ListeningAddresses.DefaultUrl : addresses.Link);
        reader.ThrowIfRefused();
        builder.Services.AddAlertFunctionsCore(settings);
        builder.Services.AddAlertApi();
        builder.Services.AddTelemetry(settings.Telemetry, hostReportsRequests: false, metrics => metrics.AddPrometheusExporter());
        builder.Services.AddSingleton(addresses);
        builder.Services.AddKeyAuthorization(keys);
        builder.Services.Configure<Microsoft.AspNetCore.HostFiltering.HostFilteringOptions>(options => options.IncludeFailureMessage = false); // it would be HTML
        builder.Services.Insert(0, ServiceDescriptor.Singleton<IStartupFilter, ProblemsFirst>());
        KeyTakingServer.Wrap(builder.Services);

        // Kestrel repeats a request line that it cannot read, with the key in it.
        builder.Logging.AddFilter("Microsoft.AspNetCore.Server.Kestrel.BadRequests", LogLevel.None);
        builder.Services.AddSingleton<HostLoop>();
        builder.Services.AddSingleton<TimerFunctions>();
        builder.Services.AddHostedService(services => services.GetRequiredService<TimerFunctions>());
        builder.Services.AddHostedService<QueueLoop>();

        // The envelope in flight may take its deadlines; then its outcome is written.
        builder.Services.Configure<HostOptions>(options => options.ShutdownTimeout = (2 * settings.Smtp.Timeout) + TimeSpan.FromSeconds(30));
        builder.Services.Configure<Microsoft.AspNetCore.Server.Kestrel.Core.KestrelServerOptions>(options => options.AddServerHeader = false);

        WebApplication app = builder.Build();
        if (keys.IsEmpty)
        {
            app.UseBrowserGuard();
        }

        app.UseRouting();
        app.UseAuthentication();
        app.UseAuthorization();
        app.MapTimerAdministration();
        app.MapPrometheusScrapingEndpoint("/metrics").WithMetadata(new HttpMethodMetadata([HttpMethods.Get, HttpMethods.Head])).RequireAuthorization(AccessPolicies.Read);
        app.UseAlertApi();
        return app;
    }
}
