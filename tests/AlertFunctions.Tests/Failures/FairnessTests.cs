using System.Text.Json.Nodes;
using AlertFunctions.Core.Mail.Compose;
using AlertFunctions.Core.Mail.Queue;
using AlertFunctions.Core.Mail.Sending;
using AlertFunctions.Core.Outbox;
using AlertFunctions.Core.Storage;
using AlertFunctions.Core.Texts;
using AlertFunctions.Testing;
using Azure.Data.Tables;

namespace AlertFunctions.Tests.Failures;

/// <summary>What waits for a slot costs next to nothing, and everybody has a turn.</summary>
public sealed class FairnessTests(AzuriteServer azurite) : FailureTests(azurite)
{
    [Fact]
    public async Task Forty_types_that_find_no_slot_leave_one_wake_up_and_read_no_page()
    {
        Installation.Settings["Smtp:MaxConnections"] = "1";
        string[] types = AlertTypesOfOneShard().Take(41).ToArray();
        await Product.ReportAsync("web01", types[0]);
        (Task handling, TaskCompletionSource released) = await HoldTheSlotAsync(types[0]);
        foreach (string type in types.Skip(1))
        {
            await Product.ReportAsync("web01", type);
        }

        await Product.Get<MailComposer>().ComposeAsync(Shard.Of(types[0]), CancellationToken.None);
        Product.Storage.ForgetCalls();
        await Task.WhenAll(types.Skip(1).Select(type => Product.HandleAsync($"compose|{type}")));

        Assert.Equal(1, Product.Storage.Count(call => call.Label == "POST outgoing-mail/messages"));
        Assert.DoesNotContain(Product.Storage.Calls, call => call.Uri.Query.Contains("%24select", StringComparison.Ordinal) && call.Uri.Query.Contains("Content", StringComparison.Ordinal));
        released.SetResult();
        await handling.WaitAsync(Soon);
    }

    [Fact]
    public async Task Mail_that_was_never_tried_does_not_wait_for_the_end_of_a_flush()
    {
        Installation.Settings["Smtp:MaxConnections"] = "1";
        const int failed = 200;
        await new Backlog(Installation).AddAsync(failed, shards: 1, Clock.GetUtcNow(), failed: true);
        string fresh = Enumerable.Range(0, 100).Select(i => $"Fresh{i}").First(name => Shard.Of(name).Number != 0);
        var released = new TaskCompletionSource();
        SmtpRule held = Server.On(SmtpStep.Body).After(3).Once().HoldUntil(released.Task);
        Task flushing = Product.HandleAsync("send|0|0");
        await held.Reached.WaitAsync(Soon);

        await Product.ReportAsync("web01", fresh);
        await Product.HandleAsync($"compose|{fresh}");
        released.SetResult();
        await flushing.WaitAsync(Soon);

        Assert.InRange(Server.Accepted.Count, 4, 5);
        await Product.HandleAsync($"send|{Shard.Of(fresh).Key}|{Clock.GetUtcNow().ToUnixTimeSeconds()}|new");
        Assert.Contains(Server.Accepted, mail => mail.Recipient == "ops@example.com");
        await Product.SendAllDueAsync();
        Assert.Equal(failed + 1, Server.Accepted.Count);
    }

    [Fact]
    public async Task The_mail_of_a_process_that_died_is_sent_when_its_slot_is_free_though_its_claim_would_last_for_minutes()
    {
        var counter = new CallCounter().StopAfter(label => label == "SMTP CONNECT");
        ProductProcess mortal = Start(counter: counter);
        await mortal.ReportAsync("web01");
        await Assert.ThrowsAnyAsync<Exception>(() => mortal.HandleAsync("compose|Eicar"));
        await PassAsync(TimeSpan.FromSeconds(10));
        Assert.Empty(Server.Accepted);

        await Installation.BreakSlotsAsync();
        await PassAsync(TimeSpan.FromSeconds(60));
        Assert.Single(Server.Accepted);
    }

