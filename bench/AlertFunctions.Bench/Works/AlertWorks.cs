using System.Collections.Concurrent;
using System.Diagnostics;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using AlertFunctions.Bench.Stage;

namespace AlertFunctions.Bench.Works;

/// <summary>A hundred thousand outstanding alerts, as a console and a script see and clear them.</summary>
internal sealed class OpenAlerts : Work
{
    private const int Types = 10;

    public override string Name => "alerts";

    public override async Task<IReadOnlyList<Figure>> MeasureAsync(double scale)
    {
        int alerts = Scaled(100_000, scale);
        await using Scene scene = await Scene.SetAsync();
        HttpClient client = scene.Product.Client;
        foreach (int type in Enumerable.Range(0, Types))
        {
            using HttpResponseMessage answer = await client.PutAsJsonAsync("/api/alert-types", new { alert = Type("Alert", type), mailWhenRaised = false });
            answer.EnsureSuccessStatusCode();
        }

        await scene.PostAsync(Scene.Batches(alerts, number => Scene.Event(Type("Alert", number / 100 % Types), $"computer{number}", "1")));
        string of = Count(alerts, "outstanding alert");
        return
        [
            await AskAsync($"The first page of {of}", "/api/alerts", 5),
            await AskAsync($"A page of one type's, {of}", "/api/alerts?alert=Alert%203", 20),
            await AskAsync($"A search, {of}", "/api/alerts?search=computer77", 5),
            await AskAsync($"The overview, {of}", "/api/overview", 1),
            await ClearAsync(),
        ];

        async Task<Figure> AskAsync(string work, string path, int times)
        {
            var took = new ConcurrentBag<double>();
            double rate = await RateAsync(times, async () =>
            {
                for (int time = 0; time < times; time++)
                {
                    long began = Stopwatch.GetTimestamp();
                    using HttpResponseMessage answer = await client.GetAsync(new Uri(path, UriKind.Relative));
                    answer.EnsureSuccessStatusCode();
                    took.Add(Stopwatch.GetElapsedTime(began).TotalMilliseconds);
                }
            });
            return new Figure(work, "answers", rate) { Latency = Latency.Of(took), Memory = scene.Product.PeakMemory };
        }

        async Task<Figure> ClearAsync()
        {
            int requests = 0;
            double rate = await RateAsync(alerts, async () =>
            {
                for (int type = 0; type < Types; type++)
                {
                    string? continuation = null;
                    do
                    {
                        requests++;
                        using HttpResponseMessage answer = await client.PostAsJsonAsync(
                            "/api/alerts/clear", new { items = new[] { new { alert = Type("Alert", type) } }, by = "bench", continuation });
                        answer.EnsureSuccessStatusCode();
                        continuation = (string?)JsonNode.Parse(await answer.Content.ReadAsStringAsync())!["continuation"];
                    }
                    while (continuation is not null);
                }
            });
            return new Figure($"Clearing {of}", "alerts", rate) { Memory = scene.Product.PeakMemory, Note = Count(requests, "request") };
        }
    }
}
