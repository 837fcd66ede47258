using System.Globalization;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Text;

namespace AlertFunctions.Testing;

/// <summary>One connection to a <see cref="ScriptedSmtpServer"/>, and how far its conversation has come.</summary>
public sealed class SmtpSession : IDisposable
{
    private readonly ScriptedSmtpServer _server;
    private readonly Socket _socket;
    private readonly DateTimeOffset _connectedAt = DateTimeOffset.UtcNow;
    private readonly List<string> _recipients = [];
    private Stream _stream;
    private SmtpReader _reader;
    private int _closed;
    private string? _later;

    internal SmtpSession(ScriptedSmtpServer server, Socket socket, int connectionNumber)
    {
        _server = server;
        _socket = socket;
        _stream = new NetworkStream(socket, ownsSocket: false);
        _reader = new SmtpReader(_stream);
        ConnectionNumber = connectionNumber;
    }

    /// <summary>From 1, in the order of acceptance.</summary>
    public int ConnectionNumber { get; }

    /// <summary>How many envelopes were begun on this connection, this one included.</summary>
    public int MessageNumber { get; private set; }

    public bool IsSecure { get; private set; }

    /// <summary>How the client has called itself in EHLO.</summary>
    public string? ClientName { get; private set; }

    /// <summary>The last MAIL FROM with its parameters, such as SMTPUTF8.</summary>
    public string? SenderCommand { get; private set; }

    /// <summary>Who has logged in, if anyone has.</summary>
    public string? UserName { get; private set; }

    /// <summary>The envelope's sender once it was accepted.</summary>
    public string? Sender { get; private set; }

    /// <summary>The envelope's accepted recipients.</summary>
    public IReadOnlyList<string> Recipients => _recipients;

    /// <summary>Whether the client has closed the connection and all it has said was read.</summary>
    internal bool ClientHasLeft
    {
        get
        {
            try
            {
                return _socket.Poll(0, SelectMode.SelectRead) && _socket.Available == 0;
            }
            catch (Exception e) when (e is SocketException or ObjectDisposedException)
            {
                return true;
            }
        }
    }

    internal async Task ServeAsync(CancellationToken disposed)
    {
        try
        {
            await ConverseAsync(disposed);
            await CloseAsync(disposed);
        }
        catch (Exception e) when (e is IOException or SocketException or ObjectDisposedException or OperationCanceledException)
        {
            // The client has left, or the server was stopped.
            Abort();
        }
        catch (Exception e) when (e is AuthenticationException or ProcessKilledException)
        {
            // The client did not like the certificate, or is dead.
            Abort();
        }
        finally
        {
            Dispose();
        }
    }

    public void Dispose()
    {
        _stream.Dispose();
        _socket.Dispose();
    }

    /// <summary>Ends the connection with a reset.</summary>
    internal void Abort()
    {
        NoteClosed();
        try
        {
            _socket.LingerState = new LingerOption(enable: true, seconds: 0);
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            // It has ended already.
        }

        _socket.Dispose();
    }

    private void NoteClosed()
    {
        if (Interlocked.Exchange(ref _closed, 1) == 0)
        {
            _server.NoteClosed(this);
        }
    }

    private async Task CloseAsync(CancellationToken disposed)
    {
        NoteClosed();
        if (_stream is SslStream tls)
        {
            await tls.ShutdownAsync();
        }

        // Closing with something unread would send a reset and destroy the last reply on its way: say FIN, then read to the end.
        _socket.Shutdown(SocketShutdown.Send);
        await DrainAsync(disposed);
    }

    private async Task DrainAsync(CancellationToken disposed)
    {
        var buffer = new byte[4096];
        while (await _stream.ReadAsync(buffer, disposed) > 0)
        {
            // What a client says to a server that does not answer is lost.
        }
    }

    private async Task ConverseAsync(CancellationToken disposed)
    {
        _server.Counter?.ThrowIfKilled();
        if ((_server.ImplicitTls && !await StartTlsAsync(disposed)) || await AnswerAsync(SmtpStep.Greeting, [], "220 scripted.example ESMTP", disposed) is null)
        {
            return;
        }

        while (await _reader.ReadLineAsync(disposed) is { } line)
        {
            _server.Counter?.ThrowIfKilled();
            await SayLaterAsync(disposed);
            var verb = line.Split(' ', ':')[0].ToUpperInvariant();
            _server.CountCommand(verb);
            if (!await ObeyAsync(verb, line, disposed))
            {
                return;
            }
        }
    }

