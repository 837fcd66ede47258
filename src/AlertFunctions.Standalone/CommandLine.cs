using AlertFunctions.Core.Settings;

namespace AlertFunctions.Standalone;

/// <summary>
/// Checks the command line. .NET takes every name for a setting, whether anything reads it or not, passes over what has no value or no name, and ends the start
/// with an exception of its own at <c>-x=1</c>.
/// </summary>
internal static class CommandLine
{
    private const string Accepted = "a setting is --NAME=VALUE or --NAME VALUE, with a colon between levels, such as --Smtp:Server=smtp.example.com.";

    /// <summary>The first level of the settings that the product, ASP.NET Core and OpenTelemetry read.</summary>
    private static readonly HashSet<string> s_known = new(StringComparer.OrdinalIgnoreCase)
    {
        "AzureWebJobsStorage", "Smtp", "Mail", "Events", "Keys", "WEBSITE_HOSTNAME",
        "urls", "http_ports", "https_ports", "preferHostingUrls", "Kestrel", "AllowedHosts", "forwardedHeaders_enabled",
        "environment", "contentRoot", "applicationName", "webRoot", "startupAssembly", "hostingStartupAssemblies", "hostingStartupExcludeAssemblies", "preventHostingStartup",
        "captureStartupErrors", "detailedErrors", "suppressStatusMessages", "shutdownTimeoutSeconds", "hostBuilder", "Logging", "Metrics",
    };

    /// <summary>The beginnings of the names that OpenTelemetry's exporters read.</summary>
    private static readonly string[] s_knownBeginnings = ["OTEL_", "APPLICATIONINSIGHTS_"];

    /// <summary>Reads the command line as .NET does.</summary>
    /// <exception cref="SettingsException">An argument is wrong; all of them are named, and no value is.</exception>
    public static void Check(string[] args)
    {
        var faults = new List<string>();
        for (int i = 0; i < args.Length; i++)
        {
            string argument = args[i].Split('=')[0];
            bool hasValue = argument.Length < args[i].Length;
            bool isName = argument.StartsWith('-') || argument.StartsWith('/') || hasValue;
            if (!isName)
            {
                // It may be a part of a password with a space in it.
                faults.Add($"Argument {i + 1} of the command line belongs to no setting; {Accepted}");
            }
            else if (!IsKnown(NameOf(argument)))
            {
                faults.Add($"{argument} on the command line is not known; {Accepted}");

                // What follows it is its value, and no fault of its own.
                if (!hasValue && i + 1 < args.Length && !args[i + 1].StartsWith('-'))
                {
                    i++;
                }
            }
            else if (!hasValue && ++i == args.Length)
            {
                faults.Add($"{argument} on the command line has no value; {Accepted}");
            }
        }

        if (faults.Count > 0)
        {
            throw new SettingsException(faults);
        }
    }

    /// <summary>The setting's name; blank for one that begins with a single dash, of which there is none.</summary>
    private static string NameOf(string argument) =>
        argument.StartsWith("--", StringComparison.Ordinal) ? argument[2..]
        : argument.StartsWith('/') ? argument[1..]
        : argument.StartsWith('-') ? "" : argument;

    private static bool IsKnown(string name) => s_known.Contains(name.Split(':')[0]) || s_knownBeginnings.Any(beginning => name.StartsWith(beginning, StringComparison.OrdinalIgnoreCase));
}
