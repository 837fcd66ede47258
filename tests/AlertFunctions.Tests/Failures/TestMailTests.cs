using System.Net;
using System.Net.ServerSentEvents;
using System.Text;
using System.Text.Json.Nodes;
using AlertFunctions.Core.Mail.Sending;
using AlertFunctions.Core.Texts;
using AlertFunctions.Testing;

namespace AlertFunctions.Tests.Failures;

/// <summary><c>POST /api/mail/test</c>: a failure is told at once, with its pattern, and nothing of it is kept.</summary>
public sealed class TestMailTests(AzuriteServer azurite) : FailureTests(azurite)
{
    private static readonly Dictionary<string, string> s_wantsEvents = new(StringComparer.Ordinal) { ["Accept"] = "text/event-stream" };

    [Fact]
    public async Task A_test_mail_that_is_accepted_shows_every_step()
    {
        JsonNode test = await TestAsync();
        Assert.True(test["ok"]!.GetValue<bool>());
        Assert.Null(test["pattern"]);
        Assert.Equal(["resolve", "connect", "greeting", "sender", "recipient", "data"], Steps(test));
        Assert.All(test["steps"]!.AsArray(), step => Assert.True(step!["ok"]!.GetValue<bool>()));
        Assert.Equal("250 2.0.0 queued", test["steps"]![5]!["reply"]!.GetValue<string>());
        Assert.Equal("someone@example.com", Assert.Single(Server.Accepted).Recipient);
        await AssertNothingIsOwedAsync();
    }

