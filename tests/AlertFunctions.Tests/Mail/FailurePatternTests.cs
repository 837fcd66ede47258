using System.Text.Json.Nodes;
using AlertFunctions.Testing;

namespace AlertFunctions.Tests.Mail;

/// <summary>Each row of the specification's table "Which failure is which pattern" (S10, S11, S12), from the server's behaviour to the text of 569.</summary>
public sealed class FailurePatternTests(AzuriteServer azurite) : ProductTest(azurite)
{
    private static readonly Dictionary<string, Failure> s_failures = new(StringComparer.Ordinal)
    {
        // Pattern 1
        ["name not found"] = new(1, null, _ => null) { Settings = { ["Smtp:Server"] = "no-such-host.invalid:25" } },
        ["connection refused"] = new(1, null, server =>
        {
            server.StopListening();
            return null;
        }),
        ["connection reset while connecting"] = new(1, null, server => server.On(SmtpStep.Greeting).Abort()),
        ["no greeting in time"] = new(1, null, server => server.On(SmtpStep.Greeting).Stall()) { InTime = false },

        // Pattern 2
        ["greeting 554"] = new(2, 554, server => server.On(SmtpStep.Greeting).Reply("554 5.3.2 no service")),
        ["greeting 421"] = new(2, 421, server => server.On(SmtpStep.Greeting).ReplyAndClose("421 4.3.2 too busy")),
        ["greeting 250"] = new(2, 250, server => server.On(SmtpStep.Greeting).Reply("250 hello")),
        ["greeting of another protocol"] = new(2, -1, server => server.On(SmtpStep.Greeting).Reply("+OK POP3 ready")),
        ["server closed at once"] = new(2, -1, server => server.On(SmtpStep.Greeting).Close()),
        ["EHLO and HELO refused"] = new(2, 502, server =>
        {
            server.On(SmtpStep.Helo).Reply("502 5.5.1 unknown");
            return server.On(SmtpStep.Ehlo).Reply("502 5.5.1 unknown");
        }),
        ["421 at EHLO"] = new(2, 421, server => server.On(SmtpStep.Ehlo).ReplyAndClose("421 4.3.2 closing")),
        ["closed at EHLO"] = new(2, -1, server => server.On(SmtpStep.Ehlo).Close()),
        ["no answer to EHLO"] = new(2, -1, server => server.On(SmtpStep.Ehlo).Stall()) { InTime = false },
        ["STARTTLS not offered"] = new(2, -1, _ => null) { Settings = { ["Smtp:Security"] = "StartTls" } },
        ["STARTTLS refused"] = new(2, 454, server => Offers(server, "STARTTLS").On(SmtpStep.StartTls).Reply("454 4.7.0 TLS not available")) { Settings = { ["Smtp:Security"] = "StartTls" } },
        ["certificate not trusted after STARTTLS"] = new(2, -1, server => Offers(server, "STARTTLS").On(SmtpStep.Noop).Reply("250 ok")) { Settings = { ["Smtp:Security"] = "StartTls" } },
        ["certificate not trusted on connect"] = new(2, -1, server =>
        {
            server.ImplicitTls = true;
            return null;
        })
        {
            Settings = { ["Smtp:Security"] = "Tls" },
        },
        ["no TLS on a TLS port"] = new(2, -1, _ => null) { Settings = { ["Smtp:Security"] = "Tls" } },
        ["handshake answered in plain text"] = new(2, -1, server => Offers(server, "STARTTLS").On(SmtpStep.TlsHandshake).Reply("220 what?")) { Settings = { ["Smtp:Security"] = "StartTls" } },
        ["AUTH not offered"] = new(2, -1, _ => null) { Settings = { ["Smtp:Authentication"] = "Password" } },
        ["AUTH refused"] = new(2, 535, server => Offers(server, "AUTH PLAIN").On(SmtpStep.Authenticate).Reply("535 5.7.8 wrong")) { Settings = { ["Smtp:Authentication"] = "Password" } },
        ["AUTH refused for now"] = new(2, 454, server => Offers(server, "AUTH PLAIN").On(SmtpStep.Authenticate).Reply("454 4.7.0 later")) { Settings = { ["Smtp:Authentication"] = "Password" } },
        ["421 at AUTH"] = new(2, 421, server => Offers(server, "AUTH PLAIN").On(SmtpStep.Authenticate).ReplyAndClose("421 4.3.2 closing")) { Settings = { ["Smtp:Authentication"] = "Password" } },
        ["MAIL FROM refused"] = new(2, 550, server => server.On(SmtpStep.Sender).Reply("550 5.7.1 not you")),
        ["MAIL FROM refused for now"] = new(2, 451, server => server.On(SmtpStep.Sender).Reply("451 4.3.0 later")),
        ["421 at MAIL FROM"] = new(2, 421, server => server.On(SmtpStep.Sender).ReplyAndClose("421 4.3.2 closing")),
        ["530 at MAIL FROM"] = new(2, 530, server => server.On(SmtpStep.Sender).Reply("530 5.7.0 authenticate first")),
        ["530 at RCPT TO"] = new(2, 530, server => server.On(SmtpStep.Recipient).Reply("530 5.7.0 authenticate first")),
        ["530 at DATA"] = new(2, 530, server => server.On(SmtpStep.Data).Reply("530 5.7.0 authenticate first")),
        ["530 to the body"] = new(2, 530, server => server.On(SmtpStep.Body).Reply("530 5.7.0 authenticate first")),
        ["421 at RCPT TO"] = new(2, 421, server => server.On(SmtpStep.Recipient).ReplyAndClose("421 4.3.2 closing")),
        ["421 at DATA"] = new(2, 421, server => server.On(SmtpStep.Data).ReplyAndClose("421 4.3.2 closing")),
        ["421 to the body"] = new(2, 421, server => server.On(SmtpStep.Body).ReplyAndClose("421 4.3.2 closing")),
        ["lost at RCPT TO"] = new(2, -1, server => server.On(SmtpStep.Recipient).Close()),
        ["reset at RCPT TO"] = new(2, -1, server => server.On(SmtpStep.Recipient).Abort()),
        ["no answer to RCPT TO"] = new(2, -1, server => server.On(SmtpStep.Recipient).Stall()) { InTime = false },
        ["lost at DATA"] = new(2, -1, server => server.On(SmtpStep.Data).Close()),
        ["4xx to DATA"] = new(2, 451, server => server.On(SmtpStep.Data).Reply("451 4.3.0 later")),
        ["4xx to the body"] = new(2, 452, server => server.On(SmtpStep.Body).Reply("452 4.3.1 full")),

        // Pattern 3
        ["RCPT TO refused"] = new(3, 550, server => server.On(SmtpStep.Recipient).Reply("550 5.1.1 no such user")),
        ["RCPT TO refused for now"] = new(3, 450, server => server.On(SmtpStep.Recipient).Reply("450 4.2.1 greylisted")),
        ["RCPT TO refused for size"] = new(3, 552, server => server.On(SmtpStep.Recipient).Reply("552 5.2.2 mailbox full")),
        ["5xx to DATA"] = new(3, 554, server => server.On(SmtpStep.Data).Reply("554 5.5.1 no valid recipients")),
        ["5xx to the body"] = new(3, 554, server => server.On(SmtpStep.Body).Reply("554 5.7.1 spam")),
        ["552 to MAIL FROM"] = new(3, 552, server => server.On(SmtpStep.Sender).Reply("552 5.3.4 too big")),

        // The outcome is unknown: pattern 2.
        ["closed after the body"] = new(2, -1, server => server.On(SmtpStep.Body).Once().AcceptAndClose()) { Unknown = true },
        ["reset after the body"] = new(2, -1, server => server.On(SmtpStep.Body).Once().AcceptAndAbort()) { Unknown = true },
        ["no answer to the body in time"] = new(2, -1, server => server.On(SmtpStep.Body).Once().AcceptAndStall()) { Settings = { ["Smtp:TimeoutSeconds"] = "5" }, Deadline = TimeSpan.FromSeconds(50), InTime = false, Unknown = true },
        ["an answer to the body that is none"] = new(2, -1, server => server.On(SmtpStep.Body).Once().Reply("what?")) { Unknown = true },
    };

