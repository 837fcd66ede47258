using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using AlertFunctions.Testing;
using MailKit;
using MailKit.Net.Smtp;
using MailKit.Security;
using MimeKit;

namespace AlertFunctions.Tests.Infrastructure;

public sealed class ScriptedSmtpServerTests : IAsyncDisposable
{
    private readonly ScriptedSmtpServer _server = new();

    public async ValueTask DisposeAsync() => await _server.DisposeAsync();

    [Fact]
    public async Task A_message_arrives_as_it_was_sent()
    {
        using var client = await ConnectAsync();
        var sent = Mail("件名", ".a line that begins with a dot\r\n..\r\n.\r\nend");
        await SendAsync(client, sent, "ops@example.com");
        await client.DisconnectAsync(quit: true);

        var accepted = Assert.Single(await _server.WaitForAcceptedAsync(1));
        Assert.Equal("alerts@example.com", accepted.Sender);
        Assert.Equal("ops@example.com", accepted.Recipient);
        Assert.Equal(sent.MessageId, accepted.MessageId);
        Assert.Equal("件名", accepted.Message.Subject);
        Assert.Equal(sent.TextBody?.Trim(), accepted.Message.TextBody?.Trim());
        Assert.Equal(1, _server.CountOf("QUIT"));
        Assert.Equal(1, _server.AttemptsFor("OPS@example.com"));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_refused_recipient_does_not_keep_the_connection_from_the_next(bool pipelining)
    {
        _server.Capabilities = pipelining ? ["PIPELINING"] : [];
        _server.On(SmtpStep.Recipient, "dead@example.com").Reply("550 5.1.1 no such user");
        using var client = await ConnectAsync();
        var refused = await Assert.ThrowsAsync<SmtpCommandException>(() => SendAsync(client, Mail(), "dead@example.com"));
        await SendAsync(client, Mail(), "ops@example.com");

        Assert.Equal(SmtpErrorCode.RecipientNotAccepted, refused.ErrorCode);
        Assert.Equal(550, (int)refused.StatusCode);
        Assert.Equal("ops@example.com", Assert.Single(_server.Accepted).Recipient);
        Assert.Equal(1, _server.CountOf("RSET"));
        Assert.Equal(1, _server.Connections);
    }

    [Fact]
    public async Task A_stalled_greeting_never_answers()
    {
        var rule = _server.On(SmtpStep.Greeting).Stall();
        using var client = new SmtpClient();
        using var impatience = new CancellationTokenSource();
        var connecting = client.ConnectAsync(ScriptedSmtpServer.Host, _server.Port, SecureSocketOptions.None, impatience.Token);
        await rule.Reached;
        Assert.False(connecting.IsCompleted);

        await impatience.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => connecting);
        await _server.WaitUntilAsync(() => _server.OpenConnections == 0);
    }

    [Fact]
    public async Task A_greeting_may_refuse_be_garbage_or_not_come()
    {
        _server.On(SmtpStep.Greeting).OnConnection(1).Reply("554 5.3.2 go away");
        _server.On(SmtpStep.Greeting).OnConnection(2).Reply("HTTP/1.1 400 Bad Request");
        _server.On(SmtpStep.Greeting).OnConnection(3).Close();

        Assert.Equal(554, (int)(await Assert.ThrowsAsync<SmtpCommandException>(ConnectAsync)).StatusCode);
        await Assert.ThrowsAsync<SmtpProtocolException>(ConnectAsync);
        await Assert.ThrowsAsync<SmtpProtocolException>(ConnectAsync);
        using var fourth = await ConnectAsync();
    }

    [Fact]
    public async Task A_reset_is_a_reset()
    {
        _server.On(SmtpStep.Sender).Abort();
        using var client = await ConnectAsync();
        var lost = await Assert.ThrowsAsync<IOException>(() => SendAsync(client, Mail(), "ops@example.com"));
        Assert.Equal(SocketError.ConnectionReset, Assert.IsType<SocketException>(lost.InnerException).SocketErrorCode);
    }

    [Fact]
    public async Task A_last_reply_arrives_even_though_more_was_said()
    {
        _server.On(SmtpStep.Sender).ReplyAndClose("421 4.3.2 closing");
        using var client = await ConnectAsync();
        var refused = await Assert.ThrowsAsync<SmtpCommandException>(() => SendAsync(client, Mail(), "ops@example.com"));
        Assert.Equal(421, (int)refused.StatusCode);
    }

    [Fact]
    public async Task A_body_may_be_refused_or_lost_or_delivered_without_a_reply()
    {
        _server.On(SmtpStep.Body, "refused@example.com").Reply("554 5.7.1 spam");
        _server.On(SmtpStep.Body, "lost@example.com").Close();
        _server.On(SmtpStep.Body, "delivered@example.com").AcceptAndClose();
        using var client = await ConnectAsync();
        await Assert.ThrowsAsync<SmtpCommandException>(() => SendAsync(client, Mail(), "refused@example.com"));
        await Assert.ThrowsAsync<SmtpProtocolException>(() => SendAsync(client, Mail(), "lost@example.com"));
        using var next = await ConnectAsync();
        await Assert.ThrowsAsync<SmtpProtocolException>(() => SendAsync(next, Mail(), "delivered@example.com"));

        Assert.Equal("delivered@example.com", Assert.Single(_server.Accepted).Recipient);
    }