    [Fact]
    public async Task Rule_4_of_more_than_a_page_each_recipient_of_a_mail_goes_out_in_its_own_turn()
    {
        const int others = 1_000;
        Installation.Settings["Smtp:MaxConnections"] = "1";
        DateTimeOffset now = Clock.GetUtcNow();
        await new Backlog(Installation).AddAsync(others, _ => new Shard(0), now, failed: true);
        Recipient first = new(User: null, "first@example.com", MailCulture.En, now);
        var mail = new OutgoingMail(new Shard(0), $"{Ulid.NewUlid(now.AddDays(-1))}", MailKind.Raised, "Eicar", new AlertMailContent("Eicar", "Eicar", Severity.Critical, 1, [new AffectedComputer("pc", now, null, null)], "Asia/Tokyo"), now)
        {
            Recipients = [first with { Address = "lost@example.com", Attempts = 1, Lost = true }, first with { Address = "tried@example.com", Attempts = 1 }, first],
        };
        await Installation.Table("Work").AddEntityAsync(mail.ToRow());

        await Product.HandleAsync("send|0|0");

        string[] order = [.. Server.Accepted.Select(accepted => accepted.Recipient)];
        Assert.Equal((others + 3, "first@example.com", "tried@example.com", "lost@example.com"), (order.Length, order[0], order[1], order[^1]));
        await AssertNothingIsOwedAsync();
    }

    [Fact]
    public async Task Rule9_a_page_of_mails_that_wait_for_many_with_long_replies_ends_there_too()
    {
        const int mails = 100;
        DateTimeOffset now = Clock.GetUtcNow();
        Recipient waiting = new(User: null, "", MailCulture.En, now.AddHours(1)) { Attempts = 1, FlushTried = true, LastReply = new string('x', 2_000) };
        Recipient[] recipients = [.. Enumerable.Range(0, OutgoingMail.MaximumRecipients).Select(number => waiting with { Address = $"user{number}@example.com", DueAt = number == 0 ? now : waiting.DueAt })];
        foreach (int number in Enumerable.Range(0, mails))
        {
            var mail = new OutgoingMail(new Shard(0), $"{Ulid.NewUlid(now.AddMilliseconds(number))}", MailKind.Raised, "Eicar", new AlertMailContent("Eicar", "Eicar", Severity.Critical, 1, [], "Asia/Tokyo"), now) { Recipients = recipients };
            await Installation.Table("Work").AddEntityAsync(mail.ToRow());
        }

        DuePage page = await Product.Get<DueMailReader>().ReadWithoutContentAsync(new Shard(0), after: null, CancellationToken.None);

        Assert.True(page.IsFull);
        Assert.InRange(page.Mails.Count, 1, 45); // 100,000 characters of each
    }

    [Fact]
    public async Task Rule9_a_page_of_mails_that_tell_of_very_much_ends_where_a_response_of_storage_would_and_all_of_them_go_out()
    {
        const int mails = 100;
        await new Backlog(Installation).AddAsync(mails, _ => new Shard(0), Clock.GetUtcNow(), computers: OutboxRow.MaximumComputers);

        DuePage page = await Product.Get<DueMailReader>().ReadAsync(new Shard(0), DuePart.Any, after: null, CancellationToken.None);

        int[] lengths = [.. (await Installation.RowsAsync("Work", "mail|")).Where(row => row.ContainsKey("Content")).Take(page.Mails.Count).Select(OutgoingMail.ContentLength)];
        Assert.True(page.IsFull);
        Assert.InRange(lengths.Sum(), 4 * 1024 * 1024, (4 * 1024 * 1024) + lengths[^1]);
        await Product.HandleAsync("send|0|0");
        Assert.Equal(mails, Server.Accepted.Count);
        await AssertNothingIsOwedAsync();
    }

