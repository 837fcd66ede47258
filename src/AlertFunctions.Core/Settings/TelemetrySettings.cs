using System.Data.Common;

namespace AlertFunctions.Core.Settings;

/// <summary>Where telemetry goes. The settings have the names that OpenTelemetry and Azure give them; what is not set sends nothing.</summary>
/// <param name="OtlpTraces">The OpenTelemetry collector that traces go to, or null.</param>
/// <param name="OtlpMetrics">That of metrics.</param>
/// <param name="OtlpLogs">That of logs.</param>
/// <param name="AzureMonitor">The connection string of Application Insights, or null.</param>
/// <param name="AzureMonitorUsesIdentity">Whether Application Insights is written to with the app's identity.</param>
public sealed record TelemetrySettings(OtlpCollector? OtlpTraces, OtlpCollector? OtlpMetrics, OtlpCollector? OtlpLogs, string? AzureMonitor, bool AzureMonitorUsesIdentity)
{
    private const string Otlp = "OTEL_EXPORTER_OTLP_ENDPOINT";
    private const string ConnectionString = "APPLICATIONINSIGHTS_CONNECTION_STRING";

    /// <summary>Reads and checks the settings.</summary>
    /// <param name="reader">Where from.</param>
    public static TelemetrySettings Read(SettingsReader reader)
    {
        OtlpCollector? common = Address(reader, Otlp) is null ? null : new(Own: null);
        return new TelemetrySettings(
            Collector("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT"),
            Collector("OTEL_EXPORTER_OTLP_METRICS_ENDPOINT"),
            Collector("OTEL_EXPORTER_OTLP_LOGS_ENDPOINT"),
            Connection(reader),
            reader.Text("APPLICATIONINSIGHTS_AUTHENTICATION_STRING") is not null);

        OtlpCollector? Collector(string key) => Address(reader, key) is { } own ? new(own) : common;
    }

    private static Uri? Address(SettingsReader reader, string key)
    {
        if (reader.Text(key) is not { } text)
        {
            return null;
        }

        if (Uri.TryCreate(text, UriKind.Absolute, out Uri? uri) && (uri.Scheme == Uri.UriSchemeHttp || uri.Scheme == Uri.UriSchemeHttps))
        {
            return uri;
        }

        reader.Refuse(key, $"is {SettingsReader.Shown(text)}, but must be the address of an OpenTelemetry collector, such as http://localhost:4317.");
        return null;
    }

    private static string? Connection(SettingsReader reader)
    {
        if (reader.Text(ConnectionString) is not { } text)
        {
            return null;
        }

        try
        {
            var parts = new DbConnectionStringBuilder { ConnectionString = text };
            if (parts.TryGetValue("InstrumentationKey", out object? key) && Guid.TryParse(key as string, out _))
            {
                return text;
            }
        }
        catch (ArgumentException)
        {
            // It has no form that could be a connection string.
        }

        reader.Refuse(ConnectionString, "must be the connection string of an Application Insights resource, such as InstrumentationKey=00000000-0000-0000-0000-000000000000;IngestionEndpoint=https://REGION.in.applicationinsights.azure.com/.");
        return null;
    }
}

/// <summary>An OpenTelemetry collector.</summary>
/// <param name="Own">The address that is set for one kind of telemetry alone; null where the exporter reads the common one itself.</param>
public sealed record OtlpCollector(Uri? Own);