    [Fact]
    public async Task A_held_step_goes_on_when_it_is_let_go()
    {
        var letGo = new TaskCompletionSource();
        var rule = _server.On(SmtpStep.Data).Once().HoldUntil(letGo.Task);
        using var client = await ConnectAsync();
        var sending = SendAsync(client, Mail(), "ops@example.com");
        await rule.Reached;
        Assert.Empty(_server.Accepted);

        letGo.SetResult();
        await sending;
        Assert.Single(_server.Accepted);
    }

    [Fact]
    public async Task The_newest_rule_decides_as_often_as_it_says()
    {
        _server.On(SmtpStep.Recipient).Reply("450 4.2.1 later");
        _server.On(SmtpStep.Recipient).After(1).Once().Reply("550 5.1.1 never");
        using var client = await ConnectAsync();
        var codes = new List<int>();
        for (var i = 0; i < 3; i++)
        {
            codes.Add((int)(await Assert.ThrowsAsync<SmtpCommandException>(() => SendAsync(client, Mail(), "ops@example.com"))).StatusCode);
        }

        _server.ForgetScript();
        await SendAsync(client, Mail(), "ops@example.com");
        Assert.Equal([450, 550, 450], codes);
        Assert.Equal(4, _server.AttemptsFor("ops@example.com"));
    }

    [Theory]
    [InlineData("PLAIN")]
    [InlineData("LOGIN")]
    [InlineData("XOAUTH2")]
    public async Task Credentials_are_seen_and_may_be_refused(string mechanism)
    {
        _server.Capabilities = ["AUTH " + mechanism];
        _server.On(SmtpStep.Authenticate, "someone").Reply("535 5.7.8 no");
        using var client = await ConnectAsync();
        await Assert.ThrowsAsync<AuthenticationException>(() => LogInAsync(client, mechanism, "someone"));
        await LogInAsync(client, mechanism, "alerts");

        Assert.Equal([new SmtpLogin(mechanism, "someone", "s3cret"), new SmtpLogin(mechanism, "alerts", "s3cret")], _server.Logins);
    }

    [Fact]
    public async Task A_session_knows_who_has_logged_in()
    {
        _server.On(SmtpStep.Sender).When(session => session.UserName is null).Reply("530 5.7.0 authentication required");
        using var client = await ConnectAsync();
        await Assert.ThrowsAsync<ServiceNotAuthenticatedException>(() => SendAsync(client, Mail(), "ops@example.com"));
    }

    [Theory]
    [InlineData(SecureSocketOptions.StartTls)]
    [InlineData(SecureSocketOptions.SslOnConnect)]
    public async Task Mail_goes_over_real_TLS(SecureSocketOptions security)
    {
        _server.Capabilities = ["PIPELINING", "STARTTLS"];
        _server.ImplicitTls = security == SecureSocketOptions.SslOnConnect;
        using var client = new SmtpClient
        {
            ServerCertificateValidationCallback = (_, certificate, _, _) => _server.Certificate.RawDataMemory.Span.SequenceEqual(certificate!.GetRawCertData()),
        };
        await client.ConnectAsync(ScriptedSmtpServer.Host, _server.Port, security);
        Assert.True(client.IsSecure);
        await SendAsync(client, Mail(), "ops@example.com");
        await client.DisconnectAsync(quit: true);
        Assert.Single(_server.Accepted);
    }

    [Fact]
    public async Task TLS_may_be_refused_distrusted_or_broken()
    {
        _server.Capabilities = ["STARTTLS"];
        _server.On(SmtpStep.StartTls).OnConnection(1).Reply("454 4.7.0 TLS not available");
        _server.On(SmtpStep.TlsHandshake).OnConnection(2).Reply("this is no handshake");
        _server.On(SmtpStep.TlsHandshake).OnConnection(3).Close();

        Assert.Equal(454, (int)(await Assert.ThrowsAsync<SmtpCommandException>(StartTlsAsync)).StatusCode);
        await Assert.ThrowsAsync<SslHandshakeException>(StartTlsAsync);
        await Assert.ThrowsAsync<SslHandshakeException>(StartTlsAsync);
        await Assert.ThrowsAsync<SslHandshakeException>(StartTlsAsync);
        Assert.Equal(4, _server.Connections);

        async Task StartTlsAsync()
        {
            using var client = new SmtpClient();
            await client.ConnectAsync(ScriptedSmtpServer.Host, _server.Port, SecureSocketOptions.StartTls);
        }
    }

