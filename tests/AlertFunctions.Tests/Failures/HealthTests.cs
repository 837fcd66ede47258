using System.Text.Json.Nodes;
using AlertFunctions.Testing;

namespace AlertFunctions.Tests.Failures;

/// <summary>The server that is not configured (S14), and how an administrator learns without mail that mail is failing.</summary>
public sealed class HealthTests(AzuriteServer azurite) : FailureTests(azurite)
{
    [Fact]
    public async Task S14_mail_is_kept_while_no_server_is_configured_and_one_198_is_written_for_each_attempt()
    {
        Installation.Settings["Smtp:Server"] = "";
        Installation.Settings["Smtp:From"] = "";
        string[] types = AlertTypesOfOneShard().Take(5).ToArray();
        foreach (string type in types)
        {
            await Product.ReportAsync("web01", type);
            await Product.HandleAsync($"compose|{type}");
        }

        await Product.WorkOffQueueAsync();
        Assert.Equal(types.Length, (await Product.SystemEventsAsync(198)).Count);
        await PassHourAsync();
        List<JsonNode> events = await Product.SystemEventsAsync(198);
        Assert.Equal(types.Length + 1, events.Count);
        Assert.All(events, item => Assert.Equal("warning", item["level"]!.GetValue<string>()));
        Assert.Empty(await FailuresAsync());
        List<JsonNode> owed = await OwedRecipientsAsync();
        Assert.Equal(types.Length, owed.Count);
        Assert.All(owed, recipient => Assert.Null(recipient["resendsLeft"]));
        Assert.All(owed, recipient => Assert.Null(recipient["pattern"]));
        Assert.Equal("notConfigured", await MailHealthAsync(Product));

        for (int hour = 0; hour < 25; hour++)
        {
            await PassHourAsync();
        }

        ProductProcess configured = Start(new Dictionary<string, string?> { ["Smtp:Server"] = $"127.0.0.1:{Server.Port}", ["Smtp:From"] = "alerts@example.com" });
        Clock.Advance(Hour);
        await configured.SendAllDueAsync();
        Assert.Equal(types.Length, Server.Accepted.Count);
        await AssertNothingIsOwedAsync();
        Assert.Equal("healthy", await MailHealthAsync(configured));
    }

    [Fact]
    public async Task Health_tells_since_when_mail_is_failing_and_that_it_no_longer_is()
    {
        Assert.Equal("healthy", await MailHealthAsync(Product));
        DateTimeOffset since = Clock.GetUtcNow();
        Server.StopListening();
        await RaiseAsync();
        await PassHourAsync();
        await RaiseAsync("web02");
        Clock.Advance(AfterFlush);

        JsonNode health = await Product.GetAsync("/api/health");
        Assert.Equal("degraded", health["status"]!.GetValue<string>());
        Assert.Equal("failing", health["checks"]!["mail"]!.GetValue<string>());
        Assert.Equal(since, Time(health["checks"]!["mailFailingSince"]));
        Assert.DoesNotContain("127.0.0.1", health.ToJsonString(), StringComparison.Ordinal);

        Server.StartListening();
        await PassHourAsync();
        await PassAsync(TimeSpan.FromSeconds(5));
        health = await Product.GetAsync("/api/health");
        Assert.Equal("healthy", health["status"]!.GetValue<string>());
        Assert.Null(health["checks"]!["mailFailingSince"]);
    }