    /// <summary>Answers one command. False ends the connection.</summary>
    private async Task<bool> ObeyAsync(string verb, string line, CancellationToken disposed)
    {
        switch (verb)
        {
            case "EHLO":
                ClientName = line.Split(' ', 2).ElementAtOrDefault(1);
                string[] lines = ["scripted.example", .. _server.Capabilities.Where(c => !IsSecure || c != "STARTTLS")];
                var capabilities = string.Join('\n', lines.Select((text, i) => $"250{(i == lines.Length - 1 ? ' ' : '-')}{text}"));
                ForgetEnvelope();
                return await AnswerAsync(SmtpStep.Ehlo, [], capabilities, disposed) is not null;
            case "HELO":
                ForgetEnvelope();
                return await AnswerAsync(SmtpStep.Helo, [], "250 scripted.example", disposed) is not null;
            case "STARTTLS":
                var go = await AnswerAsync(SmtpStep.StartTls, [], "220 2.0.0 ready", disposed);
                return go is not null && (!IsPositive(go) || await StartTlsAsync(disposed));
            case "AUTH":
                return await AuthenticateAsync(line, disposed);
            case "MAIL":
                SenderCommand = line;
                return await BeginEnvelopeAsync(AddressIn(line), disposed);
            case "RCPT":
                return await AddRecipientAsync(AddressIn(line), disposed);
            case "DATA":
                return await ReceiveAsync(disposed);
            case "RSET":
                ForgetEnvelope();
                return await AnswerAsync(SmtpStep.Reset, [], "250 2.0.0 ok", disposed) is not null;
            case "NOOP":
                return await AnswerAsync(SmtpStep.Noop, [], "250 2.0.0 ok", disposed) is not null;
            case "QUIT":
                await AnswerAsync(SmtpStep.Quit, [], "221 2.0.0 bye", disposed);
                return false;
            default:
                await WriteAsync("500 5.5.1 unknown command", disposed);
                return true;
        }
    }

    /// <summary>Does what the script says at this step, else gives <paramref name="usual"/>. Null when the connection is to end.</summary>
    private async Task<string?> AnswerAsync(SmtpStep step, IReadOnlyCollection<string> addresses, string usual, CancellationToken disposed) =>
        await PerformAsync(step, await DecideAsync(step, addresses, disposed), usual, disposed);

    private async Task<SmtpRule?> DecideAsync(SmtpStep step, IReadOnlyCollection<string> addresses, CancellationToken disposed)
    {
        var passed = new List<SmtpRule>();
        while (true)
        {
            var rule = _server.Decide(step, this, addresses, passed);
            if (rule?.Hold is null)
            {
                return rule;
            }

            passed.Add(rule);
            await rule.Hold.WaitAsync(disposed);
        }
    }

    private async Task<string?> PerformAsync(SmtpStep step, SmtpRule? rule, string usual, CancellationToken disposed)
    {
        var reply = rule is null ? usual : rule.Answer;
        var ends = rule is { Ending: not SmtpEnding.GoOn };
        if (ends ? rule!.Ending == SmtpEnding.Close : step == SmtpStep.Quit)
        {
            // Before the reply: a client that has read it may open its next connection at once.
            NoteClosed();
        }

        if (rule?.Bytes is { } bytes)
        {
            do
            {
                await WriteAsync(bytes, disposed);
            }
            while (rule.Ending == SmtpEnding.Flood);
        }
        else if (reply is not null)
        {
            await WriteAsync(reply, disposed);
        }

        _later = rule?.SaidLater;
        switch (rule?.Ending)
        {
            case SmtpEnding.Reset:
                Abort();
                return null;
            case SmtpEnding.Stall:
                await DrainAsync(disposed);
                return null;
            default:
                return ends ? null : reply;
        }
    }

    private async Task<bool> StartTlsAsync(CancellationToken disposed)
    {
        if (await DecideAsync(SmtpStep.TlsHandshake, [], disposed) is { } rule)
        {
            await PerformAsync(SmtpStep.TlsHandshake, rule, "", disposed);
            return false;
        }

        var tls = new SslStream(_stream);
        await tls.AuthenticateAsServerAsync(new SslServerAuthenticationOptions { ServerCertificate = _server.Certificate }, disposed);
        _stream = tls;
        _reader = new SmtpReader(tls);
        IsSecure = true;
        ForgetEnvelope();
        return true;
    }

