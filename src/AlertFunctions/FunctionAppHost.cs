using System.Globalization;
using AlertFunctions.Core.Settings;
using AlertFunctions.Core.Storage;
using Microsoft.Azure.Functions.Worker.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace AlertFunctions;

/// <summary>Runs the product as an isolated worker of the Functions host.</summary>
internal static class FunctionAppHost
{
    /// <summary>Runs until the Functions host stops it.</summary>
    /// <param name="args">The command line, which contains the address of the Functions host.</param>
    /// <param name="error">Receives the reason if the app cannot start; the Functions host logs it.</param>
    /// <returns>The exit code: 0 after a normal stop, 1 if the app could not start.</returns>
    public static async Task<int> RunAsync(string[] args, TextWriter error)
    {
        try
        {
            using IHost host = Build(FunctionsApplication.CreateBuilder(args));
            await CreateDevelopmentStorageAsync(host.Services, CancellationToken.None);
            await host.RunAsync();
            return 0;
        }
        catch (SettingsException exception)
        {
            await WriteErrorAsync(error, exception.Message);
            return 1;
        }
        catch (Exception exception) when (StorageFault.Is(exception))
        {
            await WriteErrorAsync(error, $"Storage does not answer, so the function app cannot start. Is Azurite running? {exception.Message.Split('\n')[0]}");
            return 1;
        }
    }

    /// <summary>Builds the host without starting it.</summary>
    /// <param name="builder">The worker's builder. Services that a test has already registered are kept.</param>
    /// <exception cref="SettingsException">A setting is invalid.</exception>
    internal static IHost Build(FunctionsApplicationBuilder builder)
    {
        builder.ConfigureFunctionsWebApplication();

        // The Functions host logs each request itself. ASP.NET Core's four lines per request would be most of what the app sends to Application Insights.
        builder.Logging.AddFilter("Microsoft.AspNetCore", LogLevel.Warning);

        // These lines hold the query, and ?code= in it; a category of its own, so that a level set for a wider one does not bring them back.
        builder.Logging.AddFilter("Microsoft.AspNetCore.Hosting.Diagnostics", LogLevel.Warning);
        builder.Services.AddAlertFunctions(builder.Configuration, SystemCulture.Of(builder.Environment.IsDevelopment(), CultureInfo.CurrentUICulture));
        return builder.Build();
    }

    /// <summary>Creates tables, queues and containers in the emulator. On Azure the deployment does this, so that it does not slow down each start.</summary>
    /// <param name="services">The host's services.</param>
    /// <param name="cancellationToken">Cancels the operation.</param>
    internal static async Task CreateDevelopmentStorageAsync(IServiceProvider services, CancellationToken cancellationToken)
    {
        if (services.GetRequiredService<IHostEnvironment>().IsDevelopment()
            && IsEmulator(services.GetRequiredService<AlertFunctionsSettings>().Storage))
        {
            await services.GetRequiredService<StorageClients>().CreateIfMissingAsync(cancellationToken);
        }
    }

    /// <summary>Writes lines starting with "Error", since the Functions host logs any other line of standard error as information.</summary>
    private static async Task WriteErrorAsync(TextWriter error, string message)
    {
        foreach (string line in message.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))
        {
            await error.WriteLineAsync($"Error: {line}");
        }
    }

    private static bool IsEmulator(StorageSettings storage) =>
        string.Equals(storage.ConnectionString?.TrimEnd(';'), "UseDevelopmentStorage=true", StringComparison.OrdinalIgnoreCase);
}
