using System.Security.Cryptography.X509Certificates;
using System.Text;
using AlertFunctions.Core.Mail.Smtp;
using AlertFunctions.Core.Settings;
using AlertFunctions.Testing;
using Azure.Identity;
using MimeKit;
using SmtpStep = AlertFunctions.Testing.SmtpStep;

namespace AlertFunctions.Tests.Mail;

/// <summary>
/// What a server may say at each step of a conversation, in each way that it may be put on the wire, and what it means (S10, S11, S12). Delivered means
/// that the library returned; everything else is a failure with the server's own first code.
/// </summary>
public sealed class SmtpConversationTests : IAsyncDisposable
{
    private static readonly SmtpStep[] s_steps =
        [SmtpStep.Greeting, SmtpStep.Ehlo, SmtpStep.StartTls, SmtpStep.Authenticate, SmtpStep.Sender, SmtpStep.Recipient, SmtpStep.Data, SmtpStep.Body];

    /// <summary>Ways to refuse: the code is the first that the server says, however it goes on.</summary>
    private static readonly Dictionary<string, Func<int, Said>> s_refusals = new(StringComparer.Ordinal)
    {
        ["alone"] = code => new($"{code} no\r\n"),
        ["and 221 in the same write"] = code => new($"{code} no\r\n221 bye\r\n") { InStep = false },
        ["and 221 in the same write, and the end"] = code => new($"{code} no\r\n221 bye\r\n") { InStep = false, Closes = true },
        ["and 421 in the same write"] = code => new($"{code} no\r\n421 too many errors\r\n") { InStep = false },
        ["and 250 in the same write"] = code => new($"{code} no\r\n250 ok\r\n") { InStep = false },
        ["and half a line in the same write"] = code => new($"{code} no\r\n2") { InStep = false },
        ["and 221 later"] = code => new($"{code} no\r\n") { Later = "221 bye", InStep = null },
        ["and 250 later"] = code => new($"{code} no\r\n") { Later = "250 ok", InStep = null },
        ["and the end"] = code => new($"{code} no\r\n") { Closes = true, InStep = false },
        ["on two lines"] = code => new($"{code}-no\r\n{code} never\r\n"),
        ["on two lines, the second 250"] = code => new($"{code}-no\r\n250 ok\r\n") { InStep = false },
        ["on two lines, the second none"] = code => new($"{code}-no\r\nwhat?\r\n") { InStep = false },
        ["with NUL"] = code => new($"{code} n\0o\r\n"),
        ["with 8-bit"] = code => new($"{code} n\u00E9\r\n"),
        ["with a lone LF"] = code => new($"{code} no\n"),
        ["without text"] = code => new($"{code}\r\n"),
        ["of 5,000 characters"] = code => new($"{code} {new string('x', 5_000)}\r\n"),
        ["of 60,000 bytes on many lines"] = code => new(string.Concat(Enumerable.Repeat($"{code}-{new string('x', 494)}\r\n", 120)) + $"{code} no\r\n"),
    };

    /// <summary>What is no reply to anything, and what is none to this step: no code, and the outcome is the server's up to MAIL FROM, the envelope's own after it.</summary>
    private static readonly Dictionary<string, Said> s_noReplies = new(StringComparer.Ordinal)
    {
        ["1xx"] = new("150 wait\r\n"),
        ["3xx"] = new("350 more\r\n"),
        ["3xx and 250"] = new("350 more\r\n250 ok\r\n"),
        ["below 200"] = new("199 hm\r\n"),
        ["below 100"] = new("050 hm\r\n"),
        ["zero"] = new("000 hm\r\n"),
        ["6xx"] = new("650 hm\r\n"),
        ["words"] = new("what?\r\n"),
        ["a short line"] = new("ok\r\n"),
        ["an empty line"] = new("\r\n"),
        ["a code of four digits"] = new("2500 ok\r\n"),
        ["a code and no space"] = new("250ok\r\n"),
        ["a yes that turns into a no"] = new("250-ok\r\n550 no\r\n"),
        ["a refusal without a line end"] = new("550 no") { Closes = true },
        ["a yes without a line end"] = new("250 ok") { Closes = true },
        ["lines without end"] = new(string.Concat(Enumerable.Repeat($"220-{new string('x', 496)}\r\n", 20))) { ForEver = true },
        ["one line without end"] = new(new string('2', 10_000)) { ForEver = true },
    };

    private readonly ScriptedSmtpServer _server = new();

    public static TheoryData<SmtpStep, string, int, SmtpSecurity> Refusals
    {
        get
        {
            var rows = new TheoryData<SmtpStep, string, int, SmtpSecurity>();
            foreach ((SmtpStep step, SmtpSecurity security) in Steps())
            {
                // To HELO, which follows a refused EHLO, a late 250 is an answer like any other.
                foreach (string refusal in s_refusals.Keys.Where(refusal => step != SmtpStep.Ehlo || refusal != "and 250 later"))
                {
                    foreach (int code in security == SmtpSecurity.None ? new[] { 550, 451, 552 } : [550])
                    {
                        rows.Add(step, refusal, code, security);
                    }
                }

                rows.Add(step, "alone", 421, security);
                rows.Add(step, "alone", 530, security);
            }

            return rows;
        }
    }

