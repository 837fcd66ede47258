using AlertFunctions.Core.Storage;
using AlertFunctions.Core.Upkeep;
using AlertFunctions.Testing;
using Azure.Data.Tables;
using StorageFault = AlertFunctions.Testing.StorageFault;

namespace AlertFunctions.Tests.Storage;

/// <summary>Retention: it keeps up with what comes in, and takes no more than its share of a minute.</summary>
public sealed class ExpiredRowsTests(AzuriteServer azurite) : ProductTest(azurite)
{
    private const int EventsPerSecond = 500;

    /// <summary>A transaction of a hundred deletions, or a page of a thousand keys, takes a tenth of a second at the most on Azure.</summary>
    private const int OperationsPerSecondAndLane = 10;

    private static readonly DateTimeOffset s_old = FakeClock.Origin.AddDays(-100);

    [Fact]
    public async Task Five_hundred_events_a_second_of_a_whole_day_are_removed_within_the_minutes_of_a_day()
    {
        await AddEventsAsync(FakeClock.Origin.AddDays(-92), perShard: 1_000); // the day that expired last
        Product.Storage.ForgetCalls();
        StorageFault[] holds = [.. Shard.All.Select(_ => Product.Storage.When(call => call.Label == "POST $batch").Once().Hold())];
        Task removing = RemoveAsync(Product);

        // All eight partitions of the day at once.
        await Task.WhenAll(holds.Select(hold => hold.Reached));
        foreach (StorageFault hold in holds)
        {
            hold.Release();
        }

        await removing;

        Assert.Empty(await Installation.RowsAsync("Work", "event|"));
        double rowsPerOperation = 8_000.0 / Product.Storage.Count(call => call.Label is "POST $batch" or "GET Work()");
        double removedPerMinute = ExpiredRows.Share.TotalSeconds * OperationsPerSecondAndLane * Shard.Count * rowsPerOperation;
        TestContext.Current.TestOutputHelper?.WriteLine($"{rowsPerOperation:0.0} rows per operation, {removedPerMinute:0} rows a minute.");
        Assert.InRange(rowsPerOperation, 75, 100);
        Assert.InRange(removedPerMinute, 2 * EventsPerSecond * 60, double.MaxValue); // and as many marks that they were applied
    }

    [Fact]
    public async Task It_stops_when_its_share_is_used_up_and_goes_on_in_the_next_minute_with_the_oldest()
    {
        await AddEventsAsync(s_old, perShard: 100);
        await AddEventsAsync(s_old.AddDays(1), perShard: 100);
        await AddEventsAsync(FakeClock.Origin, perShard: 1);
        StorageFault[] holds = [.. Shard.All.Select(_ => Product.Storage.When(call => call.Label == "POST $batch").Once().Hold())];

        // One transaction of each shard is under way when the time is up.
        Task removal = RemoveAsync(Product);
        await Task.WhenAll(holds.Select(hold => hold.Reached));
        Installation.Clock.Advance(ExpiredRows.Share);
        foreach (StorageFault hold in holds)
        {
            hold.Release();
        }

        await removal;
        List<string> left = [.. (await Installation.RowsAsync("Work", "event|")).Select(row => row.RowKey.Split('|')[1]).Distinct(StringComparer.Ordinal)];
        Assert.Contains(Keys.Day(s_old.AddDays(1)), left);
        Assert.Equal(Shard.Count, Product.Storage.Count(call => call.Label == "POST $batch"));

        Installation.Clock.Advance(TimeSpan.FromSeconds(30));
        await RemoveAsync(Product);
        Assert.Equal([Keys.Day(FakeClock.Origin)], (await Installation.RowsAsync("Work", "event|")).Select(row => row.RowKey.Split('|')[1]).Distinct(StringComparer.Ordinal));
    }

    [Fact]
    public async Task An_instance_that_meets_another_at_the_same_rows_leaves_them_to_it()
    {
        await AddEventsAsync(s_old, perShard: 300);
        ProductProcess other = Installation.Start();
        StorageFault[] holds = [.. Shard.All.Select(_ => other.Storage.When(call => call.Label == "POST $batch").Once().Hold())];
        Task late = RemoveAsync(other);
        await Task.WhenAll(holds.Select(hold => hold.Reached));

        await RemoveAsync(Product);
        foreach (StorageFault hold in holds)
        {
            hold.Release();
        }

        await late;

        Assert.Empty(await Installation.RowsAsync("Work", "event|"));
        Assert.Equal(24, Product.Storage.Count(call => call.Label == "POST $batch"));
        Assert.Equal(8, other.Storage.Count(call => call.Label == "POST $batch"));
        other.Log.AssertNothingUnexpected();
    }

