using System.Net.Sockets;
using Azure.Identity;
using MailKit;
using MailKit.Security;

namespace AlertFunctions.Core.Mail.Smtp;

/// <summary>The exceptions that mean that the server, the network or the sign-in failed; any other is a fault of the product.</summary>
internal static class SmtpExceptions
{
    public static bool Includes(Exception exception) => exception is
        CommandException or ProtocolException or AuthenticationException or SslHandshakeException
        or ServiceNotConnectedException or ServiceNotAuthenticatedException
        or SocketException or IOException or TimeoutException or OperationCanceledException or NotSupportedException
        or AuthenticationFailedException or Azure.RequestFailedException;
}
