using System.Diagnostics;
using System.Globalization;
using System.Net.Http.Json;
using AlertFunctions.Bench.Stage;
using AlertFunctions.Testing;
using Azure.Data.Tables;

namespace AlertFunctions.Bench.Works;

/// <summary>Alerts whose mail goes to one address or to many, from the first request to the last mail.</summary>
internal sealed class MailToMany(int recipients) : Work
{
    public override string Name => "mail";

    public override async Task<IReadOnlyList<Figure>> MeasureAsync(double scale)
    {
        int alerts = Scaled(1_000, scale);
        await using Scene scene = await Scene.SetAsync();
        foreach (int user in Enumerable.Range(1, recipients - 1))
        {
            using HttpResponseMessage answer = await scene.Product.Client.PutAsJsonAsync($"/api/users/user{user}", new { email = $"user{user}@example.com", receiveAlertMail = true });
            answer.EnsureSuccessStatusCode();
        }

        await RaiseAsync("Warm-up", Math.Min(alerts, 300));
        await SettleAsync(scene);
        TimeSpan processor = scene.Product.ProcessorTime;
        long began = Stopwatch.GetTimestamp();
        int mails = await RaiseAsync("Alert", alerts);
        return
        [
            new Figure($"Mail of {Count(alerts, "alert type")} to {Count(recipients, "recipient")} each, raised in batches of 100", "mails", mails / Stopwatch.GetElapsedTime(began, scene.Sink.LastMail).TotalSeconds)
            {
                Memory = scene.Product.PeakMemory,
                ProcessorTime = (scene.Product.ProcessorTime - processor).TotalMilliseconds / mails,
            },
        ];

        async Task<int> RaiseAsync(string name, int count)
        {
            int before = scene.Sink.Mails;
            await scene.PostAsync(Scene.Batches(count, number => Scene.Event(Type(name, number % 900), $"computer{number}", "1")));
            await scene.WaitUntilAllMailIsOutAsync();
            return scene.Sink.Mails - before;
        }
    }
}

/// <summary>Mail that failed, all attempted again because the server is back.</summary>
internal sealed class Flush(int types) : Work
{
    private static readonly TimeSpan s_patience = TimeSpan.FromMinutes(5);

    /// <summary>A process makes at most one flush in ten seconds.</summary>
    private static readonly TimeSpan s_betweenFlushes = TimeSpan.FromSeconds(11);

    public override string Name => "flush";

    public override async Task<IReadOnlyList<Figure>> MeasureAsync(double scale)
    {
        int mails = Scaled(2_000, scale);
        await using Scene scene = await Scene.SetAsync();
        TableClient work = scene.Tables.GetTableClient("Work");
        await Backlog.AddAsync(work, 500, types);
        await FlushAsync(500);
        await Task.Delay(s_betweenFlushes);
        int size = scene.Sink.MailSize;
        await RawAsync(500);
        Figure figure = await CompareAsync(
            scene, $"Flush of {Count(mails, "failed mail")} of {Count(types, "alert type")}, {Scene.Connections} connections", "mails", mails, "MailKit, as many connections, mails of the same size",
            () => RawAsync(mails), () => FlushAsync(mails), () => Backlog.AddAsync(work, mails, types));
        var figures = new List<Figure> { figure with { Required = 0.3 } };
        if (types == 1 && AlertmanagerServer.IsInstalled)
        {
            figures.Add(new Figure("The same number of mails by Prometheus Alertmanager", "mails", figure.Product, await Peers.AlertmanagerAsync(scene.Sink, mails), "Alertmanager, a group for each mail, nothing on disk") { Required = 1.5 });
        }

        if (types == 1 && Peers.SmtpSourceIsInstalled)
        {
            figures.Add(new Figure("The same number of mails by Postfix's smtp-source", "mails", figure.Product, await Peers.SmtpSourceAsync(scene.Sink, mails, Scene.Connections, size), "smtp-source, as many connections, nothing composed"));
        }

        return figures;

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

/// <summary>The backlog of a long time without a mail server, when the server is back.</summary>
internal sealed class LargeFlush : Work
{
    private static readonly TimeSpan s_patience = TimeSpan.FromMinutes(30);

    public override string Name => "backlog";

    public override async Task<IReadOnlyList<Figure>> MeasureAsync(double scale)
    {
        int mails = Scaled(100_000, scale);
        await using Scene scene = await Scene.SetAsync();
        await Backlog.AddAsync(scene.Tables.GetTableClient("Work"), mails, types: 40);
        double look = 1 / await RateAsync(1, async () => (await scene.Product.Client.GetAsync(new Uri("/api/mail?top=100", UriKind.Relative))).Dispose());
        TimeSpan processor = scene.Product.ProcessorTime;
        double rate = await RateAsync(mails, async () =>
        {
            int sent = scene.Sink.Mails + mails;
            using HttpResponseMessage answer = await scene.Product.Client.PostAsync(new Uri("/api/mail/redrive", UriKind.Relative), content: null);
            answer.EnsureSuccessStatusCode();
            await scene.Sink.WaitForAsync(sent, s_patience);
        });
        return
        [
            new Figure($"Flush of {Count(mails, "failed mail")} of 40 alert types, from the request to the last mail", "mails", rate)
            {
                Memory = scene.Product.PeakMemory,
                ProcessorTime = (scene.Product.ProcessorTime - processor).TotalMilliseconds / mails,
                Note = string.Create(CultureInfo.InvariantCulture, $"the first page of the queue before it: {look * 1_000:0} ms"),
            },
        ];
    }
}

/// <summary>Alerts that are raised while the mail server is down: each mail is composed, attempted and kept.</summary>
internal sealed class ServerDown : Work
{
    public override string Name => "down";

    public override async Task<IReadOnlyList<Figure>> MeasureAsync(double scale)
    {
        int mails = Scaled(2_000, scale);
        await using Scene scene = await Scene.SetAsync(mailServerIsUp: false);
        await RaiseAsync("warm-up", 500);
        await SettleAsync(scene);
        TimeSpan processor = scene.Product.ProcessorTime;
        double rate = await RateAsync(mails, () => RaiseAsync("computer", mails));
        return
        [
            new Figure($"{Count(mails, "mail")} composed and failed while the server is down, raised one in a request", "mails", rate)
            {
                Memory = scene.Product.PeakMemory,
                ProcessorTime = (scene.Product.ProcessorTime - processor).TotalMilliseconds / mails,
            },
        ];

        async Task RaiseAsync(string name, int count)
        {
            await scene.PostAsync(Enumerable.Range(0, count).Select(number => Scene.Event(Type(name, number % 900), $"{name}{number}", "1").ToJsonString()));
            await scene.WaitUntilAllMailWasTriedAsync();
        }
    }
}

/// <summary>From the start of the process until it listens, and the memory of a product at rest.</summary>
internal sealed class Start : Work
{
    public override string Name => "start";

    public override async Task<IReadOnlyList<Figure>> MeasureAsync(double scale)
    {
        await using Scene scene = await Scene.SetAsync();
        long began = Stopwatch.GetTimestamp();
        using HttpResponseMessage answer = await scene.Product.Client.GetAsync(new Uri("/api/health", UriKind.Relative));
        answer.EnsureSuccessStatusCode();
        TimeSpan took = scene.Product.StartTime + Stopwatch.GetElapsedTime(began);
        return
        [
            new Figure("Start to the first 200", "starts", 1 / took.TotalSeconds)
            {
                Memory = scene.Product.Memory,
                ProcessorTime = scene.Product.ProcessorTime.TotalMilliseconds,
            },
        ];
    }
}
