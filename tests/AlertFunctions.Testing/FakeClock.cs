using Microsoft.Extensions.Time.Testing;

namespace AlertFunctions.Testing;

/// <summary>The clock of a test. It stands still until the test moves it.</summary>
public sealed class FakeClock() : FakeTimeProvider(Origin)
{
    /// <summary>When every test begins: a Tuesday, eleven o'clock in Tokyo.</summary>
    public static readonly DateTimeOffset Origin = new(2026, 11, 24, 2, 0, 0, TimeSpan.Zero);

    private readonly Lock _gate = new();
    private readonly ChangeSignal _changed = new();
    private readonly List<TimeSpan> _pauses = [];

    /// <inheritdoc/>
    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        ITimer timer = base.CreateTimer(callback, state, dueTime, period);
        NotePause(dueTime);
        return new Timer(this, timer);
    }

    /// <summary>How often somebody has begun to wait that long on this clock.</summary>
    public int CountPauses(TimeSpan pause)
    {
        lock (_gate)
        {
            return _pauses.Count(other => other == pause);
        }
    }

    /// <summary>Waits until somebody waits that long on this clock for the <paramref name="count"/>th time, so that a test moves it not too early.</summary>
    public Task WaitForPauseAsync(TimeSpan pause, int count = 1) =>
        _changed.WaitUntilAsync(() => CountPauses(pause) >= count, $"pause {count} of {pause}", () => $"There were {CountPauses(pause)}.");

    /// <summary>Does something while this clock moves on whenever somebody begins to wait that long on it. A work that stands still fails the test.</summary>
    public async Task RunAsync(Func<Task> work, TimeSpan pause)
    {
        int pauses = CountPauses(pause);
        Task working = work();
        while (true)
        {
            Task waiting = WaitForPauseAsync(pause, ++pauses);
            if (await Task.WhenAny(working, waiting) == working)
            {
                await working;
                return;
            }

            await waiting;
            Advance(pause);
        }
    }

    private void NotePause(TimeSpan pause)
    {
        lock (_gate)
        {
            _pauses.Add(pause);
        }

        _changed.Raise();
    }

    /// <summary>One that may be set again, as a deadline that is put off is.</summary>
    private sealed class Timer(FakeClock clock, ITimer timer) : ITimer
    {
        public bool Change(TimeSpan dueTime, TimeSpan period)
        {
            bool changed = timer.Change(dueTime, period);
            clock.NotePause(dueTime);
            return changed;
        }

        public void Dispose() => timer.Dispose();

        public ValueTask DisposeAsync() => timer.DisposeAsync();
    }
}
