using System.Data.Common;

namespace AlertFunctions.Core.Settings;

/// <summary>Where telemetry goes. The settings have the names that OpenTelemetry and Azure give them; what is not set sends nothing.</summary>
/// <param name="OtlpTraces">Whether traces go to an OpenTelemetry collector.</param>
/// <param name="OtlpMetrics">Whether metrics do.</param>
/// <param name="OtlpLogs">Whether logs do.</param>
/// <param name="AzureMonitor">The connection string of Application Insights, or null.</param>
/// <param name="AzureMonitorUsesIdentity">Whether Application Insights is written to with the app's identity.</param>
public sealed record TelemetrySettings(bool OtlpTraces, bool OtlpMetrics, bool OtlpLogs, string? AzureMonitor, bool AzureMonitorUsesIdentity)
{
    private const string Otlp = "OTEL_EXPORTER_OTLP_ENDPOINT";
    private const string ConnectionString = "APPLICATIONINSIGHTS_CONNECTION_STRING";

    /// <summary>Reads and checks the settings.</summary>
    /// <param name="reader">Where from.</param>
    public static TelemetrySettings Read(SettingsReader reader)
    {
        bool all = IsAddress(reader, Otlp);
        return new TelemetrySettings(
            all | IsAddress(reader, "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT"),
            all | IsAddress(reader, "OTEL_EXPORTER_OTLP_METRICS_ENDPOINT"),
            all | IsAddress(reader, "OTEL_EXPORTER_OTLP_LOGS_ENDPOINT"),
            Connection(reader),
            reader.Text("APPLICATIONINSIGHTS_AUTHENTICATION_STRING") is not null);
    }

    private static bool IsAddress(SettingsReader reader, string key)
    {
        if (reader.Text(key) is not { } text)
        {
            return false;
        }

        if (Uri.TryCreate(text, UriKind.Absolute, out Uri? uri) && (uri.Scheme == Uri.UriSchemeHttp || uri.Scheme == Uri.UriSchemeHttps))
        {
            return true;
        }

        reader.Refuse(key, $"is {SettingsReader.Shown(text)}, but must be the address of an OpenTelemetry collector, such as http://localhost:4317.");
        return false;
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
