using System.Net;
using System.Text.Json.Nodes;
using AlertFunctions.Core.Alerts;
using AlertFunctions.Testing;

namespace AlertFunctions.Tests.Alerts;

/// <summary>Clearing many alerts at once: page by page, for as long as the time of a request allows.</summary>
public sealed class ClearingTests(AzuriteServer azurite) : ProductTest(azurite)
{
    [Fact]
    public async Task Clearing_3000_alerts_of_a_type_takes_its_lists_its_transactions_and_one_wake_up()
    {
        await RaiseAsync(3_000);
        Installation.Clock.Advance(TimeSpan.FromSeconds(1));
        Product.Storage.ForgetCalls();

        JsonNode answer = await ClearAsync("""{ "items": [ { "alert": "Eicar" } ] }""");

        Assert.Equal(3_000, answer["cleared"]!.AsArray().Count);
        Assert.Empty(answer["notFound"]!.AsArray());
        Assert.Null(answer["continuation"]);
        Assert.Equal(
            ["GET Work() 4", "POST $batch 31", "POST outgoing-mail/messages 1"],
            Product.Storage.Calls.CountBy(call => call.Label).Select(label => $"{label.Key} {label.Value}").Order(StringComparer.Ordinal));
        Assert.Empty((await Product.GetAsync("/api/alerts"))["items"]!.AsArray());
        await Product.WorkOffQueueAsync();
        Assert.Equal(3_000, (await Product.SystemEventsAsync(192)).Sum(item => item["description"]!.GetValue<string>().Split("pc-").Length - 1));
    }

    [Fact]
    public async Task When_its_time_is_up_a_request_says_where_to_go_on_and_what_is_cleared_stays_cleared()
    {
        await RaiseAsync(3_000);
        LetEachTransactionTake(TimeSpan.FromSeconds(1));
        var cleared = new List<string>();
        int requests = 0;
        for (string? continuation = null; requests == 0 || continuation is not null; requests++)
        {
            JsonNode answer = await ClearAsync(new JsonObject { ["items"] = new JsonArray(new JsonObject { ["alert"] = "Eicar" }, new JsonObject { ["alert"] = "Nothing" }), ["continuation"] = continuation }.ToJsonString());
            continuation = answer["continuation"]?.GetValue<string>();
            cleared.AddRange(answer["cleared"]!.AsArray().Select(alert => alert!["computer"]!.GetValue<string>()));
            Assert.Equal(continuation is null ? ["Nothing"] : [], answer["notFound"]!.AsArray().Select(item => item!["alert"]!.GetValue<string>()));
            Assert.Equal(3_000 - cleared.Count, (await CountOutstandingAsync()));
        }

        Assert.Equal(3, requests);
        Assert.Equal(3_000, cleared.Distinct(StringComparer.Ordinal).Count());
    }

    [Fact]
    public async Task A_request_that_goes_on_leaves_alone_what_was_raised_since_it_began()
    {
        await RaiseAsync(1_600);
        LetEachTransactionTake(TimeSpan.FromSeconds(1));
        string? continuation = (await ClearAsync("""{ "items": [ { "alert": "Eicar" } ] }"""))["continuation"]!.GetValue<string>();
        Product.Storage.Heal();
        await Product.ReportAsync("zz-new");
        await Product.ReportAsync("pc-0000");

        JsonNode rest = await ClearAsync($$"""{ "items": [ { "alert": "Eicar" } ], "continuation": "{{continuation}}" }""");

        Assert.Null(rest["continuation"]);
        Assert.Equal(["pc-0000", "zz-new"], (await Product.GetAsync("/api/alerts"))["items"]!.AsArray().Select(item => item!["computer"]!.GetValue<string>()).Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task An_alert_that_is_raised_anew_while_it_is_cleared_unseen_stays()
    {
        await Product.PostEventsAsync("""[ { "computer": "A", "alert": "Eicar" }, { "computer": "B", "alert": "Eicar" } ]""");
        ProductProcess other = Installation.Start();
        StorageFault hold = Product.Storage.When(call => call.Label == "POST $batch").Once().Hold();
        Task<JsonNode> clearing = ClearAsync("""{ "items": [ { "alert": "Eicar" } ] }""");
        await hold.Reached;
        await other.ReportAsync("A", state: "cleared");
        await other.ReportAsync("A");
        hold.Release();

        Assert.Equal(["B"], (await clearing)["cleared"]!.AsArray().Select(alert => alert!["computer"]!.GetValue<string>()));
        Assert.Equal(["A"], (await Product.GetAsync("/api/alerts"))["items"]!.AsArray().Select(item => item!["computer"]!.GetValue<string>()));
        other.Log.AssertNothingUnexpected();
    }

    [Fact]
    public async Task All_alerts_of_a_computer_are_cleared_each_with_one_transaction()
    {
        await Product.PostEventsAsync($"[{string.Join(',', Enumerable.Range(0, 150).Select(i => $$"""{"computer":"A","alert":"type{{i}}"},{"computer":"B","alert":"type{{i}}"}"""))}]");
        Product.Storage.ForgetCalls();

        JsonNode answer = await ClearAsync("""{ "items": [ { "computer": "A" } ] }""");

        Assert.Equal(150, answer["cleared"]!.AsArray().Count);
        Assert.Equal(150, Product.Storage.Count(call => call.Label == "POST $batch"));
        Assert.Equal(0, Product.Storage.Count(call => call.Label == "GET Work(...)"));
        Assert.Equal(150, await CountOutstandingAsync());
    }

    [Theory]
    [InlineData("\"\"")]
    [InlineData("\"x\"")]
    [InlineData("7")]
    [InlineData("\"MXwwfDA2MzkxNTAwMDAwMDAwMDAwMDB8\"")] // 1|0|…|, but there is only item 0
    [InlineData("\"MHwwfDk5OTk5OTk5OTk5OTk5OTk5OTl8\"")] // 0|0|9999999999999999999|
    [InlineData("\"MHwwfDA2MzkxNTAwMDAwMDAwMDAwMDB8MHxkb25lfGF8Yg\"")] // its place is no alert's
    public async Task A_continuation_that_no_answer_gave_is_refused(string continuation)
    {
        Answer answer = await Product.SendAsync("POST", "/api/alerts/clear", $$"""{ "items": [ { "alert": "Eicar" } ], "continuation": {{continuation}} }""");

        Assert.Equal(HttpStatusCode.BadRequest, answer.Status);
        Assert.Equal(["$.continuation"], answer.Json["errors"]!.AsObject().Select(error => error.Key));
    }

    /// <summary>Lets the clock run with the transactions.</summary>
    private void LetEachTransactionTake(TimeSpan time) => Product.Storage.When(call =>
    {
        if (call.Label == "POST $batch")
        {
            Installation.Clock.Advance(time);
        }

        return false;
    }).Fail();

    private async Task RaiseAsync(int count)
    {
        foreach (int[] some in Enumerable.Range(0, count).Chunk(1_000))
        {
            await Product.PostEventsAsync($"[{string.Join(',', some.Select(number => $$"""{"computer":"pc-{{number:0000}}","alert":"Eicar"}"""))}]");
        }
    }

    private async Task<int> CountOutstandingAsync() => await Product.Get<AlertStore>().CountRaisedBeforeAsync(DateTimeOffset.MaxValue, CancellationToken.None);

    private async Task<JsonNode> ClearAsync(string body)
    {
        Answer answer = await Product.SendAsync("POST", "/api/alerts/clear", body);
        Assert.True(answer.Status == HttpStatusCode.OK, answer.Text);
        return answer.Json;
    }
}
