using System.Globalization;
using System.Net;
using System.Text.Json.Nodes;
using AlertFunctions.Core.Alerts;
using AlertFunctions.Core.Outbox;
using AlertFunctions.Core.ScheduledTasks.Summaries;
using AlertFunctions.Core.Upkeep;
using AlertFunctions.Testing;
using AlertFunctions.Tests.Crashes;
using Azure.Data.Tables;
using StorageFault = AlertFunctions.Testing.StorageFault;

namespace AlertFunctions.Tests.Alerts;

/// <summary>A cleared alert leaves its clear behind for a day, which orders what comes after it and which nobody takes for an alert.</summary>
public sealed class TombstoneTests(AzuriteServer azurite) : ProductTest(azurite)
{
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_cleared_alert_is_outstanding_nowhere(bool byHand)
    {
        await Product.ReportAsync("A");
        await ClearAsync(byHand);
        await Product.WorkOffQueueAsync();

        Assert.Single(await Installation.RowsAsync("Work", "alert|"));
        Assert.Empty((await Product.GetAsync("/api/alerts"))["items"]!.AsArray());
        Assert.Empty((await Product.GetAsync("/api/alerts?alert=Eicar&computer=A"))["items"]!.AsArray());
        Assert.Empty((await Product.GetAsync("/api/alerts/summary"))["items"]!.AsArray());
        Assert.False((await Product.GetAsync("/api/alerts/detail?alert=Eicar&computer=A"))["outstanding"]!.GetValue<bool>());
        Assert.Equal(0, (await Product.Get<OutstandingAlertsReader>().ReadAsync(CancellationToken.None)).Count);
        Assert.Equal(0, await Product.Get<AlertStore>().CountRaisedBeforeAsync(Installation.Clock.GetUtcNow().AddDays(1), CancellationToken.None));
        JsonNode again = await ClearByHandAsync();
        Assert.Empty(again["cleared"]!.AsArray());
        Assert.Single(again["notFound"]!.AsArray());
        Assert.Equal(HttpStatusCode.NoContent, (await Product.SendAsync("DELETE", "/api/alert-types?alert=Eicar")).Status);
    }

    [Fact]
    public async Task The_raise_after_a_clear_comes_after_it_even_from_an_instance_whose_clock_is_behind()
    {
        await Scenarios.MailBothAsync(Installation);
        var ahead = new FakeClock();
        ahead.Advance(TimeSpan.FromMilliseconds(1_900));
        ProductProcess fast = Installation.Start(clock: ahead);

        await fast.ReportAsync("A");
        await fast.ReportAsync("A", state: "cleared");
        await Product.ReportAsync("A");

        List<OutboxRow> rows = (await Installation.RowsAsync("Work", "outbox|")).ConvertAll(OutboxRow.FromRow);
        Assert.Equal([TransitionKind.Raise, TransitionKind.Clear, TransitionKind.Raise], rows.OrderBy(row => row.Id).Select(row => row.Kind));
        fast.Log.AssertNothingUnexpected();
    }

    [Fact]
    public async Task A_raise_that_is_late_does_not_bring_a_cleared_alert_back_and_a_clear_that_is_late_ends_no_newer_raise()
    {
        Assert.Equal(("1 0", 0), await ReportAtAsync("01:00"));
        Assert.Equal(("0 1", 0), await ReportAtAsync("01:10", "cleared"));
        Assert.Equal(("0 0", 1), await ReportAtAsync("01:09"));
        Assert.Equal(("1 0", 0), await ReportAtAsync("01:10"));
        Assert.Equal(("0 0", 1), await ReportAtAsync("01:05", "cleared"));
        Assert.Equal(("0 1", 0), await ReportAtAsync("01:10", "cleared"));

        await Product.WorkOffQueueAsync();
        Assert.Equal(2, Smtp.Accepted.Count);
        Assert.Equal(6, (await Installation.RowsAsync("Work", "event|")).Count);
    }

    [Fact]
    public async Task A_repeated_request_of_an_outdated_event_is_a_duplicate_and_nothing_else()
    {
        await ReportAtAsync("01:10");
        await ReportAtAsync("01:20", "cleared");
        Assert.Equal(1, (await Product.ReportAsync("A", id: "late", time: "2026-11-24T01:15:00Z"))["outdated"]!.GetValue<int>());

        JsonNode again = await Product.ReportAsync("A", id: "late", time: "2026-11-24T01:15:00Z");

        Assert.Equal((0, 1, 0), (again["recorded"]!.GetValue<int>(), again["duplicates"]!.GetValue<int>(), again["outdated"]!.GetValue<int>()));
    }

    [Fact]
    public async Task A_clear_by_hand_is_not_outdated_and_outdates_nothing()
    {
        await Product.ReportAsync("A", time: "2026-11-24T12:00:00Z"); // from a clock that is hours ahead
        Assert.Single((await ClearByHandAsync())["cleared"]!.AsArray());

        Assert.Equal(("1 0", 0), await ReportAtAsync("01:00"));
    }

    [Fact]
    public async Task Events_without_a_time_apply_as_they_come_whatever_the_clocks_of_the_instances_say()
    {
        var ahead = new FakeClock();
        ahead.Advance(TimeSpan.FromSeconds(30));
        ProductProcess fast = Installation.Start(clock: ahead);

        await fast.ReportAsync("A");
        Assert.Single((await Product.ReportAsync("A", state: "cleared"))["cleared"]!.AsArray());
        await fast.ReportAsync("A");
        await fast.ReportAsync("A", state: "cleared");
        Assert.Single((await Product.ReportAsync("A"))["raised"]!.AsArray());
        fast.Log.AssertNothingUnexpected();
    }

