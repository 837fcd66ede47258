using System.Collections.Concurrent;
using System.Globalization;
using AlertFunctions.Core.Settings;
using AlertFunctions.Core.Storage;
using AlertFunctions.Core.Telemetry;
using Azure;
using Azure.Storage.Blobs;
using Azure.Storage.Blobs.Models;
using Azure.Storage.Blobs.Specialized;

namespace AlertFunctions.Core.Mail.Smtp;

/// <summary>
/// Caps connections to the SMTP server over all processes: each needs one of <c>Smtp__MaxConnections</c> blob leases. A dead process's lease ends
/// by itself within a minute.
/// </summary>
public sealed class SmtpSlots(StorageClients storage, SmtpSettings settings, ProductMetrics metrics, TimeProvider time) : IDisposable
{
    private static readonly TimeSpan LeaseDuration = TimeSpan.FromSeconds(60);

    /// <summary>How long a refused first attempt is taken to be still waiting: it comes again every one or two seconds.</summary>
    private static readonly TimeSpan RefusalCounts = TimeSpan.FromSeconds(10);

    /// <summary>How long a lease that was held is taken to be held without another look.</summary>
    private static readonly TimeSpan HeldCounts = TimeSpan.FromSeconds(5);

    /// <summary>
    /// How long connections may be turned away with none served before that is the server's failure. A session ends within two minutes, so that its
    /// connection was free for another one by then.
    /// </summary>
    private static readonly TimeSpan TurningAwayCounts = TimeSpan.FromMinutes(2);

    /// <summary>Failures of the server in a row after which a pause is made.</summary>
    private const int FailuresBeforePause = 3;

    /// <summary>How long further attempts wait after such a failure: a storm of new mail does not call a server that has just failed for each of them.</summary>
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(2);

    private const int MaximumSeen = 256;

    private readonly int _count = settings.MaxConnections;

    /// <summary>Spares the requests that could only find this process's own leases.</summary>
    private readonly SemaphoreSlim _ownSlots = new(settings.MaxConnections);

    private readonly ConcurrentDictionary<Guid, DateTimeOffset> _seenHeld = new();
    private long _firstAttemptsRefusedAt;
    private long _turnedAwaySince;
    private int _failuresInARow;
    private long _failedAt;

    /// <summary>Whether mail that was never tried has found no free slot in this process lately: whoever only re-sends makes room for it.</summary>
    public bool FirstAttemptsWait => time.GetUtcNow().UtcTicks - Interlocked.Read(ref _firstAttemptsRefusedAt) < RefusalCounts.Ticks;

    /// <summary>Takes a free slot; null when there is none.</summary>
    /// <param name="forFirstAttempts">Whether it is for mail that was never tried.</param>
    /// <param name="cancellationToken">Cancels the operation.</param>
    public async Task<SmtpSlot?> TryTakeAsync(bool forFirstAttempts, CancellationToken cancellationToken)
    {
        SmtpSlot? slot = await TryTakeAsync(cancellationToken);
        if (slot is not null)
        {
            NoteTaken(forFirstAttempts);
        }
        else if (forFirstAttempts)
        {
            Interlocked.Exchange(ref _firstAttemptsRefusedAt, time.GetUtcNow().UtcTicks);
        }

        return slot;
    }

    /// <summary>A slot goes to another shard: mail that was never tried waits no longer if it is the one.</summary>
    /// <param name="forFirstAttempts">Whether the slot is for mail that was never tried.</param>
    public void NoteTaken(bool forFirstAttempts)
    {
        if (forFirstAttempts)
        {
            Interlocked.Exchange(ref _firstAttemptsRefusedAt, 0);
        }
    }

    /// <summary>Whether the holder of a slot's lease may still be at work. A lease that has ended never comes back: its holder stops renewing it long before.</summary>
    public async Task<bool> IsHeldAsync(int slot, Guid lease, CancellationToken cancellationToken)
    {
        DateTimeOffset now = time.GetUtcNow();
        if (_seenHeld.TryGetValue(lease, out DateTimeOffset seen) && now - seen < HeldCounts)
        {
            return true;
        }

        try
        {
            // The service answers such a request only while this very lease is active.
            await SlotBlob(slot).GetPropertiesAsync(new BlobRequestConditions { LeaseId = $"{lease}" }, cancellationToken);
            if (_seenHeld.Count >= MaximumSeen)
            {
                _seenHeld.Clear();
            }

            _seenHeld[lease] = now;
            return true;
        }
        catch (RequestFailedException exception) when (exception.Status is 404 or 412)
        {
            _seenHeld.TryRemove(lease, out _);
            return false;
        }
    }

