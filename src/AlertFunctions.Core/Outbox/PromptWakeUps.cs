using AlertFunctions.Core.Settings;
using AlertFunctions.Core.Storage;
using Microsoft.Extensions.Logging;

namespace AlertFunctions.Core.Outbox;

/// <summary>
/// Wakes what has just become durable. Failing to costs time, not mail: the minute timer finds the rows (rule 1). So wake-ups have a time limit
/// of their own and no request's token: a request neither waits long for them nor loses them with its client.
/// </summary>
public sealed partial class PromptWakeUps(WakeUpQueue wakeUps, MailSettings settings, FaultLog faults, TimeProvider time, ILogger<PromptWakeUps> logger)
{
    /// <summary>Messages under way at once; a thousand then take about two seconds, where one after the other took ten.</summary>
    private const int ParallelMessages = 16;

    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(5);

    /// <summary>Wakes alert types whose transitions wait to be mailed, once raises have been collected.</summary>
    public Task ComposeAsync(IReadOnlyCollection<string> alertTypes) =>
        SendAsync(alertTypes, (alertType, token) => wakeUps.ComposeAsync(alertType, settings.Collect, token));

    /// <summary>Wakes the runs of scheduled tasks.</summary>
    public Task ComposeRunsAsync() => SendAsync([WakeUp.ComposeRunsText], (_, token) => wakeUps.ComposeRunsAsync(token));

    private async Task SendAsync(IReadOnlyCollection<string> items, Func<string, CancellationToken, Task> send)
    {
        if (items.Count == 0)
        {
            return;
        }

        try
        {
            await StorageDeadline.RunAsync(time, Limit, deadline => Parallel.ForEachAsync(
                items,
                new ParallelOptions { MaxDegreeOfParallelism = ParallelMessages, CancellationToken = deadline },
                async (item, token) =>
                {
                    try
                    {
                        await send(item, token);
                    }
                    catch (Exception exception) when (!token.IsCancellationRequested)
                    {
                        faults.Write(exception, LogLost); // the others may get through
                    }
                }));
        }
        catch (Exception exception)
        {
            faults.Write(exception, LogLost);
        }
    }

    [LoggerMessage(EventId = 101, Level = LogLevel.Warning, Message = "A wake-up could not be sent; the mail waits for the minute timer. {Fault}")]
    private partial void LogLost(string fault, Exception? exception);
}
