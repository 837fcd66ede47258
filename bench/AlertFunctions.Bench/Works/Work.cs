using System.Diagnostics;
using System.Globalization;
using AlertFunctions.Bench.Stage;

namespace AlertFunctions.Bench.Works;

/// <summary>A kind of work that is measured.</summary>
internal abstract class Work
{
    /// <summary>All of them, in the order in which they are measured.</summary>
    public static IReadOnlyList<Work> All { get; } =
    [
        new Repeats(types: 1), new Repeats(types: 1_000), new BatchesOfRepeats(), new Storm(collectSeconds: 0), new Storm(collectSeconds: 10), new Raises(types: 1), new Raises(types: 1_000),
        new MailToMany(recipients: 1), new MailToMany(recipients: 50), new Flush(types: 1), new Flush(types: 40), new LargeFlush(), new ServerDown(), new OpenAlerts(), new Start(), new CountedOperations(),
    ];

    /// <summary>By which it is chosen.</summary>
    public abstract string Name { get; }

    /// <summary>Measures it.</summary>
    /// <param name="scale">How much of it: 1 for as much as the figures of the documentation are of.</param>
    public abstract Task<IReadOnlyList<Figure>> MeasureAsync(double scale);

    /// <summary>Units per second.</summary>
    protected static async Task<double> RateAsync(int units, Func<Task> work)
    {
        long started = Stopwatch.GetTimestamp();
        await work();
        return units / Stopwatch.GetElapsedTime(started).TotalSeconds;
    }

    /// <summary>Measures the product between two measurements of the libraries alone, all three after a warm-up, so that the machine is the same for both.</summary>
    protected static async Task<Figure> CompareAsync(Scene scene, string work, string unit, int units, string rawIs, Func<Task> raw, Func<Task<IReadOnlyCollection<double>>> product, Func<Task>? prepare = null)
    {
        double before = await RateAsync(units, raw);
        await (prepare?.Invoke() ?? Task.CompletedTask);
        TimeSpan processor = scene.Product.ProcessorTime;
        IReadOnlyCollection<double> took = [];
        double rate = await RateAsync(units, async () => took = await product());
        processor = scene.Product.ProcessorTime - processor;
        double after = await RateAsync(units, raw);
        return new Figure(work, unit, rate, (before + after) / 2, rawIs)
        {
            Latency = took.Count > 0 ? Latency.Of(took) : null,
            Memory = scene.Product.PeakMemory,
            ProcessorTime = processor.TotalMilliseconds / units,
        };
    }

    protected static int Scaled(int count, double scale) => Math.Max(200, (int)(count * scale));

    /// <summary>The name of one of many alert types.</summary>
    protected static string Type(string name, int number) => string.Create(CultureInfo.InvariantCulture, $"{name} {number}");

    /// <summary>A number of things in words.</summary>
    protected static string Count(int count, string what) => string.Create(CultureInfo.InvariantCulture, $"{count:N0} {what}{(count == 1 ? "" : "s")}");
}
