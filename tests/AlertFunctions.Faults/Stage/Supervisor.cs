using AlertFunctions.Testing;

namespace AlertFunctions.Faults.Stage;

/// <summary>When a process of the product lived.</summary>
/// <param name="Started">When it was started.</param>
/// <param name="Killed">The last moment at which it certainly lived; what came later was not its doing, or it was killed in the middle of it.</param>
/// <param name="Ended">When its end was seen.</param>
internal sealed record LifeTime(DateTimeOffset Started, DateTimeOffset Killed, DateTimeOffset Ended);

/// <summary>Keeps one process of the product running: starts the next one when it ends, as a container host does.</summary>
/// <param name="name">The name of its place.</param>
/// <param name="launch">Starts the process of that number, from 0.</param>
/// <param name="log">Where what the processes write is kept.</param>
internal sealed class Supervisor(string name, Func<int, IProductLife> launch, TextWriter log) : IAsyncDisposable
{
    /// <summary>After this time a process that takes requests is taken to be at work, although what it stands on has let it answer none.</summary>
    private static readonly TimeSpan s_firstAnswer = TimeSpan.FromSeconds(10);

    private readonly ChangeSignal _changed = new();
    private readonly CancellationTokenSource _stopping = new();
    private readonly List<LifeTime> _lives = [];
    private readonly List<string> _unexpected = [];
    private Task _running = Task.CompletedTask;
    private IProductLife? _current;
    private IProductLife? _up;
    private IProductLife? _atWork;
    private DateTimeOffset? _killedAt;

    /// <summary>The name of its place.</summary>
    public string Name => name;

    /// <summary>The processes that have ended.</summary>
    public IReadOnlyList<LifeTime> Lives => _lives;

    /// <summary>Processes that ended without being killed.</summary>
    public IReadOnlyList<string> Unexpected => _unexpected;

    /// <summary>How many did not come up, since storage did not answer or because they were killed before.</summary>
    public int FailedStarts { get; private set; }

    /// <summary>Whether a process takes requests.</summary>
    public bool IsUp => Volatile.Read(ref _up) is not null;

    /// <summary>Begins to keep a process running.</summary>
    public void Start() => _running = Task.Run(KeepRunningAsync);

    /// <summary>Waits until a process takes requests, and gives it.</summary>
    public async Task<IProductLife> UpAsync(TimeSpan patience)
    {
        IProductLife? up = null;
        await _changed.WaitUntilAsync(() => (up = Volatile.Read(ref _up)) is not null, $"process {name} to come up", () => $"{FailedStarts} starts have failed.", patience);
        return up!;
    }

    /// <summary>Waits until a process has acknowledged a request: on a slow machine the first takes seconds, and who is killed before that has done nothing.</summary>
    public async Task AtWorkAsync(TimeSpan patience)
    {
        await UpAsync(patience);
        try
        {
            await _changed.WaitUntilAsync(() => Volatile.Read(ref _atWork) is { } life && life == Volatile.Read(ref _up), $"process {name} to acknowledge a request", () => "", s_firstAnswer);
        }
        catch (TimeoutException)
        {
            // It is stuck in a fault, which is as good a moment as any.
        }
    }

    /// <summary>Notes that a process has acknowledged a request.</summary>
    public void NoteAcknowledged(IProductLife life)
    {
        if (Interlocked.Exchange(ref _atWork, life) != life)
        {
            _changed.Raise();
        }
    }

    /// <summary>Kills the process that is there, whether it takes requests already or not.</summary>
    public async Task KillAsync()
    {
        if (Volatile.Read(ref _current) is not { } life)
        {
            return;
        }

        _killedAt = DateTimeOffset.UtcNow;
        try
        {
            await life.KillAsync();
        }
        catch (InvalidOperationException)
        {
            // It has ended by itself in this very moment.
        }
    }

    /// <summary>Ends the process, and starts none any more.</summary>
    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync();
        await KillAsync();
        await _running;
        _stopping.Dispose();
    }

    private async Task KeepRunningAsync()
    {
        for (int number = 0; !_stopping.IsCancellationRequested; number++)
        {
            DateTimeOffset started = DateTimeOffset.UtcNow;
            _killedAt = null;
            await using IProductLife life = launch(number);
            Volatile.Write(ref _current, life);
            try
            {
                // Whoever ends all this in the very moment between two processes finds none to kill.
                if (_stopping.IsCancellationRequested)
                {
                    await life.KillAsync();
                }

                await life.ReadyAsync();
                Volatile.Write(ref _up, life);
                _changed.Raise();
                await life.Ended;
                if (_killedAt is null)
                {
                    _unexpected.Add($"Process {name}{number} ended by itself: {life.Output}");
                }
            }
            catch (Exception)
            {
                // Whatever kept it from starting, the next one may start.
                FailedStarts++;
            }

            Volatile.Write(ref _up, null);
            Volatile.Write(ref _atWork, null);
            Volatile.Write(ref _current, null);
            DateTimeOffset ended = DateTimeOffset.UtcNow;
            _lives.Add(new LifeTime(started, _killedAt ?? ended, ended));
            await log.WriteLineAsync($"==== {name}{number} {started:HH:mm:ss.fff} to {ended:HH:mm:ss.fff}\n{life.Output}");
        }
    }
}
