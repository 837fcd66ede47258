using System.Diagnostics;
using System.Globalization;
using AlertFunctions.Bench.Stage;

namespace AlertFunctions.Bench.Works;

/// <summary>Events of alerts that are outstanding, one in a request.</summary>
internal sealed class Repeats(int types) : Work
{
    public override string Name => "repeats";

    public override async Task<IReadOnlyList<Figure>> MeasureAsync(double scale)
    {
        int events = Scaled(8_000, scale);
        await using Scene scene = await Scene.SetAsync();
        RawStorage raw = await RawStorage.CreateAsync(scene.Tables);
        await scene.PostOneByOneAsync(Scene.Batches(types, number => Scene.Event(TypeOf(number), "computer", "first")));
        await scene.PostAsync(Bodies("warm-up", 1_000));
        await raw.ReadAndInsertAsync(500);
        Figure figure = await CompareAsync(
            scene, $"Repeats of {Count(types, "alert type")}, one in a request", "events", events, "a point read and an insert", () => raw.ReadAndInsertAsync(events), () => scene.PostAsync(Bodies("event", events)));
        return [figure with { Required = 0.9 }];

        string TypeOf(int number) => Type("Repeat", number % types);

        IEnumerable<string> Bodies(string name, int count) => Enumerable.Range(0, count).Select(number => Scene.Event(TypeOf(number), "computer", $"{name}{number}").ToJsonString());
    }
}

/// <summary>Events of ten outstanding alerts, a hundred in a request.</summary>
internal sealed class BatchesOfRepeats : Work
{
    public override string Name => "batches";

    public override async Task<IReadOnlyList<Figure>> MeasureAsync(double scale)
    {
        int batches = Scaled(40_000, scale) / 100;
        await using Scene scene = await Scene.SetAsync();
        RawStorage raw = await RawStorage.CreateAsync(scene.Tables);
        await scene.PostAsync(Bodies("warm-up", 50));
        await raw.WriteBatchesAsync(20, reads: 10);
        Figure figure = await CompareAsync(
            scene, "Repeats, batches of 100 on 10 alerts", "events", batches * 100, "10 point reads and a transaction of 100 rows", () => raw.WriteBatchesAsync(batches, reads: 10), () => scene.PostAsync(Bodies("event", batches)));
        return [figure with { Required = 0.9 }];

        static IEnumerable<string> Bodies(string name, int count) =>
            Scene.Batches(100 * count, number => Scene.Event("Eicar", $"computer{number % 10}", string.Create(CultureInfo.InvariantCulture, $"{name}{number}")));
    }
}

/// <summary>An alert on ten thousand computers at once, a hundred in a request, until the last of its mails is out.</summary>
internal sealed class Storm(int collectSeconds) : Work
{
    public override string Name => "storm";

    public override async Task<IReadOnlyList<Figure>> MeasureAsync(double scale)
    {
        int batches = Scaled(10_000, scale) / 100;
        await using Scene scene = await Scene.SetAsync(settings: new(StringComparer.Ordinal) { ["Mail__CollectSeconds"] = collectSeconds.ToString(CultureInfo.InvariantCulture) });
        RawStorage raw = await RawStorage.CreateAsync(scene.Tables);
        await scene.PostAsync(Bodies("Warm-up", 30));
        await raw.WriteBatchesAsync(30, reads: 0);
        await scene.WaitUntilAllMailIsOutAsync();
        int before = scene.Sink.Mails;
        long began = 0;
        Figure figure = await CompareAsync(
            scene, $"Storm: {batches * 100:N0} computers raise one alert, batches of 100, Mail__CollectSeconds={collectSeconds}", "events", batches * 100, "a transaction of 100 rows for 100 events",
            () => raw.WriteBatchesAsync(batches, reads: 0), () => PostAsync());
        await scene.WaitUntilAllMailIsOutAsync();
        return [figure with { Required = 0.5, Note = string.Create(CultureInfo.InvariantCulture, $"{Count(scene.Sink.Mails - before, "mail")}, the last after {Stopwatch.GetElapsedTime(began, scene.Sink.LastMail).TotalSeconds:0.0} s") }];

        Task<IReadOnlyCollection<double>> PostAsync()
        {
            began = Stopwatch.GetTimestamp();
            return scene.PostAsync(Bodies("Eicar", batches));
        }

        static IEnumerable<string> Bodies(string alert, int count) => Scene.Batches(100 * count, number => Scene.Event(alert, $"computer{number}", "1"));
    }
}

/// <summary>Alerts that are raised one by one while their mail goes out.</summary>
internal sealed class Raises(int types) : Work
{
    public override string Name => "raises";

    public override async Task<IReadOnlyList<Figure>> MeasureAsync(double scale)
    {
        int raises = Scaled(2_000, scale);
        await using Scene scene = await Scene.SetAsync();
        RawStorage raw = await RawStorage.CreateAsync(scene.Tables);
        await scene.PostOneByOneAsync(Scene.Batches(types, number => Scene.Event(Type("Raise", number), "first", "1")));
        await scene.PostAsync(Bodies("warm-up", 300));
        await raw.ReadAndInsertAsync(500);
        return [await CompareAsync(
            scene, $"Raises of {Count(types, "alert type")}, one in a request, with their mail", "events", raises, "two point reads and two inserts", () => raw.ReadAndInsertAsync(2 * raises), () => scene.PostAsync(Bodies("computer", raises)))];

        IEnumerable<string> Bodies(string name, int count) => Enumerable.Range(0, count).Select(number => Scene.Event(Type("Raise", number % types), $"{name}{number}", "1").ToJsonString());
    }
}
