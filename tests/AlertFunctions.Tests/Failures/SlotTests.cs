using AlertFunctions.Core.Mail.Smtp;
using AlertFunctions.Testing;
using Azure.Storage.Blobs.Models;

namespace AlertFunctions.Tests.Failures;

/// <summary>Never more than <c>Smtp__MaxConnections</c> connections over all processes.</summary>
public sealed class SlotTests(AzuriteServer azurite) : FailureTests(azurite)
{
    [Fact]
    public async Task Two_processes_and_a_limit_of_two_never_open_a_third_connection()
    {
        const int mails = 400;
        Installation.Settings["Smtp:MaxConnections"] = "2";
        await new Backlog(Installation).AddAsync(mails, shards: 8, Clock.GetUtcNow());
        ProductProcess[] processes = [Product, Start(), Start()];
        while ((await Installation.RowsAsync("Work", "mail|")).Count > 0)
        {
            await Task.WhenAll(processes.SelectMany(process => Enumerable.Range(0, 8).Select(shard => process.HandleAsync($"send|{shard}|0"))));
        }

        Assert.Equal(2, Server.MaxOpenConnections);
        Assert.Equal(mails, Server.Accepted.Count);
        Assert.Equal(mails, Server.Accepted.Select(mail => mail.Recipient).Distinct().Count());
    }

    [Fact]
    public async Task The_test_mail_needs_a_slot_like_any_other()
    {
        Installation.Settings["Smtp:MaxConnections"] = "1";
        await Product.ReportAsync("web01");
        ProductProcess other = Start();
        var released = new TaskCompletionSource();
        SmtpRule held = Server.On(Testing.SmtpStep.Body).HoldUntil(released.Task);
        Task handling = Product.HandleAsync("compose|Eicar");
        await held.Reached.WaitAsync(Soon);
        Answer refused = await other.SendAsync("POST", "/api/mail/test", """{ "to": "ops@example.com" }""");
        Assert.True((int)refused.Status >= 400, refused.Text);
        released.SetResult();
        await handling.WaitAsync(Soon);
        Answer tested = await other.SendAsync("POST", "/api/mail/test", """{ "to": "ops@example.com" }""");
        Assert.True(tested.Json["ok"]!.GetValue<bool>(), tested.Text);
        Assert.Equal(2, Server.Connections);
        Assert.Equal(1, Server.MaxOpenConnections);
    }

    [Fact]
    public async Task Without_a_free_slot_the_message_comes_again_in_two_to_five_seconds_for_at_most_a_minute()
    {
        Installation.Settings["Smtp:TimeoutSeconds"] = "120";
        Installation.Settings["Smtp:MaxConnections"] = "1";
        await Product.ReportAsync("web01");
        var released = new TaskCompletionSource();
        SmtpRule held = Server.On(Testing.SmtpStep.Body).HoldUntil(released.Task);
        Task handling = Product.HandleAsync("compose|Eicar");
        await held.Reached.WaitAsync(Soon);
        string shard = Core.Storage.Shard.Of("Eicar").Key;
        ProductProcess other = Start();
        await new Backlog(Installation).AddAsync(mails: 400, shards: 8, Clock.GetUtcNow());
        long sent = Clock.GetUtcNow().ToUnixTimeSeconds();

        await other.HandleAsync($"send|{shard}|{sent}");
        int delay = Assert.Single(Delays(other));
        Assert.InRange(delay, 2, 5);
        for (int renewals = 1; renewals <= 2; renewals++)
        {
            Clock.Advance(TimeSpan.FromSeconds(20));
            await Product.Storage.WaitForRenewalsAsync(renewals);
        }

        Clock.Advance(TimeSpan.FromSeconds(19));
        await other.HandleAsync($"send|{shard}|{sent}");
        Assert.Equal(2, Delays(other).Count);
        Clock.Advance(TimeSpan.FromSeconds(1));
        await other.HandleAsync($"send|{shard}|{sent}");
        Assert.Equal(2, Delays(other).Count);
        Assert.Equal(1, Server.Connections);
        released.SetResult();
        await handling.WaitAsync(Soon);
    }

