using Azure;
using Azure.Core;
using Azure.Core.Pipeline;
using Azure.Identity;

namespace AlertFunctions.Core.Storage;

/// <summary>Tells what a storage service or the app's identity failed to do apart from all other exceptions.</summary>
public static class StorageFault
{
    /// <summary>
    /// Whether storage, or the credential it is called with, failed, so that the same work can succeed later: whatever status the service refused
    /// with, no token, no answer in time, or rows that others kept changing.
    /// </summary>
    /// <param name="exception">The exception. A cancellation is never a fault: whoever set a deadline knows whether it has passed.</param>
    public static bool Is(Exception exception) =>
        exception is RequestFailedException or AuthenticationFailedException or StorageUnavailableException or StorageContentionException;
}

/// <summary>The storage service did not answer, or not in time.</summary>
public sealed class StorageUnavailableException : Exception
{
    /// <summary>Makes the exception.</summary>
    /// <param name="cause">What the SDK threw.</param>
    public StorageUnavailableException(Exception cause)
        : base(Last(cause).Message, cause)
    {
    }

    /// <summary>Makes the exception.</summary>
    /// <param name="limit">The time that the work had.</param>
    public StorageUnavailableException(TimeSpan limit)
        : base($"Storage did not answer within {limit.TotalSeconds:0.#} seconds.")
    {
    }

    /// <summary>The SDK's own message lists all its tries; the last one says what was wrong.</summary>
    private static Exception Last(Exception cause) => cause is AggregateException { InnerExceptions: [.., var last] } ? last : cause;
}

/// <summary>Other processes changed the same rows each time this one tried to. Repeating the request later succeeds.</summary>
public sealed class StorageContentionException : Exception
{
    /// <summary>Makes the exception.</summary>
    public StorageContentionException()
        : base("Other requests kept changing the same rows.")
    {
    }
}

/// <summary>
/// Tells the caller's cancellation from the SDK's own time limit, which are the same exception once they leave the SDK. It stands outside the
/// SDK's retries, so it sees what all tries together came to.
/// </summary>
public sealed class StorageFaultPolicy : HttpPipelinePolicy
{
    /// <inheritdoc/>
    public override async ValueTask ProcessAsync(HttpMessage message, ReadOnlyMemory<HttpPipelinePolicy> pipeline)
    {
        try
        {
            await ProcessNextAsync(message, pipeline);
        }
        catch (Exception exception) when (IsOfTransport(exception))
        {
            message.CancellationToken.ThrowIfCancellationRequested();
            throw new StorageUnavailableException(exception);
        }
    }

    /// <inheritdoc/>
    public override void Process(HttpMessage message, ReadOnlyMemory<HttpPipelinePolicy> pipeline) =>
        throw new NotSupportedException("Storage is called asynchronously.");

    private static bool IsOfTransport(Exception exception) => exception switch
    {
        AggregateException aggregate => aggregate.InnerExceptions.All(IsOfTransport),
        _ => exception is OperationCanceledException or IOException || StorageFault.Is(exception),
    };
}

/// <summary>Gives storage work a time limit of its own, whoever waits for it.</summary>
public static class StorageDeadline
{
    /// <exception cref="StorageUnavailableException">The work took longer.</exception>
    public static async Task<T> RunAsync<T>(TimeProvider time, TimeSpan limit, Func<CancellationToken, Task<T>> work)
    {
        using var deadline = new CancellationTokenSource(limit, time);
        try
        {
            return await work(deadline.Token);
        }
        catch (OperationCanceledException) when (deadline.IsCancellationRequested)
        {
            throw new StorageUnavailableException(limit);
        }
    }

    /// <inheritdoc cref="RunAsync{T}"/>
    public static Task RunAsync(TimeProvider time, TimeSpan limit, Func<CancellationToken, Task> work) => RunAsync(time, limit, async token =>
    {
        await work(token);
        return true;
    });
}
