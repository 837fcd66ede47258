using AlertFunctions.Bench.Stage;
using Azure.Data.Tables;

namespace AlertFunctions.Bench.Works;

/// <summary>Mail that failed, all attempted again because the server is back.</summary>
internal sealed class Flush(int types) : Work
{
    private static readonly TimeSpan s_patience = TimeSpan.FromMinutes(5);

    /// <summary>A process makes at most one flush in ten seconds.</summary>
    private static readonly TimeSpan s_betweenFlushes = TimeSpan.FromSeconds(11);

    public override string Name => "flush";

    public override async Task<Figure> MeasureAsync(double scale)
    {
        int mails = Scaled(2_000, scale);
        await using Scene scene = await Scene.SetAsync();
        TableClient work = scene.Tables.GetTableClient("Work");
        await Backlog.AddAsync(work, 500, types);
        await FlushAsync(500);
        await Task.Delay(s_betweenFlushes);
        int size = scene.Sink.MailSize;
        await RawAsync(500);
        return await CompareAsync(scene, $"Flush of {mails:N0} failed mails of {types} alert type{(types > 1 ? "s" : "")}, {Scene.Connections} connections", "mails", mails, "MailKit, as many connections, mails of the same size", () => RawAsync(mails), () => FlushAsync(mails), () => Backlog.AddAsync(work, mails, types)) with { Required = 0.3 };

        Task RawAsync(int count) => RawMail.SendAsync(scene.Sink.Port, count, Scene.Connections, size);

        async Task<IReadOnlyCollection<double>> FlushAsync(int count)
        {
            int sent = scene.Sink.Mails + count;
            using HttpResponseMessage answer = await scene.Product.Client.PostAsync(new Uri("/api/mail/redrive", UriKind.Relative), content: null);
            answer.EnsureSuccessStatusCode();
            await scene.Sink.WaitForAsync(sent, s_patience);
            return [];
        }
    }
}

/// <summary>Alerts that are raised while the mail server is down: each mail is composed, attempted and kept.</summary>
internal sealed class ServerDown : Work
{
    private static readonly TimeSpan s_patience = TimeSpan.FromMinutes(5);

    public override string Name => "down";

    public override async Task<Figure> MeasureAsync(double scale)
    {
        int mails = Scaled(2_000, scale);
        await using Scene scene = await Scene.SetAsync(mailServerIsUp: false);
        TableClient work = scene.Tables.GetTableClient("Work");
        await RaiseAsync("warm-up", 200);
        TimeSpan processor = scene.Product.ProcessorTime;
        double rate = await RateAsync(mails, () => RaiseAsync("computer", mails));
        return new Figure($"{mails:N0} mails composed and failed while the server is down", "mails", rate, Raw: null, "")
        {
            Memory = scene.Product.PeakMemory,
            ProcessorTime = (scene.Product.ProcessorTime - processor).TotalMilliseconds / mails,
        };

        async Task RaiseAsync(string name, int count)
        {
            await scene.PostAsync(Enumerable.Range(0, count).Select(number => Scene.Event($"{name}{number % 900}", $"{name}{number}", "1").ToJsonString()));
            using var patience = new CancellationTokenSource(s_patience);
            while (await IsAnyWaitingAsync("outbox|", "outbox}", "", patience.Token) || await IsAnyWaitingAsync("mail|", "mail}", " and Attempts eq 0", patience.Token))
            {
                await Task.Delay(TimeSpan.FromMilliseconds(100), patience.Token); // what the product has not done yet is only seen by asking
            }
        }

        async Task<bool> IsAnyWaitingAsync(string from, string to, string condition, CancellationToken cancellationToken)
        {
            string keys = TableClient.CreateQueryFilter($"RowKey ge {from} and RowKey lt {to}");
            await foreach (TableEntity _ in work.QueryAsync<TableEntity>(keys + condition, 1, ["RowKey"], cancellationToken))
            {
                return true;
            }

            return false;
        }
    }
}

/// <summary>From the start of the process until it listens, and the memory of a product at rest.</summary>
internal sealed class Start : Work
{
    public override string Name => "start";

    public override async Task<Figure> MeasureAsync(double scale)
    {
        await using Scene scene = await Scene.SetAsync();
        return new Figure("Start until it listens", "starts", 1 / scene.Product.StartTime.TotalSeconds, Raw: null, "")
        {
            Memory = scene.Product.Memory,
            ProcessorTime = scene.Product.ProcessorTime.TotalMilliseconds,
        };
    }
}
