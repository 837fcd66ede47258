using System.Net;
using System.Text.Json.Nodes;
using AlertFunctions.Core.Mail.Compose;
using AlertFunctions.Core.Storage;
using AlertFunctions.Core.Upkeep;
using AlertFunctions.Testing;
using AlertFunctions.Tests.Crashes;
using AlertFunctions.Tests.Failures;
using Azure;
using Azure.Data.Tables;

namespace AlertFunctions.Tests.Performance;

/// <summary>Storage operations per unit of work (rule 9): they are what counts, on the bill and for speed.</summary>
public sealed class StorageOperationsTests(AzuriteServer azurite) : ProductTest(azurite)
{
    [Fact]
    public async Task A_repeat_takes_2_operations()
    {
        await Product.ReportAsync("pc-1", id: "1", time: FakeClock.Origin.ToString("O"));
        Product.Storage.ForgetCalls();
        await Product.ReportAsync("pc-1", id: "2", time: FakeClock.Origin.ToString("O"));
        AssertCalls(Product, "GET Work(...)", "POST Work");
    }

    [Fact]
    public async Task A_hundred_repeats_take_one_read_per_alert_and_a_transaction_and_two_more_operations_where_the_alerts_were_never_seen()
    {
        await Product.PostEventsAsync(Batch("first", computers: 10));
        Product.Storage.ForgetCalls();
        await Product.PostEventsAsync(Batch("second", computers: 10));
        AssertCalls(Product, [.. Enumerable.Repeat("GET Work(...)", 10), "POST $batch"]);

        ProductProcess other = await StartOtherAsync();
        await other.PostEventsAsync(Batch("third", computers: 10));
        AssertCalls(other, [.. Enumerable.Repeat("GET Work(...)", 11), "POST $batch", "POST $batch"]);
    }

    [Fact]
    public async Task A_raise_takes_2_operations()
    {
        await Product.ReportAsync("pc-1");
        Product.Storage.ForgetCalls();
        await Product.ReportAsync("pc-2", id: "1", time: FakeClock.Origin.ToString("O"));
        AssertCalls(Product, "POST $batch", "POST outgoing-mail/messages");
    }