    /// <summary>
    /// Whether the server has just failed several times in a row for this process. Mail that was never tried then waits for the next attempt, in two
    /// seconds, which counts for all of it (rule 3).
    /// </summary>
    public bool Pauses => Volatile.Read(ref _failuresInARow) >= FailuresBeforePause && time.GetUtcNow().UtcTicks - Interlocked.Read(ref _failedAt) < Pause.Ticks;

    /// <summary>The server has taken an envelope of this process: what it turned away before were connections that were too many.</summary>
    public void NoteServed()
    {
        Interlocked.Exchange(ref _turnedAwaySince, 0);
        Interlocked.Exchange(ref _failuresInARow, 0);
    }

    /// <summary>The server has failed for this process.</summary>
    public void NoteFailed()
    {
        Interlocked.Exchange(ref _failedAt, time.GetUtcNow().UtcTicks);
        Interlocked.Increment(ref _failuresInARow);
    }

    /// <summary>
    /// Whether a connection that the server turned away may just have been one too many: another process, or another handler of this one, holds a slot.
    /// A server may allow fewer connections than <c>Smtp__MaxConnections</c>; whoever was turned away then gives up its slot, and nothing has failed (rule 3).
    /// </summary>
    /// <param name="slot">The slot of the connection that was turned away.</param>
    public async Task<bool> MayBeOneTooManyAsync(SmtpSlot slot)
    {
        long now = time.GetUtcNow().UtcTicks;
        long since = Interlocked.CompareExchange(ref _turnedAwaySince, now, 0);
        if (since != 0 && now - since >= TurningAwayCounts.Ticks)
        {
            Interlocked.Exchange(ref _turnedAwaySince, 0); // reported once; from now on, counting starts again
            return false;
        }

        return _ownSlots.CurrentCount < _count - 1 || await IsAnotherLeasedAsync(slot);
    }

    /// <inheritdoc/>
    public void Dispose() => _ownSlots.Dispose();

    private async Task<bool> IsAnotherLeasedAsync(SmtpSlot slot)
    {
        foreach (int number in Enumerable.Range(0, _count).Where(number => number != slot.Number))
        {
            try
            {
                BlobProperties properties = await SlotBlob(number).GetPropertiesAsync(cancellationToken: slot.Lost);
                if (properties.LeaseState == LeaseState.Leased)
                {
                    return true;
                }
            }
            catch (Exception)
            {
                // A slot that was never used has no blob; and where storage does not answer, nobody is known to hold one.
            }
        }

        return false;
    }

    private BlobClient SlotBlob(int slot) => storage.SmtpSlots.GetBlobClient(string.Create(CultureInfo.InvariantCulture, $"slot-{slot}"));

    /// <summary>Takes a free slot for more of what another slot is used for already; null when there is none.</summary>
    public async Task<SmtpSlot?> TryTakeAsync(CancellationToken cancellationToken)
    {
        if (!await _ownSlots.WaitAsync(TimeSpan.Zero, cancellationToken))
        {
            return null;
        }

        try
        {
            int first = Random.Shared.Next(_count);
            for (int i = 0; i < _count; i++)
            {
                int number = (first + i) % _count;
                DateTimeOffset asked = time.GetUtcNow();
                if (await TryLeaseAsync(SlotBlob(number), cancellationToken) is { } lease)
                {
                    return new SmtpSlot(number, lease, asked, _ownSlots, metrics, time);
                }
            }
        }
        catch
        {
            _ownSlots.Release();
            throw;
        }

        _ownSlots.Release();
        return null;
    }

    private static async Task<BlobLeaseClient?> TryLeaseAsync(BlobClient blob, CancellationToken cancellationToken)
    {
        BlobLeaseClient lease = blob.GetBlobLeaseClient();
        for (bool created = false; ; created = true)
        {
            try
            {
                await lease.AcquireAsync(LeaseDuration, cancellationToken: cancellationToken);
                return lease;
            }
            catch (RequestFailedException exception) when (exception.ErrorCode == BlobErrorCode.LeaseAlreadyPresent)
            {
                return null;
            }
            catch (RequestFailedException exception) when (exception.ErrorCode == BlobErrorCode.BlobNotFound && !created)
            {
                await CreateAsync(blob, cancellationToken);
            }
        }
    }