    public static TheoryData<SmtpStep, string, SmtpSecurity> NoReplies
    {
        get
        {
            var rows = new TheoryData<SmtpStep, string, SmtpSecurity>();
            foreach ((SmtpStep step, SmtpSecurity security) in Steps())
            {
                foreach (string said in s_noReplies.Keys)
                {
                    rows.Add(step, said, security);
                }
            }

            return rows;
        }
    }

    public static TheoryData<SmtpStep, string, SmtpSecurity> EarlyReplies
    {
        get
        {
            var rows = new TheoryData<SmtpStep, string, SmtpSecurity>();
            foreach ((SmtpStep step, SmtpSecurity security) in Steps())
            {
                foreach (string early in new[] { "250 early", "354 early", "221 early", "2", "550 early", "421 early" })
                {
                    rows.Add(step, early, security);
                }
            }

            return rows;
        }
    }

    public async ValueTask DisposeAsync() => await _server.DisposeAsync();

    [Theory]
    [MemberData(nameof(Refusals))]
    public async Task A_refusal_has_its_first_code_and_the_step_s_pattern_whatever_follows_it(SmtpStep step, string refusal, int code, SmtpSecurity security)
    {
        Said said = s_refusals[refusal](code);
        Script(step, said);

        (SmtpFailure? failure, string reply) = await SendAsync(security, step, said.InStep);

        Assert.NotNull(failure);
        Assert.Equal((PatternOf(step, code), code), ((int)failure.Kind, failure.Code));
        Assert.Equal(step < SmtpStep.Sender || (step == SmtpStep.Sender && code != 552), failure.OfServer);
        Assert.False(failure.OutcomeUnknown);
        Assert.StartsWith($"{code}", reply, StringComparison.Ordinal);
        Assert.Equal(reply, failure.Reply);
        Assert.InRange(reply.Length, 3, 2_000);
        Assert.DoesNotContain(reply, c => char.IsControl(c) && c != '\n');
        if (step >= SmtpStep.Sender && said.InStep is { } inStep)
        {
            Assert.Equal(!inStep || code == 421, failure.ConnectionLost);
        }

        Assert.Equal(code == 421 && step > SmtpStep.Sender, failure.ConversationLost);
        Assert.DoesNotContain(_server.Accepted, mail => mail.Recipient == "ops@example.com");
    }

    [Theory]
    [MemberData(nameof(NoReplies))]
    public async Task What_cannot_be_a_reply_is_a_failure_without_a_code(SmtpStep step, string what, SmtpSecurity security)
    {
        Script(step, s_noReplies[what]);

        (SmtpFailure? failure, string reply) = await SendAsync(security, step);

        Assert.NotNull(failure);
        Assert.Equal((2, -1), ((int)failure.Kind, failure.Code));
        Assert.Equal((step <= SmtpStep.Sender, true), (failure.OfServer, failure.ConnectionLost));
        Assert.Equal(step == SmtpStep.Body, failure.OutcomeUnknown);
        Assert.InRange(reply.Length, 0, 2_000);
        Assert.InRange(failure.Reply.Length, 0, 2_000);
    }

    [Theory]
    [MemberData(nameof(EarlyReplies))]
    public async Task What_no_command_asked_for_delivers_nothing(SmtpStep step, string early, SmtpSecurity security)
    {
        string due = step switch
        {
            SmtpStep.Greeting or SmtpStep.StartTls => "220 ready",
            SmtpStep.Ehlo => "250-scripted.example\r\n250-AUTH PLAIN\r\n250 STARTTLS",
            SmtpStep.Authenticate => "235 welcome",
            SmtpStep.Data => "354 go on",
            _ => "250 ok",
        };
        Script(step, new($"{due}\r\n{early}\r\n"));

        (SmtpFailure? failure, _) = await SendAsync(security, step);

        if (step == SmtpStep.Body)
        {
            Assert.Null(failure); // the body was answered before
            Assert.Equal("ops@example.com", Assert.Single(_server.Accepted).Recipient);
            return;
        }

        // A refusal refuses the command that would have been next; while nothing but MAIL FROM would be, it is nobody's.
        int refusal = step != SmtpStep.Authenticate && early[^1] == 'y' && early[0] >= '4' ? int.Parse(early[..3], System.Globalization.CultureInfo.InvariantCulture) : -1;
        Assert.NotNull(failure);
        Assert.Equal((PatternOf(step >= SmtpStep.Sender ? step + 1 : step, refusal), refusal), ((int)failure.Kind, failure.Code));
        Assert.Equal((step < SmtpStep.Sender, true, false), (failure.OfServer, failure.ConnectionLost, failure.OutcomeUnknown));
        Assert.Empty(_server.Accepted);
    }

