using System.Net.Sockets;
using AlertFunctions.Core.Texts;
using MailKit.Security;

namespace AlertFunctions.Core.Mail.Smtp;

/// <summary>Why an attempt failed where the server gave no reason: a sentence that a reader can act on, in either language.</summary>
/// <param name="Ja">In Japanese.</param>
/// <param name="En">In English.</param>
public sealed record FailureReason(string Ja, string En)
{
    /// <summary>What is kept of a value that a server chose, so that the reason can be stored and shown.</summary>
    private const int MaximumValueLength = 200;

    /// <summary>A reason from the texts.</summary>
    /// <param name="key">The text's key.</param>
    /// <param name="values">What its placeholders stand for; harmless to show, although a server may have chosen it.</param>
    public static FailureReason Of(string key, params ReadOnlySpan<(string Name, string Value)> values)
    {
        (string, string)[] harmless = new (string, string)[values.Length];
        for (int i = 0; i < values.Length; i++)
        {
            string value = HarmlessText.OneLine(values[i].Value);
            harmless[i] = (values[i].Name, value.Length <= MaximumValueLength ? value : value[..MaximumValueLength] + "…");
        }

        return new FailureReason(Sentences.Get(key, MailCulture.Ja, harmless), Sentences.Get(key, MailCulture.En, harmless));
    }

    /// <summary>Several reasons as one.</summary>
    public static FailureReason Join(IReadOnlyCollection<FailureReason> reasons) =>
        new(string.Concat(reasons.Select(reason => reason.Ja)), string.Join(' ', reasons.Select(reason => reason.En)));

    /// <summary>The reason in a language.</summary>
    public string In(MailCulture culture) => culture == MailCulture.Ja ? Ja : En;

    /// <summary>What an exception means to a reader; null where its own message says it best.</summary>
    /// <param name="phase">The phase that failed.</param>
    /// <param name="exception">What MailKit, the network or the deadline threw.</param>
    public static FailureReason? Find(SmtpPhase phase, Exception exception) => (phase, exception) switch
    {
        (_, ReasonedException reasoned) => reasoned.Reason,
        (_, OperationCanceledException or TimeoutException or { InnerException: TimeoutException }) => Of("ReasonNoAnswer"),
        (SmtpPhase.Resolve, SocketException) => Of("ReasonNameNotFound"),
        (SmtpPhase.Connect, SocketException { SocketErrorCode: SocketError.ConnectionRefused }) => Of("ReasonConnectionRefused"),
        (SmtpPhase.Hello, NotSupportedException) => Of("ReasonNoStartTls"),
        (_, SslHandshakeException) => OfHandshake(Innermost(exception)),
        _ => null,
    };

    /// <summary>MailKit lists what a handshake may have failed for; the system's TLS library says what it was.</summary>
    private static FailureReason OfHandshake(Exception exception)
    {
        string said = exception.Message;
        bool notTls = Says("corrupted frame") || Says("wrong version number");
        bool noCommonVersion = Says("protocol version") || Says("unsupported protocol") || Says("common algorithm");
        return Of(notTls ? "ReasonNotTls" : noCommonVersion ? "ReasonNoCommonTls" : "ReasonTlsFailed", ("reason", said));

        bool Says(string words) => said.Contains(words, StringComparison.OrdinalIgnoreCase);
    }

    private static Exception Innermost(Exception exception)
    {
        while (exception.InnerException is { } inner)
        {
            exception = inner;
        }

        return exception;
    }
}

/// <summary>The product itself gives up, for a reason that a reader can act on.</summary>
/// <param name="reason">The reason.</param>
public sealed class ReasonedException(FailureReason reason) : Exception(reason.En)
{
    /// <summary>The reason.</summary>
    public FailureReason Reason => reason;
}