    [Fact]
    public async Task What_is_old_goes_from_every_table_and_what_is_not_stays()
    {
        await AddEventsAsync(s_old, perShard: 1);
        foreach (DateTimeOffset time in (DateTimeOffset[])[s_old, FakeClock.Origin])
        {
            await Installation.Table("Work").AddEntityAsync(new TableEntity("3", $"done|{Keys.Ticks(time)}|x"));
            await Installation.Table("Work").AddEntityAsync(new TableEntity(Shard.Of("rejected").Key, $"rejected|{Keys.Day(time)}|x"));
        }

        DateTimeOffset longAgo = FakeClock.Origin.AddDays(-400);
        await Installation.Table("SystemEvents").AddEntityAsync(new TableEntity(Core.SystemEvents.SystemEventStore.PartitionKey(longAgo), $"{Keys.InvertedTicks(longAgo)}|x"));
        await Product.ReportAsync("A");
        await Product.ReportAsync("A", state: "cleared");
        await Product.ReportAsync("B");
        await Product.WorkOffQueueAsync();
        Installation.Clock.Advance(TimeSpan.FromHours(25));

        await RemoveAsync(Product);

        Assert.Equal([$"done|{Keys.Ticks(FakeClock.Origin)}|x"], (await Installation.RowsAsync("Work", "done|")).Select(row => row.RowKey));
        Assert.Equal([$"rejected|{Keys.Day(FakeClock.Origin)}|x"], (await Installation.RowsAsync("Work", "rejected|")).Select(row => row.RowKey));
        Assert.Equal(["B"], (await Installation.RowsAsync("Work", "alert|")).Select(row => row.GetString("Computer")));
        Assert.Equal(3, (await Installation.RowsAsync("Work", "event|")).Count);
        Assert.DoesNotContain(await Installation.RowsAsync("SystemEvents"), row => row.RowKey.EndsWith("|x", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_tombstone_that_became_an_alert_again_meanwhile_stays()
    {
        await Product.ReportAsync("A");
        await Product.ReportAsync("A", state: "cleared");
        Installation.Clock.Advance(TimeSpan.FromHours(25));
        StorageFault hold = Product.Storage.When(call => call.Label == "POST $batch").Once().Hold();
        Task removing = RemoveAsync(Product);
        await hold.Reached;
        ProductProcess other = Installation.Start();
        await other.ReportAsync("A");
        hold.Release();
        await removing;

        Assert.Single((await Product.GetAsync("/api/alerts"))["items"]!.AsArray());
        other.Log.AssertNothingUnexpected();
    }

    [Fact]
    public async Task With_nothing_to_remove_it_looks_once_an_hour()
    {
        await RemoveAsync(Product);
        Product.Storage.ForgetCalls();

        for (int minute = 1; minute < 60; minute++)
        {
            Installation.Clock.Advance(TimeSpan.FromMinutes(1));
            await RemoveAsync(Product);
        }

        Assert.Equal(0, Product.Storage.Count());
        Installation.Clock.Advance(TimeSpan.FromMinutes(1));
        await RemoveAsync(Product);
        Assert.InRange(Product.Storage.Count(), 1, 20);
    }

    private static Task RemoveAsync(ProductProcess process) => process.Get<ExpiredRows>().RemoveAsync(CancellationToken.None);

    private async Task AddEventsAsync(DateTimeOffset time, int perShard)
    {
        foreach (Shard shard in Shard.All)
        {
            foreach (int[] some in Enumerable.Range(0, perShard).Chunk(100))
            {
                await Installation.Table("Work").SubmitTransactionAsync(some.Select(number => new TableTransactionAction(
                    TableTransactionActionType.Add,
                    new TableEntity(shard.Key, $"event|{Keys.Day(time)}|pc|{Keys.InvertedTicks(time)}|{number:D6}"))));
            }
        }
    }
}