    [Fact]
    public async Task A_test_mail_to_a_user_s_address_is_in_the_user_s_language_and_says_when_it_was_sent()
    {
        await Product.SendAsync("PUT", "/api/users/someone", """{ "email": "Someone@example.com", "culture": "en" }""");
        await TestAsync();
        await Product.SendAsync("DELETE", "/api/users/someone");
        await TestAsync();

        Assert.Contains("Sent: 2026-11-24 11:00:00 +09:00", Server.Accepted[0].Message.TextBody, StringComparison.Ordinal);
        Assert.Contains("送信日時: 2026-11-24 11:00:00 +09:00", Server.Accepted[1].Message.TextBody, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(SmtpStep.Greeting, "554 5.7.1 no", 2, "greeting")]
    [InlineData(SmtpStep.Sender, "550 5.7.1 not you", 2, "sender")]
    [InlineData(SmtpStep.Recipient, "550 5.1.1 no such user", 3, "recipient")]
    [InlineData(SmtpStep.Body, "554 5.7.1 spam", 3, "data")]
    [InlineData(SmtpStep.Body, "451 4.3.0 not now", 2, "data")]
    public async Task A_test_mail_that_fails_ends_with_the_step_that_failed(SmtpStep step, string reply, int pattern, string name)
    {
        Server.On(step).Reply(reply);
        JsonNode test = await TestAsync();
        Assert.False(test["ok"]!.GetValue<bool>());
        Assert.Equal(pattern, test["pattern"]!.GetValue<int>());
        JsonNode last = test["steps"]!.AsArray()[^1]!;
        Assert.Equal((name, false, reply), (last["step"]!.GetValue<string>(), last["ok"]!.GetValue<bool>(), last["reply"]!.GetValue<string>()));
        await AssertNothingIsOwedAsync();
        Assert.Empty(await Product.SystemEventsAsync(569));
    }

    [Theory]
    [InlineData(SmtpStep.Sender, "250 ok\n250 early", "recipient", "Recipient: The server spoke out of turn: 250 early")]
    [InlineData(SmtpStep.Data, "354 go on\n250 early", "data", "Transfer: The server spoke out of turn: 250 early")]
    [InlineData(SmtpStep.Body, "350 more", "data", "350 more")]
    public async Task A_test_mail_that_fails_after_a_positive_reply_says_why(SmtpStep step, string said, string name, string reply)
    {
        Server.On(step).Reply(said);
        JsonNode test = await TestAsync();
        JsonNode last = test["steps"]!.AsArray()[^1]!;
        Assert.Equal((name, false, reply), (last["step"]!.GetValue<string>(), last["ok"]!.GetValue<bool>(), last["reply"]!.GetValue<string>()));
    }

    [Theory]
    [InlineData("en", "The server's certificate is self-signed: no trusted CA vouches for it.")]
    [InlineData("ja", "サーバの証明書は自己署名です。信頼されたCAが発行したものではありません。")]
    public async Task A_certificate_that_is_refused_is_explained_in_the_readers_language_and_in_the_record(string culture, string reason)
    {
        Installation.Settings["Smtp:Security"] = "StartTls";
        Server.Capabilities = Server.Capabilities.Add("STARTTLS");

        JsonNode last = (await TestAsync(culture))["steps"]!.AsArray()[^1]!;
        Assert.Equal(("tls", false, reason), (last["step"]!.GetValue<string>(), last["ok"]!.GetValue<bool>(), last["reply"]!.GetValue<string>()));

        await Product.ReportAsync("web01");
        await Product.WorkOffQueueAsync();
        const string Recorded = "Tls: The server's certificate is self-signed: no trusted CA vouches for it.";
        Assert.Equal(Recorded, Data(Assert.Single(await Product.SystemEventsAsync(569)), "reply"));
        Assert.Equal(Recorded, Assert.Single(await OwedRecipientsAsync())["lastReply"]!.GetValue<string>());
    }

    [Theory]
    [InlineData("Smtp:Security", "StartTls", "en", "greeting", "The server does not offer STARTTLS.")]
    [InlineData("Smtp:Security", "StartTls", "ja", "greeting", "サーバはSTARTTLSに対応していません。")]
    [InlineData("Smtp:Authentication", "Password", "en", "authenticate", "The server offers no way to sign in that is supported")]
    [InlineData("Smtp:Authentication", "Password", "ja", "authenticate", "サーバが提示した認証方式には、対応しているもの")]
    [InlineData("Smtp:Server", "no-such-host.invalid:25", "en", "resolve", "The server's name was not found.")]
    [InlineData("Smtp:Server", "no-such-host.invalid:25", "ja", "resolve", "サーバ名が見つかりません。")]
    public async Task What_the_server_lacks_is_explained_in_place_of_what_it_said(string key, string value, string culture, string step, string reason)
    {
        Installation.Settings["Smtp:UserName"] = "alerts";
        Installation.Settings["Smtp:Password"] = key == "Smtp:Authentication" ? "secret" : null;
        Installation.Settings[key] = value;
        JsonNode last = (await TestAsync(culture))["steps"]!.AsArray()[^1]!;
        Assert.Equal((step, false), (last["step"]!.GetValue<string>(), last["ok"]!.GetValue<bool>()));
        Assert.StartsWith(reason, last["reply"]!.GetValue<string>(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("NTLM", "334 ")]
    [InlineData("CRAM-MD5", "334 AAAA")]
    public async Task Whatever_a_server_does_to_the_sign_in_is_shown_as_pattern_2(string mechanism, string challenge)
    {
        Installation.Settings["Smtp:Authentication"] = "Password";
        Installation.Settings["Smtp:UserName"] = "alerts";
        Installation.Settings["Smtp:Password"] = "secret";
        Server.Capabilities = [$"AUTH {mechanism}"];
        Server.On(SmtpStep.AuthenticationCommand).Reply(challenge);
        JsonNode test = await TestAsync();
        Assert.Equal((2, "authenticate"), (test["pattern"]!.GetValue<int>(), Steps(test).Last()));
    }

    [Theory]
    [InlineData(null, true, "resolve connect greeting sender recipient data")]
    [InlineData("550 5.1.1 no such user", false, "resolve connect greeting sender recipient")]
    public async Task Each_step_is_an_event_for_those_who_want_events_and_the_result_is_the_last(string? refusal, bool ok, string steps)
    {
        if (refusal is not null)
        {
            Server.On(SmtpStep.Recipient).Reply(refusal);
        }

        Answer answer = await Product.SendAsync("POST", "/api/mail/test", """{ "to": "someone@example.com" }""", headers: s_wantsEvents);

        Assert.Equal("text/event-stream", answer.ContentType);
        List<SseItem<string>> events = [.. SseParser.Create(new MemoryStream(Encoding.UTF8.GetBytes(answer.Text))).Enumerate()];
        Assert.Equal(steps, string.Join(' ', events.SkipLast(1).Select(item => (string)JsonNode.Parse(item.Data)!["step"]!)));
        Assert.All(events.SkipLast(1), item => Assert.Equal("step", item.EventType));
        JsonNode result = JsonNode.Parse(events[^1].Data)!;
        Assert.Equal(("result", ok), (events[^1].EventType, (bool)result["ok"]!));
        Assert.Equal(result["steps"]!.AsArray().Select(step => step!.ToJsonString()), events.SkipLast(1).Select(item => JsonNode.Parse(item.Data)!.ToJsonString()));
        Assert.Equal(refusal, ok ? null : (string)result["steps"]!.AsArray()[^1]!["reply"]!);
    }

    [Fact]
    public async Task A_test_that_cannot_begin_is_a_problem_for_those_who_want_events_too()
    {
        Installation.Settings["Smtp:Server"] = null;

        Answer answer = await Product.SendAsync("POST", "/api/mail/test", """{ "to": "someone@example.com" }""", headers: s_wantsEvents);

        Assert.Equal((HttpStatusCode.Conflict, "application/problem+json"), (answer.Status, answer.ContentType));
    }

    [Fact]
    public async Task A_test_mail_ends_before_the_request_does()
    {
        SmtpRule stalls = Server.On(SmtpStep.Body).Stall();
        Task<MailTest> testing = Product.Get<MailTester>().SendAsync("someone@example.com", MailCulture.Ja, steps: null, CancellationToken.None);
        await stalls.Reached.WaitAsync(Soon);
        await Clock.WaitForPauseAsync(TimeSpan.FromSeconds(300));
        await Clock.PassWithSlotAsync(TimeSpan.FromSeconds(179));
        Assert.False(testing.IsCompleted);
        Clock.Advance(TimeSpan.FromSeconds(1));
        MailTest test = await testing.WaitAsync(Soon);
        Assert.Equal("Body: no answer in time", test.Failure!.Reply);
    }

    [Fact]
    public async Task A_test_mail_to_a_server_that_is_stopped_is_pattern_1()
    {
        Server.StopListening();
        JsonNode test = await TestAsync();
        Assert.Equal(1, test["pattern"]!.GetValue<int>());
        Assert.Equal(["resolve", "connect"], Steps(test));
    }

    private static IEnumerable<string> Steps(JsonNode test) => test["steps"]!.AsArray().Select(step => step!["step"]!.GetValue<string>());

    private async Task<JsonNode> TestAsync(string culture = "ja")
    {
        Answer answer = await Product.SendAsync("POST", $"/api/mail/test?culture={culture}", """{ "to": "someone@example.com" }""");
        Assert.True((int)answer.Status == 200, answer.Text);
        return answer.Json;
    }
}