    [Fact]
    public async Task A_dead_server_refuses_connections_and_comes_back_on_its_port()
    {
        using var client = await ConnectAsync();
        _server.StopListening();
        await Assert.ThrowsAnyAsync<IOException>(() => SendAsync(client, Mail(), "ops@example.com"));
        var refused = await Assert.ThrowsAsync<SocketException>(ConnectAsync);
        Assert.Equal(SocketError.ConnectionRefused, refused.SocketErrorCode);

        _server.StartListening();
        using var next = await ConnectAsync();
        await SendAsync(next, Mail(), "ops@example.com");
        Assert.Single(_server.Accepted);
    }

    [Fact]
    public async Task Nobody_gets_the_port_of_a_server_while_it_stops_and_starts()
    {
        using var ended = new CancellationTokenSource();
        Task<bool> somebody = Task.Run(() =>
        {
            bool got = false;
            while (!got && !ended.IsCancellationRequested)
            {
                // One that shares no port, as the one that the system chooses for a connection.
                using var other = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Unspecified);
                try
                {
                    other.Bind(new IPEndPoint(IPAddress.Loopback, _server.Port));
                    got = true;
                }
                catch (SocketException)
                {
                    // It is taken.
                }
            }

            return got;
        });
        for (int time = 0; time < 2_000; time++)
        {
            _server.StopListening();
            _server.StartListening();
        }

        await ended.CancelAsync();
        Assert.False(await somebody);
    }

    [Fact]
    public async Task A_server_comes_back_while_processes_are_started_which_have_its_sockets_for_a_moment()
    {
        using var ended = new CancellationTokenSource();
        Task[] starting = [.. Enumerable.Range(0, 2).Select(_ => Task.Run(() =>
        {
            while (!ended.IsCancellationRequested)
            {
                using var process = Process.Start(new ProcessStartInfo("git", "--version") { RedirectStandardOutput = true, UseShellExecute = false });
                process!.WaitForExit();
            }
        }))];
        try
        {
            for (int time = 0; time < 2_000; time++)
            {
                _server.StopListening();
                _server.StartListening();
            }
        }
        finally
        {
            await ended.CancelAsync();
            await Task.WhenAll(starting);
        }

        await (await ConnectAsync()).DisconnectAsync(quit: true);
    }

    [Fact]
    public async Task Connections_are_counted_while_they_are_open()
    {
        using (var first = await ConnectAsync())
        using (var second = await ConnectAsync())
        {
            Assert.Equal(2, _server.OpenConnections);
            await first.DisconnectAsync(quit: true);
            Assert.Equal(1, _server.OpenConnections);
        }

        for (var i = 0; i < 20; i++)
        {
            using var client = await ConnectAsync();
        }

        await _server.WaitUntilAsync(() => _server.OpenConnections == 0);
        Assert.Equal(2, _server.MaxOpenConnections);
        Assert.Equal(22, _server.Connections);
    }

    [Fact]
    public async Task A_client_may_die_before_or_after_its_mail_is_accepted()
    {
        _server.Counter = new CallCounter().StopAfter(2);
        using var client = await ConnectAsync();
        await SendAsync(client, Mail(), "one@example.com");
        await Assert.ThrowsAnyAsync<IOException>(() => SendAsync(client, Mail(), "two@example.com"));
        await Assert.ThrowsAnyAsync<Exception>(ConnectAsync);
        Assert.Equal(["one@example.com", "two@example.com"], _server.Accepted.Select(mail => mail.Recipient));

        _server.Counter = new CallCounter().StopBefore(1);
        using var next = await ConnectAsync();
        await Assert.ThrowsAnyAsync<IOException>(() => SendAsync(next, Mail(), "three@example.com"));
        Assert.Equal(2, _server.Accepted.Count);
    }

    [Fact]
    public async Task A_wait_in_vain_says_what_there_was()
    {
        using var client = await ConnectAsync();
        await SendAsync(client, Mail(), "ops@example.com");
        var vain = await Assert.ThrowsAsync<TimeoutException>(() => _server.WaitForAcceptedAsync(2, TimeSpan.FromMilliseconds(1)));
        Assert.Contains("2 accepted message(s)", vain.Message, StringComparison.Ordinal);
        Assert.Contains("Accepted 1", vain.Message, StringComparison.Ordinal);
    }

    private static MimeMessage Mail(string subject = "subject", string text = "text")
    {
        var message = new MimeMessage { Subject = subject, Body = new TextPart("plain") { Text = text } };
        message.From.Add(new MailboxAddress("", "alerts@example.com"));
        return message;
    }

    private static Task<string> SendAsync(SmtpClient client, MimeMessage message, string recipient) =>
        client.SendAsync(message, new MailboxAddress("", "alerts@example.com"), [new MailboxAddress("", recipient)]);

    private static Task LogInAsync(SmtpClient client, string mechanism, string userName) => mechanism == "XOAUTH2"
        ? client.AuthenticateAsync(new SaslMechanismOAuth2(userName, "s3cret"))
        : client.AuthenticateAsync(userName, "s3cret");

    private async Task<SmtpClient> ConnectAsync()
    {
        var client = new SmtpClient();
        try
        {
            await client.ConnectAsync(ScriptedSmtpServer.Host, _server.Port, SecureSocketOptions.None);
            return client;
        }
        catch
        {
            client.Dispose();
            throw;
        }
    }
}
