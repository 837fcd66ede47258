using AlertFunctions.Core.Mail;
using AlertFunctions.Core.Storage;
using Azure.Storage.Queues.Models;

namespace AlertFunctions.Standalone;

/// <summary>
/// Takes wake-ups from the queue as the Functions host does: up to 16 in parallel, invisible to others while they are worked on, given up as
/// poison when they failed five times.
/// </summary>
internal sealed partial class QueueLoop(StorageClients storage, OutgoingMailHandler handler, TimeProvider time, ILogger<QueueLoop> logger) : BackgroundService
{
    private const int MaximumParallel = 16;
    private const int MaximumDequeueCount = 5;

    private static readonly TimeSpan Visibility = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan RenewEvery = TimeSpan.FromSeconds(20);
    private static readonly TimeSpan ShortestPause = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan PauseAfterFault = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan NeverExpires = TimeSpan.FromSeconds(-1);

    private readonly SemaphoreSlim _free = new(MaximumParallel);

    public override void Dispose()
    {
        base.Dispose();
        _free.Dispose();
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        var running = new HashSet<Task>();
        TimeSpan pause = ShortestPause;
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                await _free.WaitAsync(stoppingToken);
                _free.Release();
                QueueMessage[] messages = await storage.OutgoingMail.ReceiveMessagesAsync(_free.CurrentCount, Visibility, stoppingToken);
                foreach (QueueMessage message in messages)
                {
                    await _free.WaitAsync(CancellationToken.None);
                    running.Add(HandleAsync(message, stoppingToken));
                }

                running.RemoveWhere(task => task.IsCompleted);
                pause = messages.Length > 0 ? ShortestPause : TimeSpan.FromTicks(Math.Min(pause.Ticks * 2, LongestPause.Ticks));
            }
            catch (Exception exception) when (StorageFault.Is(exception) && !stoppingToken.IsCancellationRequested)
            {
                LogReceiveFailed(exception);
                pause = PauseAfterFault;
            }
            catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
            {
                break;
            }

            await Task.Delay(pause, time, stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }

        // Mail in flight finishes; what was not begun stays in the queue.
        await Task.WhenAll(running);
    }

    private async Task HandleAsync(QueueMessage message, CancellationToken stopping)
    {
        using var done = new CancellationTokenSource();
        var receipt = new Receipt(message.PopReceipt);
        try
        {
            if (message.DequeueCount > MaximumDequeueCount)
            {
                await GiveUpAsync(message, receipt);
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

            await storage.OutgoingMail.DeleteMessageAsync(message.MessageId, receipt.Current, CancellationToken.None);
        }
        catch (OperationCanceledException) when (stopping.IsCancellationRequested)
        {
            // It becomes visible again within a minute, to whoever runs then.
        }
#pragma warning disable CA1031 // Whatever one message meets, the loop goes on: the message comes again, and is given up in the end.
        catch (Exception exception)
#pragma warning restore CA1031
        {
            LogHandlingFailed(exception);
            await LeaveAsync(message, receipt);
        }
        finally
        {
            _free.Release();
        }
    }

    /// <summary>Keeps the message invisible while it is worked on.</summary>
    private async Task RenewAsync(QueueMessage message, Receipt receipt, CancellationToken done)
    {
        using var timer = new PeriodicTimer(RenewEvery, time);
        try
        {
            while (await timer.WaitForNextTickAsync(done))
            {
                try
                {
                    UpdateReceipt renewed = await storage.OutgoingMail.UpdateMessageAsync(message.MessageId, receipt.Current, visibilityTimeout: Visibility, cancellationToken: CancellationToken.None);
                    receipt.Current = renewed.PopReceipt;
                }
                catch (Exception exception) when (StorageFault.Is(exception) || exception is Azure.RequestFailedException)
                {
                    LogRenewalFailed(exception); // repeated work costs nothing but time (rule 1)
                }
            }
        }
        catch (OperationCanceledException)
        {
            // Done.
        }
    }

    /// <summary>Lets a message that failed come again soon.</summary>
    private async Task LeaveAsync(QueueMessage message, Receipt receipt)
    {
        try
        {
            await storage.OutgoingMail.UpdateMessageAsync(message.MessageId, receipt.Current, visibilityTimeout: PauseAfterFault);
        }
        catch (Exception exception) when (StorageFault.Is(exception) || exception is Azure.RequestFailedException)
        {
            LogRenewalFailed(exception);
        }
    }

    private async Task GiveUpAsync(QueueMessage message, Receipt receipt)
    {
        await storage.PoisonMail.SendMessageAsync(message.Body, timeToLive: NeverExpires);
        await storage.OutgoingMail.DeleteMessageAsync(message.MessageId, receipt.Current);
    }

    [LoggerMessage(EventId = 411, Level = LogLevel.Error, Message = "The mail queue cannot be read; it is read again in a few seconds.")]
    private partial void LogReceiveFailed(Exception exception);

    [LoggerMessage(EventId = 412, Level = LogLevel.Error, Message = "A wake-up failed; it comes again.")]
    private partial void LogHandlingFailed(Exception exception);

    [LoggerMessage(EventId = 413, Level = LogLevel.Warning, Message = "A wake-up could not be kept invisible; it may be worked on twice, which changes nothing.")]
    private partial void LogRenewalFailed(Exception exception);

    /// <summary>The right to delete the message, which changes with each renewal.</summary>
    private sealed class Receipt(string current)
    {
        public string Current { get; set; } = current;
    }
}
