using System.Text.Json.Nodes;
using AlertFunctions.Core.Storage;
using AlertFunctions.Core.Upkeep;
using AlertFunctions.Testing;
using Azure.Storage.Queues;

namespace AlertFunctions.Tests.Failures;

/// <summary>Messages are only wake-ups: losing, repeating, delaying or reordering one changes nothing but time (rule 1).</summary>
public sealed class WakeUpTests(AzuriteServer azurite) : FailureTests(azurite)
{
    [Fact]
    public async Task Rule_1_a_wake_up_that_comes_twice_sends_once()
    {
        await Product.ReportAsync("web01");
        await Product.HandleAsync("compose|Eicar");
        await Product.HandleAsync("compose|Eicar");
        await Product.SendAllDueAsync();
        await Product.WorkOffQueueAsync();
        Assert.Single(Server.Accepted);
    }

    [Fact]
    public async Task Rule_1_a_wake_up_that_comes_twice_at_the_same_moment_sends_once()
    {
        await AddUserAsync("a");
        await Product.ReportAsync("web01");
        ProductProcess other = Start();
        await Task.WhenAll(Enumerable.Range(0, 3).SelectMany(_ => new[] { Product.HandleAsync("compose|Eicar"), other.HandleAsync("compose|Eicar") }));
        await Product.WorkOffQueueAsync();
        Assert.Equal(["a@example.com", "ops@example.com"], Server.Accepted.Select(mail => mail.Recipient).Order());
        await AssertNothingIsOwedAsync();
    }

    [Fact]
    public async Task Rule_1_a_raise_whose_wake_up_was_lost_is_mailed_within_two_minutes()
    {
        await Product.ReportAsync("web01");
        await LoseWakeUpsAsync();
        await PassAsync(TimeSpan.FromSeconds(29));
        Assert.Empty(Server.Accepted); // its wake-up might still come
        await PassAsync(TimeSpan.FromMinutes(1));
        Assert.Single(Server.Accepted);
    }

    [Fact]
    public async Task Rule_1_a_raise_whose_wake_up_was_lost_is_mailed_as_soon_by_an_instance_whose_clock_is_a_minute_slow()
    {
        ProductProcess slow = Start(clock: new FakeClock());
        Clock.Advance(TimeSpan.FromMinutes(1));
        await Product.ReportAsync("web01");
        await LoseWakeUpsAsync();
        Clock.Advance(TimeSpan.FromSeconds(30));
        await slow.Get<MailRedriver>().WakeDueAsync(CancellationToken.None);
        await slow.WorkOffQueueAsync();
        Assert.Single(Server.Accepted);
    }

    [Fact]
    public async Task Rule_1_a_raise_that_is_still_being_collected_is_not_taken_to_have_lost_its_wake_up()
    {
        Installation.Settings["Mail:CollectSeconds"] = "60";
        ProductProcess collecting = Start();
        await collecting.ReportAsync("web01");
        Clock.Advance(TimeSpan.FromSeconds(89));
        await LoseWakeUpsAsync();
        await collecting.Get<MailRedriver>().WakeDueAsync(CancellationToken.None);
        Assert.Empty(await collecting.WorkOffQueueAsync());
        Clock.Advance(TimeSpan.FromSeconds(1));
        await collecting.Get<MailRedriver>().WakeDueAsync(CancellationToken.None);
        await collecting.WorkOffQueueAsync();
        Assert.Single(Server.Accepted);
    }

    [Fact]
    public async Task Rule_1_a_failed_mail_whose_wake_up_was_lost_is_woken_again_a_minute_later()
    {
        Server.StopListening();
        await RaiseAsync();
        Server.StartListening();
        Clock.Advance(Hour);
        await Product.Get<MailRedriver>().WakeDueAsync(CancellationToken.None);
        await LoseWakeUpsAsync();

        Assert.NotEmpty(await PassAsync(TimeSpan.FromMinutes(1)));
        Assert.Single(Server.Accepted);
    }

    [Fact]
    public async Task What_is_due_is_woken_at_once_when_it_changes()
    {
        Server.StopListening();
        await RaiseAsync();
        Clock.Advance(Hour);
        await Product.Get<MailRedriver>().WakeDueAsync(CancellationToken.None);
        Assert.Single(await Product.WorkOffQueueAsync());
        Clock.Advance(Hour);
        await Product.Get<MailRedriver>().WakeDueAsync(CancellationToken.None);
        Assert.Single(await Product.WorkOffQueueAsync());
    }

