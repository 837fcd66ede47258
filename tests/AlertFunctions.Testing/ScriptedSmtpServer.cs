using System.Collections.Immutable;
using System.Net;
using System.Net.Sockets;
using System.Runtime.CompilerServices;
using System.Security.Cryptography.X509Certificates;

namespace AlertFunctions.Testing;

/// <summary>
/// An SMTP server on loopback that accepts everything, but for what its script says otherwise, and keeps account of what it was asked. The
/// script may change at any time.
/// </summary>
public sealed class ScriptedSmtpServer : IAsyncDisposable
{
    private readonly Lock _gate = new();
    private readonly CancellationTokenSource _disposed = new();
    private readonly ChangeSignal _changed = new();
    private readonly List<SmtpRule> _rules = [];
    private readonly List<SmtpSession> _open = [];
    private readonly List<Task> _running = [];
    private readonly List<ReceivedMail> _accepted = [];
    private readonly List<SmtpLogin> _logins = [];
    private readonly List<string> _mechanisms = [];
    private readonly Dictionary<string, int> _commands = new(StringComparer.OrdinalIgnoreCase);
    private readonly Dictionary<string, int> _attempts = new(StringComparer.OrdinalIgnoreCase);

    // A port that is bound and not listened on refuses connections, and nobody else gets it: neither while the server is stopped, nor in between.
    private readonly Socket _reservation = Bind(0);
    private Socket? _listener;
    private int _connections;
    private int _maxOpen;

    /// <summary>Listens from now on.</summary>
    public ScriptedSmtpServer()
    {
        Port = ((IPEndPoint)_reservation.LocalEndPoint!).Port;
        StartListening();
    }

    public static string Host => "127.0.0.1";

    public int Port { get; }

    /// <summary>What EHLO offers. STARTTLS is left out once TLS is on.</summary>
    public ImmutableArray<string> Capabilities { get; set; } = ["PIPELINING", "SIZE 36700160", "8BITMIME", "SMTPUTF8"];

    /// <summary>Whether TLS begins with the connection, as on port 465.</summary>
    public bool ImplicitTls { get; set; }

    /// <summary>What the server shows in a TLS handshake.</summary>
    public X509Certificate2 Certificate { get; set; } = TestCertificate.Loopback;

    /// <summary>
    /// The counter of a client that may die. Each body is one call, labelled <c>SMTP BODY recipient</c>: a client that dies before it has
    /// not delivered, one that dies after it has. The connections of a dead client break.
    /// </summary>
    public CallCounter? Counter { get; set; }

    /// <summary>How many connections were accepted so far.</summary>
    public int Connections => Read(() => _connections);

    /// <summary>How many are open. One ends for the server with its answer to QUIT, or when either side closes it.</summary>
    public int OpenConnections => Read(() => _open.Count);

    /// <summary>The most that were open at the same time.</summary>
    public int MaxOpenConnections => Read(() => _maxOpen);

    /// <summary>The messages the server decided to accept, whether or not its reply arrived, in that order.</summary>
    public IReadOnlyList<ReceivedMail> Accepted => Read(() => _accepted.ToArray());

    /// <summary>The credentials that were shown, right or wrong.</summary>
    public IReadOnlyList<SmtpLogin> Logins => Read(() => _logins.ToArray());

    /// <summary>The mechanism of each AUTH, in that order.</summary>
    public IReadOnlyList<string> Mechanisms => Read(() => _mechanisms.ToArray());

    /// <summary>How often a command was given: <c>server.CountOf("RSET")</c>.</summary>
    public int CountOf(string verb) => Read(() => _commands.GetValueOrDefault(verb));

    /// <summary>How often mail for that address was offered, RCPT TO after an accepted MAIL FROM.</summary>
    public int AttemptsFor(string address) => Read(() => _attempts.GetValueOrDefault(address));

    /// <summary>Begins a sentence of the script. For the body and DATA an address is one of the envelope's recipients.</summary>
    public SmtpRule On(SmtpStep step, string? address = null) => new(this, step, address);

    /// <summary>Takes the whole script back: the server accepts everything again.</summary>
    public void ForgetScript()
    {
        lock (_gate)
        {
            _rules.Clear();
        }
    }

    /// <summary>The server is dead: its connections break and new ones are refused.</summary>
    public void StopListening()
    {
        SmtpSession[] sessions;
        lock (_gate)
        {
            _listener?.CloseListener();
            _listener = null;
            sessions = [.. _open];
        }

        foreach (var session in sessions)
        {
            session.Abort();
        }
    }

