using System.Diagnostics;
using System.Globalization;
using AlertFunctions.Core.Alerts;
using AlertFunctions.Core.ScheduledTasks;
using AlertFunctions.Core.ScheduledTasks.Reports;
using AlertFunctions.Core.SystemEvents;
using AlertFunctions.Testing;

namespace AlertFunctions.Tests.ScheduledTasks;

/// <summary>Tests that measure memory, which all tests of the run share.</summary>
[CollectionDefinition(nameof(MeasuresMemory), DisableParallelization = true)]
public sealed class MeasuresMemory;

/// <summary>A report over a month with a hundred thousand alerts: right, in bounded memory, with few operations.</summary>
[Collection(nameof(MeasuresMemory))]
public sealed class LargeReportTests(AzuriteServer azurite)
{
    private const int Alerts = 100_000;
    private const int PerEvent = 20;
    private const int Days = 30;
    private const long MaximumGrowth = 256 * 1024 * 1024;

    [Fact]
    public async Task A_hundred_thousand_alerts_make_one_report()
    {
        await using Installation installation = await Installation.CreateAsync(azurite);
        ProductProcess product = installation.Start();
        TimeZoneInfo zone = TimeZoneInfo.FindSystemTimeZoneById("Asia/Tokyo");
        DateTimeOffset to = LocalDays.StartOf(new DateOnly(2026, 11, 24), zone);
        DateTimeOffset from = LocalDays.StartOf(new DateOnly(2026, 11, 24).AddDays(-Days), zone);
        int rows = await WriteJournalAsync(product.Get<SystemEventStore>(), from);
        product.Storage.ForgetCalls();
        GC.Collect();
        long before = GC.GetTotalMemory(forceFullCollection: true);
        long highest = before;
        var watch = Stopwatch.StartNew();
        await using var sampler = new Timer(_ => highest = Math.Max(highest, GC.GetTotalMemory(forceFullCollection: false)), null, TimeSpan.Zero, TimeSpan.FromMilliseconds(20));

        ReportFigures figures = await product.Get<ReportReader>().ReadAsync(from, to, zone, CancellationToken.None);

        // One operation a day (in universal time, so a day more), one for each further thousand rows, one a shard for the alerts, one for the types.
        int operations = product.Storage.Count();
        int allowed = Days + 1 + (rows / 1000) + 8 + 1 + 2;
        TestContext.Current.TestOutputHelper?.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{rows} rows, {operations} operations, {watch.ElapsedMilliseconds} ms, {(highest - before) / 1048576} MiB more at most"));
        Assert.InRange(operations, 1, allowed);
        Assert.InRange(highest - before, 0, MaximumGrowth);
        Assert.Equal(Alerts, figures.Raised);
        Assert.Equal(Alerts / 2, figures.Cleared);
        Assert.Equal(Days, figures.Days.Count);
        Assert.All(figures.Days, day => Assert.InRange(day.Raised, (Alerts / Days) - PerEvent, (Alerts / Days) + PerEvent));
        Assert.Equal(TimeSpan.FromMinutes(90), figures.MeanTimeToClear);
        Assert.Equal(TimeSpan.FromMinutes(90), figures.LongestTimeToClear);
        Assert.Equal(10, figures.AlertTypes.Count);
        Assert.Equal(Alerts, figures.AlertTypes.Sum(type => type.Raised));
        Assert.Equal(ReportTally.MaximumListed, figures.Computers.Count);
        Assert.InRange(figures.Mail.Sent, (Alerts / PerEvent) - 1, Alerts / PerEvent);
        product.Log.AssertNothingUnexpected();
    }

    [Fact]
    public void Names_beyond_what_is_counted_at_once_cost_no_place_among_the_first()
    {
        DateTimeOffset from = FakeClock.Origin;
        var tally = new ReportTally(from, from.AddDays(1), TimeZoneInfo.Utc);
        for (int number = 0; number < 450_000; number++)
        {
            tally.Add(Entry(190, [$"pc-{number.ToString(CultureInfo.InvariantCulture)}"]));
            if (number % 1_000 == 0)
            {
                tally.Add(Entry(190, ["often"]));
            }
        }

        ReportFigures figures = tally.ToFigures(0, new Dictionary<string, AlertType>(StringComparer.Ordinal));
        Assert.Equal(new NameFigures("often", 450, 0), figures.Computers[0]);
        Assert.Equal(450_450, figures.Raised);

        JournalEntry Entry(int number, string[] computers) => new(
            number, from, "Eicar", new Dictionary<string, string>(StringComparer.Ordinal), computers.Length, [.. computers.Select(computer => new JournalComputer(computer, from, null))]);
    }

    /// <summary>Half of the alerts are cleared after ninety minutes, and one mail is delivered for each event.</summary>
    private static async Task<int> WriteJournalAsync(SystemEventStore journal, DateTimeOffset from)
    {
        int rows = 0;
        var batch = new List<SystemEvent>();
        for (int number = 0; number < Alerts / PerEvent; number++)
        {
            DateTimeOffset time = from + TimeSpan.FromTicks(TimeSpan.FromDays(Days).Ticks / (Alerts / PerEvent) * number);
            string type = string.Create(CultureInfo.InvariantCulture, $"不正プログラム検出 {number % 10}");
            List<JournalComputer> computers = Enumerable.Range(0, PerEvent)
                .Select(index => new JournalComputer(string.Create(CultureInfo.InvariantCulture, $"端末-{((number * PerEvent) + index) % 50_000:00000}.tokyo.example.com"), time, null))
                .ToList();
            batch.Add(Transition(190, type, time, computers));
            if (number % 2 == 0)
            {
                batch.Add(Transition(192, type, time, [.. computers.Select(computer => computer with { RaisedAt = time.AddMinutes(-90) })]));
            }

            batch.Add(new SystemEvent(197, SystemEventLevel.Information, "Event197", time)
            {
                Id = $"{Ulid.NewUlid(time)}",
                Data = new Dictionary<string, string>(StringComparer.Ordinal) { ["attempts"] = "1", ["addresses"] = "ops@example.com" },
            });
            if (batch.Count >= 500 || number == (Alerts / PerEvent) - 1)
            {
                rows += batch.Count;
                await journal.AddAsync(batch, CancellationToken.None);
                batch.Clear();
            }
        }

        return rows;
    }

    private static SystemEvent Transition(int number, string type, DateTimeOffset time, List<JournalComputer> computers)
    {
        string names = string.Join(", ", computers.Select(computer => computer.Computer));
        return new SystemEvent(number, SystemEventLevel.Information, $"Event{number.ToString(CultureInfo.InvariantCulture)}", time)
        {
            Id = $"{Ulid.NewUlid(time)}",
            Target = type,
            Computers = computers,
            Count = computers.Count,
            Values = new Dictionary<string, string>(StringComparer.Ordinal) { ["computers.ja"] = names, ["computers.en"] = names },
        };
    }
}