    public static TheoryData<string> Failures => [.. s_failures.Keys];

    [Theory]
    [MemberData(nameof(Failures))]
    public async Task Each_failure_has_its_pattern_its_code_and_its_text(string failure)
    {
        Failure expected = s_failures[failure];
        Installation.Settings["Smtp:UserName"] = "alerts";
        Installation.Settings["Smtp:Password"] = expected.Settings.ContainsKey("Smtp:Authentication") ? "secret" : null;
        foreach ((string key, string value) in expected.Settings)
        {
            Installation.Settings[key] = value;
        }

        string host = Installation.Settings["Smtp:Server"]!.Split(':')[0];
        Product.Log.Expect(entry => entry.EventId.Name == "MailFailing");
        SmtpRule? rule = expected.Arrange(Smtp);
        await Product.ReportAsync("端末A");

        Task work = Product.HandleAsync("compose|Eicar");
        if (!expected.InTime)
        {
            await rule!.Reached;
            await Installation.Clock.WaitForPauseAsync(expected.Deadline);
            await Installation.Clock.PassWithSlotAsync(expected.Deadline + TimeSpan.FromSeconds(1));
        }

        await work;

        JsonNode recorded = Assert.Single(await Product.SystemEventsAsync(569));
        Assert.Equal(
            expected.Pattern switch
            {
                1 => $"SMTPコンピュータに接続できません: {host}。",
                2 => $"エラーのため、アラートメール送信に失敗しました: Could not connect to SMTP host: {host}, port: {Smtp.Port}, response: {expected.Code}",
                _ => "件名「新しいアラートの発令: 1台のコンピュータで、Eicarアラートが発生しました」のメッセージをops@example.comに送信できませんでした。あと2回再送信されます。",
            },
            recorded["description"]!.GetValue<string>());
        JsonNode data = recorded["data"]!;
        Assert.Equal(expected.Pattern, data["pattern"]!.GetValue<int>());
        Assert.NotEmpty(data["reply"]!.GetValue<string>());
        Assert.Equal(expected.Unknown, data["outcomeUnknown"]?.GetValue<bool>() is true);
        if (expected.Code > 0)
        {
            Assert.StartsWith($"{expected.Code} ", data["reply"]!.GetValue<string>(), StringComparison.Ordinal);
        }

        JsonNode mail = Assert.Single(await MailAsync());
        JsonNode recipient = Assert.Single(mail["recipients"]!.AsArray())!;
        Assert.Equal(expected.Pattern, recipient["pattern"]!.GetValue<int>());
        Assert.Equal(1, recipient["attempts"]!.GetValue<int>());
        Assert.Equal(1, recipient["failures"]![$"{expected.Pattern}"]!.GetValue<int>());
        Assert.Equal(expected.Pattern == 3 ? 2 : null, recipient["resendsLeft"]?.GetValue<int>());
        Assert.Equal(recipient["lastAttemptAt"]!.GetValue<DateTimeOffset>().AddHours(1), mail["nextAttemptAt"]!.GetValue<DateTimeOffset>());
        Assert.DoesNotContain("secret", $"{recorded}{mail}", StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("closed after the body")]
    [InlineData("reset after the body")]
    [InlineData("an answer to the body that is none")]
    public async Task A_re_send_after_an_unknown_outcome_carries_the_same_message_id(string failure)
    {
        s_failures[failure].Arrange(Smtp);
        await Product.ReportAsync("端末A");
        await Product.HandleAsync("compose|Eicar");

        Installation.Clock.Advance(TimeSpan.FromHours(1));
        await Product.SendAllDueAsync();

        Assert.Empty(await MailAsync());
        Assert.Single(Smtp.Accepted.Select(mail => mail.MessageId).Append((await Product.SystemEventsAsync(569))[0]["data"]!["messageId"]!.GetValue<string>()).Distinct(StringComparer.Ordinal));
    }

    [Fact]
    public async Task A_reply_of_several_lines_and_of_any_length_is_kept_readable()
    {
        Smtp.On(SmtpStep.Recipient).Reply($"550-5.1.1 the first line\r\n550-{new string('x', 5_000)}\r\n550 5.1.1 the last line");
        await Product.ReportAsync("端末A");

        await Product.HandleAsync("compose|Eicar");

        string reply = (await MailAsync())[0]["recipients"]![0]!["lastReply"]!.GetValue<string>();
        Assert.StartsWith("550-5.1.1 the first line\n", reply, StringComparison.Ordinal);
        Assert.InRange(reply.Length, 20, 2_000);
        Assert.Equal(3, Assert.Single(await Product.SystemEventsAsync(569))["data"]!["pattern"]!.GetValue<int>());
    }

    [Fact]
    public async Task Any_2xx_to_the_body_is_an_acceptance()
    {
        Smtp.On(SmtpStep.Body).Reply("251 2.0.0 will forward");
        await Product.ReportAsync("端末A");

        await Product.HandleAsync("compose|Eicar");

        Assert.Single(await Product.SystemEventsAsync(197));
        Assert.Empty(await MailAsync());
    }

    private static ScriptedSmtpServer Offers(ScriptedSmtpServer server, string capability)
    {
        server.Capabilities = server.Capabilities.Add(capability);
        return server;
    }

    /// <param name="Pattern">The pattern that it is.</param>
    /// <param name="Code">What the text of pattern 2 says, and what the reply begins with.</param>
    /// <param name="Arrange">Tells the server to fail; gives the rule that a client waits at.</param>
    private sealed record Failure(int Pattern, int? Code, Func<ScriptedSmtpServer, SmtpRule?> Arrange)
    {
        public Dictionary<string, string> Settings { get; } = new(StringComparer.Ordinal);

        public bool InTime { get; init; } = true;

        /// <summary>How long the client waits where the server says nothing.</summary>
        public TimeSpan Deadline { get; init; } = TimeSpan.FromSeconds(30);

        public bool Unknown { get; init; }
    }
}
