using AlertFunctions.Api;
using AlertFunctions.Api.Telemetry;
using AlertFunctions.Core;
using AlertFunctions.Core.Settings;
using AlertFunctions.Core.Texts;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;

namespace AlertFunctions;

/// <summary>Registers the services that the functions use.</summary>
public static class FunctionAppServices
{
    /// <summary>Adds the core, the HTTP contract, the <see cref="Pipeline"/> and the <see cref="RunningFunctions"/>. Services that are already registered are kept.</summary>
    /// <param name="services">The host's services.</param>
    /// <param name="configuration">The app's settings.</param>
    /// <param name="systemCulture">The language when none is configured.</param>
    /// <exception cref="SettingsException">At least one setting is invalid; the message names all of them.</exception>
    public static IServiceCollection AddAlertFunctions(this IServiceCollection services, IConfiguration configuration, MailCulture systemCulture = MailCulture.Ja)
    {
        AlertFunctionsSettings settings = AlertFunctionsSettings.Read(configuration, systemCulture);
        services.AddAlertFunctionsCore(settings);
        services.AddAlertApi();
        services.AddTelemetry(settings.Telemetry, hostReportsRequests: true);

        // The routes name access policies, which nothing checks in here: the Functions host has checked the key before it calls a function.
        services.Configure<RouteOptions>(options => options.SuppressCheckForUnhandledSecurityMetadata = true);
        services.AddSingleton<Pipeline>();
        services.AddSingleton<RunningFunctions>();
        services.AddHostedService(host => host.GetRequiredService<RunningFunctions>());
        return services;
    }
}
