using System.Text;
using MailKit;
using MailKit.Net.Smtp;

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

    /// <summary>Sending the body, up to its closing dot.</summary>
    Transfer,

    /// <summary>The body was sent: waiting for its reply.</summary>
    Body,
}

/// <summary>
/// Follows a conversation by what MailKit reports of both sides: the phase it is in, and the reply that belongs to each command. MailKit
/// consumes one reply per command, in order, and so does this. Nothing that the client says is kept, so no secret is.
/// </summary>
/// <param name="time">Measures the steps.</param>
/// <param name="steps">Receives each step as it ends; null if nobody watches.</param>
public sealed class SmtpTranscript(TimeProvider time, IProgress<SmtpStep>? steps = null) : IProtocolLogger
{
    private const int ServiceReady = 220;
    private const int SignedIn = 235;
    private const int Completed = 250;
    private const int Challenge = 334;
    private const int StartMailInput = 354;

    /// <summary>The closing dot; one at the beginning of a line of the body is doubled, so that nothing else looks like it.</summary>
    private static readonly byte[] s_endOfBody = "\n.\r\n"u8.ToArray();

    private readonly List<SmtpStep> _steps = [];
    private readonly ReplyFramer _framer = new();
    private readonly byte[] _bodyTail = new byte[s_endOfBody.Length];
    private Awaited _awaited;
    private SmtpReply? _unasked;
    private bool _saidUnasked;
    private long _phaseStarted = time.GetTimestamp();

    private enum Awaited
    {
        Nothing,

        /// <summary>The reply to the phase's command.</summary>
        PhaseReply,

        /// <summary>The reply to RSET or QUIT, which come after an outcome and do not change it.</summary>
        OtherReply,
    }

    /// <summary>Where the conversation is.</summary>
    public SmtpPhase Phase { get; private set; }

    /// <summary>The code of the phase's reply; null before it, -1 when it was no SMTP reply.</summary>
    public int? Code { get; private set; }

    /// <summary>The text of the phase's reply with its codes.</summary>
    public string? Reply { get; private set; }

    /// <summary>The phases gone through, with their times and replies.</summary>
    public IReadOnlyList<SmtpStep> Steps => _steps;

    /// <summary>The server spoke during the envelope before it was asked: a later reply may have been this one, and proves nothing.</summary>
    public bool SpokeEarly { get; private set; }

    /// <summary>The server said something that no command asked for, so that what it says next may belong to anything.</summary>
    public bool OutOfStep => SpokeEarly || _saidUnasked;

    /// <summary>Whether a command of the present envelope went out.</summary>
    public bool EnvelopeBegun => Phase > SmtpPhase.Sender || (Phase == SmtpPhase.Sender && (Code is not null || _awaited == Awaited.PhaseReply));

    /// <summary>Called when the closing dot is out: from now on the mail may have been delivered.</summary>
    public Action? BodySent { get; set; }

    /// <summary>Called when the server has answered the body.</summary>
    public Action? BodyAnswered { get; set; }

    /// <summary>What MailKit asks of a logger that would write credentials; this one writes nothing.</summary>
    public IAuthenticationSecretDetector? AuthenticationSecretDetector { get; set; }

    /// <summary>Goes on to a phase. A further command of the same phase (HELO, another kind of AUTH) leaves the reply before it standing until it is answered.</summary>
    public void Begin(SmtpPhase phase)
    {
        if (phase != Phase)
        {
            EndPhase(succeeded: true);
            Phase = phase;
            Code = null;
            Reply = null;
        }
    }

    /// <summary>Goes on to the next envelope.</summary>
    public void BeginEnvelope()
    {
        _steps.Clear();
        Phase = SmtpPhase.Sender;
        Code = null;
        Reply = null;
        SpokeEarly = false;
        _awaited = Awaited.Nothing;
        _phaseStarted = time.GetTimestamp();
    }

    /// <summary>Closes the phase's step.</summary>
    public void EndPhase(bool succeeded)
    {
        var step = new SmtpStep(Phase, succeeded, time.GetElapsedTime(_phaseStarted), Reply);
        _steps.Add(step);
        steps?.Report(step);
        _phaseStarted = time.GetTimestamp();
    }

    /// <summary>Closes the step that failed. A connection that is lost before the next command is out fails that command: the reply before it was a positive one.</summary>
    public void EndFailedPhase()
    {
        BeginPhaseAfterReply();
        EndPhase(succeeded: false);
    }

    /// <summary>MailKit says so when the connection stands, TLS included where it comes first.</summary>
    public void LogConnect(Uri uri)
    {
        Begin(SmtpPhase.Greeting);
        _awaited = Awaited.PhaseReply;
    }

    /// <summary>Says whether the client may go on speaking, or throws.</summary>
    /// <param name="unread">Whether the server has sent something that was not read.</param>
    /// <exception cref="SmtpProtocolException">The server has spoken out of turn.</exception>
    public void BeforeWrite(bool unread)
    {
        if (_saidUnasked)
        {
            if (_unasked is { IsRefusal: true } refusal && Code is null or < 400 && (EnvelopeBegun || Phase < SmtpPhase.Sender))
            {
                // A refusal that came too early refuses the command that would be next; one between two envelopes concerns neither.
                BeginPhaseAfterReply();
                (Code, Reply) = (refusal.Code, refusal.Text);
            }

            throw new SmtpProtocolException($"The server spoke out of turn: {_unasked?.Text}");
        }

        if (!unread || Phase < SmtpPhase.Sender)
        {
            return; // while signing in, TLS itself may have something to say
        }

        if (!EnvelopeBegun)
        {
            _saidUnasked = true;
            throw new SmtpProtocolException("The server spoke between two envelopes.");
        }

        SpokeEarly = true;
    }