    [Fact]
    public async Task After_a_day_a_clear_is_forgotten_and_a_late_raise_raises()
    {
        await ReportAtAsync("01:00");
        await ReportAtAsync("01:10", "cleared");
        await Product.ReportAsync("B");
        Installation.Clock.Advance(TimeSpan.FromHours(23));
        await Product.Get<ExpiredRows>().RemoveAsync(CancellationToken.None);
        Assert.Equal(("0 0", 1), await ReportAtAsync("01:05"));

        Installation.Clock.Advance(TimeSpan.FromHours(2));
        await Product.Get<ExpiredRows>().RemoveAsync(CancellationToken.None);

        Assert.Equal(["B"], (await Installation.RowsAsync("Work", "alert|")).Select(row => row.GetString("Computer")));
        Assert.Equal(("1 0", 0), await ReportAtAsync("01:05"));
    }

    [Fact]
    public async Task A_repeat_that_is_sent_again_after_its_alert_was_cleared_and_forgotten_raises_nothing()
    {
        await Product.ReportAsync("A", id: "1", time: "2026-11-24T01:00:00Z");
        await Product.ReportAsync("A", id: "2", time: "2026-11-24T01:05:00Z");
        await Product.ReportAsync("A", state: "cleared", time: "2026-11-24T01:10:00Z");
        Installation.Clock.Advance(TimeSpan.FromHours(25));
        await Product.Get<ExpiredRows>().RemoveAsync(CancellationToken.None);
        Assert.Empty(await Installation.RowsAsync("Work", "alert|"));
        ProductProcess other = Installation.Start(); // has seen no alert and adds without reading

        foreach (ProductProcess process in (ProductProcess[])[Product, other])
        {
            JsonNode again = await process.ReportAsync("A", id: "2", time: "2026-11-24T01:05:00Z");
            Assert.Equal((0, 1, 0), (again["recorded"]!.GetValue<int>(), again["duplicates"]!.GetValue<int>(), again["raised"]!.AsArray().Count));
        }

        Assert.Empty(await Installation.RowsAsync("Work", "alert|"));
        other.Log.AssertNothingUnexpected();
    }

    [Theory]
    [InlineData("RaisedAt")]
    [InlineData("Raise")]
    [InlineData("Computer")]
    [InlineData("Operation")]
    public async Task A_damaged_row_is_as_a_clear_of_which_nothing_is_known(string missing)
    {
        await Product.ReportAsync("A");
        TableEntity row = Assert.Single(await Installation.RowsAsync("Work", "alert|"));
        row.Remove(missing);
        await Installation.Table("Work").UpdateEntityAsync(row, row.ETag, TableUpdateMode.Replace);

        Assert.Equal(("0 0", 0), await ReportAtAsync("00:30", "cleared"));
        Assert.Equal(("1 0", 0), await ReportAtAsync("00:10"));
        Assert.Single((await Product.GetAsync("/api/alerts"))["items"]!.AsArray());
    }

    [Fact]
    public async Task Two_requests_at_once_that_each_raise_and_clear_an_alert_both_do()
    {
        ProductProcess other = Installation.Start();
        StorageFault hold = Product.Storage.When(call => call.Label == "POST $batch").Once().Hold();
        Task<JsonNode> first = Product.PostEventsAsync(RaiseAndClear("1"));
        await hold.Reached;
        JsonNode second = await other.PostEventsAsync(RaiseAndClear("2"));
        hold.Release();

        Assert.All((JsonNode[])[await first, second], answer => Assert.Equal((1, 1), (answer["raised"]!.AsArray().Count, answer["cleared"]!.AsArray().Count)));
        Assert.Equal(
            [TransitionKind.Raise, TransitionKind.Clear, TransitionKind.Raise, TransitionKind.Clear],
            (await Installation.RowsAsync("Work", "outbox|")).ConvertAll(OutboxRow.FromRow).OrderBy(row => row.Id).Select(row => row.Kind));
        other.Log.AssertNothingUnexpected();

        static string RaiseAndClear(string id) => $$"""
            [
              { "computer": "A", "alert": "Eicar", "id": "{{id}}a", "time": "2026-11-24T01:00:00Z" },
              { "computer": "A", "alert": "Eicar", "id": "{{id}}b", "time": "2026-11-24T01:00:00Z", "state": "cleared" }
            ]
            """;
    }

    /// <returns>How many it raised and cleared, and how many were outdated.</returns>
    private async Task<(string RaisedAndCleared, int Outdated)> ReportAtAsync(string time, string state = "occurred")
    {
        JsonNode answer = await Product.ReportAsync("A", state: state, time: $"2026-11-24T{time}:00Z");
        Assert.Equal(1, answer["recorded"]!.GetValue<int>());
        return (string.Create(CultureInfo.InvariantCulture, $"{answer["raised"]!.AsArray().Count} {answer["cleared"]!.AsArray().Count}"), answer["outdated"]!.GetValue<int>());
    }

    private async Task ClearAsync(bool byHand)
    {
        if (byHand)
        {
            await ClearByHandAsync();
        }
        else
        {
            await Product.ReportAsync("A", state: "cleared");
        }
    }

    private async Task<JsonNode> ClearByHandAsync() => (await Product.SendAsync("POST", "/api/alerts/clear", """{ "items": [ { "alert": "Eicar", "computer": "A" } ] }""")).Json;
}
