using System.Net.Sockets;
using AlertFunctions.Core.Mail.Smtp;
using AlertFunctions.Core.Settings;
using AlertFunctions.Core.Texts;
using AlertFunctions.Testing;
using MailKit.Net.Smtp;
using MailKit.Security;
using MimeKit;
using SmtpStep = AlertFunctions.Testing.SmtpStep;

namespace AlertFunctions.Tests.Mail;

/// <summary>One connection to the mail server: what counts as delivered, how long it waits, and what of it is whose failure.</summary>
public sealed class SmtpTransportTests : IAsyncDisposable
{
    private static readonly TimeSpan s_soon = TimeSpan.FromSeconds(20);
    private static readonly MailboxAddress s_recipient = new("", "ops@example.com");

    private readonly ScriptedSmtpServer _server = new() { Capabilities = ["8BITMIME"] };

    public async ValueTask DisposeAsync() => await _server.DisposeAsync();

    [Theory]
    [InlineData(SmtpSecurity.None)]
    [InlineData(SmtpSecurity.Tls)]
    public async Task Any_2xx_to_MAIL_FROM_to_RCPT_TO_and_to_the_body_is_a_yes(SmtpSecurity security)
    {
        await using ISmtpConnection connection = await ConnectAsync(security);
        for (int code = 200; code < 300; code++)
        {
            _server.ForgetScript();
            _server.On(SmtpStep.Sender).Reply($"{code} ok");
            _server.On(SmtpStep.Recipient).Reply($"{code} ok");
            _server.On(SmtpStep.Body).Reply($"{code}-2.0.0 queued\n{code} 2.0.0 as 4711");

            SmtpSendResult sent = await SendAsync(connection);

            Assert.Null(sent.Failure);
            Assert.Equal($"{code}-2.0.0 queued\n{code} 2.0.0 as 4711", sent.Reply);
        }

        Assert.Equal((100, 1), (_server.Accepted.Count, _server.Connections));
    }

    [Theory]
    [InlineData(SmtpStep.Greeting, 554)]
    [InlineData(SmtpStep.Sender, 550)]
    [InlineData(SmtpStep.Recipient, 450)]
    [InlineData(SmtpStep.Data, 554)]
    [InlineData(SmtpStep.Body, 452)]
    [InlineData(SmtpStep.Body, 259)]
    public async Task However_it_is_torn_the_reply_that_is_reported_is_the_one_that_MailKit_took(SmtpStep step, int code)
    {
        _server.On(step).Reply($"{code}-2.0.0 語\n{code} 2.0.0 語");
        var transcript = new SmtpTranscript(TimeProvider.System);
        using var client = new SmtpClient(transcript);
        using var socket = new Socket(SocketType.Stream, ProtocolType.Tcp);
        await socket.ConnectAsync(ScriptedSmtpServer.Host, _server.Port, TestContext.Current.CancellationToken);
        await using var stream = new TornStream(socket, transcript);
        using MimeMessage message = SmtpConversationTests.Message();

        SmtpCommandException? thrown = null;
        try
        {
            await client.ConnectAsync(stream, ScriptedSmtpServer.Host, _server.Port, SecureSocketOptions.None, TestContext.Current.CancellationToken);
            await client.SendAsync(message, new MailboxAddress("", "alerts@example.com"), [s_recipient], TestContext.Current.CancellationToken);
        }
        catch (SmtpCommandException exception)
        {
            thrown = exception;
        }

        Assert.Equal((code, $"{code}-2.0.0 語\n{code} 2.0.0 語"), (transcript.Code, transcript.Reply));
        Assert.Equal(code < 300 ? null : code, (int?)thrown?.StatusCode);
    }