    [Theory]
    [InlineData("compose|Eicar")]
    [InlineData("compose|Nothing of the kind")]
    [InlineData("send|3|0")]
    [InlineData("send|3|99999999999")]
    [InlineData("flush")]
    public async Task Rule_1_a_stale_wake_up_changes_nothing(string message)
    {
        await RaiseAsync();
        await Product.HandleAsync(message);
        await Product.WorkOffQueueAsync();
        Assert.Single(Server.Accepted);
        Assert.Equal(1, Server.Connections);
        Assert.Empty(await Product.SystemEventsAsync(199));
    }

    [Theory]
    [InlineData("")]
    [InlineData("send|8|0")]
    [InlineData("send|3")]
    [InlineData("send|3|-1")]
    [InlineData("compose|")]
    [InlineData("{\"type\":\"something else\"}")]
    public async Task A_message_that_is_none_of_the_products_is_recorded_and_done_with(string message)
    {
        await Product.HandleAsync(message);
        JsonNode given = Assert.Single(await Product.SystemEventsAsync(199));
        Assert.Contains(message, Description(given), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Poison_messages_are_recorded_as_199_and_deleted()
    {
        var storage = Product.Get<StorageClients>();
        string[] messages = [.. Enumerable.Range(0, 38).Select(i => $"compose|Alert{i}."), "<xml>not ours</xml>", "not even Base64 ?!?"];
        foreach (string message in messages)
        {
            // The product's own are Base64; what somebody else puts there may be anything.
            QueueClient queue = message.StartsWith("compose", StringComparison.Ordinal) ? storage.PoisonMail : Installation.RawQueue("outgoing-mail-poison");
            await queue.SendMessageAsync(message, timeToLive: TimeSpan.FromSeconds(-1));
        }

        await PassAsync(TimeSpan.FromMinutes(1));

        List<JsonNode> events = await Product.SystemEventsAsync(199);
        Assert.Equal(40, events.Count);
        Assert.All(messages, message => Assert.Single(events, item => Description(item).EndsWith(message, StringComparison.Ordinal)));
        Assert.Equal(0, (await storage.PoisonMail.GetPropertiesAsync()).Value.ApproximateMessagesCount);
        await PassAsync(TimeSpan.FromMinutes(1));
        Assert.Equal(40, (await Product.SystemEventsAsync(199)).Count);
    }

    [Fact]
    public async Task S16_two_instances_whose_clocks_differ_by_a_minute_send_each_mail_once()
    {
        var fast = new FakeClock();
        fast.Advance(TimeSpan.FromMinutes(1));
        ProductProcess other = Start(clock: fast);
        Server.StopListening();
        await RaiseAsync("web01", "First");
        await other.ReportAsync("web01", "Second");
        await other.WorkOffQueueAsync();
        Server.StartListening();

        Clock.Advance(TimeSpan.FromMinutes(60));
        fast.Advance(TimeSpan.FromMinutes(60));
        var released = new TaskCompletionSource();
        SmtpRule held = Server.On(SmtpStep.Body).HoldUntil(released.Task);
        Task slow = Product.SendAllDueAsync();
        Task quick = other.SendAllDueAsync();
        await held.Reached.WaitAsync(Soon);
        await Task.WhenAny(slow, quick, Server.WaitUntilAsync(() => Server.OpenConnections == 2));
        released.SetResult();
        await Task.WhenAll(slow, quick);

        Clock.Advance(TimeSpan.FromMinutes(2));
        fast.Advance(TimeSpan.FromMinutes(2));
        await Task.WhenAll(Product.SendAllDueAsync(), other.SendAllDueAsync());
        Assert.Equal(2, Server.Accepted.Count);
        Assert.Equal(2, Server.Accepted.Select(mail => mail.MessageId).Distinct().Count());
        await AssertNothingIsOwedAsync();
    }

    [Fact]
    public async Task A_claim_holds_against_an_instance_whose_clock_is_a_minute_ahead()
    {
        var fast = new FakeClock();
        fast.Advance(TimeSpan.FromMinutes(1));
        ProductProcess other = Start(clock: fast);
        await Product.ReportAsync("web01");
        var released = new TaskCompletionSource();
        SmtpRule held = Server.On(SmtpStep.Body).HoldUntil(released.Task);
        Task handling = Product.HandleAsync("compose|Eicar");
        await held.Reached.WaitAsync(Soon);

        await other.SendAllDueAsync();
        Assert.Equal(1, Server.AttemptsFor("ops@example.com"));
        released.SetResult();
        await handling;
        await other.SendAllDueAsync();
        Assert.Single(Server.Accepted);
    }

    private async Task LoseWakeUpsAsync() => await Product.Get<StorageClients>().OutgoingMail.ClearMessagesAsync();
}
