using AlertFunctions.Core.Mail.Smtp;
using AlertFunctions.Core.Storage;
using AlertFunctions.Testing;
using SmtpStep = AlertFunctions.Testing.SmtpStep;

namespace AlertFunctions.Tests.Failures;

/// <summary>Servers that allow so many mails in a connection, or fewer connections than <c>Smtp__MaxConnections</c>: no failure comes of it.</summary>
public sealed class ConnectionLimitTests(AzuriteServer azurite) : FailureTests(azurite)
{
    [Theory]
    [InlineData(SmtpStep.Sender, "451 4.7.0 too many messages in this connection")]
    [InlineData(SmtpStep.Sender, "452 4.5.3 too many messages")]
    [InlineData(SmtpStep.Sender, "421 4.7.0 too many messages")]
    [InlineData(SmtpStep.Recipient, "450 4.7.1 slow down")]
    [InlineData(SmtpStep.Recipient, "452 4.5.3 too many recipients")]
    [InlineData(SmtpStep.Data, "452 4.3.1 enough")]
    [InlineData(SmtpStep.Body, "451 4.7.1 enough")]
    [InlineData(SmtpStep.Body, "421 4.7.0 enough")]
    public async Task A_refusal_for_now_after_deliveries_is_repeated_on_a_fresh_connection_and_counts_nothing(SmtpStep step, string reply)
    {
        Server.On(step).When(session => session.MessageNumber > 3).Reply(reply);
        await new Backlog(Installation).AddAsync(mails: 7, shards: 1, Clock.GetUtcNow());

        await Product.HandleAsync("send|0|0");

        Assert.Equal(7, Server.Accepted.Select(mail => mail.Recipient).Distinct().Count());
        Assert.Equal((7, 3), (Server.Accepted.Count, Server.Connections));
        Assert.Equal(1, Server.MaxOpenConnections);
        Assert.Empty(await FailuresAsync());
        await AssertNothingIsOwedAsync();
    }

    [Fact]
    public async Task Where_a_fresh_connection_hears_the_same_it_counts_and_is_not_asked_for_again()
    {
        // The second recipient is refused on both connections, the third is accepted, the fourth is refused.
        Server.On(SmtpStep.Recipient).After(1).Times(2).Reply("450 4.2.0 greylisted");
        Server.On(SmtpStep.Recipient).After(4).Reply("450 4.2.0 greylisted");
        await new Backlog(Installation).AddAsync(mails: 4, shards: 1, Clock.GetUtcNow());

        await Product.HandleAsync("send|0|0");

        Assert.Equal((2, 2, 5), (Server.Accepted.Count, Server.Connections, Server.CountOf("RCPT")));
        Assert.Equal(2, (await FailuresAsync()).Count);
        Assert.Equal([3, 3], (await OwedRecipientsAsync()).Select(recipient => recipient["pattern"]!.GetValue<int>()));
    }

    [Fact]
    public async Task A_refusal_for_now_before_any_delivery_counts_at_once()
    {
        Server.On(SmtpStep.Recipient).Once().Reply("450 4.2.0 greylisted");
        await new Backlog(Installation).AddAsync(mails: 2, shards: 1, Clock.GetUtcNow());

        await Product.HandleAsync("send|0|0");

        Assert.Equal((1, 1, 2), (Server.Accepted.Count, Server.Connections, Server.CountOf("RCPT")));
        Assert.Single(await FailuresAsync());
    }

    [Theory]
    [InlineData(SmtpStep.Greeting, "421 4.7.0 too many connections", true)]
    [InlineData(SmtpStep.Greeting, "421 4.7.0 too many connections", false)]
    [InlineData(SmtpStep.Greeting, "450 4.7.0 too many connections", false)]
    [InlineData(SmtpStep.Ehlo, "421 4.7.0 too many connections", true)]
    public async Task A_connection_that_is_one_too_many_for_the_server_gives_its_slot_up_and_fails_nothing(SmtpStep step, string reply, bool ofOneProcess)
    {
        string[] alerts = ["Eicar", Enumerable.Range(0, 100).Select(i => $"Other{i}").First(name => Shard.Of(name) != Shard.Of("Eicar"))];
        foreach (string alert in alerts)
        {
            await Product.ReportAsync("web01", alert);
        }

        Server.On(step).When(session => session.ConnectionNumber > 1 && Server.OpenConnections > 1).ReplyAndClose(reply);
        var released = new TaskCompletionSource();
        SmtpRule held = Server.On(SmtpStep.Body).HoldUntil(released.Task);
        Task delivering = Product.HandleAsync($"compose|{alerts[0]}");
        await held.Reached.WaitAsync(Soon);

        ProductProcess second = ofOneProcess ? Product : Start();
        await second.HandleAsync($"compose|{alerts[1]}").WaitAsync(Soon);

        Assert.Equal(2, Server.Connections);
        released.SetResult();
        await delivering.WaitAsync(Soon);
        Clock.Advance(TimeSpan.FromSeconds(6));
        await Product.WorkOffQueueAsync();
        Assert.Equal(2, Server.Accepted.Count);
        Assert.Empty(await FailuresAsync());
        await AssertNothingIsOwedAsync();
    }

    [Fact]
    public async Task A_server_that_serves_nobody_for_two_minutes_has_failed_although_another_slot_is_held()
    {
        Server.On(SmtpStep.Greeting).ReplyAndClose("421 4.3.2 closed");
        await using SmtpSlot? other = await Product.Get<SmtpSlots>().TryTakeAsync(forFirstAttempts: false, CancellationToken.None);
        await Product.ReportAsync("web01");

        await Product.HandleAsync("compose|Eicar");
        Assert.Empty(await FailuresAsync());
        Clock.Advance(TimeSpan.FromSeconds(119));
        await Product.SendAllDueAsync();
        Assert.Empty(await FailuresAsync());
        Clock.Advance(TimeSpan.FromSeconds(1));
        await Product.SendAllDueAsync();

        Assert.Equal([Refused(421)], await FailuresAsync());
    }

    [Fact]
    public async Task A_server_that_turns_the_only_connection_away_has_failed()
    {
        Server.On(SmtpStep.Greeting).ReplyAndClose("421 4.3.2 closed");
        await Product.ReportAsync("web01");
        await Product.HandleAsync("compose|Eicar");
        Assert.Equal([Refused(421)], await FailuresAsync());
    }
}
