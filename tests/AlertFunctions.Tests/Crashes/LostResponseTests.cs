using System.Collections.Concurrent;
using AlertFunctions.Testing;

namespace AlertFunctions.Tests.Crashes;

/// <summary>A request to storage was applied and its answer is lost: the SDK tries again and meets its own work. The result is as if nothing had happened.</summary>
public sealed class LostResponseTests(AzuriteServer azurite)
{
    [Fact]
    public Task A_lost_answer_changes_nothing_of_a_raise() => LoseEachAsync(Scenarios.Raise);

    [Fact]
    public Task A_lost_answer_changes_nothing_of_a_raise_a_clear_and_a_raise() => LoseEachAsync(Scenarios.RaiseClearRaise);

    [Fact]
    public Task A_lost_answer_changes_nothing_of_a_raise_a_clear_and_a_raise_without_ids() => LoseEachAsync(Scenarios.WithoutIds);

    [Fact]
    public Task A_lost_answer_changes_nothing_of_a_storm_of_60_computers() => LoseEachAsync(Scenarios.Storm, call => call.Label == "POST $batch");

    [Fact]
    public Task A_lost_answer_changes_nothing_of_four_computers_of_three_types() => LoseEachAsync(Scenarios.FourComputers);

    [Fact]
    public Task A_lost_answer_to_a_transaction_changes_nothing_of_a_mail_to_120_recipients() => LoseEachAsync(Scenarios.ManyRecipients, call => call.Label == "POST $batch");

    [Fact]
    public Task A_lost_answer_changes_nothing_of_a_re_send() => LoseEachAsync(Scenarios.Resend);

    private async Task LoseEachAsync(Scenario scenario, Func<StorageCall, bool>? which = null)
    {
        (IReadOnlyList<StorageCall> calls, string undisturbed) = await GoAsync(scenario, losing: null);

        // Receiving and deleting messages is the host's part; that a message repeats or is lost changes nothing but time (rule 1). A read that the SDK
        // repeats is the same read, so one of each kind is enough.
        List<StorageCall> products = calls.Where(call => !IsOfHost(call) && (which?.Invoke(call) ?? true))
            .GroupBy(call => call.Method == "GET" ? call.Label : $"{call.Number}", StringComparer.Ordinal)
            .Select(kind => kind.First())
            .ToList();
        var failures = new ConcurrentBag<string>();
        await Parallel.ForEachAsync(products, new ParallelOptions { MaxDegreeOfParallelism = 4 }, async (call, _) =>
        {
            try
            {
                (IReadOnlyList<StorageCall> _, string answer) = await GoAsync(scenario, call.Number);
                Assert.Equal(undisturbed, answer);
            }
#pragma warning disable CA1031 // Each lost answer is told, not only the first that goes wrong.
            catch (Exception exception)
#pragma warning restore CA1031
            {
                failures.Add($"{scenario.Name}, answer of call {call.Number} lost, {call.Label}: {exception}");
            }
        });
        Assert.True(failures.IsEmpty, $"{failures.Count} of {products.Count}\n{string.Join("\n\n", failures.Take(3))}");
    }

    private async Task<(IReadOnlyList<StorageCall> Calls, string Answer)> GoAsync(Scenario scenario, int? losing)
    {
        await using Installation installation = await Installation.CreateAsync(azurite);
        await scenario.Prepare(installation);
        ProductProcess product = installation.Start();
        if (losing is { } call)
        {
            product.Storage.When(made => made.Number == call && !IsOfHost(made)).LoseResponse();
        }

        string answer = await scenario.ReportAsync(product);
        await scenario.WorkOffAsync(product, timer: false);
        IReadOnlyList<StorageCall> calls = product.Storage.Calls;
        await Audit.AssertNothingLostAsync(scenario, installation, product, new HashSet<string>(StringComparer.Ordinal));
        product.Log.AssertNothingUnexpected();
        return (calls, answer);
    }

    private static bool IsOfHost(StorageCall call) =>
        call.Label.StartsWith("GET outgoing-mail", StringComparison.Ordinal) || call.Label.StartsWith("DELETE outgoing-mail", StringComparison.Ordinal);
}
