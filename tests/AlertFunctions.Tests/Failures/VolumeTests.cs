using System.Diagnostics;
using AlertFunctions.Testing;

namespace AlertFunctions.Tests.Failures;

/// <summary>
/// What a flush of very much failed mail costs. StorageOperationsTests flushes a thousand with every run; these take half a minute, and their memory is
/// theirs only where nothing else runs, so they run by night (CONTRIBUTING).
/// </summary>
[Trait("Category", "Nightly")]
public sealed class VolumeTests(AzuriteServer azurite) : FailureTests(azurite)
{
    private const int Mails = 10_000;
    private const double OperationsPerMail = 0.15;
    private const int Mebibyte = 1024 * 1024;

    /// <summary>From the first shard, with which everything is loaded, to the last. Messages that are kept are several times that.</summary>
    private const long MaximumGrowth = 16 * Mebibyte;

    [Fact(Explicit = true)]
    public async Task A_flush_of_ten_thousand_failed_mails_costs_few_operations()
    {
        await new Backlog(Installation).AddAsync(Mails, shards: 8, Clock.GetUtcNow() + Hour, failed: true);
        await Product.GetAsync("/api/health");
        var memory = new List<long>();
        var accepted = new List<string>();
        int calls = 0;
        Product.Storage.ForgetCalls();
        var watch = Stopwatch.StartNew();

        await Product.HandleAsync("flush");
        for (int shard = 0; shard < 8; shard++)
        {
            await Product.HandleAsync($"send|{shard}|0");

            accepted.AddRange(Server.Accepted.Select(mail => mail.Recipient));
            Server.ForgetAccepted();
            calls += Product.Storage.Count();
            Product.Storage.ForgetCalls();

            memory.Add(GC.GetTotalMemory(forceFullCollection: true));
        }

        watch.Stop();
        double operations = (double)calls / Mails;
        TestContext.Current.TestOutputHelper?.WriteLine($"{operations:0.000} operations per mail, {string.Join(" ", memory.Select(bytes => bytes / Mebibyte))} MiB, {Mails / watch.Elapsed.TotalSeconds:0} mails a second");
        Assert.Equal(Mails, accepted.Count);
        Assert.Equal(Mails, accepted.Distinct().Count());
        await AssertNothingIsOwedAsync();
        Assert.True(operations <= OperationsPerMail, $"{operations:0.000} operations per mail");
        Assert.InRange(memory[^1] - memory[0], long.MinValue, MaximumGrowth);
    }
}
