using System.Text.Json.Nodes;
using AlertFunctions.Core.Storage;
using AlertFunctions.Testing;
using AlertFunctions.Tests.Crashes;
using AlertFunctions.Tests.Failures;

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
        AssertCalls("GET Work(...)", "POST Events");
    }

    [Fact]
    public async Task A_hundred_repeats_take_one_read_per_alert_and_at_most_3_operations_per_shard_of_events()
    {
        await Product.PostEventsAsync(Batch("first"));
        Product.Storage.ForgetCalls();
        await Product.PostEventsAsync(Batch("second"));

        Assert.Equal(10, Product.Storage.Count(call => call.Label == "GET Work(...)"));
        int shards = Enumerable.Range(0, 10).Select(number => Shard.Of($"pc-{number}")).Distinct().Count();
        Assert.InRange(Product.Storage.Count() - 10, shards, 3 * shards);
        Report("Repeats, batch of 100 of 10 alerts");

        static string Batch(string name) => new JsonArray([.. Enumerable.Range(0, 100).Select(number => (JsonNode)new JsonObject
        {
            ["id"] = $"{name}-{number}",
            ["time"] = FakeClock.Origin.ToString("O"),
            ["computer"] = $"pc-{number % 10}",
            ["alert"] = "Eicar",
            ["message"] = new string('x', 200),
        })]).ToJsonString();
    }

    [Fact]
    public async Task A_raise_takes_at_most_5_operations()
    {
        await Product.ReportAsync("pc-1");
        Product.Storage.ForgetCalls();
        await Product.ReportAsync("pc-2", id: "1", time: FakeClock.Origin.ToString("O"));
        AssertCalls("GET Work(...)", "GET Events(...)", "POST $batch", "POST Events", "POST outgoing-mail/messages");
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
        Report($"A raise's mail to {recipients}");
        Assert.InRange(operations, 1, 12);
    }

    [Fact]
    public async Task Failed_mails_of_a_flush_take_at_most_0_16_operations_each()
    {
        const int mails = 1_000;
        await new Backlog(Installation).AddAsync(mails, _ => Shard.Of("Eicar"), FakeClock.Origin.AddMinutes(30), failed: true);
        await Product.HandleAsync("flush");
        Product.Storage.ForgetCalls();
        await Product.HandleAsync($"send|{Shard.Of("Eicar").Key}|{FakeClock.Origin.ToUnixTimeSeconds()}");

        Assert.Equal(mails, Smtp.Accepted.Count);
        Assert.Empty(await Installation.RowsAsync("Work", "mail|"));
        Report($"Failed mails of a flush, {mails} mails");
        Assert.InRange(Product.Storage.Count() / (double)mails, 0, 0.16);
    }

    private void AssertCalls(params string[] expected)
    {
        Report("Calls");
        Assert.Equal(expected.Order(StringComparer.Ordinal), Product.Storage.Calls.Select(call => call.Label).Order(StringComparer.Ordinal));
    }

    private void Report(string what) => TestContext.Current.TestOutputHelper?.WriteLine(
        $"{what}: {Product.Storage.Count()} operations: {string.Join(", ", Product.Storage.Calls.CountBy(call => call.Label).Select(label => $"{label.Value} {label.Key}"))}");
}
