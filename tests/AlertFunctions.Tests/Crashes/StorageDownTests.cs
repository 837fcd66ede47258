using System.Net;
using AlertFunctions.Core.Mail;
using AlertFunctions.Tests.Infrastructure;

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
        _installation.Clock.Advance(TimeSpan.FromSeconds(29));
        Assert.Equal(HttpStatusCode.OK, (await answer).Status);
    }

    private static async Task AssertUnavailableAsync(Task<Answer> answering)
    {
        Answer answer = await answering;
        Assert.Equal(HttpStatusCode.ServiceUnavailable, answer.Status);
        Assert.Equal("application/problem+json", answer.ContentType);
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
