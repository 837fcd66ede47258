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

    private static readonly TimeSpan s_look = TimeSpan.FromMilliseconds(500);

    /// <summary>Of the processor, within <see cref="s_look"/>: what a product at rest uses.</summary>
    private static readonly TimeSpan s_idle = TimeSpan.FromMilliseconds(25);

    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(30);

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

    /// <summary>
    /// Waits until neither the product nor this process, which is its clients and its mail server, has anything left to do after a warm-up: for seconds the
    /// runtime compiles what has proved to be hot, and would have one of two processors for it during what is measured.
    /// </summary>
    protected static async Task SettleAsync(Scene scene)
    {
        long began = Stopwatch.GetTimestamp();
        for (TimeSpan used = Used(), before = TimeSpan.Zero; used - before > s_idle && Stopwatch.GetElapsedTime(began) < s_patience; used = Used())
        {
            before = used;
            await Task.Delay(s_look);
        }

        TimeSpan Used() => scene.Product.ProcessorTime + Environment.CpuUsage.TotalTime;
    }

    /// <summary>Measures the product between two measurements of the libraries alone, all three after a warm-up, so that the machine is the same for both.</summary>
    protected static async Task<Figure> CompareAsync(Scene scene, string work, string unit, int units, string rawIs, Func<Task> raw, Func<Task<IReadOnlyCollection<double>>> product, Func<Task>? prepare = null)
    {
        await SettleAsync(scene);
        double before = await RateAsync(units, raw);
        await (prepare?.Invoke() ?? Task.CompletedTask);
        await SettleAsync(scene);
        TimeSpan processor = scene.Product.ProcessorTime;
        IReadOnlyCollection<double> took = [];
        double rate = await RateAsync(units, async () => took = await product());
        processor = scene.Product.ProcessorTime - processor;
        await SettleAsync(scene);
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
