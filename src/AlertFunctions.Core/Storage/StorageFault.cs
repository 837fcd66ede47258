using Azure;
using Azure.Core;
using Azure.Core.Pipeline;
using Azure.Identity;

namespace AlertFunctions.Core.Storage;

/// <summary>Tells failures of storage, or of the identity used to call it, apart from all other exceptions.</summary>
public static class StorageFault
{
    /// <summary>
    /// Whether storage or its credential failed, so that the same work can succeed later. Covers any error status, a missing token, no response in
    /// time, and rows that other requests kept changing.
    /// </summary>
    /// <param name="exception">The exception. Cancellation is never a fault: whoever set a deadline knows whether it has passed.</param>
    public static bool Is(Exception exception) =>
        exception is RequestFailedException or AuthenticationFailedException or StorageUnavailableException or StorageContentionException;
}

/// <summary>The storage service did not respond, or not in time.</summary>
public sealed class StorageUnavailableException : Exception
{
    /// <summary>Creates the exception from the SDK's.</summary>
    /// <param name="cause">The exception that the SDK threw.</param>
    public StorageUnavailableException(Exception cause)
        : base(Last(cause).Message, cause)
    {
    }

    /// <summary>Creates the exception for work that took too long.</summary>
    /// <param name="limit">The time limit.</param>
    public StorageUnavailableException(TimeSpan limit)
        : base($"Storage did not answer within {limit.TotalSeconds:0.#} seconds.")
    {
    }

    /// <summary>The SDK's aggregate message lists every try; the last one says what is wrong.</summary>
    private static Exception Last(Exception cause) => cause is AggregateException { InnerExceptions: [.., var last] } ? last : cause;
}

/// <summary>Other processes changed the same rows on every try. Repeating the request later succeeds.</summary>
public sealed class StorageContentionException : Exception
{
    /// <summary>Creates the exception.</summary>
    public StorageContentionException()
        : base("Other requests kept changing the same rows.")
    {
    }
}

/// <summary>
/// Tells cancellation by the caller apart from the SDK's own timeout; the SDK throws the same exception for both. Runs outside the SDK's
/// retries, so it sees the outcome of all tries together.
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
        throw new NotSupportedException("Storage must be called asynchronously.");

    private static bool IsOfTransport(Exception exception) => exception switch
    {
        AggregateException aggregate => aggregate.InnerExceptions.All(IsOfTransport),
        _ => exception is OperationCanceledException or IOException || StorageFault.Is(exception),
    };
}

/// <summary>Gives storage work its own time limit, independent of the caller's.</summary>
public static class StorageDeadline
{
    /// <exception cref="StorageUnavailableException">The work exceeded <paramref name="limit"/>.</exception>
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