    /// <summary>The server is back, on the same port.</summary>
    public void StartListening()
    {
        lock (_gate)
        {
            if (_listener is null)
            {
                _listener = Bind(Port);
                _listener.Listen();
                _running.Add(AcceptAsync(_listener));
            }
        }
    }

    /// <summary>Waits until at least <paramref name="count"/> messages were accepted, and returns them all.</summary>
    public async Task<IReadOnlyList<ReceivedMail>> WaitForAcceptedAsync(int count, TimeSpan? timeout = null)
    {
        await _changed.WaitUntilAsync(() => Accepted.Count >= count, $"{count} accepted message(s)", Describe, timeout);
        return Accepted;
    }

    /// <summary>Waits for any other state of this server: <c>server.WaitUntilAsync(() => server.OpenConnections == 0)</c>.</summary>
    public Task WaitUntilAsync(Func<bool> condition, TimeSpan? timeout = null, [CallerArgumentExpression(nameof(condition))] string what = "") =>
        _changed.WaitUntilAsync(condition, what, Describe, timeout);

    public async ValueTask DisposeAsync()
    {
        await _disposed.CancelAsync();
        StopListening();
        _reservation.Dispose();
        await Task.WhenAll(Read(() => _running.ToArray()));
        _disposed.Dispose();
    }

    internal void Add(SmtpRule rule)
    {
        lock (_gate)
        {
            _rules.Add(rule);
        }
    }

    internal void Remove(SmtpRule rule)
    {
        lock (_gate)
        {
            _rules.Remove(rule);
        }
    }

    internal SmtpRule? Decide(SmtpStep step, SmtpSession session, IEnumerable<string> addresses, IEnumerable<SmtpRule> except) =>
        Read(() => _rules.FindLast(rule => !except.Contains(rule) && rule.Takes(step, session, addresses)));

    internal void CountCommand(string verb) => Change(() => _commands[verb] = _commands.GetValueOrDefault(verb) + 1);

    internal void CountAttempt(string address) => Change(() => _attempts[address] = _attempts.GetValueOrDefault(address) + 1);

    /// <summary>Lets go of the accepted messages, for a test that measures memory.</summary>
    public void ForgetAccepted() => Change(_accepted.Clear);

    internal void Accept(ReceivedMail mail) => Change(() => _accepted.Add(mail));

    internal void NoteMechanism(string mechanism) => Change(() => _mechanisms.Add(mechanism));

    internal void NoteLogin(SmtpLogin login) => Change(() => _logins.Add(login));

    internal void NoteClosed(SmtpSession session) => Change(() => _open.Remove(session));

    private static Socket Bind(int port)
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        socket.Bind(new IPEndPoint(IPAddress.Loopback, port));
        return socket;
    }

    private async Task AcceptAsync(Socket listener)
    {
        while (true)
        {
            Socket socket;
            try
            {
                socket = await listener.AcceptAsync(_disposed.Token);
            }
            catch (Exception e) when (e is SocketException or ObjectDisposedException or OperationCanceledException)
            {
                return;
            }

            socket.NoDelay = true;

            // A client that sends more than this and its own buffer waits until the server reads: systems give up to 32 MiB unasked.
            socket.ReceiveBufferSize = 256 * 1024;
            Change(() =>
            {
                var session = new SmtpSession(this, socket, ++_connections);

                // A client that has closed one connection and opened the next holds one, even if the news of the first has not been read yet.
                _maxOpen = Math.Max(_maxOpen, _open.Count(other => !other.ClientHasLeft) + 1);
                _open.Add(session);
                _running.RemoveAll(task => task.IsCompleted);
                _running.Add(Task.Run(() => session.ServeAsync(_disposed.Token)));
            });
        }
    }

    private string Describe() => Read(() =>
        $"Accepted {_accepted.Count}, connections {_connections}, open {_open.Count}, commands: {string.Join(", ", _commands.Select(c => $"{c.Key} {c.Value}"))}.");

    private T Read<T>(Func<T> read)
    {
        lock (_gate)
        {
            return read();
        }
    }

    private void Change(Action change)
    {
        lock (_gate)
        {
            change();
        }

        _changed.Raise();
    }
}

/// <summary>Credentials as a client has shown them; the secret is a password or a token.</summary>
public sealed record SmtpLogin(string Mechanism, string UserName, string Secret);