    private static IEnumerable<(SmtpStep Step, SmtpSecurity Security)> Steps() =>
        from security in new[] { SmtpSecurity.None, SmtpSecurity.Tls, SmtpSecurity.StartTls }
        from step in s_steps
        where security == SmtpSecurity.StartTls ? step is SmtpStep.StartTls or SmtpStep.Body : step != SmtpStep.StartTls
        select (step, security);

    /// <summary>The specification's table.</summary>
    private static int PatternOf(SmtpStep step, int code) => (step, code) switch
    {
        (_, -1 or 421 or 530) => 2,
        (SmtpStep.Sender, 552) => 3,
        ( <= SmtpStep.Sender, _) => 2,
        (SmtpStep.Recipient, _) => 3,
        (_, >= 500) => 3,
        _ => 2,
    };

    private void Script(SmtpStep step, Said said)
    {
        byte[] bytes = Encoding.Latin1.GetBytes(said.Text);
        foreach (SmtpStep at in step == SmtpStep.Ehlo ? [SmtpStep.Ehlo, SmtpStep.Helo] : new[] { step })
        {
            SmtpRule rule = _server.On(at);
            rule = said.Later is null ? rule : rule.AndLater(said.Later);
            _ = said.ForEver ? rule.SayForEver(bytes) : said.Closes ? rule.SayAndClose(bytes) : rule.Say(bytes);
        }
    }

    /// <summary>Connects and sends one mail, signing in only where the script needs it: that a connection was refused at MAIL FROM is its failure too.</summary>
    private async Task<(SmtpFailure? Failure, string Reply)> SendAsync(SmtpSecurity security, SmtpStep step, bool? inStep = false)
    {
        _server.ImplicitTls = security == SmtpSecurity.Tls;
        _server.Capabilities = ["SIZE 1000000", "8BITMIME", "STARTTLS", "AUTH PLAIN LOGIN"];
        var transport = Transport(_server, security, step is SmtpStep.Authenticate or SmtpStep.Ehlo ? SmtpAuthentication.Password : SmtpAuthentication.None);
        SmtpConnectResult connected = await transport.ConnectAsync(TestContext.Current.CancellationToken);
        if (connected.Connection is null)
        {
            return (connected.Failure, connected.Failure!.Reply);
        }

        await using ISmtpConnection connection = connected.Connection;
        using MimeMessage message = Message();
        SmtpSendResult sent = await connection.SendAsync(message, new MailboxAddress("", "ops@example.com"), TestContext.Current.CancellationToken);
        if (sent.Failure is null)
        {
            Assert.NotEmpty(_server.Accepted);
        }

        _server.ForgetScript();
        await AssertNextAsync(connection, inStep == true && sent.Failure is { ConnectionLost: false });
        return (sent.Failure, sent.Reply);
    }

    /// <summary>Whatever the server has said, the next mail of the same connection is delivered only if it was accepted.</summary>
    private async Task AssertNextAsync(ISmtpConnection connection, bool inStep)
    {
        using MimeMessage message = Message();
        SmtpSendResult next = await connection.SendAsync(message, new MailboxAddress("", "next@example.com"), TestContext.Current.CancellationToken);
        Assert.True(next.Failure is null || !inStep);
        Assert.Equal(next.Failure is null, _server.Accepted.Any(mail => mail.Recipient == "next@example.com"));
    }

    internal static MailKitTransport Transport(ScriptedSmtpServer server, SmtpSecurity security, SmtpAuthentication authentication = SmtpAuthentication.None, TimeProvider? time = null, int timeout = 30, X509Certificate2? root = null) => new(
        new SmtpSettings
        {
            Host = ScriptedSmtpServer.Host,
            Port = server.Port,
            From = new MailboxAddress("", "alerts@example.com"),
            Security = security,
            Authentication = authentication,
            UserName = "alerts",
            Password = "secret",
            Timeout = TimeSpan.FromSeconds(timeout),
        },
        new DefaultAzureCredential(),
        time ?? TimeProvider.System)
    {
        TrustedRoots = [root ?? server.Certificate],
    };

    internal static MimeMessage Message(string text = "text")
    {
        var message = new MimeMessage { Subject = "subject", Body = new TextPart("plain") { Text = text } };
        message.From.Add(new MailboxAddress("", "alerts@example.com"));
        return message;
    }

    /// <summary>What a server says.</summary>
    /// <param name="Text">The bytes, as Latin-1.</param>
    private sealed record Said(string Text)
    {
        public string? Later { get; init; }

        public bool Closes { get; init; }

        public bool ForEver { get; init; }

        /// <summary>Whether the connection is of further use; null where it depends on what arrives first.</summary>
        public bool? InStep { get; init; } = true;
    }
}
