using System.Text.Json.Nodes;
using AlertFunctions.Testing;

namespace AlertFunctions.Tests.Failures;

/// <summary>Which failure is which pattern: the specification's table, each row through a real conversation.</summary>
public sealed class PatternTests(AzuriteServer azurite) : FailureTests(azurite)
{
    /// <summary>What a server does at a step.</summary>
    public enum Does
    {
        Reply,
        ReplyAndClose,
        Close,
        Abort,
        AcceptAndClose,
        AcceptAndAbort,
    }

    [Theory]
    [InlineData(SmtpStep.Greeting, Does.Reply, "554 5.7.1 no SMTP service here", 2, 554)]
    [InlineData(SmtpStep.Greeting, Does.ReplyAndClose, "421 4.3.2 closing", 2, 421)]
    [InlineData(SmtpStep.Greeting, Does.Reply, "HTTP/1.1 400 Bad Request", 2, -1)]
    [InlineData(SmtpStep.Greeting, Does.Close, null, 2, -1)]
    [InlineData(SmtpStep.Greeting, Does.Abort, null, 1, -1)]
    [InlineData(SmtpStep.Sender, Does.Reply, "550 5.7.1 not you", 2, 550)]
    [InlineData(SmtpStep.Sender, Does.Reply, "451 4.3.0 not now", 2, 451)]
    [InlineData(SmtpStep.Sender, Does.Reply, "530 5.7.0 authenticate first", 2, 530)]
    [InlineData(SmtpStep.Sender, Does.Reply, "552 5.3.4 too big", 3, 552)]
    [InlineData(SmtpStep.Sender, Does.ReplyAndClose, "421 4.3.2 closing", 2, 421)]
    [InlineData(SmtpStep.Sender, Does.Close, null, 2, -1)]
    [InlineData(SmtpStep.Recipient, Does.Reply, "450 4.2.1 busy", 3, 450)]
    [InlineData(SmtpStep.Recipient, Does.Reply, "550 5.1.1 unknown", 3, 550)]
    [InlineData(SmtpStep.Recipient, Does.Reply, "552 5.2.2 full", 3, 552)]
    [InlineData(SmtpStep.Recipient, Does.Reply, "530 5.7.0 authenticate first", 2, 530)]
    [InlineData(SmtpStep.Recipient, Does.ReplyAndClose, "421 4.3.2 closing", 2, 421)]
    [InlineData(SmtpStep.Recipient, Does.Reply, "421 4.3.2 and yet open", 2, 421)]
    [InlineData(SmtpStep.Recipient, Does.Close, null, 2, -1)]
    [InlineData(SmtpStep.Recipient, Does.Abort, null, 2, -1)]
    [InlineData(SmtpStep.Data, Does.Reply, "451 4.3.0 not now", 2, 451)]
    [InlineData(SmtpStep.Data, Does.Reply, "554 5.6.0 no", 3, 554)]
    [InlineData(SmtpStep.Data, Does.ReplyAndClose, "421 4.3.2 closing", 2, 421)]
    [InlineData(SmtpStep.Data, Does.Close, null, 2, -1)]
    [InlineData(SmtpStep.Body, Does.Reply, "451 4.3.0 not now", 2, 451)]
    [InlineData(SmtpStep.Body, Does.Reply, "552 5.2.2 full", 3, 552)]
    [InlineData(SmtpStep.Body, Does.Reply, "554 5.7.1 spam", 3, 554)]
    [InlineData(SmtpStep.Body, Does.ReplyAndClose, "421 4.3.2 closing", 2, 421)]
    [InlineData(SmtpStep.Body, Does.Close, null, 2, -1)]
    [InlineData(SmtpStep.Body, Does.AcceptAndClose, null, 2, -1)]
    [InlineData(SmtpStep.Body, Does.AcceptAndAbort, null, 2, -1)]
    public async Task A_failure_at_a_step_has_its_pattern_and_its_code(SmtpStep step, Does does, string? reply, int pattern, int code)
    {
        Script(step, does, reply);
        await RaiseAloneAsync();

        await AssertFailedAsync(pattern, code, reply);
        await AssertKeptForAnHourAsync();
    }

    [Theory]
    [InlineData(SmtpStep.Greeting, "554 5.3.2 no service\n221 bye", 2, 554)]
    [InlineData(SmtpStep.Sender, "550 5.7.1 not you\n221 bye", 2, 550)]
    [InlineData(SmtpStep.Recipient, "550 5.1.1 unknown\n221 bye", 3, 550)]
    [InlineData(SmtpStep.Recipient, "550 5.1.1 unknown\n421 too many errors", 3, 550)]
    [InlineData(SmtpStep.Data, "554 5.6.0 no\n221 bye", 3, 554)]
    [InlineData(SmtpStep.Body, "451 4.3.0 queue file write error\n221 2.0.0 closing", 2, 451)]
    [InlineData(SmtpStep.Body, "550 rejected\n221 bye", 3, 550)]
    [InlineData(SmtpStep.Body, "550 x\n250 x", 3, 550)]
    [InlineData(SmtpStep.Body, "550 x\n421 too many errors", 3, 550)]
    public async Task What_follows_a_refusal_changes_neither_its_code_nor_its_pattern(SmtpStep step, string said, int pattern, int code)
    {
        Server.On(step).ReplyAndClose(said);
        await RaiseAloneAsync();

        await AssertFailedAsync(pattern, code, said.Split('\n')[0]);
        Assert.Empty(await Product.SystemEventsAsync(197));
        await AssertKeptForAnHourAsync();
    }

