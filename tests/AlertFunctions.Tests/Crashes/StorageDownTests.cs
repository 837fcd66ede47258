using System.Net;
using System.Text;
using AlertFunctions.Core.Events;
using AlertFunctions.Core.Outbox;
using AlertFunctions.Core.Upkeep;
using AlertFunctions.Testing;

namespace AlertFunctions.Tests.Crashes;

/// <summary>Storage, its queue or the SMTP server does not answer.</summary>
public sealed class StorageDownTests(AzuriteServer azurite) : IAsyncLifetime
{
    private const string Body = """{"id":"evt-1","time":"2026-11-24T01:59:00Z","computer":"pc-1","alert":"Eicar"}""";

    private Installation _installation = null!;
    private ProductProcess _product = null!;

    public async ValueTask InitializeAsync()
    {
        _installation = await Installation.CreateAsync(azurite);
        _product = _installation.Start();
    }

    public async ValueTask DisposeAsync()
    {
        await _installation.DisposeAsync();
        _product.Log.AssertNothingUnexpected();
    }

    [Fact]
    public async Task Storage_that_cannot_be_reached_is_answered_503_and_the_same_request_succeeds_later()
    {
        _product.Log.Expect(301);
        _product.Storage.When(_ => true).FailToConnect();
        await AssertUnavailableAsync(_product.SendAsync("POST", "/api/events", Body));

        _product.Storage.Heal();
        await AssertRecordedAndMailedAsync();
    }

    [Theory]
    [InlineData("GET AlertTypes(...)")]
    [InlineData("GET Work(...)")]
    [InlineData("POST $batch")]
    [InlineData("POST Events")]
    public async Task Storage_that_does_not_answer_is_answered_503_within_30_seconds(string label)
    {
        _product.Log.Expect(301);
        StorageFault silence = _product.Storage.When(call => call.Label == label).Hold();
        Task<Answer> answer = _product.SendAsync("POST", "/api/events", Body);
        await silence.Reached;
        Assert.False(answer.IsCompleted);
        _installation.Clock.Advance(TimeSpan.FromSeconds(29));
        await AssertUnavailableAsync(answer);

        _product.Storage.Heal();
        await AssertRecordedAndMailedAsync();
    }

    [Fact]
    public async Task With_the_SMTP_server_down_events_are_recorded_all_the_same()
    {
        _product.Log.Expect(201);
        _installation.Smtp.StopListening();
        await _product.PostEventsAsync(Body);
        await _product.WorkOffQueueAsync();
        Assert.Empty(_installation.Smtp.Accepted);
        Assert.Single(await Audit.SystemEventsAsync(_product, 569));

        _installation.Smtp.StartListening();
        _installation.Clock.Advance(TimeSpan.FromHours(1));
        await _product.Get<MailRedriver>().WakeDueAsync(CancellationToken.None);
        await _product.WorkOffQueueAsync();
        Assert.Single(_installation.Smtp.Accepted);
    }

    [Fact]
    public async Task With_the_queue_alone_down_events_are_recorded_and_the_timer_finds_their_mail()
    {
        _product.Log.Expect(101);
        _product.Storage.When(call => call.Service == StorageService.Queue).FailToConnect();
        await _product.PostEventsAsync(Body);
        _product.Storage.Heal();
        await _product.Get<MailRedriver>().WakeDueAsync(CancellationToken.None);
        Assert.Empty(await _product.WorkOffQueueAsync()); // it may still be on its way

        _installation.Clock.Advance(TimeSpan.FromMinutes(2));
        await _product.Get<MailRedriver>().WakeDueAsync(CancellationToken.None);
        await _product.WorkOffQueueAsync();
        Assert.Single(_installation.Smtp.Accepted);
    }

