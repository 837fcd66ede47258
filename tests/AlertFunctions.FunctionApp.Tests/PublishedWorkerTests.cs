using System.Net;
using System.Net.Http.Json;
using System.Net.ServerSentEvents;
using System.Text.Json.Nodes;
using AlertFunctions.Testing;
using AlertFunctions.WorkerHost;

namespace AlertFunctions.FunctionApp.Tests;

/// <summary>The published app as a process, driven over the protocol that the Functions host speaks, with everything real.</summary>
public sealed class PublishedWorkerTests(PublishedWorkerTests.SharedApp shared) : IClassFixture<PublishedWorkerTests.SharedApp>
{
    private HostedApp App => shared.App;

    [Fact]
    public async Task An_event_that_is_posted_ends_in_a_mail()
    {
        await App.PostEventAsync("Eicar");
        await App.RunQueueAsync();

        ReceivedMail mail = MailAbout("Eicar");
        Assert.Equal("ops@example.com", mail.Recipient);
        Assert.Contains("web01", mail.Message.TextBody, StringComparison.Ordinal);
        Assert.Single(await App.ListAsync("/api/alerts?alert=Eicar"));
        Assert.Empty(await App.ListAsync("/api/mail"));
    }

    [Fact]
    public void The_worker_announces_the_functions_of_the_design() => Assert.Equal(
        DeclaredFunction.All.Select(function => function.Name),
        App.Host.Worker.Functions.Keys.OrderBy(name => name.ToUpperInvariant(), StringComparer.Ordinal));

    [Theory]
    [InlineData("/", HttpStatusCode.OK, "text/html")]
    [InlineData("/openapi/v1.json", HttpStatusCode.OK, "application/json")]
    [InlineData("/docs/", HttpStatusCode.OK, "text/html")]
    [InlineData("/docs/scalar.js", HttpStatusCode.OK, "text/javascript")]
    [InlineData("/api/health", HttpStatusCode.OK, "application/json")]
    [InlineData("/api/alerts?top=1", HttpStatusCode.OK, "application/json")]
    [InlineData("/api/users/nobody", HttpStatusCode.NotFound, "application/problem+json")]
    [InlineData("/api/events", HttpStatusCode.MethodNotAllowed, "application/problem+json")]
    [InlineData("//api/alerts", HttpStatusCode.NotFound, null)]
    public async Task A_request_is_answered_by_the_contract_if_a_route_fits_it(string path, HttpStatusCode status, string? contentType)
    {
        using HttpResponseMessage answer = await App.Host.SendAsync(HttpMethod.Get, path);
        Assert.Equal(status, answer.StatusCode);
        Assert.Equal(contentType, answer.Content.Headers.ContentType?.MediaType);
    }

    [Theory]
    [InlineData("/api/nothing")]
    [InlineData("/nothing")]
    public async Task What_is_not_there_is_a_problem_whatever_is_accepted(string path)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, path) { Headers = { { "Accept", "text/csv" } } };
        (HttpResponseMessage answer, Task ended) = await App.Host.BeginAsync(request);
        await ended;
        Assert.Equal((HttpStatusCode.NotFound, "application/problem+json"), (answer.StatusCode, answer.Content.Headers.ContentType?.MediaType));
        Assert.Equal("notFound", (string)JsonNode.Parse(await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken))!["code"]!);
    }

    [Fact]
    public async Task A_step_of_a_test_mail_arrives_while_the_server_is_thinking_about_the_next()
    {
        var released = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        SmtpRule thinks = App.Smtp.On(SmtpStep.Recipient, "thinking@example.com").HoldUntil(released.Task);
        using var request = new HttpRequestMessage(HttpMethod.Post, "/api/mail/test") { Headers = { { "Accept", "text/event-stream" } }, Content = JsonContent.Create(new { to = "thinking@example.com" }) };
        (HttpResponseMessage answer, Task ended) = await App.Host.BeginAsync(request);
        await using IAsyncEnumerator<SseItem<string>> events = SseParser.Create(await answer.Content.ReadAsStreamAsync(TestContext.Current.CancellationToken)).EnumerateAsync().GetAsyncEnumerator(TestContext.Current.CancellationToken);
        await thinks.Reached;

        foreach (string step in (string[])["resolve", "connect", "greeting", "sender"])
        {
            Assert.True(await events.MoveNextAsync());
            Assert.Equal(step, (string)JsonNode.Parse(events.Current.Data)!["step"]!);
        }

        released.SetResult();
        while (await events.MoveNextAsync() && events.Current.EventType != "result")
        {
            // To its end.
        }

        Assert.True((bool)JsonNode.Parse(events.Current.Data)!["ok"]!);
        await ended;
    }

    [Theory]
    [InlineData("RedriveFailedMail")]
    [InlineData("RunScheduledTasks")]
    public async Task A_timer_wakes_mail_that_failed_an_hour_ago(string timer)
    {
        App.Smtp.StopListening();
        await App.PostEventAsync(timer);
        await App.RunQueueAsync();
        App.Smtp.StartListening();
        await App.Host.RunTimerAsync(timer);
        Assert.Equal(0, await App.RunQueueAsync());

        await App.Installation.MakeAllMailDueAsync();
        await App.Host.RunTimerAsync(timer);
        await App.RunQueueAsync();
        Assert.Equal("ops@example.com", MailAbout(timer).Recipient);
    }

    [Fact]
    public async Task A_message_of_somebody_else_is_recorded_and_does_not_come_again()
    {
        await App.Installation.RawQueue("outgoing-mail").SendMessageAsync(Convert.ToBase64String("not one of ours"u8), TestContext.Current.CancellationToken);
        Assert.Equal(1, await App.RunQueueAsync());
        await AssertRecordedAsync("not one of ours");
    }

    [Fact]
    public async Task A_message_that_the_host_cannot_decode_is_poison_after_five_tries_and_recorded_by_the_next_minute()
    {
        await App.Installation.RawQueue("outgoing-mail").SendMessageAsync("not even Base64 ?!?", TestContext.Current.CancellationToken);
        Assert.Equal(0, await App.RunQueueAsync());
        Assert.Equal(["not even Base64 ?!?"], await PoisonAsync());

        await App.Host.RunTimerAsync("RunScheduledTasks");
        await AssertRecordedAsync("not even Base64 ?!?");
        Assert.Empty(await PoisonAsync());
    }

    private ReceivedMail MailAbout(string alert) => Assert.Single(App.Smtp.Accepted, mail => mail.Message.Subject!.Contains(alert, StringComparison.Ordinal));

    private async Task AssertRecordedAsync(string text) =>
        Assert.Single(await App.ListAsync("/api/system-events?id=199"), item => item.GetProperty("description").GetString()!.Contains(text, StringComparison.Ordinal));

    private async Task<string[]> PoisonAsync() =>
        [.. (await App.Installation.RawQueue("outgoing-mail-poison").PeekMessagesAsync(maxMessages: 32)).Value.Select(message => message.MessageText)];

    /// <summary>One app for all tests here, which run one after the other and each look at alerts of their own.</summary>
    public sealed class SharedApp(PublishedApp published) : IAsyncLifetime
    {
        internal HostedApp App { get; private set; } = null!;

        public async ValueTask InitializeAsync() => App = await HostedApp.StartAsync(published);

        public ValueTask DisposeAsync() => App.DisposeAsync();
    }
}