    [Theory]
    [InlineData(SmtpStep.Body, "550-x\n250 x", 3, 550)]
    [InlineData(SmtpStep.Body, "354 go on", 2, -1)]
    [InlineData(SmtpStep.Data, "354 go on\n250 early", 2, -1)]
    public async Task A_2xx_that_is_not_the_reply_to_the_body_delivers_nothing(SmtpStep step, string said, int pattern, int code)
    {
        Server.On(SmtpStep.Body).Reply("554 5.7.1 spam");
        Server.On(step).Reply(said);
        await RaiseAloneAsync();

        await AssertFailedAsync(pattern, code, reply: null);
        Assert.Empty(await Product.SystemEventsAsync(197));
        await AssertKeptForAnHourAsync();
    }

    [Theory]
    [InlineData("535 5.7.8 wrong\n221 bye", 535)]
    [InlineData("421 4.3.2 closing", 421)]
    public async Task A_server_that_refuses_the_sign_in_and_hangs_up_has_refused_it(string said, int code)
    {
        SignInByPassword();
        Server.On(SmtpStep.Authenticate).ReplyAndClose(said);
        await RaiseAloneAsync();
        await AssertFailedAsync(2, code, said.Split('\n')[0]);
    }

    [Fact]
    public async Task Two_recipients_refused_with_a_hang_up_are_no_failure_of_the_server()
    {
        await AddUserAsync("a");
        await AddUserAsync("b");
        Server.On(SmtpStep.Body, "a@example.com").ReplyAndClose("451 4.3.0 not now\n221 closing");
        Server.On(SmtpStep.Body, "b@example.com").ReplyAndClose("451 4.3.0 not now\n221 closing");
        await RaiseAloneAsync();

        Assert.Equal([Refused(451), Refused(451)], await FailuresAsync());
        Assert.Equal(["ops@example.com"], Server.Accepted.Select(mail => mail.Recipient));
        Assert.All(await RecipientsAsync(), recipient => Assert.False(recipient.Lost));
    }

    [Theory]
    [InlineData(Does.Reply, "500 5.5.1 what", 500)]
    [InlineData(Does.ReplyAndClose, "421 4.3.2 closing", 421)]
    [InlineData(Does.Close, null, -1)]
    public async Task A_server_that_refuses_EHLO_and_HELO_refuses_the_request(Does does, string? reply, int code)
    {
        Script(SmtpStep.Ehlo, does, reply);
        Script(SmtpStep.Helo, does, reply);
        await RaiseAloneAsync();

        await AssertFailedAsync(2, code, reply);
    }

    [Fact]
    public async Task A_server_that_knows_only_HELO_gets_its_mail()
    {
        Server.On(SmtpStep.Ehlo).Reply("502 5.5.1 not implemented");
        await RaiseAloneAsync();
        Assert.Single(Server.Accepted);
        await AssertNothingIsOwedAsync();
    }

    [Theory]
    [InlineData("not offered", -1)]
    [InlineData("454 4.7.0 no TLS now", 454)]
    [InlineData("421 4.3.2 closing", 421)]
    [InlineData("no handshake", -1)]
    [InlineData("certificate not trusted", -1)]
    public async Task Without_the_TLS_that_is_asked_for_nothing_is_sent(string how, int code)
    {
        Installation.Settings["Smtp:Security"] = "StartTls";
        if (how != "not offered")
        {
            Server.Capabilities = Server.Capabilities.Add("STARTTLS");
        }

        if (code != -1)
        {
            Server.On(SmtpStep.StartTls).Reply(how);
        }
        else if (how == "no handshake")
        {
            Server.On(SmtpStep.TlsHandshake).Reply("I said TLS, but I do not speak it");
        }

        await RaiseAloneAsync();

        await AssertFailedAsync(2, code, reply: null);
        Assert.Equal(0, Server.CountOf("MAIL"));
    }

