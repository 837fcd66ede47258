using System.Net;
using System.Text;
using System.Text.Json.Nodes;
using AlertFunctions.Core.Events;
using AlertFunctions.Core.Outbox;
using AlertFunctions.Core.Upkeep;
using AlertFunctions.Testing;

namespace AlertFunctions.Tests.Crashes;

/// <summary>Storage, its queue or the SMTP server does not answer.</summary>
public sealed class StorageDownTests(AzuriteServer azurite) : ProductTest(azurite)
{
    private const string Body = """{"id":"evt-1","time":"2026-11-24T01:59:00Z","computer":"pc-1","alert":"Eicar"}""";

    [Fact]
    public async Task Storage_that_cannot_be_reached_is_answered_503_and_the_same_request_succeeds_later()
    {
        Product.Log.Expect(301);
        Product.Storage.When(_ => true).FailToConnect();
        await AssertUnavailableAsync(Product.SendAsync("POST", "/api/events", Body));

        Product.Storage.Heal();
        await AssertRecordedAndMailedAsync();
    }

    [Theory]
    [InlineData("GET AlertTypes(...)")]
    [InlineData("POST AlertTypes")]
    [InlineData("POST $batch")]
    public async Task Storage_that_does_not_answer_is_answered_503_within_30_seconds(string label)
    {
        Product.Log.Expect(301);
        StorageFault silence = Product.Storage.When(call => call.Label == label).Hold();
        Task<Answer> answer = Product.SendAsync("POST", "/api/events", Body);
        await silence.Reached;
        Assert.False(answer.IsCompleted);
        Installation.Clock.Advance(TimeSpan.FromSeconds(29));
        await AssertUnavailableAsync(answer);

        Product.Storage.Heal();
        await AssertRecordedAndMailedAsync();
    }

    [Fact]
    public async Task With_the_SMTP_server_down_events_are_recorded_all_the_same()
    {
        Product.Log.Expect(201);
        Smtp.StopListening();
        await Product.PostEventsAsync(Body);
        await Product.WorkOffQueueAsync();
        Assert.Empty(Smtp.Accepted);
        Assert.Single(await Audit.SystemEventsAsync(Product, 569));

        Smtp.StartListening();
        Installation.Clock.Advance(TimeSpan.FromHours(1));
        await Product.Get<MailRedriver>().WakeDueAsync(CancellationToken.None);
        await Product.WorkOffQueueAsync();
        Assert.Single(Smtp.Accepted);
    }

    [Fact]
    public async Task With_the_queue_alone_down_events_are_recorded_and_the_timer_finds_their_mail()
    {
        Product.Log.Expect(101);
        Product.Storage.When(call => call.Service == StorageService.Queue).FailToConnect();
        await Product.PostEventsAsync(Body);
        Product.Storage.Heal();
        await Product.Get<MailRedriver>().WakeDueAsync(CancellationToken.None);
        Assert.Empty(await Product.WorkOffQueueAsync()); // it may still be on its way

        Installation.Clock.Advance(TimeSpan.FromMinutes(2));
        await Product.Get<MailRedriver>().WakeDueAsync(CancellationToken.None);
        await Product.WorkOffQueueAsync();
        Assert.Single(Smtp.Accepted);
    }

