using Azure;

namespace AlertFunctions.Core.Storage;

/// <summary>Tells requests that the service will never accept because of their content apart from all other failures.</summary>
public static class StorageRefusal
{
    /// <summary>Whether repeating the same request is pointless: it is too large, or contains a value that the service does not accept.</summary>
    /// <param name="exception">The exception that a storage client threw.</param>
    public static bool Is(Exception exception) => exception is RequestFailedException { Status: 400 or 413 or 414 or 431 };
}
