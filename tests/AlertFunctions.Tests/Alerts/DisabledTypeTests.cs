using System.Net;
using System.Text.Json.Nodes;
using AlertFunctions.Testing;
using Azure.Data.Tables;

namespace AlertFunctions.Tests.Alerts;

/// <summary>Deep Security's On and Off of an alert: a type that is off raises nothing.</summary>
public sealed class DisabledTypeTests(AzuriteServer azurite) : ProductTest(azurite)
{
    private const string Off = """{ "alert": "Eicar", "enabled": false }""";
    private const string On = """{ "alert": "Eicar", "enabled": true }""";

    [Fact]
    public async Task An_event_of_a_type_that_is_off_is_recorded_and_raises_and_mails_nothing()
    {
        await PutAsync("/api/alert-types", Off);

        JsonNode answer = await ReportAndMailAsync("A");

        Assert.Equal((1, 0), (answer["recorded"]!.GetValue<int>(), answer["raised"]!.AsArray().Count));
        Assert.Single(await Installation.RowsAsync("Work", "event|"));
        Assert.Empty((await Product.GetAsync("/api/alerts"))["items"]!.AsArray());
        Assert.Empty(await Product.SystemEventsAsync(190));
        Assert.Empty(Smtp.Accepted);
    }

    [Fact]
    public async Task What_is_outstanding_when_a_type_is_turned_off_stays_and_is_cleared_by_an_event_or_by_hand()
    {
        await Product.ReportAsync("A");
        await Product.ReportAsync("B");
        await PutAsync("/api/alert-types", Off);
        Assert.Equal(2, (await Product.GetAsync("/api/alerts"))["items"]!.AsArray().Count);

        JsonNode byEvent = await Product.PostEventsAsync("""[ { "computer": "A", "alert": "Eicar", "state": "cleared" }, { "computer": "A", "alert": "Eicar" } ]""");
        Answer byHand = await Product.SendAsync("POST", "/api/alerts/clear", """{ "items": [ { "alert": "Eicar" } ] }""");

        Assert.Equal((1, 0), (byEvent["cleared"]!.AsArray().Count, byEvent["raised"]!.AsArray().Count));
        Assert.Equal("B", Assert.Single(byHand.Json["cleared"]!.AsArray())!["computer"]!.GetValue<string>());
        Assert.Empty((await Product.GetAsync("/api/alerts"))["items"]!.AsArray());
    }

    [Fact]
    public async Task A_type_that_is_turned_on_again_raises_with_the_next_event_but_not_with_the_repeat_of_an_old_one()
    {
        const string time = "2026-11-24T01:00:00Z";
        await PutAsync("/api/alert-types", Off);
        await Product.ReportAsync("A", id: "1", time: time);
        await PutAsync("/api/alert-types", On);

        JsonNode repeat = await Product.ReportAsync("A", id: "1", time: time);
        JsonNode next = await Product.ReportAsync("A", id: "2", time: time);

        Assert.Equal((1, 0), (repeat["duplicates"]!.GetValue<int>(), repeat["raised"]!.AsArray().Count));
        Assert.Single(next["raised"]!.AsArray());
    }

    [Fact]
    public async Task Other_processes_follow_within_a_minute_and_a_repeated_event_costs_no_operation_for_it()
    {
        ProductProcess other = Installation.Start();
        await other.ReportAsync("A", state: "cleared");
        await PutAsync("/api/alert-types", Off);
        Installation.Clock.Advance(TimeSpan.FromSeconds(61));

        Assert.Empty((await other.ReportAsync("A"))["raised"]!.AsArray());
        other.Storage.ForgetCalls();
        Assert.Empty((await other.ReportAsync("A"))["raised"]!.AsArray());
        Assert.Equal(["POST Work"], other.Storage.Calls.Select(call => call.Label));
    }

    [Fact]
    public async Task A_type_is_on_unless_it_was_turned_off()
    {
        await Product.ReportAsync("A");
        TableEntity row = Assert.Single(await Installation.RowsAsync("AlertTypes"));
        row.Remove("Enabled");
        await Installation.Table("AlertTypes").UpdateEntityAsync(row, row.ETag, TableUpdateMode.Replace); // as an older version wrote it
        Assert.True(await IsEnabledAsync());

        await PutAsync("/api/alert-types", Off);
        Assert.False(await IsEnabledAsync());
    }

    [Theory]
    [InlineData("1")]
    [InlineData("\"false\"")]
    [InlineData("[]")]
    public async Task Enabled_is_true_or_false(string value)
    {
        Answer answer = await Product.SendAsync("PUT", "/api/alert-types", $$"""{ "alert": "Eicar", "enabled": {{value}} }""");

        Assert.Equal(HttpStatusCode.BadRequest, answer.Status);
        Assert.Equal(["$.enabled"], answer.Json["errors"]!.AsObject().Select(error => error.Key));
    }

    private async Task<bool> IsEnabledAsync() => (await Product.GetAsync("/api/alert-types?alert=Eicar"))["items"]![0]!["enabled"]!.GetValue<bool>();
}
