using AlertFunctions.Core.Storage;
using AlertFunctions.Core.SystemEvents;
using Azure.Storage.Queues;

namespace AlertFunctions.Core.Mail;

/// <summary>
/// Messages that are not even Base64, so that none of ours: recorded as 199 and deleted by whoever receives them. Left in the queue, one of them
/// would make each receive fail, with every good message beside it.
/// </summary>
internal sealed class UnreadableMessages(StorageClients storage, TimeProvider time)
{
    private const int ShownCharacters = 200;

    public async Task GiveUpAsync(QueueMessageDecodingFailedEventArgs failed)
    {
        // A peek changes nothing; whoever receives the message gives it up.
        if (failed.ReceivedMessage is { } message)
        {
            // Recorded first: a crash before the deletion records it twice, never not at all.
            await new SystemEventStore(storage, time).AddAsync(
                [SystemEvent.OfGivenUp($"A message of the mail queue is not Base64: {Shown(message.Body.ToString())}", failed.Queue.Name, time.GetUtcNow())], failed.CancellationToken);
            await failed.Queue.DeleteMessageAsync(message.MessageId, message.PopReceipt, failed.CancellationToken);
        }
    }

    /// <summary>As much of a message as tells a reader whose it is.</summary>
    public static string Shown(string text) => text.Length > ShownCharacters ? $"{text[..ShownCharacters]}…" : text;
}
