using System.Globalization;
using System.Text;
using System.Text.Json;
using AlertFunctions.WorkerHost.Protocol;
using Azure.Storage.Queues;
using Azure.Storage.Queues.Models;

namespace AlertFunctions.WorkerHost;

/// <summary>
/// The host's queue trigger: gives each message to its function, deletes it when that succeeds, gives it back when that fails, and moves it to the
/// poison queue when it has failed as often as host.json allows.
/// </summary>
internal sealed class QueueListener
{
    // Longer than any test: no message comes back by itself.
    private static readonly TimeSpan s_visibilityTimeout = TimeSpan.FromMinutes(10);

    private readonly FunctionsHost _host;
    private readonly string _function;
    private readonly QueueClient _queue;
    private readonly QueueClient _poison;
    private readonly long _maxDequeueCount;

    /// <summary>Listens to the queue that the function's binding names.</summary>
    /// <param name="host">Runs the function.</param>
    /// <param name="function">The function's name.</param>
    /// <param name="app">Where the app was published to; its host.json is the host's.</param>
    /// <param name="queues">Opens a queue by its name, without an encoding.</param>
    public QueueListener(FunctionsHost host, string function, string app, Func<string, QueueClient> queues)
    {
        _host = host;
        _function = function;
        string name = JsonElement.Parse(host.Worker.Functions[function].RawBindings.Single()).GetProperty("queueName").GetString()!;
        _queue = queues(name);
        _poison = queues($"{name}-poison");
        _maxDequeueCount = JsonElement.Parse(File.ReadAllText(Path.Combine(app, "host.json"))).GetProperty("extensions").GetProperty("queues").GetProperty("maxDequeueCount").GetInt64();
    }

    /// <summary>Handles one message after the other until the queue is empty or the worker stops. A message whose worker ends is given back.</summary>
    /// <returns>How many functions have succeeded.</returns>
    public async Task<int> RunUntilEmptyAsync()
    {
        int succeeded = 0;
        while (!_host.Worker.IsStopping && (await _queue.ReceiveMessageAsync(s_visibilityTimeout)).Value is { } message)
        {
            try
            {
                await _host.Worker.InvokeAsync(_function, new TypedData { String = Encoding.UTF8.GetString(Convert.FromBase64String(message.MessageText)) }, MetadataOf(message));
                await _queue.DeleteMessageAsync(message.MessageId, message.PopReceipt);
                succeeded++;
            }
            catch (Exception exception) when (exception is FormatException or WorkerFailedException)
            {
                await FailAsync(message);
            }
            catch (WorkerEndedException)
            {
                await FailAsync(message);
                break;
            }
        }

        return succeeded;
    }

    private async Task FailAsync(QueueMessage message)
    {
        if (message.DequeueCount < _maxDequeueCount)
        {
            await _queue.UpdateMessageAsync(message.MessageId, message.PopReceipt, visibilityTimeout: TimeSpan.Zero);
            return;
        }

        await _poison.CreateIfNotExistsAsync();
        await _poison.SendMessageAsync(message.MessageText);
        await _queue.DeleteMessageAsync(message.MessageId, message.PopReceipt);
    }

    private static Dictionary<string, TypedData> MetadataOf(QueueMessage message) => new(StringComparer.Ordinal)
    {
        ["Id"] = new() { String = message.MessageId },
        ["PopReceipt"] = new() { String = message.PopReceipt },
        ["DequeueCount"] = new() { Json = message.DequeueCount.ToString(CultureInfo.InvariantCulture) },
    };
}
