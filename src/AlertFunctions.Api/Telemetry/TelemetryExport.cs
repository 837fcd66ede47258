using System.Reflection;
using AlertFunctions.Core.Settings;
using AlertFunctions.Core.Telemetry;
using AlertFunctions.Core.Upkeep;
using Azure.Core;
using Azure.Monitor.OpenTelemetry.Exporter;
using Microsoft.Extensions.DependencyInjection;
using OpenTelemetry;
using OpenTelemetry.Exporter;
using OpenTelemetry.Logs;
using OpenTelemetry.Metrics;
using OpenTelemetry.Resources;
using OpenTelemetry.Trace;

namespace AlertFunctions.Api.Telemetry;

/// <summary>Sends traces, metrics and logs to where the settings say: an OpenTelemetry collector, Azure Monitor, or both.</summary>
public static class TelemetryExport
{
    /// <summary>Combinations of attributes that each metric has memory for from the start; routes, methods and status codes together make fewer.</summary>
    private const int MaximumCombinations = 500;

    /// <summary>Adds the telemetry.</summary>
    /// <param name="services">The host's services.</param>
    /// <param name="settings">Where it goes.</param>
    /// <param name="hostReportsRequests">Whether the host that runs the app reports requests and logs to Azure Monitor itself, as the Functions host does.</param>
    /// <param name="metrics">Where metrics are to be read besides, or null.</param>
    public static void AddTelemetry(this IServiceCollection services, TelemetrySettings settings, bool hostReportsRequests, Action<MeterProviderBuilder>? metrics = null)
    {
        bool traces = settings.OtlpTraces is not null || settings.AzureMonitor is not null;
        bool measures = settings.OtlpMetrics is not null || settings.AzureMonitor is not null || metrics is not null;
        bool azureLogs = settings.AzureMonitor is not null && !hostReportsRequests;
        if (!traces && !measures && settings.OtlpLogs is null)
        {
            return;
        }

        if (settings.AzureMonitor is { } connectionString)
        {
            services.AddOptions<AzureMonitorExporterOptions>().Configure<IServiceProvider>((options, provider) =>
            {
                options.ConnectionString = connectionString;
                options.Credential = settings.AzureMonitorUsesIdentity ? provider.GetRequiredService<TokenCredential>() : null;
            });
        }

        OpenTelemetryBuilder telemetry = services.AddOpenTelemetry().ConfigureResource(resource => resource.AddService("alertfunctions", serviceVersion: Version()));
        services.AddHostedService<TelemetryShutdown>();
        if (measures)
        {
            services.AddSingleton<GaugeReader>();
            telemetry.WithMetrics(builder =>
            {
                builder.AddMeter(ProductMetrics.MeterName).AddAspNetCoreInstrumentation().AddRuntimeInstrumentation();
                builder.AddView(_ => new MetricStreamConfiguration { CardinalityLimit = MaximumCombinations });
                metrics?.Invoke(builder);
                _ = settings.OtlpMetrics is { } collector ? builder.AddOtlpExporter(options => Direct(options, collector)) : builder;
                _ = settings.AzureMonitor is not null ? builder.AddAzureMonitorMetricExporter() : builder;
            });
        }

        if (traces)
        {
            telemetry.WithTracing(builder =>
            {
                builder.AddSource(ProductTraces.SourceName);
                if (settings.OtlpTraces is not null || !hostReportsRequests)
                {
                    builder.AddAspNetCoreInstrumentation(WithoutNames);
                }

                _ = settings.OtlpTraces is { } collector ? builder.AddOtlpExporter(options => Direct(options, collector)) : builder;
                _ = settings.AzureMonitor is not null ? builder.AddAzureMonitorTraceExporter() : builder;
            });
        }

        if (settings.OtlpLogs is not null || azureLogs)
        {
            telemetry.WithLogging(
                builder =>
                {
                    _ = settings.OtlpLogs is { } collector ? builder.AddOtlpExporter(options => Direct(options, collector)) : builder;
                    _ = azureLogs ? builder.AddAzureMonitorLogExporter() : builder;
                },
                options => options.IncludeFormattedMessage = true);
        }
    }

    /// <summary>The exporters read the variables that hold for all telemetry, but not the address that is set for one kind alone.</summary>
    private static void Direct(OtlpExporterOptions options, OtlpCollector collector)
    {
        if (collector.Own is { } own)
        {
            options.Endpoint = own; // used as it is, as the specification says: no path is added
        }
    }

    /// <summary>A path may hold a user's name, and a query the names of computers and a key: spans have the route instead. Probes and assets are not worth one.</summary>
    private static void WithoutNames(OpenTelemetry.Instrumentation.AspNetCore.AspNetCoreTraceInstrumentationOptions options)
    {
        options.Filter = context => context.Request.Path.StartsWithSegments("/api", StringComparison.OrdinalIgnoreCase) && !context.Request.Path.StartsWithSegments("/api/health", StringComparison.OrdinalIgnoreCase);
        options.EnrichWithHttpRequest = (activity, _) => activity.SetTag("url.path", null).SetTag("url.query", null);
    }

    private static string? Version() => typeof(TelemetryExport).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion.Split('+')[0];
}