    [Fact]
    public async Task While_the_reply_to_a_body_takes_its_time_the_claim_is_renewed_and_other_mail_goes_out_over_the_other_slots()
    {
        Installation.Settings["Smtp:TimeoutSeconds"] = "60";
        await Product.ReportAsync("web01");
        (Task handling, TaskCompletionSource released) = await HoldTheSlotAsync("Eicar");
        DateTimeOffset before = await ClaimedUntilAsync();
        await Clock.PassWithSlotAsync(TimeSpan.FromSeconds(80));
        await Product.Storage.WaitUntilAsync(() => Product.Storage.Count(call => call is { Label: "POST $batch", Status: not null }) >= 4);
        Assert.True(await ClaimedUntilAsync() > before);
        await RaiseAsync("web02", "Other");
        Assert.Single(Server.Accepted);
        released.SetResult();
        await handling.WaitAsync(Soon);
        Assert.Equal(2, Server.Accepted.Count);
        await AssertNothingIsOwedAsync();
    }

    [Fact]
    public async Task A_mail_whose_claim_is_lost_while_the_reply_to_its_body_takes_its_time_is_sent_once_and_recorded()
    {
        Installation.Settings["Smtp:TimeoutSeconds"] = "60";
        await Product.ReportAsync("web01");
        (Task handling, TaskCompletionSource released) = await HoldTheSlotAsync("Eicar");
        TableEntity mail = (await Installation.RowsAsync("Work", "mail|")).Single(row => row.ContainsKey("Content"));
        await Installation.Table("Work").UpdateEntityAsync(new TableEntity(mail.PartitionKey, mail.RowKey) { ["DueAt"] = Clock.GetUtcNow() }, mail.ETag); // by hand
        Product.Storage.ForgetCalls();
        await Clock.PassWithSlotAsync(TimeSpan.FromSeconds(80));
        await Product.Storage.WaitUntilAsync(() => Product.Storage.Count(call => call is { Label: "GET Work(...)", Status: not null }) == 1); // whether the claim was renewed after all
        released.SetResult();
        await handling.WaitAsync(Soon);

        Assert.Equal(1, Server.AttemptsFor("ops@example.com"));
        Assert.Empty(await Product.SystemEventsAsync(199));
        await AssertNothingIsOwedAsync();
    }

    [Fact]
    public async Task S8_a_flush_is_asked_for_by_the_first_mail_of_a_long_session_and_not_by_its_end()
    {
        await new Backlog(Installation).AddAsync(mails: 60, shards: 1, Clock.GetUtcNow());
        var released = new TaskCompletionSource();
        SmtpRule held = Server.On(SmtpStep.Body).After(55).Once().HoldUntil(released.Task);
        Task sending = Product.HandleAsync("send|0|0");
        await held.Reached.WaitAsync(Soon);

        Assert.Equal(1, Product.Storage.Count(call => call.Label == "POST outgoing-mail/messages"));
        released.SetResult();
        await sending.WaitAsync(Soon);
    }