    [Fact]
    public async Task The_slot_of_a_process_that_died_is_free_when_its_lease_has_ended()
    {
        Installation.Settings["Smtp:MaxConnections"] = "1";
        ProductProcess mortal = Start(counter: new CallCounter().StopAfter(label => label == "SMTP CONNECT"));
        await mortal.ReportAsync("web01");
        await Assert.ThrowsAnyAsync<Exception>(() => mortal.HandleAsync("compose|Eicar"));
        int connections = Server.Connections;

        Clock.Advance(TimeSpan.FromMinutes(6));
        await Product.SendAllDueAsync();
        Assert.Equal(connections, Server.Connections);

        // The lease ends by itself: it is one of a fixed minute.
        var slots = Product.Get<Core.Storage.StorageClients>().SmtpSlots;
        BlobProperties slot = await slots.GetBlobClient("slot-0").GetPropertiesAsync();
        Assert.Equal((LeaseState.Leased, LeaseDurationType.Fixed), (slot.LeaseState, slot.LeaseDuration));
        await Installation.BreakSlotsAsync();
        await Product.SendAllDueAsync();
        Assert.Single(Server.Accepted);
    }

    [Fact]
    public async Task A_slot_whose_lease_cannot_be_renewed_for_45_seconds_is_lost_before_another_process_can_have_it()
    {
        Product.Log.Expect(203);
        await using SmtpSlot? slot = await Product.Get<SmtpSlots>().TryTakeAsync(forFirstAttempts: false, CancellationToken.None);
        for (int renewal = 1; renewal <= 2; renewal++)
        {
            StorageFault down = Product.Storage.When(call => call.Label.EndsWith("lease renew", StringComparison.Ordinal)).FailToConnect();
            Clock.Advance(TimeSpan.FromSeconds(20));
            await down.Reached;
        }

        Clock.Advance(TimeSpan.FromSeconds(4));
        Assert.False(slot!.Lost.IsCancellationRequested);
        Clock.Advance(TimeSpan.FromSeconds(1));
        await LostAsync(slot);
        Product.Storage.Heal();
    }

    [Fact]
    public async Task A_slot_that_is_renewed_is_kept()
    {
        await using SmtpSlot? slot = await Product.Get<SmtpSlots>().TryTakeAsync(forFirstAttempts: false, CancellationToken.None);
        for (int renewals = 1; renewals <= 4; renewals++)
        {
            Clock.Advance(TimeSpan.FromSeconds(20));
            await Product.Storage.WaitForRenewalsAsync(renewals);
        }

        Assert.False(slot!.Lost.IsCancellationRequested);
    }

    [Fact]
    public async Task A_slot_that_another_process_has_got_is_lost_at_once()
    {
        await using SmtpSlot? slot = await Product.Get<SmtpSlots>().TryTakeAsync(forFirstAttempts: false, CancellationToken.None);
        await Installation.BreakSlotsAsync();
        Clock.Advance(TimeSpan.FromSeconds(20));
        await LostAsync(slot!);
    }

    [Fact]
    public async Task A_lost_slot_closes_the_connection_and_is_nobodys_failure()
    {
        Installation.Settings["Smtp:TimeoutSeconds"] = "120";
        await Product.ReportAsync("web01");
        SmtpRule stalls = Server.On(Testing.SmtpStep.Sender).Stall();
        Task handling = Product.HandleAsync("compose|Eicar");
        await stalls.Reached.WaitAsync(Soon);
        await Installation.BreakSlotsAsync();
        Clock.Advance(TimeSpan.FromSeconds(20));
        await handling.WaitAsync(Soon);

        Assert.Equal(0, Server.OpenConnections);
        Assert.Empty(await FailuresAsync());
        stalls.Remove();
        await Product.WorkOffQueueAsync();
        Assert.Single(Server.Accepted);
    }

    private static List<int> Delays(ProductProcess process) =>
    [
        .. process.Storage.Calls
            .Where(call => call.Label == "POST outgoing-mail/messages")
            .Select(call => int.Parse(System.Web.HttpUtility.ParseQueryString(call.Uri.Query)["visibilitytimeout"]!, System.Globalization.CultureInfo.InvariantCulture)),
    ];

    private static async Task LostAsync(SmtpSlot slot)
    {
        var lost = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using CancellationTokenRegistration registration = slot.Lost.Register(lost.SetResult);
        await lost.Task.WaitAsync(Soon);
    }
}