    private static async Task CreateAsync(BlobClient blob, CancellationToken cancellationToken)
    {
        try
        {
            await blob.UploadAsync(BinaryData.Empty, new BlobUploadOptions { Conditions = new BlobRequestConditions { IfNoneMatch = ETag.All } }, cancellationToken);
        }
        catch (RequestFailedException exception) when (exception.Status is 409 or 412)
        {
            // Another process created it at the same moment.
        }
    }
}

/// <summary>The right to one connection, renewed in the background until it is disposed of.</summary>
public sealed class SmtpSlot : IAsyncDisposable
{
    private static readonly TimeSpan RenewEvery = TimeSpan.FromSeconds(20);
    private static readonly TimeSpan LostAfter = TimeSpan.FromSeconds(45);

    private readonly BlobLeaseClient _lease;
    private readonly SemaphoreSlim _ownSlots;
    private readonly ProductMetrics _metrics;
    private readonly TimeProvider _time;
    private readonly CancellationTokenSource _lost;
    private readonly CancellationTokenSource _released = new();
    private readonly Task _renewing;

    /// <summary>Makes the slot of a lease.</summary>
    /// <param name="number">Which slot it is.</param>
    /// <param name="lease">The lease, just acquired.</param>
    /// <param name="asked">When it was asked for: it runs from then at the latest.</param>
    /// <param name="ownSlots">Where to give the slot back in this process.</param>
    /// <param name="metrics">Counts the slots in use.</param>
    /// <param name="time">Measures the lease.</param>
    public SmtpSlot(int number, BlobLeaseClient lease, DateTimeOffset asked, SemaphoreSlim ownSlots, ProductMetrics metrics, TimeProvider time)
    {
        Number = number;
        Lease = Guid.Parse(lease.LeaseId, CultureInfo.InvariantCulture);
        _lease = lease;
        _ownSlots = ownSlots;
        _metrics = metrics;
        _time = time;
        metrics.AddSlots(1);

        // A clock of its own rather than a look at each renewal: one that hangs would tell too late.
        _lost = new CancellationTokenSource(Left(asked), time);
        _renewing = RenewAsync();
    }

    /// <summary>Which slot it is.</summary>
    public int Number { get; }

    /// <summary>The lease, which names this holder and no other.</summary>
    public Guid Lease { get; }

    /// <summary>Set when the lease could not be renewed for 45 seconds; the connection must then be closed, since another process may take the slot.</summary>
    public CancellationToken Lost => _lost.Token;

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _released.CancelAsync();
        try
        {
            await _renewing;
            await _lease.ReleaseAsync();
        }
        catch (Exception)
        {
            // Whatever it was, the lease ends by itself within a minute.
        }
        finally
        {
            _ownSlots.Release();
            _metrics.AddSlots(-1);
            _released.Dispose();
            _lost.Dispose();
        }
    }

    private async Task RenewAsync()
    {
        using var timer = new PeriodicTimer(RenewEvery, _time);
        try
        {
            // Once it is lost it stays lost: others may rely on it.
            while (await timer.WaitForNextTickAsync(_released.Token) && !_lost.IsCancellationRequested)
            {
                DateTimeOffset asked = _time.GetUtcNow();
                try
                {
                    await _lease.RenewAsync(cancellationToken: _released.Token);
                    _lost.CancelAfter(Left(asked));
                }
                catch (RequestFailedException exception) when (exception.Status is 404 or 409 or 412)
                {
                    // No fault: the lease has ended, and may be another's by now.
                    await _lost.CancelAsync();
                    return;
                }
                catch (Exception) when (!_released.IsCancellationRequested)
                {
                    // Whatever it was, the next renewal may succeed; until then the lease runs.
                }
            }
        }
        catch (OperationCanceledException)
        {
            // Released.
        }
    }

    /// <summary>How long a lease may be relied on.</summary>
    private TimeSpan Left(DateTimeOffset asked)
    {
        TimeSpan left = asked + LostAfter - _time.GetUtcNow();
        return left > TimeSpan.Zero ? left : TimeSpan.Zero;
    }
}
