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
    private const string HourlyRow = "redrive";
    private const string MinuteRow = "minute";

    private static readonly TimeSpan HourlyLateAfter = TimeSpan.FromHours(2);
    private static readonly TimeSpan MinuteLateAfter = TimeSpan.FromMinutes(5);

    /// <summary>Every other run of the minute timer is recorded, whether it begins a little early or late.</summary>
    private static readonly TimeSpan MinuteRecordedEvery = TimeSpan.FromSeconds(90);

    private readonly DateTimeOffset _startedAt = time.GetUtcNow();
    private DateTimeOffset _minuteRecordedAt = DateTimeOffset.MinValue;
    private DateTimeOffset?[] _lastRead = [null, null];
    private int _looks;

    /// <summary>Whether the timers run, as far as this process has read: what it says while storage does not answer.</summary>
    public TimerStatus Status => IsLate(_lastRead[0], HourlyLateAfter) || IsLate(_lastRead[1], MinuteLateAfter) ? TimerStatus.Late : TimerStatus.Healthy;

    /// <summary>Records that the hourly run happened.</summary>
    public Task RecordHourlyAsync(CancellationToken cancellationToken) => RecordAsync(HourlyRow, cancellationToken);

    /// <summary>Records that the minute timer ran, unless its previous run was recorded.</summary>
    public async Task RecordMinuteAsync(CancellationToken cancellationToken)
    {
        DateTimeOffset now = time.GetUtcNow();
        if (now - _minuteRecordedAt >= MinuteRecordedEvery)
        {
            await RecordAsync(MinuteRow, cancellationToken);
            _minuteRecordedAt = now;
        }
    }

    /// <summary>Whether the timers run, and when the hourly run last happened; null before the first.</summary>
    public async Task<(TimerStatus Status, DateTimeOffset? LastHourlyAt)> ReadAsync(CancellationToken cancellationToken)
    {
        _lastRead = await Task.WhenAll(ReadAsync(HourlyRow, cancellationToken), ReadAsync(MinuteRow, cancellationToken));
        return (Status, _lastRead[0]);
    }

    /// <summary>As <see cref="ReadAsync(CancellationToken)"/>, but reads one timer only, and the other the next time: one operation.</summary>
    public async Task<TimerStatus> LookAsync(CancellationToken cancellationToken)
    {
        int timer = Interlocked.Increment(ref _looks) % 2;
        DateTimeOffset? ranAt = await ReadAsync(timer == 0 ? HourlyRow : MinuteRow, cancellationToken);
        _lastRead = timer == 0 ? [ranAt, _lastRead[1]] : [_lastRead[0], ranAt];
        return Status;
    }

    /// <summary>A timer that never ran is late once this process has been up for as long: a fresh installation has not had its first run.</summary>
    private bool IsLate(DateTimeOffset? ranAt, TimeSpan limit) => time.GetUtcNow() - (ranAt ?? _startedAt) > limit;

    private async Task<DateTimeOffset?> ReadAsync(string row, CancellationToken cancellationToken) =>
        (await storage.Work.FindAsync(new Shard(0).Key, row, cancellationToken))?["RanAt"] as DateTimeOffset?;

    private async Task RecordAsync(string row, CancellationToken cancellationToken)
    {
        var next = new TableEntity(new Shard(0).Key, row) { ["RanAt"] = time.GetUtcNow() };
        TableEntity? before = await storage.Work.FindAsync(next.PartitionKey, row, cancellationToken);

        // When another instance is first, it has recorded the same.
        _ = before is null ? await storage.Work.TryAddAsync(next, cancellationToken) : await storage.Work.TryReplaceAsync(next, before.ETag, cancellationToken);
    }
}
