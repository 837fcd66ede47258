using System.Diagnostics;
using AlertFunctions.Tests.Infrastructure;

namespace AlertFunctions.Tests.Failures;

/// <summary>What a flush of very much failed mail costs.</summary>
public sealed class VolumeTests(AzuriteServer azurite) : FailureTests(azurite)
{
    private const int Mails = 10_000;
    private const double OperationsPerMail = 0.15;
    private const int Mebibyte = 1024 * 1024;

    [Fact]
    public async Task A_flush_of_ten_thousand_failed_mails_costs_few_operations()
    {
        await new Backlog(Installation).AddAsync(Mails, shards: 8, Clock.GetUtcNow() + Hour, failed: true);
        await Product.GetAsync("/api/health");
        var memory = new List<long>();
        Product.Storage.ForgetCalls();
        var watch = Stopwatch.StartNew();

        await Product.HandleAsync("flush");
        for (int shard = 0; shard < 8; shard++)
        {
            await Product.HandleAsync($"send|{shard}|0");

            // Measured, not asserted: without what the scripted server keeps of each message. It grows, and who holds the rest is not known yet.
            memory.Add(GC.GetTotalMemory(forceFullCollection: true) - Server.Accepted.Sum(mail => (long)mail.Raw.Length));
        }

        watch.Stop();
        double operations = (double)Product.Storage.Calls.Count / Mails;
        TestContext.Current.TestOutputHelper?.WriteLine($"{operations:0.000} operations per mail, {string.Join(" ", memory.Select(bytes => bytes / Mebibyte))} MiB, {Mails / watch.Elapsed.TotalSeconds:0} mails a second");
        Assert.Equal(Mails, Server.Accepted.Count);
        Assert.Equal(Mails, Server.Accepted.Select(mail => mail.Recipient).Distinct().Count());
        await AssertNothingIsOwedAsync();
        Assert.True(operations <= OperationsPerMail, $"{operations:0.000} operations per mail");
    }
}