    [Theory]
    [InlineData("535 5.7.8 wrong", 535)]
    [InlineData("454 4.7.0 not now", 454)]
    [InlineData("421 4.3.2 closing", 421)]
    [InlineData("not offered", -1)]
    public async Task A_server_that_does_not_let_the_app_sign_in_refuses_the_request(string how, int code)
    {
        SignInByPassword();
        if (how == "not offered")
        {
            Server.Capabilities = Server.Capabilities.Remove("AUTH PLAIN LOGIN");
        }
        else
        {
            Server.On(SmtpStep.Authenticate).Reply(how);
        }

        await RaiseAloneAsync();

        await AssertFailedAsync(2, code, reply: null);
        Assert.Equal(0, Server.CountOf("MAIL"));
        Assert.DoesNotContain("secret-password", (await Product.SendAsync("GET", "/api/system-events")).Text, StringComparison.Ordinal);
        Assert.DoesNotContain(Product.Log.Entries, entry => entry.ToString().Contains("secret-password", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_server_that_drops_the_connection_at_AUTH_refuses_the_request()
    {
        SignInByPassword();
        Server.On(SmtpStep.Authenticate).Close();
        await RaiseAloneAsync();
        await AssertFailedAsync(2, -1, reply: null);
    }

    [Fact]
    public async Task The_app_signs_in_with_user_and_password()
    {
        SignInByPassword();
        await RaiseAloneAsync();
        SmtpLogin login = Assert.Single(Server.Logins);
        Assert.Equal(("alerts", "secret-password"), (login.UserName, login.Secret));
        Assert.Single(Server.Accepted);
    }

    [Fact]
    public async Task A_name_that_is_not_found_is_a_server_that_cannot_be_reached()
    {
        Installation.Settings["Smtp:Server"] = "no-such-host.invalid:25";
        await RaiseAloneAsync();
        JsonNode failure = Assert.Single(await Product.SystemEventsAsync(569));
        Assert.Equal("SMTPコンピュータに接続できません: no-such-host.invalid。", Description(failure));
        Assert.Equal("1", Data(failure, "pattern"));
    }

    [Fact]
    public async Task A_port_that_is_closed_is_a_server_that_cannot_be_reached()
    {
        Server.StopListening();
        await RaiseAloneAsync();
        await AssertFailedAsync(1, -1, reply: null);
        await AssertKeptForAnHourAsync();
    }

    [Theory]
    [InlineData("250 queued")]
    [InlineData("251 forwarded")]
    [InlineData("250-2.0.0 queued\n250 2.0.0 as 4711")]
    public async Task Any_positive_answer_to_the_body_is_an_acceptance(string reply)
    {
        Server.On(SmtpStep.Body).Reply(reply);
        await RaiseAloneAsync();
        Assert.Single(Server.Accepted);
        Assert.Equal(reply, Data(Assert.Single(await Product.SystemEventsAsync(197)), "replies"));
        await AssertNothingIsOwedAsync();
    }

    [Fact]
    public async Task A_reply_of_several_lines_is_kept_whole()
    {
        Server.On(SmtpStep.Recipient).Reply("550-5.1.1 no such user\n550 5.1.1 see https://example.com/help");
        await RaiseAloneAsync();
        Assert.Equal("550-5.1.1 no such user\n550 5.1.1 see https://example.com/help", Data(Assert.Single(await Product.SystemEventsAsync(569)), "reply"));
    }

    private void SignInByPassword()
    {
        Installation.Settings["Smtp:Authentication"] = "Password";
        Installation.Settings["Smtp:UserName"] = "alerts";
        Installation.Settings["Smtp:Password"] = "secret-password";
        Server.Capabilities = Server.Capabilities.Add("AUTH PLAIN LOGIN");
    }

    private void Script(SmtpStep step, Does does, string? reply)
    {
        SmtpRule rule = Server.On(step);
        _ = does switch
        {
            Does.Reply => rule.Reply(reply!),
            Does.ReplyAndClose => rule.ReplyAndClose(reply!),
            Does.Close => rule.Close(),
            Does.Abort => rule.Abort(),
            Does.AcceptAndClose => rule.AcceptAndClose(),
            _ => rule.AcceptAndAbort(),
        };
    }

    private async Task AssertFailedAsync(int pattern, int code, string? reply)
    {
        JsonNode failure = Assert.Single(await Product.SystemEventsAsync(569));
        Assert.Equal($"{pattern}", Data(failure, "pattern"));
        Assert.Equal(pattern switch { 1 => Unreachable, 2 => Refused(code), _ => NotAccepted("ops@example.com", 2) }, Description(failure));
        if (reply is not null)
        {
            Assert.Equal(reply, Data(failure, "reply"));
        }
        else
        {
            Assert.NotEmpty(Data(failure, "reply"));
        }
    }

    private async Task AssertKeptForAnHourAsync()
    {
        JsonNode mail = Assert.Single(await OwedAsync());
        Assert.Equal(Clock.GetUtcNow() + Hour, Time(mail["nextAttemptAt"]));
        Assert.Equal(1, mail["recipients"]![0]!["attempts"]!.GetValue<int>());
        Server.ForgetScript();
        Server.StartListening();
        int before = Server.Accepted.Count;
        await PassHourAsync();
        Assert.Equal(before + 1, Server.Accepted.Count);
        Assert.Single(Server.Accepted.Select(accepted => accepted.MessageId).Distinct());
        await AssertNothingIsOwedAsync();
    }
}
