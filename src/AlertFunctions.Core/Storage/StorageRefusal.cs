using Azure;

namespace AlertFunctions.Core.Storage;

/// <summary>Tells requests that the service will never take, because of what they hold, apart from all others.</summary>
public static class StorageRefusal
{
    /// <summary>Whether repeating the same request cannot succeed: too large, or holding a value that the service does not accept.</summary>
    /// <param name="exception">What a storage client threw.</param>
    public static bool Is(Exception exception) => exception is RequestFailedException { Status: 400 or 413 or 414 or 431 };
}