    [Theory]
    [InlineData(SmtpSecurity.None, "250 queued", -1)]
    [InlineData(SmtpSecurity.Tls, "250 queued", -1)]
    [InlineData(SmtpSecurity.None, "554 too big", 554)]
    [InlineData(SmtpSecurity.Tls, "554 too big", 554)]
    public async Task What_is_said_in_the_middle_of_the_body_delivers_nothing(SmtpSecurity security, string said, int code)
    {
        // More than the buffers on the way hold, so that the client is still sending when the server speaks.
        _server.On(SmtpStep.Data).AndLater(said).Reply("354 go on");
        _server.On(SmtpStep.Body).Reply("554 5.7.1 spam");
        await using ISmtpConnection connection = await ConnectAsync(security);
        using MimeMessage message = SmtpConversationTests.Message(string.Concat(Enumerable.Repeat(new string('x', 900) + "\r\n", 10_000)));

        SmtpFailure failure = (await connection.SendAsync(message, s_recipient, TestContext.Current.CancellationToken)).Failure!;

        Assert.Equal((code < 0 ? SmtpFailureKind.Refused : SmtpFailureKind.NotAccepted, code), (failure.Kind, failure.Code));
        Assert.Equal((false, true, code < 0), (failure.OfServer, failure.ConnectionLost, failure.OutcomeUnknown));
    }

    [Fact]
    public async Task A_connection_that_ends_before_the_body_is_through_has_a_known_outcome()
    {
        _server.On(SmtpStep.Data).ReplyAndClose("354 go on\n250 early");
        await using ISmtpConnection connection = await ConnectAsync();

        SmtpFailure failure = (await SendAsync(connection)).Failure!;

        Assert.Equal((SmtpFailureKind.Refused, -1, true, false), (failure.Kind, failure.Code, failure.ConnectionLost, failure.OutcomeUnknown));
    }

    [Fact]
    public async Task A_connection_on_which_the_server_spoke_between_two_mails_is_replaced()
    {
        _server.On(SmtpStep.Body).Once().Reply("250 queued\n421 closing");
        await using ISmtpConnection connection = await ConnectAsync();
        Assert.Null((await SendAsync(connection)).Failure);

        SmtpFailure failure = (await SendAsync(connection)).Failure!;

        Assert.Equal((true, true), (failure.OfServer, failure.ConnectionLost));
        Assert.Single(_server.Accepted);
    }

    [Theory]
    [InlineData(5, 50)]
    [InlineData(30, 300)]
    [InlineData(60, 600)]
    [InlineData(120, 600)]
    public async Task The_reply_to_the_body_may_take_ten_times_as_long_as_all_before_it_but_not_more_than_ten_minutes(int timeout, int bodyTimeout)
    {
        var clock = new FakeClock();
        SmtpRule stalls = _server.On(SmtpStep.Body).Stall();
        await using ISmtpConnection connection = await ConnectAsync(clock: clock, timeout: timeout);
        Task<SmtpSendResult> sending = SendAsync(connection);
        await stalls.Reached.WaitAsync(s_soon, TestContext.Current.CancellationToken);
        await clock.WaitForPauseAsync(TimeSpan.FromSeconds(bodyTimeout), bodyTimeout == timeout ? 2 : 1);

        clock.Advance(TimeSpan.FromSeconds(bodyTimeout) - TimeSpan.FromMilliseconds(1));
        Assert.False(sending.IsCompleted);
        clock.Advance(TimeSpan.FromMilliseconds(1));

        SmtpFailure failure = (await sending.WaitAsync(s_soon, TestContext.Current.CancellationToken)).Failure!;
        Assert.Equal((SmtpFailureKind.Refused, -1, true), (failure.Kind, failure.Code, failure.OutcomeUnknown));
        Assert.EndsWith("no answer in time", failure.Reply, StringComparison.Ordinal);
    }

    [Fact]
    public async Task After_the_reply_to_the_body_the_deadline_is_the_usual_one()
    {
        var clock = new FakeClock();
        _server.On(SmtpStep.Body).Reply("550 5.7.1 spam");
        SmtpRule stalls = _server.On(SmtpStep.Reset).Stall();
        await using ISmtpConnection connection = await ConnectAsync(clock: clock);
        Task<SmtpSendResult> sending = SendAsync(connection);
        await stalls.Reached.WaitAsync(s_soon, TestContext.Current.CancellationToken);

        clock.Advance(TimeSpan.FromSeconds(30));

        SmtpFailure failure = (await sending.WaitAsync(s_soon, TestContext.Current.CancellationToken)).Failure!;
        Assert.Equal((SmtpFailureKind.NotAccepted, 550, true, false), (failure.Kind, failure.Code, failure.ConnectionLost, failure.ConversationLost));
    }

