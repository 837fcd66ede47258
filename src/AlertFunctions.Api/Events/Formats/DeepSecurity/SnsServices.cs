using Microsoft.Extensions.DependencyInjection;

namespace AlertFunctions.Api.Events.Formats.DeepSecurity;

/// <summary>Makes known what speaks with Amazon SNS.</summary>
internal static class SnsServices
{
    /// <summary>A certificate has two kilobytes.</summary>
    private const int MaximumAnswer = 64 * 1024;

    /// <summary>SNS waits fifteen seconds for an answer.</summary>
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(5);

    /// <summary>Adds it.</summary>
    public static void AddAmazonSns(this IServiceCollection services)
    {
        services.AddSingleton<SnsEndpoints>();
        services.AddSingleton<SnsSignature>();
        services.AddHttpClient(AlertApi.AmazonSnsClient, client =>
            {
                client.Timeout = s_patience;
                client.MaxResponseContentBufferSize = MaximumAnswer;
            })
            .ConfigurePrimaryHttpMessageHandler(() => new SocketsHttpHandler { AllowAutoRedirect = false, UseCookies = false })
            .RemoveAllLoggers(); // the address of a confirmation is a secret
    }
}
