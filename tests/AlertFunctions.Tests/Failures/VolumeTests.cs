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
    public async Task A_flush_of_ten_thousand_failed_mails_costs_few_operations_and_no_memory()
    {
        await new Backlog(Installation).AddAsync(Mails, shards: 8, Clock.GetUtcNow() + Hour, failed: true);
        await Product.GetAsync("/api/health");
        GC.Collect();
        long before = GC.GetTotalMemory(forceFullCollection: true);
        long most = 0;
        Product.Storage.ForgetCalls();
        var watch = Stopwatch.StartNew();

        await Product.HandleAsync("flush");
        for (int shard = 0; shard < 8; shard++)
        {
            await Product.HandleAsync($"send|{shard}|0");
            most = Math.Max(most, GC.GetTotalMemory(forceFullCollection: true) - before);
        }

        watch.Stop();
        double operations = (double)Product.Storage.Calls.Count / Mails;
        TestContext.Current.TestOutputHelper?.WriteLine($"{operations:0.000} operations per mail, {most / Mebibyte} MiB kept, {Mails / watch.Elapsed.TotalSeconds:0} mails a second");
        Assert.Equal(Mails, Server.Accepted.Count);
        Assert.Equal(Mails, Server.Accepted.Select(mail => mail.Recipient).Distinct().Count());
        await AssertNothingIsOwedAsync();
        Assert.True(operations <= OperationsPerMail, $"{operations:0.000} operations per mail");

        // The scripted server keeps each message, some 10 KiB, and the test each call; what is left is the product's.
        long kept = Server.Accepted.Sum(mail => (long)mail.Raw.Length);
        Assert.True(most - kept < 50L * Mebibyte, $"{(most - kept) / Mebibyte} MiB");
    }
}