    [Theory]
    [InlineData(SmtpStep.Recipient, "550 5.7.1 Relaying denied")]
    [InlineData(SmtpStep.Data, "554 5.2.252 SendAsDenied")]
    [InlineData(SmtpStep.Body, "550 5.7.60 Client does not have permissions to send as this sender")]
    public async Task S12_a_server_that_refuses_everybody_is_failing_also_when_all_mail_was_given_up(SmtpStep step, string reply)
    {
        await RaiseAsync();
        Assert.Equal("healthy", await MailHealthAsync(Product));
        Clock.Advance(AfterFlush);
        DateTimeOffset since = Clock.GetUtcNow();
        Server.On(step).Times(3).Reply(reply);
        await RaiseAsync("web02");
        Clock.Advance(AfterFlush);
        Assert.Equal("failing", await MailHealthAsync(Product));

        await PassHourAsync();
        await PassHourAsync();
        await AssertNothingIsOwedAsync();
        Clock.Advance(TimeSpan.FromDays(300));
        JsonNode health = await Start().GetAsync("/api/health");
        Assert.Equal("degraded", health["status"]!.GetValue<string>());
        Assert.Equal("failing", health["checks"]!["mail"]!.GetValue<string>());
        Assert.Equal(since, Time(health["checks"]!["mailFailingSince"]));

        await RaiseAsync("web03");
        Clock.Advance(AfterFlush);
        Assert.Equal("healthy", await MailHealthAsync(Product));
    }

    [Fact]
    public async Task A_recipient_that_is_refused_while_others_get_their_mail_is_no_failing_server_at_any_attempt()
    {
        await AddUserAsync("dead");
        Server.On(SmtpStep.Recipient, "dead@example.com").Reply("550 5.1.1 no such user");
        await RaiseAsync();
        Assert.Equal("healthy", await MailHealthAsync(Product));
        for (int hour = 0; hour < 2; hour++)
        {
            await PassHourAsync();
            Assert.Equal("healthy", await MailHealthAsync(Product));
        }

        await AssertNothingIsOwedAsync();
    }

    [Fact]
    public async Task A_server_that_fails_in_the_middle_of_a_session_is_failing_until_the_next_delivery()
    {
        await AddUserAsync("z");
        Server.On(SmtpStep.Sender).After(1).Once().Reply("550 5.7.60 SendAsDenied");
        await RaiseAloneAsync();
        Assert.Single(Server.Accepted);
        Assert.Equal("failing", await MailHealthAsync(Product));

        await PassHourAsync();
        Assert.Equal("healthy", await MailHealthAsync(Product));
    }

    [Fact]
    public async Task S2_health_tells_that_nobody_receives_alert_mail()
    {
        Installation.Settings.Remove("Mail:AlertEmailAddress");
        Assert.Equal("noRecipients", await MailHealthAsync(Product));
        await AddUserAsync("silent", receives: false);
        Clock.Advance(TimeSpan.FromSeconds(5));
        Assert.Equal("noRecipients", await MailHealthAsync(Product));
        await AddUserAsync("tanaka");
        Clock.Advance(TimeSpan.FromSeconds(5));
        Assert.Equal("healthy", await MailHealthAsync(Product));
    }

    [Fact]
    public async Task Health_tells_when_the_hourly_run_last_happened()
    {
        Assert.Null((await Product.GetAsync("/api/health"))["checks"]!["lastRedriveAt"]);
        await PassHourAsync();
        DateTimeOffset ran = Clock.GetUtcNow();
        Clock.Advance(TimeSpan.FromMinutes(10));
        Assert.Equal(ran, Time((await Product.GetAsync("/api/health"))["checks"]!["lastRedriveAt"]));
    }

    [Fact]
    public async Task Health_is_unhealthy_without_storage()
    {
        Product.Storage.When(_ => true).FailToConnect();
        Answer answer = await Product.SendAsync("GET", "/api/health");
        Assert.Equal(System.Net.HttpStatusCode.ServiceUnavailable, answer.Status);
        Assert.Equal("unhealthy", answer.Json["status"]!.GetValue<string>());
        Assert.Equal("unknown", answer.Json["checks"]!["mail"]!.GetValue<string>());
    }

    private static async Task<string> MailHealthAsync(ProductProcess process) => (await process.GetAsync("/api/health"))["checks"]!["mail"]!.GetValue<string>();
}
