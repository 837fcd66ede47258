using AlertFunctions.Core.Texts;

namespace AlertFunctions.Core.Mail.Smtp;

/// <summary>Why an attempt did not deliver; the numbers are the specification's patterns.</summary>
public enum SmtpFailureKind
{
    /// <summary>No server is configured (S14).</summary>
    NotConfigured = 0,

    /// <summary>Pattern 1: the server cannot be reached (S10).</summary>
    Unreachable = 1,

    /// <summary>Pattern 2: the server is reached but refuses the request (S11).</summary>
    Refused = 2,

    /// <summary>Pattern 3: the session is accepted, but the mail or its recipient is refused (S12).</summary>
    NotAccepted = 3,

    /// <summary>The product itself could not make or send this mail; a 199, and it is passed over for an hour.</summary>
    Internal = 4,
}

/// <summary>How kinds of failure are called in telemetry.</summary>
public static class SmtpFailureKinds
{
    /// <summary>The value of <c>error.type</c>.</summary>
    public static string ErrorType(this SmtpFailureKind kind) => kind switch
    {
        SmtpFailureKind.NotConfigured => "not_configured",
        SmtpFailureKind.Unreachable => "unreachable",
        SmtpFailureKind.Refused => "refused",
        SmtpFailureKind.NotAccepted => "not_accepted",
        _ => "internal",
    };

    /// <summary>The pattern of the specification, 1 to 3 (S10, S11, S12); null where it is none of them.</summary>
    public static int? Pattern(this SmtpFailureKind kind) => kind is SmtpFailureKind.NotConfigured or SmtpFailureKind.Internal ? null : (int)kind;
}

/// <summary>How an attempt failed.</summary>
/// <param name="Kind">The pattern.</param>
/// <param name="Code">The server's reply code; -1 where there was none.</param>
/// <param name="Reply">The server's reply with its codes, or what stood in for it.</param>
/// <param name="OfServer">It failed before MAIL FROM was accepted, so that it is no single envelope's failure (rule 3).</param>
/// <param name="ConnectionLost">The connection cannot be used any more.</param>
/// <param name="OutcomeUnknown">The body was sent and its reply never came: the mail may have been delivered.</param>
public sealed record SmtpFailure(SmtpFailureKind Kind, int Code, string Reply, bool OfServer, bool ConnectionLost, bool OutcomeUnknown = false)
{
    /// <summary>Where the conversation failed; null where there was none.</summary>
    public SmtpPhase? Phase { get; init; }

    /// <summary>Why, in words, where the server gave no reason; null where its reply says it best.</summary>
    public FailureReason? Reason { get; init; }

    /// <summary>A refusal for now. On a connection that has delivered it may be a limit of the server's for each connection.</summary>
    public bool IsTemporary => Code is >= 400 and < 500;

    /// <summary>The server refuses the connection itself for now: it may be one more than it allows.</summary>
    public bool TurnedAway => IsTemporary && Phase is SmtpPhase.Greeting or SmtpPhase.Hello;

    /// <summary>
    /// This envelope's own conversation was lost (rule 4): no answer, or 421 in place of one. A server that refuses and hangs up has answered, and
    /// says nothing about others.
    /// </summary>
    public bool ConversationLost => ConnectionLost && !OfServer && Code is SmtpReply.NoCode or SmtpFailures.ServiceNotAvailable;

    /// <summary>What is shown to a reader: the reason in the reader's language, or the server's reply.</summary>
    public string Text(MailCulture culture) => Reason?.In(culture) ?? Reply;

    /// <summary>The result of an attempt that the product itself could not make.</summary>
    public static SmtpFailure Internal(string reason) => new(SmtpFailureKind.Internal, SmtpReply.NoCode, reason, OfServer: false, ConnectionLost: false);

    /// <summary>The result of an attempt while no server is configured.</summary>
    public static SmtpFailure NotConfigured { get; } = new(SmtpFailureKind.NotConfigured, SmtpReply.NoCode, "No SMTP server is configured.", OfServer: true, ConnectionLost: false);
}