    private async Task<bool> AuthenticateAsync(string line, CancellationToken disposed)
    {
        var parts = line.Split(' ');
        var mechanism = parts.ElementAtOrDefault(1)?.ToUpperInvariant() ?? "";
        _server.NoteMechanism(mechanism);
        if (await DecideAsync(SmtpStep.AuthenticationCommand, [], disposed) is { } rule)
        {
            return await PerformAsync(SmtpStep.AuthenticationCommand, rule, "", disposed) is not null;
        }

        var first = parts.ElementAtOrDefault(2) ?? await AskAsync(mechanism == "LOGIN" ? "Username:" : "", disposed);
        SmtpLogin login;
        switch (mechanism)
        {
            case "PLAIN" when Decode(first).Split('\0') is [_, var user, var password]:
                login = new SmtpLogin(mechanism, user, password);
                break;
            case "LOGIN":
                login = new SmtpLogin(mechanism, Decode(first), Decode(await AskAsync("Password:", disposed)));
                break;
            case "XOAUTH2" when Decode(first).Split('\u0001') is [var user, var token, ..]:
                login = new SmtpLogin(mechanism, user["user=".Length..], token["auth=Bearer ".Length..]);
                break;
            default:
                await WriteAsync("504 5.5.4 mechanism not known", disposed);
                return true;
        }

        _server.NoteLogin(login);
        var reply = await AnswerAsync(SmtpStep.Authenticate, [login.UserName], "235 2.7.0 welcome", disposed);
        if (reply is not null && IsPositive(reply))
        {
            UserName = login.UserName;
        }

        return reply is not null;
    }

    private async Task<string> AskAsync(string question, CancellationToken disposed)
    {
        await WriteAsync($"334 {Convert.ToBase64String(Encoding.UTF8.GetBytes(question))}", disposed);
        return await _reader.ReadLineAsync(disposed) ?? throw new IOException("The client has left.");
    }

    private async Task<bool> BeginEnvelopeAsync(string address, CancellationToken disposed)
    {
        ForgetEnvelope();
        MessageNumber++;
        var reply = await AnswerAsync(SmtpStep.Sender, [address], "250 2.1.0 ok", disposed);
        if (reply is not null && IsPositive(reply))
        {
            Sender = address;
        }

        return reply is not null;
    }

    private async Task<bool> AddRecipientAsync(string address, CancellationToken disposed)
    {
        if (Sender is null)
        {
            // A client that pipelines says it even after its sender was refused.
            await WriteAsync("503 5.5.1 no sender", disposed);
            return true;
        }

        _server.CountAttempt(address);
        var reply = await AnswerAsync(SmtpStep.Recipient, [address], "250 2.1.5 ok", disposed);
        if (reply is not null && IsPositive(reply))
        {
            _recipients.Add(address);
        }

        return reply is not null;
    }

    private async Task<bool> ReceiveAsync(CancellationToken disposed)
    {
        if (_recipients.Count == 0)
        {
            await WriteAsync("503 5.5.1 no recipients", disposed);
            return true;
        }

        var go = await AnswerAsync(SmtpStep.Data, _recipients, "354 go on", disposed);
        if (go is null || !go.StartsWith("354", StringComparison.Ordinal))
        {
            return go is not null;
        }

        if (_later is not null && await _reader.WaitAsync(disposed))
        {
            await SayLaterAsync(disposed);
        }

        if (await _reader.ReadBodyAsync(disposed) is not { } body)
        {
            return false;
        }

        var call = _server.Counter?.BeforeCall($"SMTP BODY {string.Join(',', _recipients)}");
        var rule = await DecideAsync(SmtpStep.Body, _recipients, disposed);
        if (rule is null || rule.Accepts)
        {
            _server.Accept(new ReceivedMail(Sender!, [.. _recipients], body, ConnectionNumber) { ConnectedAt = _connectedAt, AcceptedAt = DateTimeOffset.UtcNow, ReplyLost = rule is { Ending: not SmtpEnding.GoOn } });
        }

        if (call is { } number)
        {
            _server.Counter?.AfterCall(number);
        }

        var reply = await PerformAsync(SmtpStep.Body, rule, "250 2.0.0 queued", disposed);
        ForgetEnvelope();
        return reply is not null;
    }

    private void ForgetEnvelope()
    {
        Sender = null;
        _recipients.Clear();
    }

    private async Task SayLaterAsync(CancellationToken disposed)
    {
        if (_later is { } later)
        {
            _later = null;
            await WriteAsync(later, disposed);
        }
    }

    private Task WriteAsync(string reply, CancellationToken disposed) => WriteAsync(Encoding.UTF8.GetBytes(reply.ReplaceLineEndings("\r\n") + "\r\n"), disposed);

    private async Task WriteAsync(byte[] bytes, CancellationToken disposed)
    {
        await _stream.WriteAsync(bytes, disposed);
        await _stream.FlushAsync(disposed);
    }

    private static bool IsPositive(string reply) => reply is ['2', ..];

    private static string Decode(string base64) => Encoding.UTF8.GetString(Convert.FromBase64String(base64));

    private static string AddressIn(string line)
    {
        var start = line.IndexOf('<', StringComparison.Ordinal) + 1;
        var end = line.IndexOf('>', StringComparison.Ordinal);
        return start > 0 && end >= start ? line[start..end] : throw new IOException(string.Create(CultureInfo.InvariantCulture, $"No address: {line}"));
    }
}