    [Fact]
    public async Task Three_time_outs_in_a_row_fit_a_claim_that_cannot_be_renewed_even_for_a_clock_two_minutes_ahead()
    {
        const int deadline = 120;
        Installation.Settings["Smtp:TimeoutSeconds"] = $"{deadline}";
        Product.Log.Expect(203);
        await AddUserAsync("a");
        var ahead = new FakeClock();
        ProductProcess other = Start(clock: ahead);
        var accepted = new TaskCompletionSource();
        SmtpRule slow = Server.On(SmtpStep.Body).Once().HoldUntil(accepted.Task);
        SmtpRule first = Server.On(SmtpStep.Sender).When(session => session is { ConnectionNumber: 1, MessageNumber: 2 }).Stall();
        var greeted = new TaskCompletionSource();
        SmtpRule second = Server.On(SmtpStep.Greeting).OnConnection(2).HoldUntil(greeted.Task);
        SmtpRule third = Server.On(SmtpStep.Sender).OnConnection(2).Stall();
        await Product.ReportAsync("web01");
        Task handling = Product.HandleAsync("compose|Eicar");

        // The claim is about to be renewed when the second envelope begins.
        await slow.Reached.WaitAsync(Soon);
        await Clock.PassWithSlotAsync(TimeSpan.FromSeconds(40));
        accepted.SetResult();
        await first.Reached.WaitAsync(Soon);
        Product.Storage.ForgetCalls();
        Clock.Advance(TimeSpan.FromSeconds(1));
        await Product.Storage.WaitUntilAsync(() => Product.Storage.Count(call => call is { Label: "POST $batch", Status: not null }) == 1); // the first is recorded
        Product.Storage.When(call => call.Service == StorageService.Table).FailToConnect();
        await Clock.PassWithSlotAsync(TimeSpan.FromSeconds(deadline));
        await second.Reached.WaitAsync(Soon);
        await Clock.PassWithSlotAsync(TimeSpan.FromSeconds(100));
        greeted.SetResult();
        await third.Reached.WaitAsync(Soon);
        await Clock.PassWithSlotAsync(TimeSpan.FromSeconds(100));
        ahead.AdjustTime(Clock.GetUtcNow() + TimeSpan.FromSeconds(119));
        await other.SendAllDueAsync();

        Assert.Equal(2, Server.Connections);
        Product.Storage.Heal();
        await Clock.PassWithSlotAsync(TimeSpan.FromSeconds(20));
        await handling.WaitAsync(Soon);
        Assert.Equal(1, Server.AttemptsFor(Server.Accepted[0].Recipient));
    }

    [Fact]
    public async Task A_server_failure_reads_a_large_shard_once()
    {
        const int mails = 2_000;
        await new Backlog(Installation).AddAsync(mails, shards: 1, Clock.GetUtcNow());
        Server.StopListening();
        Product.Storage.ForgetCalls();
        await Product.HandleAsync("send|0|0");

        // 2,000 rows are two pages and what ends them; before them the look, the page of the session and that of its first part.
        Assert.InRange(Product.Storage.Count(call => call.Label == "GET Work()"), 1, 6);
        Assert.All(await RecipientsAsync(), recipient => Assert.Equal(1, recipient.Attempts));
        Assert.Single(await Product.SystemEventsAsync(569));
    }

    [Fact]
    public async Task The_list_of_mail_reads_as_much_as_it_shows_and_no_content_and_only_the_keys_of_what_it_counts()
    {
        await new Backlog(Installation).AddAsync(mails: 800, shards: 8, Clock.GetUtcNow());
        await Product.GetAsync("/api/mail?top=1");
        Product.Storage.ForgetCalls();
        JsonNode page = await Product.GetAsync("/api/mail?top=40");
        Assert.Equal((40, 800), (page["items"]!.AsArray().Count, page["total"]!.GetValue<int>()));

        ILookup<bool, StorageCall> calls = Product.Storage.Calls.Where(call => call.Label == "GET Work()").ToLookup(call => call.Uri.Query.Contains("$select=RowKey&", StringComparison.Ordinal));
        Assert.Equal(8, calls[true].Count());
        List<StorageCall> reads = [.. calls[false]];
        Assert.InRange(reads.Count, 8, 24);
        Assert.All(reads, call => Assert.Contains("top=20", call.Uri.Query, StringComparison.Ordinal));
        Assert.DoesNotContain(reads, call => call.Uri.Query.Contains("Content", StringComparison.Ordinal));
    }

    private async Task<(Task Handling, TaskCompletionSource Released)> HoldTheSlotAsync(string type)
    {
        var released = new TaskCompletionSource();
        SmtpRule held = Server.On(SmtpStep.Body).Once().HoldUntil(released.Task);
        Task handling = Product.HandleAsync($"compose|{type}");
        await held.Reached.WaitAsync(Soon);
        return (handling, released);
    }

    private async Task<DateTimeOffset> ClaimedUntilAsync() =>
        (await Installation.RowsAsync("Work", "mail|")).Single(row => row.ContainsKey("Content")).GetDateTimeOffset("ClaimedUntil")!.Value;
}