    [Fact]
    public async Task A_queue_that_does_not_answer_delays_the_200_and_no_more()
    {
        Product.Log.Expect(101);
        StorageFault silence = Product.Storage.When(call => call.Service == StorageService.Queue).Hold();
        Task<Answer> answer = Product.SendAsync("POST", "/api/events", Body);
        await silence.Reached;
        Installation.Clock.Advance(TimeSpan.FromSeconds(5));
        Assert.Equal(HttpStatusCode.OK, (await answer).Status);
        Assert.EndsWith("within 5 seconds.", Assert.Single(Product.Log.Entries, entry => entry.EventId.Id == 101).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_wake_up_that_fails_in_whatever_way_delays_the_mail_and_no_more()
    {
        Product.Log.Expect(101);
        CallCounter counter = Product.Storage.Counter;
        counter.Surprise = number => counter.Labels[number - 1].Contains("outgoing-mail", StringComparison.Ordinal) ? new NotImplementedException("Injected.") : null;
        Assert.Equal(HttpStatusCode.OK, (await Product.SendAsync("POST", "/api/events", Body)).Status);
        Assert.Single(Product.Log.Entries, entry => entry.EventId.Id == 101);
        counter.Surprise = null;
        await AssertRecordedAndMailedAsync();
    }

    [Fact]
    public async Task Wake_ups_of_many_types_are_one_for_each_of_their_shards_and_do_not_end_with_the_client()
    {
        int shards = FortyTypes().Select(item => Core.Storage.Shard.Of(item.Alert)).Distinct().Count();
        StorageFault slow = Product.Storage.When(call => call.Service == StorageService.Queue).Hold();
        using var client = new CancellationTokenSource();
        Task<RecordedEvents> recording = Product.Get<EventRecorder>().RecordAsync(FortyTypes(), client.Token);
        await Product.Storage.WaitUntilAsync(() => Product.Storage.Count(IsWakeUp) == shards);
        await client.CancelAsync();
        slow.Release();

        Assert.Equal(40, (await recording).Recorded);
        Assert.Equal(shards, Product.Storage.Count(IsWakeUp));
        static bool IsWakeUp(StorageCall call) => call.Label == "POST outgoing-mail/messages";
    }

    [Fact]
    public async Task Clearing_many_types_waits_once_for_a_queue_that_does_not_answer()
    {
        for (int number = 0; number < 5; number++)
        {
            await Product.ReportAsync("pc-1", $"Type {number}");
        }

        Product.Log.Expect(101);
        StorageFault silence = Product.Storage.When(call => call.Service == StorageService.Queue).Hold();
        Task<Answer> answer = Product.SendAsync("POST", "/api/alerts/clear", """{"items":[{"computer":"pc-1"}]}""");
        await silence.Reached;
        Installation.Clock.Advance(TimeSpan.FromSeconds(5));
        Assert.Equal(5, (await answer).Json["cleared"]!.AsArray().Count);
        Assert.Equal(1, Installation.Clock.CountPauses(TimeSpan.FromSeconds(5)) - 5); // the five reports had one each
    }

    [Fact]
    public async Task New_types_of_a_request_are_registered_even_where_another_process_is_faster_and_their_registration_does_not_end_with_the_client()
    {
        StorageFault together = Product.Storage.When(call => call.Label == "POST $batch").Once().Hold();
        StorageFault slow = Product.Storage.When(call => call.Label == "POST AlertTypes").Hold();
        using var client = new CancellationTokenSource();
        Task<RecordedEvents> recording = Product.Get<EventRecorder>().RecordAsync(FortyTypes(), client.Token);
        await together.Reached;
        await Installation.Start().ReportAsync("pc-1", "Type 7");
        together.Release();
        await Product.Storage.WaitUntilAsync(() => Product.Storage.Count(call => call.Label == "POST AlertTypes") == 16); // one by one, 16 at a time
        await client.CancelAsync();
        slow.Release();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => recording);
        Assert.Equal(40, (await Installation.RowsAsync("AlertTypes")).Count);
    }

    [Fact]
    public async Task A_registration_that_storage_does_not_answer_is_a_503()
    {
        Product.Log.Expect(301);
        StorageFault silence = Product.Storage.When(call => call.Label == "POST AlertTypes").Hold();
        Task<Answer> answering = Product.SendAsync("POST", "/api/events", Body);
        await silence.Reached;
        Installation.Clock.Advance(TimeSpan.FromSeconds(15));
        await AssertUnavailableAsync(answering);
    }

    [Theory]
    [InlineData(HttpStatusCode.BadRequest, "InvalidHeaderValue")]
    [InlineData(HttpStatusCode.Unauthorized, "InvalidAuthenticationInfo")]
    [InlineData(HttpStatusCode.Forbidden, "AuthorizationPermissionMismatch")]
    [InlineData(HttpStatusCode.NotImplemented, "NotImplemented")]
    public async Task Storage_that_refuses_is_answered_503_with_the_whole_problem(HttpStatusCode status, string errorCode)
    {
        Product.Log.Expect(301);
        Product.Storage.When(_ => true).Fail(status, errorCode);
        await AssertUnavailableAsync(Product.SendAsync("POST", "/api/events", Body));
        Assert.Contains(errorCode, Assert.Single(Product.Log.Entries, entry => entry.EventId.Id == 301).Message, StringComparison.Ordinal);

        Product.Storage.Heal();
        await AssertRecordedAndMailedAsync();
    }

    [Fact]
    public async Task An_outage_is_one_line_of_the_log_and_then_one_a_minute()
    {
        Product.Log.Expect(301);
        Product.Storage.When(_ => true).FailToConnect();
        for (int second = 0; second < 90; second += 10)
        {
            await AssertUnavailableAsync(Product.SendAsync("POST", "/api/events", Body));
            Installation.Clock.Advance(TimeSpan.FromSeconds(10));
        }

        LogEntry[] lines = [.. Product.Log.Entries.Where(entry => entry.EventId.Id == 301)];
        Assert.Equal(2, lines.Length);
        Assert.EndsWith("(5 more since 02:00:00Z)", lines[1].Message, StringComparison.Ordinal);
        Assert.All(lines, line => Assert.Null(line.Exception));
    }

    [Fact]
    public async Task A_client_that_reads_slowly_gets_the_whole_answer_after_the_storage_deadline()
    {
        for (int number = 0; number < 50; number++)
        {
            await Product.ReportAsync($"pc-{number}", message: new string('x', 4_000)); // more than a pipe holds
        }

        using var slow = new SlowStream();
        Task<Answer> answering = Product.SendStreamAsync("GET", "/api/alerts", answerTo: slow);
        await slow.Reached;
        Installation.Clock.Advance(TimeSpan.FromSeconds(30));
        slow.Release();

        Answer answer = await answering;
        Assert.Equal(HttpStatusCode.OK, answer.Status);
        Assert.Equal(50, answer.Json["items"]!.AsArray().Count);
    }

    [Fact]
    public async Task A_client_that_sends_slowly_leaves_storage_its_whole_time()
    {
        StorageFault slow = Product.Storage.When(call => call.Label == "POST $batch").Hold();
        using var body = new SlowStream(Encoding.UTF8.GetBytes(Body));
        Task<Answer> answering = Product.SendStreamAsync("POST", "/api/events", body);
        await body.Reached;
        Installation.Clock.Advance(TimeSpan.FromSeconds(20));
        body.Release();
        await slow.Reached;
        Installation.Clock.Advance(TimeSpan.FromSeconds(20));
        slow.Release();

        Assert.Equal(HttpStatusCode.OK, (await answering).Status);
    }

    private static List<Event> FortyTypes() => [.. Enumerable.Range(0, 40).Select(number => new Event("pc-1", $"Type {number}", TransitionKind.Raise, FakeClock.Origin))];

    internal static async Task AssertUnavailableAsync(Task<Answer> answering)
    {
        Answer answer = await answering;
        Assert.Equal(HttpStatusCode.ServiceUnavailable, answer.Status);
        Assert.Equal("application/problem+json", answer.ContentType);
        JsonObject body = answer.Json.AsObject();
        body.Remove("traceId");
        Assert.Equal(
            """{"type":"https://tools.ietf.org/html/rfc9110#section-15.6.4","title":"Storage does not answer. Nothing is known to be recorded; repeat the request, which is safe for events with id and time.","status":503,"code":"storageUnavailable"}""",
            body.ToJsonString());
        Assert.Equal("10", answer.Headers["Retry-After"]);
    }

    private async Task AssertRecordedAndMailedAsync()
    {
        await Product.PostEventsAsync(Body);
        Installation.Clock.Advance(TimeSpan.FromMinutes(3));
        await Product.Get<MailRedriver>().WakeDueAsync(CancellationToken.None);
        await Product.WorkOffQueueAsync();
        Assert.Single(Smtp.Accepted);
        Assert.Single(await Installation.RowsAsync("Work", "event|"));
        Assert.Single(await Audit.SystemEventsAsync(Product, 190));
    }
}
