using System.Text;

namespace AlertFunctions.Testing;

/// <summary>The moments of an SMTP conversation at which the script has a say.</summary>
public enum SmtpStep
{
    /// <summary>The client has connected and waits for 220.</summary>
    Greeting,
    Ehlo,
    Helo,
    StartTls,

    /// <summary>After STARTTLS was answered 220, or at once with <see cref="ScriptedSmtpServer.ImplicitTls"/>. A reply here is plain text in place of a handshake.</summary>
    TlsHandshake,

    /// <summary>AUTH, before any credentials.</summary>
    AuthenticationCommand,

    /// <summary>The credentials have come. The address is the user's name.</summary>
    Authenticate,

    /// <summary>MAIL FROM.</summary>
    Sender,

    /// <summary>RCPT TO.</summary>
    Recipient,

    /// <summary>The DATA command, before the body.</summary>
    Data,

    /// <summary>The whole body has come.</summary>
    Body,
    Reset,
    Noop,
    Quit,
}

internal enum SmtpEnding
{
    GoOn,
    Close,
    Reset,
    Stall,
    Flood,
}

/// <summary>
/// One sentence of a server's script: <c>server.On(SmtpStep.Recipient, "dead@example.com").Once().Reply("550 5.1.1 no such user")</c>. It
/// holds from the moment its action is said; of several that fit, the newest decides.
/// </summary>
public sealed class SmtpRule
{
    private readonly ScriptedSmtpServer _server;
    private readonly SmtpStep _step;
    private readonly string? _address;
    private readonly List<Func<SmtpSession, bool>> _conditions = [];
    private readonly TaskCompletionSource _reached = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int _pass;
    private int _left = int.MaxValue;

    internal SmtpRule(ScriptedSmtpServer server, SmtpStep step, string? address)
    {
        _server = server;
        _step = step;
        _address = address;
    }

    /// <summary>Completes when the rule has decided for the first time: a stalled client now waits.</summary>
    public Task Reached => _reached.Task;

    internal string? Answer { get; private set; }

    /// <summary>What goes out in place of the answer's text and its line end.</summary>
    internal byte[]? Bytes { get; private set; }

    /// <summary>What is said once the client has said the next thing, before that is answered.</summary>
    internal string? SaidLater { get; private set; }

    internal SmtpEnding Ending { get; private set; }

    internal Task? Hold { get; private set; }

    /// <summary>Whether a body that meets this rule counts as delivered.</summary>
    internal bool Accepts { get; private set; }

    /// <summary>Only on the connection with that number, from 1.</summary>
    public SmtpRule OnConnection(int number) => When(session => session.ConnectionNumber == number);

    /// <summary>Only where the session is like that.</summary>
    public SmtpRule When(Func<SmtpSession, bool> condition)
    {
        _conditions.Add(condition);
        return this;
    }

    /// <summary>Leaves the first that fit alone.</summary>
    public SmtpRule After(int times)
    {
        _pass = times;
        return this;
    }

    /// <summary>Decides that many times, then no more.</summary>
    public SmtpRule Times(int times)
    {
        _left = times;
        return this;
    }

    /// <inheritdoc cref="Times"/>
    public SmtpRule Once() => Times(1);

    /// <summary>Answers that line, or those lines, whatever they are.</summary>
    public SmtpRule Reply(string reply) => Begin(reply, SmtpEnding.GoOn);

    /// <summary>Answers those bytes, line end or not.</summary>
    public SmtpRule Say(byte[] bytes)
    {
        Bytes = bytes;
        return Reply(Encoding.Latin1.GetString(bytes));
    }

    /// <inheritdoc cref="Say"/>
    public SmtpRule SayAndClose(byte[] bytes)
    {
        Bytes = bytes;
        return ReplyAndClose(Encoding.Latin1.GetString(bytes));
    }

    /// <summary>Answers those bytes over and over, until the client leaves.</summary>
    public SmtpRule SayForEver(byte[] bytes)
    {
        Bytes = bytes;
        return Begin("", SmtpEnding.Flood);
    }

    /// <summary>Says that too, unasked, as soon as the client has begun to say the next thing: it has read the answer then.</summary>
    public SmtpRule AndLater(string reply)
    {
        SaidLater = reply;
        return this;
    }

    /// <summary>Answers, and closes the connection.</summary>
    public SmtpRule ReplyAndClose(string reply) => Begin(reply, SmtpEnding.Close);

    /// <summary>Closes the connection (FIN) without an answer. A body is not accepted.</summary>
    public SmtpRule Close() => Begin(null, SmtpEnding.Close);

    /// <summary>Resets the connection (RST) without an answer. A body is not accepted.</summary>
    public SmtpRule Abort() => Begin(null, SmtpEnding.Reset);

    /// <summary>Never answers, until the client leaves or the server is disposed. A body is not accepted.</summary>
    public SmtpRule Stall() => Begin(null, SmtpEnding.Stall);

    /// <summary>Accepts the body; the connection is closed before the reply.</summary>
    public SmtpRule AcceptAndClose() => Begin(null, SmtpEnding.Close, accepts: true);

    /// <summary>Accepts the body; the connection is reset before the reply.</summary>
    public SmtpRule AcceptAndAbort() => Begin(null, SmtpEnding.Reset, accepts: true);

    /// <summary>Accepts the body, and never says so.</summary>
    public SmtpRule AcceptAndStall() => Begin(null, SmtpEnding.Stall, accepts: true);

    /// <summary>Waits for that, then goes on as if this rule were not there.</summary>
    public SmtpRule HoldUntil(Task released)
    {
        Hold = released;
        return Begin(null, SmtpEnding.GoOn);
    }

    /// <summary>Takes the rule back. Who stalls because of it goes on stalling.</summary>
    public void Remove() => _server.Remove(this);

    // Called under the server's lock.
    internal bool Takes(SmtpStep step, SmtpSession session, IEnumerable<string> addresses)
    {
        if (_left == 0
            || step != _step
            || (_address is not null && !addresses.Contains(_address, StringComparer.OrdinalIgnoreCase))
            || !_conditions.TrueForAll(condition => condition(session)))
        {
            return false;
        }

        if (_pass > 0)
        {
            _pass--;
            return false;
        }

        _left--;
        _reached.TrySetResult();
        return true;
    }

    private SmtpRule Begin(string? reply, SmtpEnding ending, bool accepts = false)
    {
        if (accepts && _step != SmtpStep.Body)
        {
            throw new InvalidOperationException($"Only a body can be accepted, not {_step}.");
        }

        Answer = reply;
        Ending = ending;
        Accepts = accepts || reply is ['2', ..];
        _server.Add(this);
        return this;
    }
}
