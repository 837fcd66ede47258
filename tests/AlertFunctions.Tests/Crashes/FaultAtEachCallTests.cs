using System.Collections.Concurrent;
using System.Net;
using AlertFunctions.Core.Upkeep;
using AlertFunctions.Testing;

namespace AlertFunctions.Tests.Crashes;

/// <summary>
/// One call to storage or to the SMTP server fails, in a way that the product does not expect: nothing is lost, and, since no process dies, nothing is sent twice
/// (rule 2, rule 5).
/// </summary>
public sealed class FaultAtEachCallTests(AzuriteServer azurite)
{
    private static readonly TimeSpan BetweenTries = TimeSpan.FromSeconds(1);

    [Fact]
    public Task An_arbitrary_exception_at_any_call_loses_nothing_and_doubles_nothing() => FailEachAsync((process, number) =>
        process.Storage.Counter.Surprise = call => call == number ? new NotImplementedException("Injected: nobody has thought of this.") : null);

    [Fact]
    public Task A_401_at_any_storage_call_loses_nothing_and_doubles_nothing() => FailEachAsync((process, number) =>
        process.Storage.AtCall(number).Once().Fail(HttpStatusCode.Unauthorized, "InvalidAuthenticationInfo"));

    private async Task FailEachAsync(Action<ProductProcess, int> fail)
    {
        int calls = await GoAsync(_ => { });
        var failures = new ConcurrentBag<string>();
        await Parallel.ForEachAsync(Enumerable.Range(1, calls), new ParallelOptions { MaxDegreeOfParallelism = 4 }, async (number, _) =>
        {
            try
            {
                await GoAsync(process => fail(process, number));
            }
            catch (Exception exception)
            {
                failures.Add($"call {number}: {exception}");
            }
        });
        Assert.True(failures.IsEmpty, $"{failures.Count} of {calls}\n{string.Join("\n\n", failures.Take(3))}");
    }

    /// <summary>A raise with two recipients and what follows from it, with its repetition where it got no answer, and two hours of timers.</summary>
    /// <returns>How many calls the raise and its mail took.</returns>
    private async Task<int> GoAsync(Action<ProductProcess> fail)
    {
        Scenario scenario = Scenarios.Raise;
        await using Installation installation = await Installation.CreateAsync(azurite);
        await scenario.Prepare(installation);
        ProductProcess product = installation.Start(counter: new CallCounter());
        fail(product);
        for (int tries = 0; tries < 2; tries++)
        {
            try
            {
                await scenario.ReportAsync(product);
                break;
            }
            catch (Exception) when (tries == 0)
            {
                // The client repeats a request that got no 200.
            }
        }

        await TryAsync(installation, () => product.HandleAsync("compose|Eicar"));
        int calls = product.Storage.Counter.Count;
        for (int hour = 0; hour < 2; hour++)
        {
            installation.Clock.Advance(TimeSpan.FromHours(1));
            await TryAsync(installation, () => product.Get<MailRedriver>().WakeDueAsync(CancellationToken.None));
            await TryAsync(installation, product.WorkOffQueueAsync);
        }

        Assert.Equal(
            scenario.Mails.Select(mail => $"{mail.Address} {mail.Subject}").Order(StringComparer.Ordinal),
            installation.Smtp.Accepted.Select(mail => $"{mail.Recipients[0]} {mail.Message.Subject}").Order(StringComparer.Ordinal));
        Assert.DoesNotContain(await installation.RowsAsync("Work"), row => row.RowKey.StartsWith("mail|", StringComparison.Ordinal) || row.RowKey.StartsWith("outbox|", StringComparison.Ordinal));
        return calls;
    }

    /// <summary>Does something with the clock running while somebody waits on it; a message that fails comes again later.</summary>
    private static async Task TryAsync(Installation installation, Func<Task> work)
    {
        try
        {
            await installation.Clock.RunAsync(work, BetweenTries);
        }
        catch (Exception exception) when (exception is not TimeoutException)
        {
            // The host would let the message come again.
        }
    }
}
