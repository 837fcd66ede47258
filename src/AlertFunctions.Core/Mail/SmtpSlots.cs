using AlertFunctions.Core.Settings;
using AlertFunctions.Core.Storage;
using Azure;
using Azure.Storage.Blobs;
using Azure.Storage.Blobs.Models;
using Azure.Storage.Blobs.Specialized;

namespace AlertFunctions.Core.Mail;

/// <summary>
/// Caps connections to the SMTP server over all processes: each needs one of <c>Smtp__MaxConnections</c> blob leases. A dead process's lease ends
/// by itself within a minute.
/// </summary>
internal sealed class SmtpSlots : IDisposable
{
    private static readonly TimeSpan LeaseDuration = TimeSpan.FromSeconds(60);

    private readonly StorageClients _storage;
    private readonly TimeProvider _time;
    private readonly int _count;
    private readonly SemaphoreSlim _ownSlots;

    public SmtpSlots(StorageClients storage, SmtpSettings settings, TimeProvider time)
    {
        _storage = storage;
        _time = time;
        _count = settings.MaxConnections;
        _ownSlots = new SemaphoreSlim(_count); // spares the requests that could only find this process's own leases
    }

    /// <summary>Takes a free slot; null when there is none.</summary>
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
                BlobClient blob = _storage.SmtpSlots.GetBlobClient($"slot-{(first + i) % _count}");
                if (await TryLeaseAsync(blob, cancellationToken) is { } lease)
                {
                    return new SmtpSlot(lease, _ownSlots, _time);
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

    public void Dispose() => _ownSlots.Dispose();

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
internal sealed class SmtpSlot : IAsyncDisposable
{
    private static readonly TimeSpan RenewEvery = TimeSpan.FromSeconds(20);
    private static readonly TimeSpan LostAfter = TimeSpan.FromSeconds(45);

    private readonly BlobLeaseClient _lease;
    private readonly SemaphoreSlim _ownSlots;
    private readonly TimeProvider _time;
    private readonly CancellationTokenSource _lost = new();
    private readonly CancellationTokenSource _released = new();
    private readonly Task _renewing;

    public SmtpSlot(BlobLeaseClient lease, SemaphoreSlim ownSlots, TimeProvider time)
    {
        _lease = lease;
        _ownSlots = ownSlots;
        _time = time;
        _renewing = RenewAsync();
    }

    /// <summary>Set when the lease could not be renewed for 45 seconds; the connection must then be closed, since another process may take the slot.</summary>
    public CancellationToken Lost => _lost.Token;

    public async ValueTask DisposeAsync()
    {
        await _released.CancelAsync();
        try
        {
            await _renewing;
            await _lease.ReleaseAsync();
        }
        catch (Exception exception) when (StorageFault.Is(exception))
        {
            // It ends by itself within a minute.
        }
        finally
        {
            _ownSlots.Release();
            _released.Dispose();
            _lost.Dispose();
        }
    }

    private async Task RenewAsync()
    {
        using var timer = new PeriodicTimer(RenewEvery, _time);
        DateTimeOffset renewed = _time.GetUtcNow();
        try
        {
            while (await timer.WaitForNextTickAsync(_released.Token))
            {
                try
                {
                    await _lease.RenewAsync(cancellationToken: _released.Token);
                    renewed = _time.GetUtcNow();
                }
                catch (Exception exception) when (StorageFault.Is(exception) && !_released.IsCancellationRequested)
                {
                    if (_time.GetUtcNow() - renewed >= LostAfter)
                    {
                        await _lost.CancelAsync();
                        return;
                    }
                }
            }
        }
        catch (OperationCanceledException)
        {
            // Released.
        }
    }
}
