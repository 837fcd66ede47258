using System.Text.Json.Nodes;
using AlertFunctions.Tests.Infrastructure;

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