    [Theory]
    [InlineData(SmtpStep.Recipient, false)]
    [InlineData(SmtpStep.Body, true)]
    public async Task Who_gives_up_is_obeyed_at_once(SmtpStep step, bool unknown)
    {
        SmtpRule stalls = _server.On(step).Stall();
        await using ISmtpConnection connection = await ConnectAsync(clock: new FakeClock());
        using var givesUp = new CancellationTokenSource();
        using MimeMessage message = SmtpConversationTests.Message();
        Task<SmtpSendResult> sending = connection.SendAsync(message, s_recipient, givesUp.Token);
        await stalls.Reached.WaitAsync(s_soon, TestContext.Current.CancellationToken);

        await givesUp.CancelAsync();

        SmtpFailure failure = (await sending.WaitAsync(s_soon, TestContext.Current.CancellationToken)).Failure!;
        Assert.Equal((SmtpFailureKind.Refused, -1, unknown), (failure.Kind, failure.Code, failure.OutcomeUnknown));
    }

    [Theory]
    [InlineData(SmtpSecurity.Tls, "NTLM GSSAPI CRAM-MD5 SCRAM-SHA-256 LOGIN PLAIN", "PLAIN")]
    [InlineData(SmtpSecurity.Tls, "NTLM CRAM-MD5 SCRAM-SHA-256 LOGIN", "LOGIN")]
    [InlineData(SmtpSecurity.Tls, "CRAM-MD5 DIGEST-MD5 SCRAM-SHA-256", "SCRAM-SHA-256")]
    [InlineData(SmtpSecurity.Tls, "NTLM CRAM-MD5", "CRAM-MD5")]
    [InlineData(SmtpSecurity.None, "NTLM PLAIN LOGIN CRAM-MD5 SCRAM-SHA-256", "SCRAM-SHA-256")]
    [InlineData(SmtpSecurity.None, "PLAIN LOGIN CRAM-MD5", "CRAM-MD5")]
    [InlineData(SmtpSecurity.None, "GSSAPI LOGIN", "LOGIN")]
    public async Task A_wrong_password_is_one_sign_in_however_many_ways_the_server_offers(SmtpSecurity security, string offered, string chosen)
    {
        _server.ImplicitTls = security == SmtpSecurity.Tls;
        _server.Capabilities = [$"AUTH {offered}"];
        _server.On(SmtpStep.AuthenticationCommand).Reply("535 5.7.8 wrong");

        SmtpConnectResult connected = await SmtpConversationTests.Transport(_server, security, SmtpAuthentication.Password).ConnectAsync(TestContext.Current.CancellationToken);

        Assert.Equal((SmtpFailureKind.Refused, 535, "535 5.7.8 wrong"), (connected.Failure!.Kind, connected.Failure.Code, connected.Failure.Reply));
        Assert.Equal([chosen], _server.Mechanisms);
        Assert.Equal(1, _server.Connections);
    }

    [Theory]
    [InlineData("NTLM GSSAPI", "NTLM, GSSAPI")]
    [InlineData("", "–")]
    public async Task A_server_that_offers_no_way_to_sign_in_that_we_use_is_not_asked(string offered, string told)
    {
        _server.Capabilities = offered.Length == 0 ? ["8BITMIME"] : [$"AUTH {offered}"];

        SmtpConnectResult connected = await SmtpConversationTests.Transport(_server, SmtpSecurity.None, SmtpAuthentication.Password).ConnectAsync(TestContext.Current.CancellationToken);

        Assert.Equal((SmtpFailureKind.Refused, -1), (connected.Failure!.Kind, connected.Failure.Code));
        Assert.Equal($"The server offers no way to sign in that is supported (SCRAM-SHA-256, CRAM-MD5, PLAIN, LOGIN). It offers: {told}", connected.Failure.Text(MailCulture.En));
        Assert.Equal((SmtpPhase.Authenticate, false), (connected.Steps[^1].Phase, connected.Steps[^1].Succeeded));
        Assert.Empty(_server.Mechanisms);
    }

