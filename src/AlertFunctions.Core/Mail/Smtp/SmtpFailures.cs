using System.Net.Sockets;
using MailKit.Security;

namespace AlertFunctions.Core.Mail.Smtp;

/// <summary>Which failure is which pattern: the specification's table as one decision.</summary>
internal static class SmtpFailures
{
    private const int ServiceNotAvailable = 421;
    private const int ExceededStorage = 552;
    private const int AuthenticationRequired = 530;

    /// <summary>Decides the pattern of an attempt that ended in an exception; null when the server had accepted the mail after all.</summary>
    /// <param name="phase">How far the conversation had come.</param>
    /// <param name="code">The code of the phase's reply; null when there was none, -1 when it was no SMTP reply.</param>
    /// <param name="reply">That reply.</param>
    /// <param name="exception">What MailKit, the network or the deadline threw.</param>
    public static SmtpFailure? Classify(SmtpPhase phase, int? code, string? reply, Exception exception)
    {
        if (phase == SmtpPhase.Body && code is >= 200 and < 300)
        {
            return null; // MailKit takes 250 alone for acceptance; RFC 5321 takes any 2xx
        }

        // A connection that is lost before the next command is out fails that command: the reply before it was a positive one.
        phase = (phase, code) switch
        {
            (SmtpPhase.Greeting, 220) => SmtpPhase.Hello,
            (SmtpPhase.Sender, >= 200 and < 300) => SmtpPhase.Recipient,
            (SmtpPhase.Recipient, >= 200 and < 300) => SmtpPhase.Data,
            _ => phase,
        };

        // A positive reply is no refusal: what failed came after it (STARTTLS accepted, then the handshake; EHLO accepted, but AUTH not offered).
        bool refused = code is not null && (phase == SmtpPhase.Greeting ? code != 220 : code is (-1) or >= 400);
        bool lost = !refused && phase >= SmtpPhase.Sender;
        return new SmtpFailure(
            KindOf(phase, refused ? code : null, exception),
            refused ? code!.Value : -1,
            refused ? reply! : Describe(phase, exception),
            OfServer: phase < SmtpPhase.Sender || (phase == SmtpPhase.Sender && code != ExceededStorage),
            ConnectionLost: lost || phase < SmtpPhase.Sender || code is ServiceNotAvailable or (-1),
            OutcomeUnknown: phase == SmtpPhase.Body && (!refused || code == -1));
    }

    private static SmtpFailureKind KindOf(SmtpPhase phase, int? code, Exception exception) => (phase, code) switch
    {
        (SmtpPhase.Resolve or SmtpPhase.Connect, _) => SmtpFailureKind.Unreachable,
        (SmtpPhase.Greeting, null) => ClosedAtOnce(exception) ? SmtpFailureKind.Refused : SmtpFailureKind.Unreachable,
        (_, null or (-1) or ServiceNotAvailable or AuthenticationRequired) => SmtpFailureKind.Refused,
        (SmtpPhase.Sender, ExceededStorage) => SmtpFailureKind.NotAccepted,
        (SmtpPhase.Recipient, _) => SmtpFailureKind.NotAccepted,
        (SmtpPhase.Data or SmtpPhase.Body, >= 500) => SmtpFailureKind.NotAccepted,
        _ => SmtpFailureKind.Refused,
    };

    /// <summary>The server accepted the connection and ended it in good order, which is a refusal; a reset or a silence is not.</summary>
    private static bool ClosedAtOnce(Exception exception) =>
        exception is not (SocketException or TimeoutException or OperationCanceledException) && exception.InnerException is not SocketException;

    private static string Describe(SmtpPhase phase, Exception exception) => exception switch
    {
        OperationCanceledException or TimeoutException or { InnerException: TimeoutException } => $"{phase}: no answer in time",
        SslHandshakeException { InnerException: { } inner } => $"{phase}: {FirstLine(exception)} {FirstLine(inner)}",
        _ => $"{phase}: {FirstLine(exception)}",
    };

    private static string FirstLine(Exception exception) => exception.Message.ReplaceLineEndings("\n").Split('\n')[0];
}
