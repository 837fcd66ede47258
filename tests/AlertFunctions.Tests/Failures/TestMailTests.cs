using System.Text.Json.Nodes;
using AlertFunctions.Core.Mail.Sending;
using AlertFunctions.Core.Texts;
using AlertFunctions.Testing;

namespace AlertFunctions.Tests.Failures;

/// <summary><c>POST /api/mail/test</c>: a failure is told at once, with its pattern, and nothing of it is kept.</summary>
public sealed class TestMailTests(AzuriteServer azurite) : FailureTests(azurite)
{
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

    [Fact]
    public async Task A_test_mail_ends_before_the_request_does()
    {
        SmtpRule stalls = Server.On(SmtpStep.Body).Stall();
        Task<MailTest> testing = Product.Get<MailTester>().SendAsync("someone@example.com", MailCulture.Ja, CancellationToken.None);
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

    private async Task<JsonNode> TestAsync()
    {
        Answer answer = await Product.SendAsync("POST", "/api/mail/test", """{ "to": "someone@example.com" }""");
        Assert.True((int)answer.Status == 200, answer.Text);
        return answer.Json;
    }
}
