using System.Text.Json;
using AlertFunctions.Testing;

namespace AlertFunctions.FunctionApp.Tests;

public sealed class MailFunctionsTests(AzuriteServer azurite)
{
    private const string Event = """{ "computer": "端末A", "alert": "Eicar" }""";

    [Fact]
    public async Task The_queue_function_sends_the_mail_of_a_raised_alert()
    {
        await using var smtp = new ScriptedSmtpServer();
        await using FunctionAppUnderTest app = await FunctionAppUnderTest.StartAsync(azurite, smtp.Port);
        await app.RequestAsync("POST", "/api/events", Event);

        await app.HandleQueueAsync();

        ReceivedMail mail = Assert.Single(smtp.Accepted);
        Assert.Equal("ops@example.com", mail.Recipient);
        Assert.Contains("端末A", mail.Message.TextBody, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_message_that_cannot_be_read_is_recorded_and_does_not_come_again()
    {
        await using FunctionAppUnderTest app = await FunctionAppUnderTest.StartAsync(azurite);
        await app.SendMessageAsync("not one of ours");
        Assert.Equal(1, await app.HandleQueueAsync());
        Assert.NotEmpty((await app.RequestAsync("GET", "/api/system-events")).Json.GetProperty("items").EnumerateArray());
    }

    [Theory]
    [InlineData("RedriveFailedMail")]
    [InlineData("RunScheduledTasks")]
    public async Task A_timer_wakes_mail_that_failed_an_hour_ago(string timer)
    {
        await using var smtp = new ScriptedSmtpServer();
        await using FunctionAppUnderTest app = await FunctionAppUnderTest.StartAsync(azurite, smtp.Port);
        smtp.StopListening();
        await app.RequestAsync("POST", "/api/events", Event);
        await app.HandleQueueAsync();
        smtp.StartListening();

        await app.TickAsync(timer);
        Assert.Equal(0, await app.HandleQueueAsync());

        app.Clock.Advance(TimeSpan.FromHours(1));
        await app.TickAsync(timer);
        await app.HandleQueueAsync();

        Assert.Equal("ops@example.com", Assert.Single(smtp.Accepted).Recipient);
    }

    [Fact]
    public async Task The_hourly_timer_leaves_word_that_it_ran()
    {
        await using FunctionAppUnderTest app = await FunctionAppUnderTest.StartAsync(azurite);
        await app.TickAsync("RedriveFailedMail");
        Answer health = await app.RequestAsync("GET", "/api/health");
        Assert.Equal(FakeClock.Origin, health.Json.GetProperty("checks").GetProperty("lastRedriveAt").GetDateTimeOffset());
    }

    [Fact]
    public async Task A_message_that_is_not_Base64_breaks_no_timer_and_is_recorded_once()
    {
        await using FunctionAppUnderTest app = await FunctionAppUnderTest.StartAsync(azurite);
        await app.MovePoisonAsync("not even Base64 ?!?");
        await app.TickAsync("RunScheduledTasks");
        await app.TickAsync("RunScheduledTasks");
        JsonElement item = Assert.Single((await app.RequestAsync("GET", "/api/system-events?id=199")).Json.GetProperty("items").EnumerateArray());
        Assert.Contains("not even Base64 ?!?", item.GetProperty("description").GetString(), StringComparison.Ordinal);
    }
}
