using AlertFunctions.Core.Storage;
using AlertFunctions.Core.SystemEvents;
using Azure.Storage.Queues;

namespace AlertFunctions.Core.Upkeep;

/// <summary>
/// Records messages that the product cannot interpret as 199. A message that is not even Base64 is deleted on receipt: left in the queue, it would
/// make every receive fail, together with the good messages in the same batch.
/// </summary>
public sealed class UnreadableMessages
{
    private const int ExcerptCharacters = 200;

    private readonly SystemEventStore _systemEvents;
    private readonly TimeProvider _time;

    /// <summary>Registers as the handler of messages that are not Base64.</summary>
    public UnreadableMessages(StorageClients storage, SystemEventStore systemEvents, TimeProvider time)
    {
        _systemEvents = systemEvents;
        _time = time;
        storage.MessageDecodingFailed = GiveUpAsync;
    }

    /// <summary>Records messages that are given up.</summary>
    /// <param name="queue">The queue they were in.</param>
    /// <param name="reason">Why they are given up.</param>
    /// <param name="messages">Their texts.</param>
    /// <param name="cancellationToken">Cancels the operation.</param>
    public Task RecordAsync(string queue, string reason, IEnumerable<string> messages, CancellationToken cancellationToken)
    {
        DateTimeOffset now = _time.GetUtcNow();
        return _systemEvents.AddAsync(messages.Select(message => SystemEvent.OfGivenUp($"{reason}: {Excerpt(message)}", queue, now)).ToList(), cancellationToken);
    }

    private async Task GiveUpAsync(QueueMessageDecodingFailedEventArgs failed)
    {
        // A peek only looks; the message is given up when it is received.
        if (failed.ReceivedMessage is { } message)
        {
            // Record first: a crash before the deletion records it twice, but never misses it.
            await RecordAsync(failed.Queue.Name, "A message in the mail queue is not Base64", [message.Body.ToString()], failed.CancellationToken);
            await failed.Queue.DeleteMessageAsync(message.MessageId, message.PopReceipt, failed.CancellationToken);
        }
    }

    /// <summary>Enough of a message to recognise who sent it.</summary>
    private static string Excerpt(string text) => text.Length > ExcerptCharacters ? $"{text[..ExcerptCharacters]}…" : text;
}
