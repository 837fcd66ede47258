using System.Collections.Concurrent;
using AlertFunctions.Testing;

namespace AlertFunctions.Tests.Crashes;

/// <summary>
/// A process dies between any two of its calls to storage or to the SMTP server. A new one goes on, the client repeats a request that got no 200, the timer
/// looks around, and exactly the mail owed has arrived (DESIGN, Promise).
/// </summary>
public sealed class KilledProcessTests(AzuriteServer azurite)
{
    [Fact]
    public Task Killed_between_any_two_calls_of_a_raise_it_loses_nothing() => KillEverywhereAsync(Scenarios.Raise);

    /// <summary>Has the steps of a raise and a clear in one request too, so that way needs no test of its own.</summary>
    [Fact]
    public Task Killed_between_any_two_calls_of_a_raise_a_clear_and_a_raise_it_loses_nothing() => KillEverywhereAsync(Scenarios.RaiseClearRaise);

    /// <summary>What the repeat could spoil is done when the request ends.</summary>
    [Fact]
    public Task Killed_between_any_two_calls_of_a_request_with_a_repeat_before_a_clear_it_raises_once() => KillEverywhereAsync(Scenarios.RaiseRepeatClear, IsOfRequest);

    /// <summary>The mail is that of a raise.</summary>
    [Fact]
    public Task Killed_between_any_two_calls_of_a_request_with_a_storm_of_60_computers_it_raises_each_once() => KillEverywhereAsync(Scenarios.Storm, IsOfRequest);

    [Fact]
    public Task Killed_between_any_two_calls_of_four_computers_of_three_types_it_loses_nothing() => KillEverywhereAsync(Scenarios.FourComputers);

    [Fact]
    public Task Killed_between_any_two_calls_of_a_re_send_it_loses_nothing() => KillEverywhereAsync(Scenarios.Resend);

    /// <summary>The request is that of one recipient; of the 120 envelopes those around a mail's end and a recording are enough.</summary>
    [Fact]
    public Task Killed_between_calls_of_a_mail_to_120_recipients_it_loses_nothing() => KillEverywhereAsync(
        Scenarios.ManyRecipients,
        (calls, call) => !IsOfRequest(calls, call) && (!IsEnvelope(calls[call - 1]) || calls.Take(call).Count(IsEnvelope) is 1 or 13 or 26 or 51 or 120));

    private static bool IsEnvelope(string label) => label.StartsWith("SMTP SEND", StringComparison.Ordinal);

    private static bool IsOfRequest(IReadOnlyList<string> calls, int call) => !calls.Take(call - 1).Any(label => label.StartsWith("GET outgoing-mail", StringComparison.Ordinal));

    /// <summary>
    /// Dies before each call, and after the last: what comes after any other is what comes before the next. A death on either side of a read leaves the
    /// same behind, so one is enough.
    /// </summary>
    private async Task KillEverywhereAsync(Scenario scenario, Func<IReadOnlyList<string>, int, bool>? which = null)
    {
        IReadOnlyList<string> calls = await GoUndisturbedAsync(scenario);
        int[] points = [.. CallCounter.DistinctDeaths(calls).Where(call => call > calls.Count || which is null || which(calls, call))];
        var failures = new ConcurrentBag<string>();
        await Parallel.ForEachAsync(points, new ParallelOptions { MaxDegreeOfParallelism = 4 }, async (call, _) =>
        {
            bool after = call > calls.Count;
            try
            {
                await KillOnceAsync(scenario, after ? calls.Count : call, after);
            }
#pragma warning disable CA1031 // Each way to die is told, not only the first that goes wrong.
            catch (Exception exception)
#pragma warning restore CA1031
            {
                failures.Add($"{scenario.Name}, killed {(after ? "after the last" : $"before call {call}, {calls[call - 1]}")}: {exception}");
            }
        });
        Assert.True(failures.IsEmpty, $"{failures.Count} of {points.Length}\n{string.Join("\n\n", failures.Take(3))}");
    }

    /// <summary>The whole way without a death, for its calls.</summary>
    private async Task<IReadOnlyList<string>> GoUndisturbedAsync(Scenario scenario)
    {
        await using Installation installation = await Installation.CreateAsync(azurite);
        await scenario.Prepare(installation);
        var counter = new CallCounter();
        ProductProcess product = installation.Start(counter: counter);
        await scenario.ReportAsync(product);
        await scenario.WorkOffAsync(product, timer: false);
        IReadOnlyList<string> calls = counter.Labels;
        await Audit.AssertNothingLostAsync(scenario, installation, product, new HashSet<string>(StringComparer.Ordinal));
        product.Log.AssertNothingUnexpected();
        return calls;
    }

    private async Task KillOnceAsync(Scenario scenario, int call, bool after)
    {
        await using Installation installation = await Installation.CreateAsync(azurite);
        await scenario.Prepare(installation);
        CallCounter counter = after ? new CallCounter().StopAfter(call) : new CallCounter().StopBefore(call);
        bool answered = false;
        try
        {
            ProductProcess mortal = installation.Start(counter: counter);
            await scenario.ReportAsync(mortal);
            answered = true;
            await scenario.WorkOffAsync(mortal, timer: false);
        }
        catch (Exception) when (counter.Killed)
        {
            // As dead as it was to be.
        }

        ProductProcess product = installation.Start();
        HashSet<string> twice = await Audit.DeliveredButOwedAsync(installation, product);
        Assert.Equal(counter.Killed ? Audit.UnrecordedEnvelopes(counter) : 0, twice.Count);

        // The claims of the dead process last for minutes; they end with its slots' leases.
        await installation.BreakSlotsAsync();
        installation.Clock.Advance(TimeSpan.FromMinutes(2));
        if (!answered)
        {
            await scenario.ReportAsync(product);
        }

        await scenario.WorkOffAsync(product, timer: true);
        await Audit.AssertNothingLostAsync(scenario, installation, product, twice);
        product.Log.AssertNothingUnexpected();
    }
}
