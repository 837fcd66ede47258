using System.Text.Json.Nodes;
using AlertFunctions.Bench.Stage;

namespace AlertFunctions.Bench.Works;

/// <summary>Events of an alert that is outstanding, one in a request.</summary>
internal sealed class Repeats : Work
{
    public override string Name => "repeats";

    public override async Task<Figure> MeasureAsync(double scale)
    {
        int events = Scaled(8_000, scale);
        await using Scene scene = await Scene.SetAsync();
        RawStorage raw = await RawStorage.CreateAsync(scene.Tables);
        await scene.PostAsync([Scene.Event("Eicar", "computer", "first").ToJsonString()]);
        await scene.PostAsync(Bodies("warm-up", 1_000));
        await raw.ReadAndInsertAsync(500);
        return await CompareAsync(scene, "Repeats, one in a request", "events", events, "a point read and an insert", () => raw.ReadAndInsertAsync(events), () => scene.PostAsync(Bodies("event", events)))
            with
        { Required = 0.9 };

        static IEnumerable<string> Bodies(string name, int count) => Enumerable.Range(0, count).Select(number => Scene.Event("Eicar", "computer", $"{name}{number}").ToJsonString());
    }
}

/// <summary>Events of ten outstanding alerts, a hundred in a request.</summary>
internal sealed class BatchesOfRepeats : Work
{
    public override string Name => "batches";

    public override async Task<Figure> MeasureAsync(double scale)
    {
        int batches = Scaled(40_000, scale) / 100;
        await using Scene scene = await Scene.SetAsync();
        RawStorage raw = await RawStorage.CreateAsync(scene.Tables);
        await scene.PostAsync(Bodies("warm-up", 50));
        await raw.WriteBatchesAsync(20, reads: 10);
        return await CompareAsync(
            scene, "Repeats, batches of 100 on 10 alerts", "events", batches * 100, "10 point reads and a transaction of 100 rows", () => raw.WriteBatchesAsync(batches, reads: 10), () => scene.PostAsync(Bodies("event", batches)))
            with
        { Required = 0.9 };

        static IEnumerable<string> Bodies(string name, int count) => Enumerable.Range(0, count)
            .Select(batch => new JsonArray([.. Enumerable.Range(0, 100).Select(number => (JsonNode)Scene.Event("Eicar", $"computer{number % 10}", $"{name}{batch}.{number}"))]).ToJsonString());
    }
}

/// <summary>An alert on ten thousand computers at once, a hundred in a request.</summary>
internal sealed class Storm : Work
{
    public override string Name => "storm";

    public override async Task<Figure> MeasureAsync(double scale)
    {
        int batches = Scaled(10_000, scale) / 100;
        await using Scene scene = await Scene.SetAsync();
        RawStorage raw = await RawStorage.CreateAsync(scene.Tables);
        await scene.PostAsync(Bodies("Warm-up", 30));
        await raw.WriteBatchesAsync(30, reads: 0);
        return await CompareAsync(
            scene, "Storm: 10,000 computers raise one alert, batches of 100", "events", batches * 100, "a transaction of 100 rows for 100 events", () => raw.WriteBatchesAsync(batches, reads: 0), () => scene.PostAsync(Bodies("Eicar", batches)))
            with
        { Required = 0.5 };

        static IEnumerable<string> Bodies(string alert, int count) => Enumerable.Range(0, count)
            .Select(batch => new JsonArray([.. Enumerable.Range(0, 100).Select(number => (JsonNode)Scene.Event(alert, $"computer{batch}.{number}", "1"))]).ToJsonString());
    }
}

/// <summary>Alerts that are raised one by one while their mail goes out.</summary>
internal sealed class Raises : Work
{
    public override string Name => "raises";

    public override async Task<Figure> MeasureAsync(double scale)
    {
        int raises = Scaled(2_000, scale);
        await using Scene scene = await Scene.SetAsync();
        RawStorage raw = await RawStorage.CreateAsync(scene.Tables);
        await scene.PostAsync(Bodies("warm-up", 300));
        await raw.ReadAndInsertAsync(500);
        return await CompareAsync(
            scene, "Raises, one in a request, with their mail", "events", raises, "two point reads and two inserts", () => raw.ReadAndInsertAsync(2 * raises), () => scene.PostAsync(Bodies("computer", raises)));

        static IEnumerable<string> Bodies(string name, int count) => Enumerable.Range(0, count).Select(number => Scene.Event($"Alert {number % 100}", $"{name}{number}", "1").ToJsonString());
    }
}
