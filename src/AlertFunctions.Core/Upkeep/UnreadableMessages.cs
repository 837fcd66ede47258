using AlertFunctions.Core.Storage;
using AlertFunctions.Core.SystemEvents;
using Azure.Storage.Queues;

namespace AlertFunctions.Core.Upkeep;

/// <summary>
/// Messages that mean nothing to the product: each is recorded as 199. One that is not even Base64 is deleted by whoever receives it; left in the
/// queue, it would make each receive fail, with every good message beside it.
/// </summary>
public sealed class UnreadableMessages
{
    private const int ExcerptCharacters = 200;

    private readonly SystemEventStore _systemEvents;
    private readonly TimeProvider _time;

    /// <summary>Takes over from the clients what is not Base64.</summary>
    public UnreadableMessages(StorageClients storage, SystemEventStore systemEvents, TimeProvider time)
    {
        _systemEvents = systemEvents;
        _time = time;
        storage.MessageDecodingFailed = GiveUpAsync;
    }

    /// <summary>Records messages that are given up.</summary>
    /// <param name="queue">The queue they were in.</param>
    /// <param name="reason">Why.</param>
    /// <param name="messages">Their texts.</param>
    /// <param name="cancellationToken">Cancels the operation.</param>
    public Task RecordAsync(string queue, string reason, IEnumerable<string> messages, CancellationToken cancellationToken)
    {
        DateTimeOffset now = _time.GetUtcNow();
        return _systemEvents.AddAsync(messages.Select(message => SystemEvent.OfGivenUp($"{reason}: {Excerpt(message)}", queue, now)).ToList(), cancellationToken);
    }

    private async Task GiveUpAsync(QueueMessageDecodingFailedEventArgs failed)
    {
        // A peek changes nothing; whoever receives the message gives it up.
        if (failed.ReceivedMessage is { } message)
        {
            // Recorded first: a crash before the deletion records it twice, never not at all.
            await RecordAsync(failed.Queue.Name, "A message of the mail queue is not Base64", [message.Body.ToString()], failed.CancellationToken);
            await failed.Queue.DeleteMessageAsync(message.MessageId, message.PopReceipt, failed.CancellationToken);
        }
    }

    /// <summary>Enough of a message to recognise its sender.</summary>
    private static string Excerpt(string text) => text.Length > ExcerptCharacters ? $"{text[..ExcerptCharacters]}…" : text;
}