    [Theory]
    [InlineData("NTLM", "334 ")]
    [InlineData("NTLM", "334 AAAA")]
    [InlineData("CRAM-MD5", "334 ")]
    [InlineData("SCRAM-SHA-256", "334 ")]
    [InlineData("PLAIN", "334 ")]
    [InlineData("LOGIN", "334 ")]
    [InlineData("NTLM", "334 TlRMTVNTUAACAAAA")]
    [InlineData("NTLM", "334 what?")]
    [InlineData("CRAM-MD5", "334 what?")]
    [InlineData("DIGEST-MD5", "334 AAAA")]
    [InlineData("SCRAM-SHA-256", "334 AAAA")]
    [InlineData("LOGIN", "334-a\n535 b")]
    public async Task Whatever_a_server_does_to_the_sign_in_the_request_is_refused(string mechanism, string challenge)
    {
        _server.Capabilities = [$"AUTH {mechanism}"];
        _server.On(SmtpStep.AuthenticationCommand).Reply(challenge);

        SmtpConnectResult connected = await SmtpConversationTests.Transport(_server, SmtpSecurity.None, SmtpAuthentication.Password).ConnectAsync(TestContext.Current.CancellationToken);

        Assert.Null(connected.Connection);
        Assert.Equal((SmtpFailureKind.Refused, true), (connected.Failure!.Kind, connected.Failure.OfServer));
        Assert.Equal((SmtpPhase.Authenticate, false), (connected.Steps[^1].Phase, connected.Steps[^1].Succeeded));
    }

    [Fact]
    public async Task AUTH_421_and_the_end_is_421()
    {
        _server.Capabilities = ["AUTH PLAIN LOGIN"];
        _server.On(SmtpStep.Authenticate).ReplyAndClose("421 4.3.2 closing");

        SmtpConnectResult connected = await SmtpConversationTests.Transport(_server, SmtpSecurity.None, SmtpAuthentication.Password).ConnectAsync(TestContext.Current.CancellationToken);

        Assert.Equal((SmtpFailureKind.Refused, 421), (connected.Failure!.Kind, connected.Failure.Code));
    }

    [Fact]
    public async Task A_message_that_cannot_be_sent_is_its_own_failure_and_the_connection_serves_the_next()
    {
        _server.Capabilities = ["SIZE 1000000"]; // the message is measured before anything is said of it
        await using ISmtpConnection connection = await ConnectAsync();
        using var broken = new MimeMessage { Body = new MimePart { Content = new MimeContent(new BrokenStream()) } };
        broken.From.Add(new MailboxAddress("", "alerts@example.com"));

        SmtpFailure failure = (await connection.SendAsync(broken, s_recipient, TestContext.Current.CancellationToken)).Failure!;

        Assert.Equal((SmtpFailureKind.Internal, false, false), (failure.Kind, failure.OfServer, failure.ConnectionLost));
        Assert.Equal(0, _server.CountOf("MAIL"));
        Assert.Null((await SendAsync(connection)).Failure);
    }

    private static async Task<SmtpSendResult> SendAsync(ISmtpConnection connection)
    {
        using MimeMessage message = SmtpConversationTests.Message();
        return await connection.SendAsync(message, s_recipient, TestContext.Current.CancellationToken);
    }

    private async Task<ISmtpConnection> ConnectAsync(SmtpSecurity security = SmtpSecurity.None, FakeClock? clock = null, int timeout = 30)
    {
        _server.ImplicitTls = security == SmtpSecurity.Tls;
        SmtpConnectResult connected = await SmtpConversationTests.Transport(_server, security, time: clock, timeout: timeout).ConnectAsync(TestContext.Current.CancellationToken);
        Assert.Null(connected.Failure);
        return connected.Connection!;
    }

    /// <summary>A connection that gives one byte at a time.</summary>
    private sealed class TornStream(Socket socket, SmtpTranscript transcript) : HalfDuplexStream(socket, transcript)
    {
        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) => base.ReadAsync(buffer[..1], cancellationToken);
    }

    private sealed class BrokenStream : MemoryStream
    {
        public override int Read(byte[] buffer, int offset, int count) => throw new InvalidOperationException("broken");

        public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) => throw new InvalidOperationException("broken");

        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) => throw new InvalidOperationException("broken");
    }
}
