using System.Collections.Concurrent;
using System.Globalization;
using System.Net;
using System.Text;
using AlertFunctions.Core.ScheduledTasks.Runs;
using AlertFunctions.Core.Storage;
using AlertFunctions.Core.Upkeep;
using AlertFunctions.Testing;
using AlertFunctions.Tests.Crashes;

namespace AlertFunctions.Tests.ScheduledTasks;

/// <summary>A process dies at each call that a run of a scheduled task makes, before it and after the last; another goes on.</summary>
public sealed class KilledRunTests(AzuriteServer azurite)
{
    [Theory]
    [InlineData("sendAlertSummary", 1)]
    [InlineData("generateReport", 52)]
    public async Task A_run_that_was_due_is_mailed_to_each_recipient_wherever_the_process_dies(string type, int recipients)
    {
        var living = new CallCounter();
        await DieAndGoOnAsync(type, recipients, living);
        IReadOnlyList<string> labels = living.Labels;
        var problems = new ConcurrentBag<string>();

        // Of envelopes in a row, which are all the same to a run, the first is enough; after any call is before the next.
        int[] calls = [.. CallCounter.DistinctDeaths(labels).Where(call => call is 1 || call > labels.Count || !(IsEnvelope(labels[call - 1]) && IsEnvelope(labels[call - 2])))];
        await Parallel.ForEachAsync(calls, new ParallelOptions { MaxDegreeOfParallelism = 4 }, async (call, _) =>
        {
            bool after = call > labels.Count;
            CallCounter counter = after ? new CallCounter().StopAfter(labels.Count) : new CallCounter().StopBefore(call);
            try
            {
                await DieAndGoOnAsync(type, recipients, counter);
                Assert.True(counter.Killed);
            }
            catch (Exception exception)
            {
                problems.Add($"{(after ? "after the last" : $"before call {call}, {labels[call - 1]}")}: {exception}");
            }
        });

        Assert.True(problems.IsEmpty, string.Join("\n\n", problems));
        Assert.InRange(calls.Length, 15, 40);
    }

    private static bool IsEnvelope(string label) => label.StartsWith("SMTP SEND", StringComparison.Ordinal);

    private async Task DieAndGoOnAsync(string type, int recipients, CallCounter counter)
    {
        await using Installation installation = await Installation.CreateAsync(azurite);
        ProductProcess healthy = installation.Start();
        healthy.Log.Expect(201);
        string[] addresses = [.. Enumerable.Range(1, recipients).Select(number => string.Create(CultureInfo.InvariantCulture, $"reader{number:00}@example.com"))];
        string report = type == "generateReport" ? """, "report": { "period": "P1D" }""" : "";
        Answer put = await healthy.SendAsync("PUT", "/api/scheduled-tasks/daily", $$"""
            { "type": "{{type}}", "schedule": "0 12 * * *", "timeZone": "Asia/Tokyo", "recipients": { "addresses": [{{string.Join(',', addresses.Select(address => $"\"{address}\""))}}] }{{report}} }
            """);
        Assert.True(put.Status == HttpStatusCode.OK, put.Text);
        installation.Clock.Advance(TimeSpan.FromHours(1));

        ProductProcess mortal = installation.Start(counter: counter);
        try
        {
            await mortal.Get<ScheduledTaskRunner>().RunDueAsync(CancellationToken.None);
            await mortal.HandleAsync("tasks");
        }
        catch (Exception) when (counter.Killed)
        {
            // It is dead.
        }

        installation.Clock.Advance(TimeSpan.FromMinutes(3));
        for (int time = 0; time < 2; time++)
        {
            await installation.EndClaimsAsync();
            await installation.BreakSlotsAsync();
            await healthy.Get<ScheduledTaskRunner>().RunDueAsync(CancellationToken.None);
            await healthy.HandleAsync("tasks");
            installation.Clock.Advance(TimeSpan.FromMinutes(6));
        }

        Assert.Single(await healthy.SystemEventsAsync(564));
        Assert.Equal(addresses, installation.Smtp.Accepted.Select(mail => mail.Recipient).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal));
        foreach (IGrouping<string, ReceivedMail> copies in installation.Smtp.Accepted.GroupBy(mail => mail.Recipient, StringComparer.Ordinal))
        {
            // A second delivery is possible only for what the dead process had sent and not recorded, and is the same mail.
            Assert.True(copies.Count() == 1 || counter.Killed, copies.Key);
            Assert.Single(copies.Select(mail => mail.MessageId).Distinct(StringComparer.Ordinal));
        }

        Assert.Single(installation.Smtp.Accepted.Select(BodyOf).Distinct(StringComparer.Ordinal));
        Assert.Equal(recipients + (counter.Killed ? Audit.UnrecordedEnvelopes(counter) : 0), installation.Smtp.Accepted.Count);
        Assert.Equal("mailed", (string?)(await healthy.GetAsync("/api/scheduled-tasks/daily"))["lastOutcome"]);

        installation.Clock.Advance(TimeSpan.FromHours(2));
        await healthy.Get<ExpiredRows>().RemoveAsync(CancellationToken.None);
        Assert.Empty(await installation.RowsAsync("Work", "taskrun|"));
        Assert.Empty(await installation.RowsAsync("Work", "mail|"));
        await foreach (Azure.Storage.Blobs.Models.BlobItem blob in healthy.Get<StorageClients>().Reports.GetBlobsAsync())
        {
            Assert.Fail($"{blob.Name} is left.");
        }

        healthy.Log.AssertNothingUnexpected();
    }

    private static string BodyOf(ReceivedMail mail)
    {
        string raw = Encoding.ASCII.GetString(mail.Raw).ReplaceLineEndings("\n");
        return raw[raw.IndexOf("\n\n", StringComparison.Ordinal)..];
    }
}