    [Fact]
    public async Task A_queue_that_does_not_answer_delays_the_200_and_no_more()
    {
        _product.Log.Expect(101);
        StorageFault silence = _product.Storage.When(call => call.Service == StorageService.Queue).Hold();
        Task<Answer> answer = _product.SendAsync("POST", "/api/events", Body);
        await silence.Reached;
        _installation.Clock.Advance(TimeSpan.FromSeconds(5));
        Assert.Equal(HttpStatusCode.OK, (await answer).Status);
        Assert.EndsWith("within 5 seconds.", Assert.Single(_product.Log.Entries, entry => entry.EventId.Id == 101).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_wake_up_that_fails_in_whatever_way_delays_the_mail_and_no_more()
    {
        _product.Log.Expect(101);
        CallCounter counter = _product.Storage.Counter;
        counter.Surprise = number => counter.Labels[number - 1].Contains("outgoing-mail", StringComparison.Ordinal) ? new NotImplementedException("Injected.") : null;
        Assert.Equal(HttpStatusCode.OK, (await _product.SendAsync("POST", "/api/events", Body)).Status);
        Assert.Single(_product.Log.Entries, entry => entry.EventId.Id == 101);
        counter.Surprise = null;
        await AssertRecordedAndMailedAsync();
    }

    [Fact]
    public async Task Wake_ups_of_many_types_go_16_at_a_time_and_do_not_end_with_the_client()
    {
        StorageFault slow = _product.Storage.When(call => call.Service == StorageService.Queue).Hold();
        using var client = new CancellationTokenSource();
        Task<RecordedEvents> recording = _product.Get<EventRecorder>().RecordAsync(FortyTypes(), client.Token);
        await _product.Storage.WaitUntilAsync(() => _product.Storage.Count(IsWakeUp) == 16);
        await client.CancelAsync();
        slow.Release();

        Assert.Equal(40, (await recording).Recorded);
        Assert.Equal(40, _product.Storage.Count(IsWakeUp));
        static bool IsWakeUp(StorageCall call) => call.Label == "POST outgoing-mail/messages";
    }

    [Fact]
    public async Task Clearing_many_types_waits_once_for_a_queue_that_does_not_answer()
    {
        for (int number = 0; number < 5; number++)
        {
            await _product.ReportAsync("pc-1", $"Type {number}");
        }

        _product.Log.Expect(101);
        StorageFault silence = _product.Storage.When(call => call.Service == StorageService.Queue).Hold();
        Task<Answer> answer = _product.SendAsync("POST", "/api/alerts/clear", """{"items":[{"computer":"pc-1"}]}""");
        await silence.Reached;
        _installation.Clock.Advance(TimeSpan.FromSeconds(5));
        Assert.Equal(5, (await answer).Json["cleared"]!.AsArray().Count);
        Assert.Equal(1, _installation.Clock.CountPauses(TimeSpan.FromSeconds(5)) - 5); // the five reports had one each
    }

    [Fact]
    public async Task New_types_are_registered_16_at_a_time_and_their_registration_does_not_end_with_the_client()
    {
        StorageFault slow = _product.Storage.When(call => call.Label == "POST AlertTypes").Hold();
        using var client = new CancellationTokenSource();
        Task<RecordedEvents> recording = _product.Get<EventRecorder>().RecordAsync(FortyTypes(), client.Token);
        await _product.Storage.WaitUntilAsync(() => _product.Storage.Count(call => call.Label == "POST AlertTypes") == 16);
        await client.CancelAsync();
        slow.Release();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => recording);
        Assert.Equal(40, (await _installation.RowsAsync("AlertTypes")).Count);
    }

    [Fact]
    public async Task A_registration_that_storage_does_not_answer_is_a_503()
    {
        _product.Log.Expect(301);
        StorageFault silence = _product.Storage.When(call => call.Label == "POST AlertTypes").Hold();
        Task<Answer> answering = _product.SendAsync("POST", "/api/events", Body);
        await silence.Reached;
        _installation.Clock.Advance(TimeSpan.FromSeconds(15));
        await AssertUnavailableAsync(answering);
    }

    [Theory]
    [InlineData(HttpStatusCode.BadRequest, "InvalidHeaderValue")]
    [InlineData(HttpStatusCode.Unauthorized, "InvalidAuthenticationInfo")]
    [InlineData(HttpStatusCode.Forbidden, "AuthorizationPermissionMismatch")]
    [InlineData(HttpStatusCode.NotImplemented, "NotImplemented")]
    public async Task Storage_that_refuses_is_answered_503_with_the_whole_problem(HttpStatusCode status, string errorCode)
    {
        _product.Log.Expect(301);
        _product.Storage.When(_ => true).Fail(status, errorCode);
        await AssertUnavailableAsync(_product.SendAsync("POST", "/api/events", Body));
        Assert.Contains(errorCode, Assert.Single(_product.Log.Entries, entry => entry.EventId.Id == 301).Message, StringComparison.Ordinal);

        _product.Storage.Heal();
        await AssertRecordedAndMailedAsync();
    }

    [Fact]
    public async Task An_outage_is_one_line_of_the_log_and_then_one_a_minute()
    {
        _product.Log.Expect(301);
        _product.Storage.When(_ => true).FailToConnect();
        for (int second = 0; second < 90; second += 10)
        {
            await AssertUnavailableAsync(_product.SendAsync("POST", "/api/events", Body));
            _installation.Clock.Advance(TimeSpan.FromSeconds(10));
        }

        LogEntry[] lines = [.. _product.Log.Entries.Where(entry => entry.EventId.Id == 301)];
        Assert.Equal(2, lines.Length);
        Assert.EndsWith("(5 more since 02:00:00Z)", lines[1].Message, StringComparison.Ordinal);
        Assert.All(lines, line => Assert.Null(line.Exception));
    }

    [Fact]
    public async Task A_client_that_reads_slowly_gets_the_whole_answer_after_the_storage_deadline()
    {
        for (int number = 0; number < 50; number++)
        {
            await _product.ReportAsync($"pc-{number}", message: new string('x', 4_000)); // more than a pipe holds
        }

        using var slow = new SlowStream();
        Task<Answer> answering = _product.SendStreamAsync("GET", "/api/alerts", answerTo: slow);
        await slow.Reached;
        _installation.Clock.Advance(TimeSpan.FromSeconds(30));
        slow.Release();

        Answer answer = await answering;
        Assert.Equal(HttpStatusCode.OK, answer.Status);
        Assert.Equal(50, answer.Json["items"]!.AsArray().Count);
    }

    [Fact]
    public async Task A_client_that_sends_slowly_leaves_storage_its_whole_time()
    {
        StorageFault slow = _product.Storage.When(call => call.Label == "GET Work(...)").Hold();
        using var body = new SlowStream(Encoding.UTF8.GetBytes(Body));
        Task<Answer> answering = _product.SendStreamAsync("POST", "/api/events", body);
        await body.Reached;
        _installation.Clock.Advance(TimeSpan.FromSeconds(20));
        body.Release();
        await slow.Reached;
        _installation.Clock.Advance(TimeSpan.FromSeconds(20));
        slow.Release();

        Assert.Equal(HttpStatusCode.OK, (await answering).Status);
    }

    private static List<Event> FortyTypes() => [.. Enumerable.Range(0, 40).Select(number => new Event("pc-1", $"Type {number}", TransitionKind.Raise, FakeClock.Origin))];

    private static async Task AssertUnavailableAsync(Task<Answer> answering)
    {
        Answer answer = await answering;
        Assert.Equal(HttpStatusCode.ServiceUnavailable, answer.Status);
        Assert.Equal("application/problem+json", answer.ContentType);
        Assert.Equal(503, answer.Json["status"]!.GetValue<int>());
        Assert.Contains("Storage does not answer", answer.Json["title"]!.GetValue<string>(), StringComparison.Ordinal);
        Assert.InRange(int.Parse(answer.Headers["Retry-After"], System.Globalization.CultureInfo.InvariantCulture), 1, 60);
    }

    private async Task AssertRecordedAndMailedAsync()
    {
        await _product.PostEventsAsync(Body);
        _installation.Clock.Advance(TimeSpan.FromMinutes(3));
        await _product.Get<MailRedriver>().WakeDueAsync(CancellationToken.None);
        await _product.WorkOffQueueAsync();
        Assert.Single(_installation.Smtp.Accepted);
        Assert.Single(await _installation.RowsAsync("Events"));
        Assert.Single(await Audit.SystemEventsAsync(_product, 190));
    }
}
