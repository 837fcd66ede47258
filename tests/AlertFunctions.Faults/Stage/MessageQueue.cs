using System.Text;
using Azure.Storage.Queues;
using Azure.Storage.Queues.Models;

namespace AlertFunctions.Faults.Stage;

/// <summary>What may happen to messages.</summary>
internal enum MessageTrouble
{
    /// <summary>They come twice more.</summary>
    Repeated,

    /// <summary>They come late.</summary>
    Delayed,

    /// <summary>They come in the reverse order.</summary>
    Reordered,

    /// <summary>They never come.</summary>
    Lost,

    /// <summary>Somebody else sends some.</summary>
    Foreign,

    /// <summary>One cannot be decoded.</summary>
    Poisoned,
}

/// <summary>The product's queue, as somebody sees it who does it harm.</summary>
/// <param name="queue">The queue, with its messages as they are.</param>
internal sealed class MessageQueue(QueueClient queue)
{
    private const int Messages = 16;

    private static readonly string[] s_foreign = ["not one of ours", "{\"type\":\"something else\"}", "send|9|0", "compose|", "flush", "compose|Nothing of the kind"];

    /// <summary>Lets it happen. Where storage does not answer in this moment, it does not.</summary>
    public async Task SufferAsync(MessageTrouble kind, TimeSpan delay)
    {
        try
        {
            await (kind switch
            {
                MessageTrouble.Foreign => SendAsync(s_foreign.Select(text => Convert.ToBase64String(Encoding.UTF8.GetBytes(text)))),
                MessageTrouble.Poisoned => SendAsync(["not even Base64 ?!?"]),
                _ => ChangeAsync(kind, delay),
            });
        }
        catch (Exception exception) when (exception is Azure.RequestFailedException or AggregateException or OperationCanceledException)
        {
            // Storage is down; that is trouble enough.
        }
    }

    private async Task ChangeAsync(MessageTrouble kind, TimeSpan delay)
    {
        QueueMessage[] messages = await queue.ReceiveMessagesAsync(Messages, kind == MessageTrouble.Delayed ? delay : TimeSpan.FromSeconds(1));
        switch (kind)
        {
            case MessageTrouble.Repeated:
                await SendAsync(messages.Concat(messages).Select(message => message.MessageText));
                break;
            case MessageTrouble.Reordered:
                await SendAsync(messages.Reverse().Select(message => message.MessageText));
                await DeleteAsync(messages);
                break;
            case MessageTrouble.Lost:
                await DeleteAsync(messages);
                break;
        }
    }

    private async Task SendAsync(IEnumerable<string> texts)
    {
        foreach (string text in texts)
        {
            await queue.SendMessageAsync(text, timeToLive: TimeSpan.FromSeconds(-1));
        }
    }

    private async Task DeleteAsync(IEnumerable<QueueMessage> messages)
    {
        foreach (QueueMessage message in messages)
        {
            await queue.DeleteMessageAsync(message.MessageId, message.PopReceipt);
        }
    }
}
