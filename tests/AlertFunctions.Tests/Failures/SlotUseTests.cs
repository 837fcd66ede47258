using System.Text.Json.Nodes;
using AlertFunctions.Core.Storage;
using AlertFunctions.Testing;

namespace AlertFunctions.Tests.Failures;

/// <summary>No slot stands idle while mail is due, and a server that is down is not called for every mail.</summary>
public sealed class SlotUseTests(AzuriteServer azurite) : FailureTests(azurite)
{
    [Fact]
    public async Task The_mail_of_one_alert_type_goes_out_over_all_free_slots()
    {
        const int mails = 300;
        Installation.Settings["Smtp:MaxConnections"] = "3";
        await new Backlog(Installation).AddAsync(mails, shards: 1, Clock.GetUtcNow());
        var released = new TaskCompletionSource();
        Server.On(SmtpStep.Body).After(60).HoldUntil(released.Task);

        Task sending = Product.HandleAsync("send|0|0");
        await Server.WaitUntilAsync(() => Server.OpenConnections == 3);
        released.SetResult();
        await sending.WaitAsync(Soon);

        Assert.Equal(mails, Server.Accepted.Count);
        Assert.Equal(mails, Server.Accepted.Select(mail => mail.Recipient).Distinct().Count());
        await AssertNothingIsOwedAsync();
    }

    [Fact]
    public async Task A_slot_that_somebody_waits_for_is_not_taken_for_more_of_the_same()
    {
        const int mails = 300;
        Installation.Settings["Smtp:MaxConnections"] = "2";
        await new Backlog(Installation).AddAsync(mails, _ => new Shard(0), Clock.GetUtcNow());
        await new Backlog(Installation).AddAsync(mails, _ => new Shard(1), Clock.GetUtcNow());
        await new Backlog(Installation).AddAsync(mails: 1, _ => new Shard(2), Clock.GetUtcNow());
        var released = new TaskCompletionSource();
        SmtpRule held = Server.On(SmtpStep.Body).Times(2).HoldUntil(released.Task);
        Task[] sending = [Product.HandleAsync("send|0|0"), Product.HandleAsync("send|1|0")];
        await held.Reached.WaitAsync(Soon);
        await Server.WaitUntilAsync(() => Server.OpenConnections == 2);
        await Product.HandleAsync("send|2|0"); // finds no slot
        released.SetResult();
        await Task.WhenAll(sending).WaitAsync(Soon);

        Assert.Equal((2 * mails) + 1, Server.Accepted.Count);
        Assert.Equal(2, Server.MaxOpenConnections);
        await AssertNothingIsOwedAsync();
    }

    [Fact]
    public async Task Whoever_is_done_with_a_slot_goes_on_with_what_found_none()
    {
        Installation.Settings["Smtp:MaxConnections"] = "1";
        string[] alerts = OfDifferentShards(3);
        foreach (string alert in alerts)
        {
            await Product.ReportAsync("web01", alert);
        }

        var released = new TaskCompletionSource();
        SmtpRule held = Server.On(SmtpStep.Body).Once().HoldUntil(released.Task);
        Task first = Product.HandleAsync($"compose|{alerts[0]}");
        await held.Reached.WaitAsync(Soon);
        await Product.HandleAsync($"compose|{alerts[1]}");
        await Product.HandleAsync($"compose|{alerts[2]}");
        Assert.Empty(Server.Accepted);
        released.SetResult();
        await first.WaitAsync(Soon);

        Assert.Equal((3, 1), (Server.Accepted.Count, Server.MaxOpenConnections));
        await AssertNothingIsOwedAsync();
    }

    [Fact]
    public async Task A_server_that_dies_in_a_flush_over_several_slots_fails_all_mail_once_and_loses_none()
    {
        const int mails = 400;
        Installation.Settings["Smtp:MaxConnections"] = "3";
        await new Backlog(Installation).AddAsync(mails, shards: 1, Clock.GetUtcNow());
        Server.On(SmtpStep.Sender).After(120).Reply("421 4.3.2 shutting down");

        await Product.HandleAsync("send|0|0");

        Assert.Equal(120, Server.Accepted.Count);
        Assert.InRange((await FailuresAsync()).Count, 1, 3);
        List<JsonNode> owed = await OwedRecipientsAsync();
        Assert.Equal(mails - 120, owed.Count);
        Assert.All(owed, recipient => Assert.Equal((1, 2), (recipient["attempts"]!.GetValue<int>(), recipient["pattern"]!.GetValue<int>())));
    }

    [Theory]
    [InlineData(70)]
    [InlineData(150)]
    [InlineData(260)]
    [InlineData(350)]
    public async Task A_process_that_dies_in_a_flush_over_several_slots_loses_nothing(int call)
    {
        const int mails = 400;
        Installation.Settings["Smtp:MaxConnections"] = "3";
        await new Backlog(Installation).AddAsync(mails, shards: 1, Clock.GetUtcNow());
        ProductProcess mortal = Start(counter: new CallCounter().StopBefore(call));
        await Assert.ThrowsAnyAsync<Exception>(() => mortal.HandleAsync("send|0|0"));

        await Installation.BreakSlotsAsync();
        Clock.Advance(TimeSpan.FromMinutes(2));
        await Product.SendAllDueAsync();

        List<IGrouping<string, ReceivedMail>> received = [.. Server.Accepted.GroupBy(mail => mail.Recipient)];
        Assert.Equal(mails, received.Count);
        Assert.All(received, copies => Assert.Single(copies.Select(mail => mail.MessageId).Distinct()));
        Assert.InRange(Server.Accepted.Count, mails, mails + (3 * 25));
        await AssertNothingIsOwedAsync();
    }

    [Fact]
    public async Task After_three_failures_of_the_server_in_a_row_new_mail_waits_two_seconds_for_one_attempt_that_counts_for_all()
    {
        string[] alerts = OfDifferentShards(6);
        Server.StopListening();
        foreach (string alert in alerts)
        {
            await Product.ReportAsync("web01", alert);
            await Product.HandleAsync($"compose|{alert}");
        }

        Assert.Equal(3, (await FailuresAsync()).Count);
        Assert.Equal([0, 0, 0, 1, 1, 1], (await OwedRecipientsAsync()).Select(recipient => recipient["attempts"]!.GetValue<int>()).Order());

        Clock.Advance(TimeSpan.FromSeconds(2));
        await Product.HandleAsync($"send|{Shard.Of(alerts[3]).Key}|0|new");
        Assert.Equal(4, (await FailuresAsync()).Count);
        Assert.All(await OwedRecipientsAsync(), recipient => Assert.Equal((1, 1), (recipient["attempts"]!.GetValue<int>(), recipient["pattern"]!.GetValue<int>())));
    }

    [Fact]
    public async Task A_delivery_ends_the_pause_after_failures()
    {
        Server.StopListening();
        foreach (string alert in OfDifferentShards(3))
        {
            await Product.ReportAsync("web01", alert);
            await Product.HandleAsync($"compose|{alert}");
        }

        Server.StartListening();
        await Product.HandleAsync("flush");
        await Product.WorkOffQueueAsync();
        Assert.Equal(3, Server.Accepted.Count);
        Server.StopListening();
        await Product.ReportAsync("web02", "Failed");
        await Product.HandleAsync("compose|Failed");

        Assert.Equal(4, (await FailuresAsync()).Count);
    }

    private static string[] OfDifferentShards(int count) =>
        [.. Enumerable.Range(0, 1_000).Select(number => $"Alert{number}").DistinctBy(Shard.Of).Take(count)];
}