    /// <summary>MailKit has sent a command, the answer to a challenge, or a part of the body.</summary>
    public void LogClient(byte[] buffer, int offset, int count)
    {
        if (Phase == SmtpPhase.Transfer)
        {
            if (EndsBody(buffer.AsSpan(offset, count)))
            {
                Begin(SmtpPhase.Body);
                _awaited = Awaited.PhaseReply;
                BodySent?.Invoke();
            }

            return;
        }

        SmtpPhase? phase = Phase == SmtpPhase.Authenticate && Code == Challenge
            ? SmtpPhase.Authenticate // a credential, however much it looks like a command
            : Encoding.ASCII.GetString(buffer, offset, Math.Min(count, 8)).Split(' ', '\r', '\n')[0].ToUpperInvariant() switch
            {
                "EHLO" or "HELO" => SmtpPhase.Hello,
                "STARTTLS" => SmtpPhase.Tls,
                "AUTH" => SmtpPhase.Authenticate,
                "MAIL" => SmtpPhase.Sender,
                "RCPT" => SmtpPhase.Recipient,
                "DATA" => SmtpPhase.Data,
                _ => null,
            };
        Begin(phase ?? Phase);
        _awaited = phase is null ? Awaited.OtherReply : Awaited.PhaseReply;
    }

    /// <summary>MailKit has read what the server said, and will consume the first reply of it.</summary>
    /// <remarks>
    /// RFC 5321 takes any 2yz to MAIL FROM and to the body for a yes, MailKit takes some of them. The buffer is MailKit's own, which it reads only
    /// after this call, so each of them is made the one that it takes.
    /// </remarks>
    /// <exception cref="SmtpProtocolException">What the server said cannot be the reply.</exception>
    public void LogServer(byte[] buffer, int offset, int count)
    {
        for (int i = offset; i < offset + count; i++)
        {
            bool endsCode = _framer.Column == 2;
            SmtpReply? reply = _framer.Take(buffer[i]);
            if (_awaited == Awaited.Nothing)
            {
                _saidUnasked = true;
                _unasked ??= reply;
                continue;
            }

            if (endsCode && i >= 2 && _awaited == Awaited.PhaseReply && Phase is SmtpPhase.Sender or SmtpPhase.Body)
            {
                TakeAnyPositive(buffer.AsSpan(i - 2, 3));
            }

            if (reply is { } complete)
            {
                Answer(complete);
            }
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        // Nothing is held.
    }

    private void Answer(SmtpReply reply)
    {
        bool ofPhase = _awaited == Awaited.PhaseReply;
        _awaited = Awaited.Nothing;
        bool possible = ofPhase ? MayAnswer(reply.Code) : reply.Code != SmtpReply.NoCode;
        if (ofPhase && (possible || Code is null or < 400))
        {
            Code = possible ? reply.Code : SmtpReply.NoCode;
            Reply = reply.Text;
        }

        if (!possible)
        {
            throw new SmtpProtocolException($"No SMTP reply: {reply.Text}");
        }

        if (!ofPhase)
        {
            return;
        }

        if (Phase == SmtpPhase.Body)
        {
            BodyAnswered?.Invoke();
        }
        else if (Code == StartMailInput)
        {
            Begin(SmtpPhase.Transfer);
            _bodyTail.AsSpan().Clear();
            _bodyTail[^1] = (byte)'\n';
        }
    }

    /// <summary>Whether a reply of that code can be one to the phase's command: a refusal always, else the positive reply that is due.</summary>
    private bool MayAnswer(int code) => (Phase, code) switch
    {
        (_, >= 400 and < 600) => true,
        (SmtpPhase.Hello, _) => code == Completed,
        (SmtpPhase.Tls, _) => code == ServiceReady,
        (SmtpPhase.Authenticate, _) => code is SignedIn or Challenge,
        (SmtpPhase.Data, _) => code == StartMailInput,
        _ => code is >= 200 and < 300,
    };

    private static void TakeAnyPositive(Span<byte> code)
    {
        if (code[0] == '2' && !code.ContainsAnyExceptInRange((byte)'0', (byte)'9'))
        {
            "250"u8.CopyTo(code);
        }
    }

    private void BeginPhaseAfterReply() => Begin((Phase, Code) switch
    {
        (SmtpPhase.Greeting, ServiceReady) => SmtpPhase.Hello,
        (SmtpPhase.Sender, >= 200 and < 300) => SmtpPhase.Recipient,
        (SmtpPhase.Recipient, >= 200 and < 300) => SmtpPhase.Data,
        _ => Phase,
    });

    private bool EndsBody(ReadOnlySpan<byte> sent)
    {
        int kept = Math.Max(_bodyTail.Length - sent.Length, 0);
        _bodyTail.AsSpan(_bodyTail.Length - kept).CopyTo(_bodyTail);
        sent[^(_bodyTail.Length - kept)..].CopyTo(_bodyTail.AsSpan(kept));
        return _bodyTail.AsSpan().SequenceEqual(s_endOfBody);
    }
}

/// <summary>One phase of a conversation, for people who look for what is wrong.</summary>
/// <param name="Phase">The phase.</param>
/// <param name="Succeeded">Whether it went well.</param>
/// <param name="Elapsed">How long it took.</param>
/// <param name="Reply">The server's reply, or null.</param>
public sealed record SmtpStep(SmtpPhase Phase, bool Succeeded, TimeSpan Elapsed, string? Reply);
