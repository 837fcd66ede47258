using System.Diagnostics;
using AlertFunctions.Faults.Ledger;
using AlertFunctions.Faults.Load;
using AlertFunctions.Faults.Plan;
using AlertFunctions.Faults.Stage;

namespace AlertFunctions.Faults;

/// <summary>What a run is asked for.</summary>
/// <param name="Seed">Decides the plan and the load.</param>
/// <param name="Kills">After how many kills the faults end.</param>
/// <param name="Duration">After what time they end in any case.</param>
/// <param name="WithWorker">Whether one process is the published worker of the function app.</param>
/// <param name="Drain">How long the rest may take after the last fault.</param>
internal sealed record RunOptions(int Seed, int Kills, TimeSpan Duration, bool WithWorker, TimeSpan Drain);

/// <summary>What came out of a run.</summary>
internal sealed record RunResult(RunOptions Options)
{
    /// <summary>The plan, as far as it was carried out.</summary>
    public required IReadOnlyList<PlannedKill> Plan { get; init; }

    /// <summary>How long the faults took.</summary>
    public required TimeSpan Faults { get; init; }

    /// <summary>How long after the last fault nothing was left to do.</summary>
    public required TimeSpan Drained { get; init; }

    /// <summary>What is known.</summary>
    public required Evidence Evidence { get; init; }

    /// <summary>What the promise says to it.</summary>
    public required Verdict Verdict { get; init; }

    /// <summary>How many starts failed.</summary>
    public required int FailedStarts { get; init; }

    /// <summary>How many system events there are of each number.</summary>
    public required IReadOnlyDictionary<int, int> SystemEvents { get; init; }
}

/// <summary>Reports alerts to two processes while everything around them goes wrong by plan, lets them finish, and looks at what came of it.</summary>
internal sealed class FaultRun(RunOptions options, TextWriter output)
{
    private const int Clients = 12;

    private static readonly TimeSpan s_patience = TimeSpan.FromMinutes(2);
    private static readonly TimeSpan s_look = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan s_betweenRedrives = TimeSpan.FromSeconds(15);

    private readonly SentEvents _sent = new();

    /// <summary>Runs.</summary>
    /// <param name="log">Where what the processes write is kept.</param>
    /// <param name="interrupted">Ends it early, without a result.</param>
    public async Task<RunResult> RunAsync(TextWriter log, CancellationToken interrupted)
    {
        await output.WriteLineAsync($"Seed {options.Seed}. Starting.");
        await using Scene scene = await Scene.SetAsync(options.Seed, options.WithWorker, log);
        using var end = CancellationTokenSource.CreateLinkedTokenSource(interrupted);
        Task[] load = [.. Enumerable.Range(0, Clients).Select(number => Task.Run(() => new Reporter(number, options.Seed, scene.Processes, _sent).RunAsync(end.Token)))];
        long began = Stopwatch.GetTimestamp();
        IReadOnlyList<PlannedKill> done = await CarryOutAsync(scene, FaultPlan.Of(options.Seed, options.Kills), interrupted);
        TimeSpan faults = Stopwatch.GetElapsedTime(began);
        await end.CancelAsync();

        scene.Places.ForEach(place => place.Heal());
        long healed = Stopwatch.GetTimestamp();
        await output.WriteLineAsync("The last fault is over.");
        List<string> left = await DrainAsync(scene, Task.WhenAll(load), healed, interrupted);
        TimeSpan drained = Stopwatch.GetElapsedTime(healed);
        var evidence = new Evidence
        {
            Recipients = Scene.Recipients,
            Sent = _sent.All,
            Deliveries = [.. scene.Places.SelectMany(place => place.Deliveries)],
            Lives = [.. scene.Processes.Select(process => process.Lives.ToArray())],
            ServerDeaths = [.. scene.Places.SelectMany(place => place.ServerDeaths)],
            StoredEvents = await scene.StoredEventsAsync(),
            RowsLeft = left,
            Surprises = [.. load.Where(client => !client.IsCompletedSuccessfully).Select(client => $"A client has not finished: {client.Exception?.Message ?? "not acknowledged"}"), .. _sent.WrongAnswers, .. scene.Processes.SelectMany(process => process.Unexpected)],
        };
        return new RunResult(options)
        {
            Plan = done,
            Faults = faults,
            Drained = drained,
            Evidence = evidence,
            Verdict = Verdict.Of(evidence),
            FailedStarts = scene.Processes.Sum(process => process.FailedStarts),
            SystemEvents = await scene.SystemEventsAsync(),
        };
    }

    /// <summary>Kills one process after the other, with the faults of each kill beside it. No kill waits for faults; the end waits for all.</summary>
    private async Task<IReadOnlyList<PlannedKill>> CarryOutAsync(Scene scene, IReadOnlyList<PlannedKill> plan, CancellationToken interrupted)
    {
        long began = Stopwatch.GetTimestamp();
        List<PlannedKill> done = [];
        List<Task> faults = [];
        foreach (PlannedKill kill in plan)
        {
            if (Stopwatch.GetElapsedTime(began) > options.Duration)
            {
                break;
            }

            await output.WriteLineAsync($"{Stopwatch.GetElapsedTime(began).TotalSeconds,6:0.0} {kill}");
            faults.AddRange(kill.Faults.Select(fault => fault.HappenAsync(scene)));
            Supervisor process = scene.Processes[kill.Place];
            if (!kill.Starting)
            {
                await process.AtWorkAsync(s_patience).WaitAsync(interrupted);
            }

            await Task.Delay(kill.After, interrupted);
            await process.KillAsync();
            done.Add(kill);
        }

        await Task.WhenAll(faults);
        return done;
    }

    /// <summary>Asks for what failed to be sent now, as a user would, until the clients have finished and nothing is left to do.</summary>
    /// <returns>The keys of the rows that are left when the time is over.</returns>
    private async Task<List<string>> DrainAsync(Scene scene, Task load, long healed, CancellationToken interrupted)
    {
        TimeSpan redriven = -s_betweenRedrives;
        while (true)
        {
            bool finished = load.IsCompleted;
            List<string> left = await scene.RowsLeftAsync();
            TimeSpan taken = Stopwatch.GetElapsedTime(healed);
            if ((left.Count == 0 && finished) || taken > options.Drain)
            {
                return left;
            }

            if (taken - redriven >= s_betweenRedrives)
            {
                redriven = taken;
                await output.WriteLineAsync($"{left.Count} rows are left after {taken.TotalSeconds:0} s.");
                await scene.LetTheHourPassAsync();
                await scene.SendAsync(HttpMethod.Post, "/api/mail/redrive");
            }

            await Task.Delay(s_look, interrupted); // what the product has not done yet is only seen by asking
        }
    }
}
