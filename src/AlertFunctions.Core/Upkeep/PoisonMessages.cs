using AlertFunctions.Core.Storage;
using Azure.Storage.Queues.Models;

namespace AlertFunctions.Core.Upkeep;

/// <summary>
/// Records and deletes messages that failed five times, as 199. No mail is lost with them, since a message is only a wake-up (rule 1).
/// </summary>
public sealed class PoisonMessages(StorageClients storage, UnreadableMessages unreadable)
{
    private const int MaximumPerRun = 320;

    /// <summary>Records and deletes the messages in the poison queue.</summary>
    public async Task RecordAsync(CancellationToken cancellationToken)
    {
        for (int recorded = 0; recorded < MaximumPerRun;)
        {
            QueueMessage[] messages = await storage.PoisonMail.ReceiveMessagesAsync(32, TimeSpan.FromMinutes(1), cancellationToken);
            if (messages.Length == 0)
            {
                return;
            }

            // Record first: a crash before the deletion records it twice, but never misses it.
            await unreadable.RecordAsync(
                "outgoing-mail",
                "A wake-up failed five times and was given up; the minute timer takes over its work",
                messages.Select(message => message.Body.ToString()),
                cancellationToken);
            foreach (QueueMessage message in messages)
            {
                await storage.PoisonMail.DeleteMessageAsync(message.MessageId, message.PopReceipt, cancellationToken);
            }

            recorded += messages.Length;
        }
    }
}
