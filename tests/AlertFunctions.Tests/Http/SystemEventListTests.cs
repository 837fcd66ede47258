using System.Net;
using System.Text.Json.Nodes;
using AlertFunctions.Core.SystemEvents;
using AlertFunctions.Testing;

namespace AlertFunctions.Tests.Http;

/// <summary>System events by level, and searched.</summary>
public sealed class SystemEventListTests(AzuriteServer azurite) : ProductTest(azurite)
{
    [Theory]
    [InlineData("level=information", "190 197")]
    [InlineData("level=warning", "569")]
    [InlineData("level=error", "199")]
    [InlineData("level=error&id=569", "")]
    [InlineData("level=warning&id=569", "569")]
    [InlineData("search=ALERT EMAILS", "197")] // the name
    [InlineData("search=re-sent 2 more", "569")] // the description
    [InlineData("search=HANAKO", "569")] // the target and the data
    [InlineData("search=no such user", "569")] // the data
    [InlineData("search=eicar&level=information", "190 197")]
    [InlineData("search=eicar&id=569", "569")]
    [InlineData("search=none of them", "")]
    [InlineData("search={n}", "")] // what is stored, but never shown
    public async Task System_events_are_filtered_by_level_and_searched_without_regard_to_case_on_every_size_of_page(string query, string expected)
    {
        await PutUserAsync("hanako");
        Smtp.On(SmtpStep.Recipient, "hanako@example.com").Reply("550 5.1.1 no such user");
        await Product.ReportAsync("A");
        await Product.HandleAsync("compose|Eicar");
        await Product.Get<SystemEventStore>().AddAsync([SystemEvent.OfGivenUp("reason", "tests", Installation.Clock.GetUtcNow())], CancellationToken.None);

        foreach (int top in (int[])[1, 2, 100])
        {
            var numbers = new List<int>();
            for (string? continuation = ""; continuation is not null;)
            {
                JsonNode page = await Product.GetAsync($"/api/system-events?{query.Replace("search=", "culture=en&search=", StringComparison.Ordinal)}&top={top}&continuation={continuation}");
                Assert.InRange(page["items"]!.AsArray().Count, 0, top);
                numbers.AddRange(page["items"]!.AsArray().Select(item => item!["id"]!.GetValue<int>()));
                Assert.Equal(expected.Split(' ', StringSplitOptions.RemoveEmptyEntries).Length, page["total"]!.GetValue<int>());
                continuation = page["continuation"]?.GetValue<string>();
            }

            Assert.Equal(expected, string.Join(' ', numbers.Order()));
        }
    }

    [Fact]
    public async Task What_a_delivery_records_of_recipients_and_mails_is_given_as_lists()
    {
        await ReportAndMailAsync("A");

        JsonNode data = Assert.Single(await Product.SystemEventsAsync(197))["data"]!;

        JsonNode delivery = Assert.Single(data["deliveries"]!.AsArray())!;
        Assert.Equal(("ops@example.com", "1"), (delivery["address"]!.GetValue<string>(), delivery["attempt"]!.ToJsonString()));
        JsonNode mail = Assert.Single(data["mailContents"]!.AsArray())!;
        Assert.Equal(("Eicar", """["A"]"""), (mail["alert"]!.GetValue<string>(), mail["computers"]!.ToJsonString()));
    }

    [Fact]
    public async Task A_search_of_a_large_table_is_bounded_and_goes_on_with_the_continuation()
    {
        await Product.ReportAsync("needle");
        await Product.HandleAsync("compose|Eicar");
        Installation.Clock.Advance(TimeSpan.FromMinutes(1));
        DateTimeOffset start = Installation.Clock.GetUtcNow();
        SystemEvent[] common = [.. Enumerable.Range(0, 20_500).Select(number => SystemEvent.OfGivenUp("common", "tests", start.AddMilliseconds(number)))];
        await Parallel.ForEachAsync(common.Chunk(1_000), async (some, token) => await Product.Get<SystemEventStore>().AddAsync(some, token));
        Installation.Clock.Advance(TimeSpan.FromMinutes(1));
        Product.Storage.ForgetCalls();

        JsonNode first = await Product.GetAsync("/api/system-events?search=needle");
        Assert.Empty(first["items"]!.AsArray());
        Assert.InRange(Product.Storage.Count(), 1, 20);
        JsonNode second = await Product.GetAsync($"/api/system-events?search=needle&continuation={first["continuation"]}");
        Assert.Equal([190, 197], second["items"]!.AsArray().Select(item => item!["id"]!.GetValue<int>()).Order()); // the delivery tells which computer its mail names
        Assert.Equal((null, null, null), (first["total"], second["total"], second["continuation"]));

        // A number of all is exact up to 10,000, and costs what it takes to know that there are more.
        foreach ((int exact, string? total) in ((int, string?)[])[(10_000, "10000"), (10_001, null)])
        {
            Product.Storage.ForgetCalls();
            JsonNode page = await Product.GetAsync($"/api/system-events?id=199&top=1000&from={start.AddMilliseconds(20_500 - exact):O}".Replace("+00:00", "Z", StringComparison.Ordinal));
            Assert.Equal((1_000, total), (page["items"]!.AsArray().Count, page["total"]?.ToJsonString()));
        }
    }

    [Fact]
    public async Task A_list_that_takes_long_to_count_is_given_without_its_total()
    {
        await ReportAndMailAsync("A");
        int queries = 0;
        StorageFault counting = Product.Storage.When(call => call.Label.StartsWith("GET SystemEvents", StringComparison.Ordinal) && ++queries > 1).Hold();

        Task<JsonNode> answering = Product.GetAsync("/api/system-events?top=1");
        await counting.Reached;
        Installation.Clock.Advance(TimeSpan.FromSeconds(5));

        JsonNode page = await answering;
        Assert.Equal((1, null), (page["items"]!.AsArray().Count, page["total"]));
        Assert.NotNull(page["continuation"]);
    }

    [Theory]
    [InlineData("/api/system-events?level=debug", "level")]
    [InlineData("/api/system-events?level=Error", "level")]
    [InlineData("/api/system-events?level=0", "level")]
    [InlineData("/api/system-events?search=%0A%07", "search")]
    public async Task A_wrong_query_parameter_is_named(string path, string parameter)
    {
        Answer answer = await Product.SendAsync("GET", path);

        Assert.Equal(HttpStatusCode.BadRequest, answer.Status);
        Assert.Equal([parameter], answer.Json["errors"]!.AsObject().Select(error => error.Key));
    }
}
