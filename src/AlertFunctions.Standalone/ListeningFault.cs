using System.Net.Sockets;
using System.Security.Cryptography;

namespace AlertFunctions.Standalone;

/// <summary>Says why the host cannot listen, and what to do about it.</summary>
internal static class ListeningFault
{
    /// <summary>Whether the server failed because of where it is to listen, or of the certificate.</summary>
    public static bool Is(Exception exception) =>
        exception is IOException or SocketException or InvalidOperationException or ArgumentException or CryptographicException or UnauthorizedAccessException;

    /// <summary>One line for whoever reads why the host did not start.</summary>
    /// <param name="addresses">Where it was to listen.</param>
    /// <param name="exception">What the server threw.</param>
    public static StartupException Explain(ListeningAddresses addresses, Exception exception)
    {
        string why = exception.Message.Split('\n')[0].TrimEnd('\r', '.');
        return new StartupException($"The host cannot listen on {addresses}: {why}. {Remedy(addresses, exception)}.", exception);
    }

    private static string Remedy(ListeningAddresses addresses, Exception exception)
    {
        string another = addresses.AnyEndpoint ? "choose another address in the setting" : "choose another address with --urls (ASPNETCORE_URLS), for example --urls http://localhost:7072";
        return SocketErrorOf(exception) switch
        {
            SocketError.AddressAlreadyInUse => $"Stop what else listens there, or {another}",
            SocketError.AddressNotAvailable => "Choose an address that this machine has, or http://*:7071 for all that it has",
            SocketError.AccessDenied => $"Ports below 1024 may need more rights; {another}",
            null when addresses.AnyHttps => $"https needs a certificate: check Kestrel__Certificates__Default__Path and Kestrel__Certificates__Default__Password, or {another}",
            _ => $"To listen elsewhere, {another}",
        };
    }

    /// <summary>What the operating system said, which the server wraps once or twice; null when it was not asked.</summary>
    private static SocketError? SocketErrorOf(Exception? exception) => exception switch
    {
        null => null,
        SocketException socket => socket.SocketErrorCode,
        AggregateException aggregate => aggregate.InnerExceptions.Select(SocketErrorOf).FirstOrDefault(error => error is not null),
        _ => SocketErrorOf(exception.InnerException),
    };
}