    [Fact]
    public async Task The_raise_after_a_clear_takes_3_operations()
    {
        await Product.ReportAsync("pc-1");
        await Product.ReportAsync("pc-1", state: "cleared");
        Installation.Clock.Advance(TimeSpan.FromSeconds(1));
        Product.Storage.ForgetCalls();
        await Product.ReportAsync("pc-1", id: "1", time: FakeClock.Origin.AddHours(1).ToString("O"));
        AssertCalls(Product, "GET Work(...)", "POST $batch", "POST outgoing-mail/messages");
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task In_a_storm_a_hundred_raises_take_3_operations_and_two_wake_ups_each_second_however_many_computers_raised_before(bool ids)
    {
        await Product.ReportAsync("pc-0");
        for (int batch = 1; batch <= 10; batch++)
        {
            if (batch % 5 == 0)
            {
                Installation.Clock.Advance(TimeSpan.FromSeconds(1));
            }

            Product.Storage.ForgetCalls();
            JsonNode answer = await Product.PostEventsAsync(Batch($"storm-{batch}", first: 100 * batch, ids: ids));
            Assert.Equal(100, answer["raised"]!.AsArray().Count);
            AssertCalls(Product, ["POST $batch", "POST $batch", "POST $batch", .. batch is 1 or 5 or 6 or 10 ? ["POST outgoing-mail/messages"] : Array.Empty<string>()]);
        }
    }

    [Fact]
    public async Task Raises_one_by_one_wake_their_shard_at_once_and_once_more_in_a_second_and_at_once_again_when_a_handler_has_begun()
    {
        string[] types = [.. Enumerable.Range(0, 1_000).Select(number => $"Type {number}").Where(name => Shard.Of(name).Number == 3).Take(20)];
        foreach (string type in types)
        {
            await Product.ReportAsync("pc-1", type);
        }

        Assert.Equal(2, Product.Storage.Count(IsWakeUp));
        Assert.Equal(["outbox|3", "outbox|3|later"], (await Product.WorkOffQueueAsync()).Where(text => text.StartsWith("outbox", StringComparison.Ordinal)));
        Assert.Equal(20, Smtp.Accepted.Count);

        Product.Storage.ForgetCalls();
        await Product.ReportAsync("pc-2", types[0]);
        Assert.Equal(1, Product.Storage.Count(IsWakeUp));
        Assert.Equal("outbox|3", (await Product.WorkOffQueueAsync())[0]);
        Assert.Equal(21, Smtp.Accepted.Count);
    }

    [Fact]
    public async Task A_wake_up_that_could_not_be_sent_stands_for_no_other()
    {
        Product.Log.Expect(101);
        Product.Storage.When(IsWakeUp).Once().Fail(HttpStatusCode.Forbidden, "AuthorizationFailure");
        await Product.ReportAsync("pc-1");
        await Product.ReportAsync("pc-2");
        Assert.Equal("outbox|4", (await Product.WorkOffQueueAsync())[0]);
        Assert.Single(Smtp.Accepted);
    }

    [Fact]
    public async Task New_types_are_counted_once_for_each_tenth_of_the_room_that_is_left()
    {
        for (int number = 0; number < 200; number++)
        {
            await Product.ReportAsync("pc-1", $"Type {number}");
        }

        // Of the room for 1,000: the first, and then 99; the next, and 89; and what is left of the 200.
        Assert.Equal(3, Product.Storage.Count(call => call.Label == "GET AlertTypes()"));
    }

    [Fact]
    public async Task A_hundred_new_types_in_a_request_take_3_operations_to_register()
    {
        await Product.PostEventsAsync(new JsonArray([.. Enumerable.Range(0, 100).Select(type => (JsonNode)new JsonObject { ["computer"] = "pc-1", ["alert"] = $"Type {type}" })]).ToJsonString());

        Assert.Equal(["GET AlertTypes()", "GET AlertTypes()", "POST $batch"], Product.Storage.Calls.Select(call => call.Label).Take(3));
        Assert.Equal(100, (await Installation.RowsAsync("AlertTypes", "")).Count);
    }

    [Fact]
    public async Task The_mail_of_a_hundred_types_of_a_shard_takes_6_operations_to_compose()
    {
        string[] types = [.. Enumerable.Range(0, 2_000).Select(number => $"Type {number}").Where(name => Shard.Of(name).Number == 3).Take(99)];
        await Product.PostEventsAsync(new JsonArray([.. types.Select(type => (JsonNode)new JsonObject { ["computer"] = "pc-1", ["alert"] = type })]).ToJsonString());
        Product.Storage.ForgetCalls();

        Composed? composed = await Product.Get<MailComposer>().ComposeAsync(new Shard(3), CancellationToken.None);

        Assert.Null(composed!.Failure);
        Assert.Equal(99, (await Installation.RowsAsync("Work", "mail|")).Count);
        AssertCalls(Product, "GET AlertTypes()", "GET Users()", "GET Work()", "POST $batch", "POST $batch", "POST $batch");
    }

    private static bool IsWakeUp(StorageCall call) => call.Label == "POST outgoing-mail/messages";

    [Fact]
    public async Task Fifty_raises_among_fifty_repeats_take_one_read_per_repeat_and_3_operations_and_at_most_one_read_per_event_and_5_where_the_alerts_were_never_seen()
    {
        await Product.PostEventsAsync(Batch("first"));
        Product.Storage.ForgetCalls();
        Assert.Equal(50, (await Product.PostEventsAsync(Batch("second", first: 50)))["raised"]!.AsArray().Count);
        AssertCalls(Product, [.. Enumerable.Repeat("GET Work(...)", 50), "POST $batch", "POST $batch", "POST outgoing-mail/messages"]);

        ProductProcess other = await StartOtherAsync();
        Assert.Equal(50, (await other.PostEventsAsync(Batch("third", first: 100)))["raised"]!.AsArray().Count);
        AssertCalls(other, [.. Enumerable.Repeat("GET Work(...)", 101), "POST $batch", "POST $batch", "POST $batch", "POST outgoing-mail/messages"]);
    }

    [Fact]
    public async Task A_duplicate_in_a_storm_takes_one_more_transaction_and_a_read_per_event_of_the_one_that_failed()
    {
        await Product.PostEventsAsync(Batch("storm", first: 60, count: 1));
        await Product.ReportAsync("pc-60", state: "cleared", time: FakeClock.Origin.AddMinutes(1).ToString("O"));
        TableEntity tombstone = Assert.Single(await Installation.RowsAsync("Work", "alert|"), row => row.GetString("Computer") == "pc-60");
        await Installation.Table("Work").DeleteEntityAsync(tombstone, ETag.All);
        ProductProcess other = await StartOtherAsync();

        JsonNode answer = await other.PostEventsAsync(Batch("storm"));

        Assert.Equal((99, 1, 99), (answer["recorded"]!.GetValue<int>(), answer["duplicates"]!.GetValue<int>(), answer["raised"]!.AsArray().Count));
        AssertCalls(other, [.. Enumerable.Repeat("GET Work(...)", 49), .. Enumerable.Repeat("POST $batch", 4), "POST outgoing-mail/messages"]);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(50)]
    public async Task A_raises_mail_takes_at_most_12_operations(int recipients)
    {
        await Scenarios.AddUsersAsync(Installation, Enumerable.Range(1, recipients - 1).Select(number => $"user{number}@example.com"));
        await Product.ReportAsync("pc-1");
        Product.Storage.ForgetCalls();
        await Product.HandleAsync("compose|Eicar");

        Assert.Equal(recipients, Smtp.Accepted.Count);
        int operations = Product.Storage.Count(call => call.Service == StorageService.Table);
        Report(Product, $"A raise's mail to {recipients}");
        Assert.InRange(operations, 1, 12);
    }

    [Fact]
    public async Task Failed_mails_of_a_flush_take_at_most_0_13_operations_each()
    {
        const int mails = 1_000;
        await new Backlog(Installation).AddAsync(mails, _ => Shard.Of("Eicar"), FakeClock.Origin.AddMinutes(30), failed: true);
        await Product.HandleAsync("flush");
        Product.Storage.ForgetCalls();
        await Product.HandleAsync($"send|{Shard.Of("Eicar").Key}|{FakeClock.Origin.ToUnixTimeSeconds()}");

        Assert.Equal(mails, Smtp.Accepted.Count);
        Assert.Empty(await Installation.RowsAsync("Work", "mail|"));
        Report(Product, $"Failed mails of a flush, {mails} mails");
        Assert.InRange(Product.Storage.Count() / (double)mails, 0, 0.13);
    }

    [Fact]
    public async Task A_probe_of_the_health_each_minute_takes_5_operations_and_one_within_5_seconds_of_it_none()
    {
        await Product.Get<MinuteRun>().RunAsync(CancellationToken.None);
        for (int minute = 0; minute < 3; minute++)
        {
            Installation.Clock.Advance(TimeSpan.FromMinutes(1));
            Product.Storage.ForgetCalls();
            await Product.SendAsync("GET", "/api/health");
            AssertCalls(Product, "GET Work(...)", "GET Work(...)", "GET Work(...)", "GET AlertTypes(...)", "GET Users()");

            await Product.SendAsync("GET", "/api/health");
            Assert.Equal(5, Product.Storage.Count());
        }
    }

    /// <summary>A hundred events of one type, each on a computer of its own unless there are fewer.</summary>
    private static string Batch(string name, int first = 0, int count = 100, int computers = int.MaxValue, bool ids = true) =>
        new JsonArray([.. Enumerable.Range(first, count).Select(number => (JsonNode)new JsonObject
        {
            ["id"] = ids ? $"{name}-{number}" : null,
            ["time"] = FakeClock.Origin.ToString("O"),
            ["computer"] = $"pc-{number % computers}",
            ["alert"] = "Eicar",
            ["message"] = new string('x', 200),
        })]).ToJsonString();

    /// <summary>Another process, which knows the alert type and none of its alerts.</summary>
    private async Task<ProductProcess> StartOtherAsync()
    {
        ProductProcess other = Installation.Start();
        await other.ReportAsync("pc-other");
        other.Storage.ForgetCalls();
        return other;
    }

    private static void AssertCalls(ProductProcess process, params string[] expected)
    {
        Report(process, "Calls");
        Assert.Equal(expected.Order(StringComparer.Ordinal), process.Storage.Calls.Select(call => call.Label).Order(StringComparer.Ordinal));
    }

    private static void Report(ProductProcess process, string what) => TestContext.Current.TestOutputHelper?.WriteLine(
        $"{what}: {process.Storage.Count()} operations: {string.Join(", ", process.Storage.Calls.CountBy(call => call.Label).Select(label => $"{label.Value} {label.Key}"))}");
}
