using System.Net.Sockets;

namespace AlertFunctions.Core.Mail.Smtp;

/// <summary>Which failure is which pattern: the specification's table as one decision.</summary>
public static class SmtpFailures
{
    /// <summary>The server closes the connection, whatever it was asked.</summary>
    public const int ServiceNotAvailable = 421;

    private const int ExceededStorage = 552;
    private const int AuthenticationRequired = 530;

    /// <summary>Decides the pattern of an attempt that did not deliver.</summary>
    /// <param name="phase">The phase that failed.</param>
    /// <param name="code">The code of the phase's reply; null when there was none, -1 when it was no SMTP reply.</param>
    /// <param name="reply">That reply.</param>
    /// <param name="exception">What MailKit, the network or the deadline threw.</param>
    public static SmtpFailure Classify(SmtpPhase phase, int? code, string? reply, Exception exception)
    {
        // A positive reply is no refusal: what failed came after it (STARTTLS accepted, then the handshake; EHLO accepted, but AUTH not offered).
        bool refused = code is not null && (phase == SmtpPhase.Greeting || code is SmtpReply.NoCode or >= 400);
        bool lost = !refused && phase >= SmtpPhase.Sender;
        FailureReason? reason = refused ? null : FailureReason.Find(phase, exception);
        return new SmtpFailure(
            KindOf(phase, refused ? code : null, exception),
            refused ? code!.Value : SmtpReply.NoCode,
            refused ? reply! : $"{phase}: {reason?.En ?? FirstLine(exception)}",
            OfServer: phase < SmtpPhase.Sender || (phase == SmtpPhase.Sender && code != ExceededStorage),
            ConnectionLost: lost || phase < SmtpPhase.Sender || code is ServiceNotAvailable or SmtpReply.NoCode,
            OutcomeUnknown: phase == SmtpPhase.Body && (!refused || code == SmtpReply.NoCode))
        {
            Phase = phase,
            Reason = reason,
        };
    }

    /// <summary>The library returned, but the reply to the body may have been said before the body was: that proves no delivery.</summary>
    /// <param name="reply">What was taken for the reply.</param>
    public static SmtpFailure AnsweredEarly(string? reply) =>
        new(SmtpFailureKind.Refused, SmtpReply.NoCode, $"{SmtpPhase.Body}: the server spoke out of turn: {reply}", OfServer: false, ConnectionLost: true, OutcomeUnknown: true);

    /// <summary>Nothing of the message went out and the connection is as it was: the message itself cannot be sent.</summary>
    /// <param name="exception">Why.</param>
    public static SmtpFailure CannotBeSent(Exception exception) => SmtpFailure.Internal(FirstLine(exception));

    private static SmtpFailureKind KindOf(SmtpPhase phase, int? code, Exception exception) => (phase, code) switch
    {
        (SmtpPhase.Resolve or SmtpPhase.Connect, _) => SmtpFailureKind.Unreachable,
        (SmtpPhase.Greeting, null) => ClosedAtOnce(exception) ? SmtpFailureKind.Refused : SmtpFailureKind.Unreachable,
        (_, null or SmtpReply.NoCode or ServiceNotAvailable or AuthenticationRequired) => SmtpFailureKind.Refused,
        (SmtpPhase.Sender, ExceededStorage) => SmtpFailureKind.NotAccepted,
        (SmtpPhase.Recipient, _) => SmtpFailureKind.NotAccepted,
        (SmtpPhase.Data or SmtpPhase.Transfer or SmtpPhase.Body, >= 500) => SmtpFailureKind.NotAccepted,
        _ => SmtpFailureKind.Refused,
    };

    /// <summary>The server accepted the connection and ended it in good order, which is a refusal; a reset or a silence is not.</summary>
    private static bool ClosedAtOnce(Exception exception) =>
        exception is not (SocketException or TimeoutException or OperationCanceledException) && exception.InnerException is not SocketException;

    private static string FirstLine(Exception exception) => exception.Message.ReplaceLineEndings("\n").Split('\n')[0];
}
