using System.Globalization;
using System.Net;
using System.Text.Json.Nodes;
using AlertFunctions.Bench.Stage;
using AlertFunctions.Core.Upkeep;
using AlertFunctions.Testing;
using Azure.Data.Tables;

namespace AlertFunctions.Bench.Works;

/// <summary>The storage operations of each unit of work: what an Azure bill is made of, and what does not depend on the machine.</summary>
internal sealed class CountedOperations : Work
{
    public override string Name => "operations";

    public override async Task<IReadOnlyList<Figure>> MeasureAsync(double scale)
    {
        await using var azurite = new AzuriteServer();
        var figures = new List<Figure>();
        await using (Installation installation = await Installation.CreateAsync(azurite))
        {
            await using ProductProcess product = installation.Start();
            await product.ReportAsync("pc-0");
            await product.WorkOffQueueAsync();
            figures.Add(await CountAsync(product, "A repeat", 1, () => product.ReportAsync("pc-0")));
            figures.Add(await CountAsync(product, "A raise", 1, () => product.ReportAsync("pc-1")));
            figures.Add(await CountAsync(product, "Its mail to 1 recipient", 1, product.WorkOffQueueAsync));
            figures.Add(await CountAsync(product, "A clear, without mail", 1, () => product.ReportAsync("pc-1", state: "cleared")));
            await product.WorkOffQueueAsync();
            figures.Add(await CountAsync(product, "A raise after a clear", 1, () => product.ReportAsync("pc-1")));
            await product.WorkOffQueueAsync();
            figures.Add(await CountAsync(product, "100 raises of one type in a request", 1, () => product.PostEventsAsync(Batch("raise", 100))));
            await product.WorkOffQueueAsync();
            figures.Add(await CountAsync(product, "100 repeats on 10 alerts in a request", 1, () => product.PostEventsAsync(Batch("repeat", 10))));
            figures.Add(await CountAsync(product, "A page of the alert list", 1, () => product.GetAsync("/api/alerts")));
            figures.Add(await CountAsync(product, "The overview, when five seconds old", 1, () => product.GetAsync("/api/overview")));
            installation.Clock.Advance(TimeSpan.FromSeconds(5)); // the overview has just looked
            figures.Add(await CountAsync(product, "The health check, when five seconds old", 1, () => product.GetAsync("/api/health")));
            figures.Add(await CountAsync(product, "The minute's look, nothing due", 1, () => product.Get<MinuteRun>().RunAsync(CancellationToken.None)));
            figures.Add(await CountAsync(product, "The hourly run, nothing failed", 1, () => product.Get<MailRedriver>().RunHourlyAsync(CancellationToken.None)));
            foreach (int user in Enumerable.Range(1, 49))
            {
                Answer answer = await product.SendAsync("PUT", $"/api/users/user{user}", $$"""{"email":"user{{user}}@example.com","receiveAlertMail":true}""");
                Require(answer.Status == HttpStatusCode.OK, answer.Text);
            }

            await product.ReportAsync("pc-2");
            figures.Add(await CountAsync(product, "A raise's mail to 50 recipients", 1, product.WorkOffQueueAsync));
        }

        await using (Installation installation = await Installation.CreateAsync(azurite))
        {
            int mails = Scaled(2_000, scale);
            await using ProductProcess product = installation.Start();
            TableClient work = installation.Table("Work");
            await Backlog.AddAsync(work, mails, types: 1);
            figures.Add(await CountAsync(product, $"A failed mail that is re-sent, of {mails:N0}", mails, async () =>
            {
                await product.HandleAsync("flush");
                await product.WorkOffQueueAsync();
            }));
            Require(installation.Smtp.Accepted.Count == mails, $"{installation.Smtp.Accepted.Count} of {mails} mails were accepted.");
        }

        await using (Installation installation = await Installation.CreateAsync(azurite))
        {
            int mails = Scaled(100_000, scale);
            await using ProductProcess product = installation.Start();
            await Backlog.AddAsync(installation.Table("Work"), mails, types: 40);
            figures.Add(await CountAsync(product, $"The minute's look beside {mails:N0} failed mails, none due", 1, () => product.Get<MinuteRun>().RunAsync(CancellationToken.None)));
            figures.Add(await CountAsync(product, $"A page of the mail queue of {mails:N0}", 1, () => product.GetAsync("/api/mail")));
        }

        return figures;
    }

    private static async Task<Figure> CountAsync(ProductProcess product, string work, int units, Func<Task> run)
    {
        product.Storage.ForgetCalls();
        long began = TimeProvider.System.GetTimestamp();
        await run();
        TimeSpan took = TimeProvider.System.GetElapsedTime(began);
        IEnumerable<IGrouping<string, StorageCall>> kinds = product.Storage.Calls.GroupBy(KindOf, StringComparer.Ordinal).OrderBy(kind => kind.Key, StringComparer.Ordinal);
        return new Figure(work)
        {
            Operations = kinds.ToDictionary(kind => kind.Key, kind => kind.Count() / (double)units, StringComparer.Ordinal),
            Note = string.Create(CultureInfo.InvariantCulture, $"{took.TotalMilliseconds / units:0.##} ms"),
        };
    }

    private static string KindOf(StorageCall call) => call switch
    {
        { Service: StorageService.Queue } => "queue",
        { Service: StorageService.Blob } => "blob",
        { Label: "POST $batch" } => "transaction",
        { Method: "GET" } when call.Label.EndsWith("()", StringComparison.Ordinal) => "query",
        { Method: "GET" } => "read",
        _ => "write",
    };

    private static string Batch(string name, int computers) => Scene.Batches(100, number =>
    {
        JsonObject item = Scene.Event("Eicar", $"computer{number % computers}", $"{name}{number}");
        item["time"] = FakeClock.Origin.ToString("O", CultureInfo.InvariantCulture); // the product's clock stands still there
        return item;
    }).Single();

    private static void Require(bool condition, string otherwise)
    {
        if (!condition)
        {
            throw new InvalidOperationException(otherwise);
        }
    }
}
