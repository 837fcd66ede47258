using AlertFunctions.Core.Storage;
using Azure.Data.Tables;

namespace AlertFunctions.Core.Upkeep;

/// <summary>Whether the timers run.</summary>
public enum TimerStatus
{
    /// <summary>They run, or the process has not been up for long enough to miss them.</summary>
    Healthy,

    /// <summary>The hourly run is more than two hours old, or that of each minute more than five minutes.</summary>
    Late,
}

/// <summary>When the timers last ran, in rows that every process of either host reads: a timer that has stopped cannot report it.</summary>
public sealed class TimerRuns(StorageClients storage, TimeProvider time)
{
    /// <summary>Every other run of the minute timer is recorded, whether it begins a little early or late.</summary>
    private static readonly TimeSpan MinuteRecordedEvery = TimeSpan.FromSeconds(90);

    private readonly Timer _hourly = new("redrive", "RedriveFailedMail", TimeSpan.FromHours(2));
    private readonly Timer _minute = new("minute", "RunScheduledTasks", TimeSpan.FromMinutes(5));
    private readonly DateTimeOffset _startedAt = time.GetUtcNow();
    private DateTimeOffset _minuteRecordedAt = DateTimeOffset.MinValue;
    private int _looks;

    /// <summary>Whether the timers run, as far as this process has read: what it says while storage does not answer.</summary>
    public TimerStatus Status => IsLate(_hourly) || IsLate(_minute) ? TimerStatus.Late : TimerStatus.Healthy;

    /// <summary>Says of each late timer, by its function's name, when it last ran.</summary>
    public IEnumerable<string> DescribeLate() => new[] { _hourly, _minute }.Where(IsLate).Select(timer =>
        timer.LastRanAt is { } ranAt ? $"{timer.Function} last ran at {ranAt.UtcDateTime:yyyy-MM-dd HH:mm:ss}Z." : $"{timer.Function} has never run.");

    /// <summary>Records that the hourly run happened.</summary>
    public Task RecordHourlyAsync(CancellationToken cancellationToken) => RecordAsync(_hourly, cancellationToken);

    /// <summary>Records that the minute timer ran, unless its previous run was recorded.</summary>
    public async Task RecordMinuteAsync(CancellationToken cancellationToken)
    {
        DateTimeOffset now = time.GetUtcNow();
        if (now - _minuteRecordedAt >= MinuteRecordedEvery)
        {
            await RecordAsync(_minute, cancellationToken);
            _minuteRecordedAt = now;
        }
    }

    /// <summary>Whether the timers run, and when the hourly run last happened; null before the first.</summary>
    public async Task<(TimerStatus Status, DateTimeOffset? LastHourlyAt)> ReadAsync(CancellationToken cancellationToken)
    {
        await Task.WhenAll(ReadAsync(_hourly, cancellationToken), ReadAsync(_minute, cancellationToken));
        return (Status, _hourly.LastRanAt);
    }

    /// <summary>As <see cref="ReadAsync(CancellationToken)"/>, but reads one timer only, and the other the next time: one operation.</summary>
    public async Task<TimerStatus> LookAsync(CancellationToken cancellationToken)
    {
        await ReadAsync(Interlocked.Increment(ref _looks) % 2 == 0 ? _hourly : _minute, cancellationToken);
        return Status;
    }

    /// <summary>A timer that never ran is late once this process has been up for as long: a fresh installation has not had its first run.</summary>
    private bool IsLate(Timer timer) => time.GetUtcNow() - (timer.LastRanAt ?? _startedAt) > timer.LateAfter;

    private async Task ReadAsync(Timer timer, CancellationToken cancellationToken) =>
        timer.LastRanAt = (await storage.Work.FindAsync(new Shard(0).Key, timer.RowKey, cancellationToken))?["RanAt"] as DateTimeOffset?;

    private async Task RecordAsync(Timer timer, CancellationToken cancellationToken)
    {
        var next = new TableEntity(new Shard(0).Key, timer.RowKey) { ["RanAt"] = time.GetUtcNow() };
        TableEntity? before = await storage.Work.FindAsync(next.PartitionKey, timer.RowKey, cancellationToken);

        // When another instance is first, it has recorded the same.
        _ = before is null ? await storage.Work.TryAddAsync(next, cancellationToken) : await storage.Work.TryReplaceAsync(next, before.ETag, cancellationToken);
    }

    /// <summary>A timer.</summary>
    /// <param name="RowKey">Where its last run is kept.</param>
    /// <param name="Function">Its function's name, on both hosts.</param>
    /// <param name="LateAfter">Its interval and a bit.</param>
    private sealed record Timer(string RowKey, string Function, TimeSpan LateAfter)
    {
        /// <summary>When it last ran, as far as this process has read.</summary>
        public DateTimeOffset? LastRanAt { get; set; }
    }
}
