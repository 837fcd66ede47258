using Azure;

namespace AlertFunctions.Core.Storage;

/// <summary>Tells a storage service that does not answer, or cannot at the moment, from every other exception.</summary>
public static class StorageFault
{
    /// <summary>Whether an exception means that repeating the same work later can succeed.</summary>
    /// <param name="exception">What a storage client threw. The SDK wraps the failures of all its tries in an <see cref="AggregateException"/>.</param>
    public static bool Is(Exception exception) => exception switch
    {
        RequestFailedException failed => failed.Status is 0 or 403 or 404 or 408 or 409 or 412 or 429 or >= 500,
        AggregateException aggregate => aggregate.InnerExceptions.Count > 0 && aggregate.InnerExceptions.All(Is),
        StorageContentionException or TimeoutException or IOException or HttpRequestException => true,
        TaskCanceledException => true,
        _ => false,
    };
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
