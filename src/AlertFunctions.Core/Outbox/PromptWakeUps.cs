using AlertFunctions.Core.Settings;
using AlertFunctions.Core.Storage;
using Microsoft.Extensions.Logging;

namespace AlertFunctions.Core.Outbox;

/// <summary>
/// Sends wake-ups right after something was stored. If that fails, mail is only delayed: the minute timer finds the rows (rule 1). Wake-ups
/// therefore have their own time limit instead of the request's token: a request does not wait long for them, and a client that disconnects does
/// not stop them.
/// </summary>
public sealed partial class PromptWakeUps(WakeUpQueue wakeUps, MailSettings settings, FaultLog faults, TimeProvider time, ILogger<PromptWakeUps> logger)
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(5);

    /// <summary>Sends wake-ups to compose the mail of alert types, delayed so that further raises can be collected.</summary>
    public Task ComposeAsync(IEnumerable<string> alertTypes) =>
        SendAsync(alertTypes.Select(Shard.Of).Distinct().ToList(), (shard, token) => wakeUps.ComposeAsync(shard, settings.Collect, token));

    /// <summary>Sends a wake-up to compose the mail of started scheduled tasks.</summary>
    public Task ComposeRunsAsync() => SendAsync([Shard.OfScheduledTasks], (_, token) => wakeUps.ComposeRunsAsync(token));

    private async Task SendAsync(List<Shard> shards, Func<Shard, CancellationToken, Task> send)
    {
        if (shards.Count == 0)
        {
            return;
        }

        try
        {
            await StorageDeadline.RunAsync(time, Limit, deadline => Task.WhenAll(shards.Select(async shard =>
            {
                try
                {
                    await send(shard, deadline);
                }
                catch (Exception exception) when (!deadline.IsCancellationRequested)
                {
                    faults.Write(exception, LogLost); // the others may still succeed
                }
            })));
        }
        catch (Exception exception)
        {
            faults.Write(exception, LogLost);
        }
    }

    [LoggerMessage(EventId = 101, Level = LogLevel.Warning, Message = "A wake-up could not be sent; the minute timer will pick up the mail. {Fault}")]
    private partial void LogLost(string fault, Exception? exception);
}
