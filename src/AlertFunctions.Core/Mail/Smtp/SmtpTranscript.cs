using System.Globalization;
using System.Text;
using MailKit;

namespace AlertFunctions.Core.Mail.Smtp;

/// <summary>How far a conversation with the server has come.</summary>
public enum SmtpPhase
{
    /// <summary>Looking the server's name up.</summary>
    Resolve,

    /// <summary>Opening the connection.</summary>
    Connect,

    /// <summary>Waiting for the greeting.</summary>
    Greeting,

    /// <summary>EHLO or HELO.</summary>
    Hello,

    /// <summary>STARTTLS and the handshake.</summary>
    Tls,

    /// <summary>AUTH.</summary>
    Authenticate,

    /// <summary>MAIL FROM.</summary>
    Sender,

    /// <summary>RCPT TO.</summary>
    Recipient,

    /// <summary>DATA, before its reply.</summary>
    Data,

    /// <summary>The body, and waiting for its reply.</summary>
    Body,
}

/// <summary>
/// Follows a conversation by what MailKit reports of both sides: the phase it is in and the server's replies. The exceptions alone do not tell
/// the phase, and for some refusals not even the code. Nothing that the client says is kept, so no secret is.
/// </summary>
internal sealed class SmtpTranscript(TimeProvider time) : IProtocolLogger
{
    private const int MaximumReplyLength = 2_000;

    private readonly StringBuilder _line = new();
    private readonly StringBuilder _reply = new();
    private bool _ignoreReply;
    private bool _clientTextIsNoCommand;
    private long _phaseStarted = time.GetTimestamp();

    /// <summary>Where the conversation is.</summary>
    public SmtpPhase Phase { get; private set; }

    /// <summary>The code of the phase's reply; null before it, -1 when it was no SMTP reply.</summary>
    public int? Code { get; private set; }

    /// <summary>The text of the phase's reply with its codes.</summary>
    public string? Reply { get; private set; }

    /// <summary>The phases gone through, with their times and replies.</summary>
    public List<SmtpStep> Steps { get; } = [];

    /// <summary>What MailKit asks of a logger that would write credentials; this one writes nothing.</summary>
    public IAuthenticationSecretDetector? AuthenticationSecretDetector { get; set; }

    /// <summary>Goes on to a phase.</summary>
    public void Begin(SmtpPhase phase)
    {
        if (phase == Phase && Code is null)
        {
            return;
        }

        EndPhase(succeeded: true);
        Phase = phase;
        Code = null;
        Reply = null;
    }

    /// <summary>Closes the phase's step.</summary>
    public void EndPhase(bool succeeded)
    {
        Steps.Add(new SmtpStep(Phase, succeeded, time.GetElapsedTime(_phaseStarted), Reply));
        _phaseStarted = time.GetTimestamp();
    }

    /// <summary>MailKit says so when the connection stands, TLS included where it comes first.</summary>
    public void LogConnect(Uri uri) => Begin(SmtpPhase.Greeting);

    public void LogClient(byte[] buffer, int offset, int count)
    {
        if (_clientTextIsNoCommand)
        {
            return;
        }

        string verb = Encoding.ASCII.GetString(buffer, offset, Math.Min(count, 8)).Split(' ', '\r', '\n')[0].ToUpperInvariant();
        if (verb == "HELO")
        {
            return; // MailKit says it when EHLO was refused; until it is answered, if ever, that refusal stands
        }

        SmtpPhase? phase = verb switch
        {
            "EHLO" => SmtpPhase.Hello,
            "STARTTLS" => SmtpPhase.Tls,
            "AUTH" => SmtpPhase.Authenticate,
            "MAIL" => SmtpPhase.Sender,
            "RCPT" => SmtpPhase.Recipient,
            "DATA" => SmtpPhase.Data,
            _ => null, // RSET and QUIT come after an outcome, which stays
        };
        if (phase is { } next)
        {
            Begin(next);
        }
        else
        {
            _ignoreReply = true;
        }
    }

    public void LogServer(byte[] buffer, int offset, int count)
    {
        foreach (char c in Encoding.UTF8.GetString(buffer, offset, count))
        {
            if (c == '\n')
            {
                EndLine(_line.ToString().TrimEnd('\r'));
                _line.Clear();
            }
            else if (_line.Length < MaximumReplyLength)
            {
                _line.Append(c);
            }
        }
    }

    public void Dispose()
    {
        // Nothing is held.
    }

    private void EndLine(string line)
    {
        bool isReply = line.Length >= 3 && int.TryParse(line.AsSpan(0, 3), NumberStyles.None, CultureInfo.InvariantCulture, out int code) && (line.Length == 3 || line[3] is ' ' or '-');
        if (_reply.Length + line.Length < MaximumReplyLength)
        {
            _reply.Append(_reply.Length == 0 ? "" : "\n").Append(line);
        }

        if (isReply && line.Length > 3 && line[3] == '-')
        {
            return; // the reply goes on
        }

        string reply = _reply.ToString();
        _reply.Clear();
        if (_ignoreReply)
        {
            _ignoreReply = false;
            return;
        }

        int replied = isReply ? int.Parse(line.AsSpan(0, 3), CultureInfo.InvariantCulture) : -1;
        Code = replied;
        Reply = reply;
        if (Phase == SmtpPhase.Data && replied == 354)
        {
            Begin(SmtpPhase.Body);
        }

        // What the client says after these is a body or a credential, however much it looks like a command.
        _clientTextIsNoCommand = replied is 354 or 334;
    }
}

/// <summary>One phase of a conversation, for people who look for what is wrong.</summary>
/// <param name="Phase">The phase.</param>
/// <param name="Succeeded">Whether it went well.</param>
/// <param name="Elapsed">How long it took.</param>
/// <param name="Reply">The server's reply, or null.</param>
public sealed record SmtpStep(SmtpPhase Phase, bool Succeeded, TimeSpan Elapsed, string? Reply);
