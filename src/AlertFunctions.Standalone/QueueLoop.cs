using AlertFunctions.Core.Outbox;
using AlertFunctions.Core.Storage;
using AlertFunctions.Core.Upkeep;
using Azure;
using Azure.Storage.Queues.Models;

namespace AlertFunctions.Standalone;

/// <summary>
/// Takes wake-ups from the queue as the Functions host does: up to 16 in parallel, invisible to others while they are worked on, given up as
/// poison when they failed five times.
/// </summary>
internal sealed partial class QueueLoop(StorageClients storage, WakeUpQueue wakeUps, OutgoingMailHandler handler, HostLoop loop, FaultLog faults, TimeProvider time, IHostApplicationLifetime lifetime, ILogger<QueueLoop> logger) : BackgroundService
{
    private const int MaximumParallel = 16;
    private const int MaximumDequeueCount = 5;

    private static readonly TimeSpan VisibilityTimeout = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan RenewalInterval = TimeSpan.FromSeconds(20);
    private static readonly TimeSpan ShortestPause = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan RetryDelay = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan NeverExpires = TimeSpan.FromSeconds(-1);

    private readonly SemaphoreSlim _capacity = new(MaximumParallel);
    private readonly HashSet<Task> _running = [];
    private TimeSpan _pause = ShortestPause;
    private Task _sent = Task.CompletedTask;

    public override void Dispose()
    {
        base.Dispose();
        _capacity.Dispose();
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        if (!await lifetime.HasStartedAsync(stoppingToken))
        {
            return;
        }

        await loop.RunAsync("Reading the mail queue", ReceiveAsync, PauseAsync, stoppingToken);

        // Mail in flight finishes; what was not begun stays in the queue.
        LogStopping();
        await Task.WhenAll(_running);
    }

    private async Task ReceiveAsync(CancellationToken stopping)
    {
        await _capacity.WaitAsync(stopping);
        _capacity.Release();
        _sent = wakeUps.NextSent;
        QueueMessage[] messages = await storage.OutgoingMail.ReceiveMessagesAsync(_capacity.CurrentCount, VisibilityTimeout, stopping);
        foreach (QueueMessage message in messages)
        {
            await _capacity.WaitAsync(CancellationToken.None);
            _running.Add(HandleAsync(message, stopping));
        }

        _running.RemoveWhere(task => task.IsCompleted);
        _pause = messages.Length > 0 ? ShortestPause : TimeSpan.FromTicks(Math.Min(_pause.Ticks * 2, LongestPause.Ticks));
    }

    /// <summary>
    /// Pauses before the next look at the queue. A pause that has become long ends when this process sends a message itself, so that an alert's mail goes out at
    /// once; the shortest one does not, so that many messages cost few looks.
    /// </summary>
    private async Task PauseAsync(CancellationToken stopping)
    {
        using var ended = CancellationTokenSource.CreateLinkedTokenSource(stopping);
        Task pause = Task.Delay(_pause, time, ended.Token);
        await (_pause > ShortestPause ? Task.WhenAny(pause, _sent) : pause);
        await ended.CancelAsync();
    }

    private async Task HandleAsync(QueueMessage message, CancellationToken stopping)
    {
        using var done = new CancellationTokenSource();
        var receipt = new Receipt(message.PopReceipt);
        try
        {
            if (message.DequeueCount > MaximumDequeueCount)
            {
                await MoveToPoisonQueueAsync(message, receipt);
                return;
            }

            Task renewing = RenewAsync(message, receipt, done.Token);
            try
            {
                await handler.HandleAsync(message.Body.ToString(), stopping);
            }
            finally
            {
                await done.CancelAsync();
                await renewing;
            }

            await TryDeleteAsync(message, receipt);
        }
        catch (OperationCanceledException) when (stopping.IsCancellationRequested)
        {
            // It becomes visible again within a minute, to whoever runs then.
        }
        catch (Exception exception)
        {
            // Whatever one message meets, the loop goes on: the message comes again, and is given up in the end.
            faults.Write(exception, LogHandlingFailed);
            await RetrySoonAsync(message, receipt);
        }
        finally
        {
            _capacity.Release();
        }
    }

    /// <summary>Keeps the message invisible while it is worked on.</summary>
    private async Task RenewAsync(QueueMessage message, Receipt receipt, CancellationToken done)
    {
        using var timer = new PeriodicTimer(RenewalInterval, time);
        try
        {
            while (await timer.WaitForNextTickAsync(done))
            {
                await TryUpdateAsync(message, receipt, VisibilityTimeout);
            }
        }
        catch (OperationCanceledException)
        {
            // Done.
        }
    }

    /// <summary>Lets a message that failed come again soon.</summary>
    private Task RetrySoonAsync(QueueMessage message, Receipt receipt) => TryUpdateAsync(message, receipt, RetryDelay);

    private async Task TryUpdateAsync(QueueMessage message, Receipt receipt, TimeSpan visibility)
    {
        try
        {
            UpdateReceipt updated = await storage.OutgoingMail.UpdateMessageAsync(message.MessageId, receipt.Current, visibilityTimeout: visibility, cancellationToken: CancellationToken.None);
            receipt.Current = updated.PopReceipt;
        }
        catch (Exception exception)
        {
            // The message is handled twice at worst, which costs nothing but time (rule 1).
            faults.Write(exception, LogUpdateFailed);
        }
    }

    /// <summary>Deletes a message that was handled. One that is gone already was deleted by a try whose answer was lost, or by another process.</summary>
    private async Task TryDeleteAsync(QueueMessage message, Receipt receipt)
    {
        try
        {
            await storage.OutgoingMail.DeleteMessageAsync(message.MessageId, receipt.Current, CancellationToken.None);
        }
        catch (RequestFailedException exception) when (exception.ErrorCode == QueueErrorCode.MessageNotFound)
        {
            // That is all that was wanted.
        }
        catch (Exception exception)
        {
            // It comes again, and finds nothing left to do (rule 1).
            faults.Write(exception, LogUpdateFailed);
        }
    }

    private async Task MoveToPoisonQueueAsync(QueueMessage message, Receipt receipt)
    {
        await storage.PoisonMail.SendMessageAsync(message.Body, timeToLive: NeverExpires);
        await TryDeleteAsync(message, receipt);
    }

    [LoggerMessage(EventId = 411, Level = LogLevel.Information, Message = "The host is stopping; mail in flight is finished first.")]
    private partial void LogStopping();

    [LoggerMessage(EventId = 412, Level = LogLevel.Error, Message = "A wake-up failed; it comes again. {Fault}")]
    private partial void LogHandlingFailed(string fault, Exception? exception);

    [LoggerMessage(EventId = 413, Level = LogLevel.Warning, Message = "A wake-up could not be hidden from other processes or deleted; it may be handled twice, which only costs time. {Fault}")]
    private partial void LogUpdateFailed(string fault, Exception? exception);

    /// <summary>The right to delete the message, which changes with each renewal.</summary>
    private sealed class Receipt(string current)
    {
        public string Current { get; set; } = current;
    }
}
