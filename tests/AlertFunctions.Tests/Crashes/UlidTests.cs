using System.Globalization;
using AlertFunctions.Core.Outbox;
using AlertFunctions.Core.Storage;
using AlertFunctions.Testing;

namespace AlertFunctions.Tests.Crashes;

/// <summary>The order of transitions, over processes whose clocks differ.</summary>
public sealed class UlidTests(AzuriteServer azurite)
{
    [Fact]
    public void Ulids_only_grow_within_a_process_whatever_its_clock_does()
    {
        var clock = new FakeClock();
        var ulids = new UlidSequence(new StorageClock(clock));
        var made = new List<Ulid>();
        for (int i = 0; i < 1_000; i++)
        {
            made.Add(ulids.Next());
            if (i % 100 == 99)
            {
                clock.Advance(TimeSpan.FromMilliseconds(1));
            }
        }

        Assert.Equal(made.Order(), made);
        Assert.Equal(made.Distinct(), made);
        Assert.Equal(FakeClock.Origin, made[0].Time);
    }

    [Fact]
    public void A_ulid_is_greater_than_one_it_must_follow()
    {
        var ahead = new FakeClock();
        ahead.Advance(TimeSpan.FromMinutes(1));
        Ulid raise = new UlidSequence(new StorageClock(ahead)).Next();
        var ulids = new UlidSequence(new StorageClock(new FakeClock()));
        Ulid clear = ulids.Next(raise);
        Assert.True(clear.CompareTo(raise) > 0);
        Assert.True(ulids.Next().CompareTo(clear) > 0);
    }

    [Fact]
    public async Task A_clear_follows_its_raise_even_when_that_came_from_a_clock_a_minute_ahead()
    {
        await using Installation installation = await Installation.CreateAsync(azurite);
        await Scenarios.MailBothAsync(installation);
        ProductProcess product = installation.Start();
        await product.ReportAsync("pc-1");

        // A storage service of another minute, as no process can help: the alert row as such a process would have left it.
        Ulid raise = Ulid.NewUlid(FakeClock.Origin.AddMinutes(1));
        await product.WorkOffQueueAsync();
        var row = Assert.Single(await installation.RowsAsync("Work", "alert|"));
        row["Raise"] = $"{raise}";
        await installation.Table("Work").UpdateEntityAsync(row, row.ETag);
        await product.ReportAsync("pc-1", state: "cleared");

        OutboxRow clear = OutboxRow.FromRow(Assert.Single(await installation.RowsAsync("Work", "outbox|")));
        Assert.Equal(TransitionKind.Clear, clear.Kind);
        Assert.True(clear.Id.CompareTo(raise) > 0);
    }

    [Theory]
    [InlineData(60)]
    [InlineData(-60)]
    [InlineData(3)]
    public async Task A_clock_that_differs_from_storages_by_more_than_two_seconds_is_corrected(int seconds)
    {
        await using Installation installation = await Installation.CreateAsync(azurite);
        var wrong = new FakeClock();
        wrong.AdjustTime(FakeClock.Origin.AddSeconds(seconds));
        ProductProcess product = installation.Start(clock: wrong);
        await product.ReportAsync("pc-1");
        Assert.Equal(FakeClock.Origin, await RaisedAsync(installation));
    }

    [Fact]
    public async Task A_clock_within_two_seconds_of_storages_stays_as_it_is()
    {
        await using Installation installation = await Installation.CreateAsync(azurite);
        var near = new FakeClock();
        near.Advance(TimeSpan.FromMilliseconds(1_500));
        ProductProcess product = installation.Start(clock: near);
        await product.ReportAsync("pc-1");
        Assert.Equal(near.GetUtcNow(), await RaisedAsync(installation));
    }

    private static async Task<DateTimeOffset> RaisedAsync(Installation installation) =>
        Ulid.Parse(Assert.Single(await installation.RowsAsync("Work", "alert|")).GetString("Raise"), CultureInfo.InvariantCulture).Time;
}
