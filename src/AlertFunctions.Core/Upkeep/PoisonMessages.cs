using AlertFunctions.Core.Storage;
using Azure.Storage.Queues.Models;

namespace AlertFunctions.Core.Upkeep;

/// <summary>
/// Messages that failed five times: each is recorded as 199 and deleted. Nothing is lost with it, since a message is only a wake-up (rule 1).
/// </summary>
public sealed class PoisonMessages(StorageClients storage, UnreadableMessages unreadable)
{
    private const int MaximumPerRun = 320;

    /// <summary>Records and removes the messages that are there.</summary>
    public async Task RecordAsync(CancellationToken cancellationToken)
    {
        for (int recorded = 0; recorded < MaximumPerRun;)
        {
            QueueMessage[] messages = await storage.PoisonMail.ReceiveMessagesAsync(32, TimeSpan.FromMinutes(1), cancellationToken);
            if (messages.Length == 0)
            {
                return;
            }

            // Recorded first: a crash before the deletion records it twice, never not at all.
            await unreadable.RecordAsync(
                "outgoing-mail",
                "A wake-up failed five times and was given up; what it stood for goes on by the timer",
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
