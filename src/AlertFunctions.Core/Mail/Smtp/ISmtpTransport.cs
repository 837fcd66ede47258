using MimeKit;

namespace AlertFunctions.Core.Mail.Smtp;

/// <summary>Opens connections to the SMTP server.</summary>
public interface ISmtpTransport
{
    /// <summary>Connects and signs in, within the deadline of the settings.</summary>
    /// <param name="steps">Receives each step of the connection as it ends, including those of its envelopes; null if nobody watches.</param>
    /// <param name="cancellationToken">Gives up; the outcome is then a failure like any other.</param>
    Task<SmtpConnectResult> ConnectAsync(IProgress<SmtpStep>? steps, CancellationToken cancellationToken);
}

/// <summary>Opens connections that nobody watches.</summary>
public static class SmtpTransportExtensions
{
    /// <summary>Connects and signs in, within the deadline of the settings.</summary>
    /// <param name="transport">Opens connections.</param>
    /// <param name="cancellationToken">Gives up; the outcome is then a failure like any other.</param>
    public static Task<SmtpConnectResult> ConnectAsync(this ISmtpTransport transport, CancellationToken cancellationToken) => transport.ConnectAsync(steps: null, cancellationToken);
}

/// <summary>A connection, or why there is none.</summary>
/// <param name="Connection">The connection, or null.</param>
/// <param name="Failure">Why there is none, or null.</param>
/// <param name="Steps">What was done, in order.</param>
public sealed record SmtpConnectResult(ISmtpConnection? Connection, SmtpFailure? Failure, IReadOnlyList<SmtpStep> Steps);

/// <summary>An open connection, for one envelope after the other. Disposing of it says QUIT and never throws.</summary>
public interface ISmtpConnection : IAsyncDisposable
{
    /// <summary>Sends one message to one recipient, within the deadline of the settings.</summary>
    /// <param name="message">The message.</param>
    /// <param name="recipient">The envelope's recipient.</param>
    /// <param name="cancellationToken">Gives up; the outcome is then a failure like any other.</param>
    Task<SmtpSendResult> SendAsync(MimeMessage message, MailboxAddress recipient, CancellationToken cancellationToken);
}

/// <summary>What became of one envelope.</summary>
/// <param name="Failure">Why it was not delivered; null when the server accepted it.</param>
/// <param name="Reply">The server's last reply.</param>
/// <param name="Steps">What was done, in order.</param>
public sealed record SmtpSendResult(SmtpFailure? Failure, string Reply, IReadOnlyList<SmtpStep> Steps);
