using Azure.Data.Tables;
using Azure.Storage.Blobs;
using Azure.Storage.Queues;

namespace AlertFunctions.Core.Settings;

/// <summary>Checks a storage connection string at start. What it notes never repeats the text, which holds a key.</summary>
internal static class StorageConnection
{
    private const string Setting = "AzureWebJobsStorage";

    private static readonly string[] s_names =
    [
        "DefaultEndpointsProtocol", "AccountName", "AccountKey", "EndpointSuffix", "SharedAccessSignature", "UseDevelopmentStorage", "DevelopmentStorageProxyUri",
        "BlobEndpoint", "QueueEndpoint", "TableEndpoint", "FileEndpoint", "BlobSecondaryEndpoint", "QueueSecondaryEndpoint", "TableSecondaryEndpoint", "FileSecondaryEndpoint",
    ];

    /// <summary>Notes what is wrong with the connection string, if there is one.</summary>
    public static void Check(SettingsReader reader, StorageSettings storage)
    {
        if (storage.ConnectionString is { } text && Fault(text) is { } fault)
        {
            reader.Refuse(Setting, $"{fault} It must be a storage connection string, such as UseDevelopmentStorage=true or DefaultEndpointsProtocol=https;AccountName=NAME;AccountKey=KEY;EndpointSuffix=core.windows.net.");
        }
    }

    private static string? Fault(string text)
    {
        var parts = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase);
        foreach (string part in text.Split(';', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))
        {
            if (part.Split('=', 2) is not [var name, var value] || !s_names.Contains(name, StringComparer.OrdinalIgnoreCase))
            {
                return "has a part that no connection string has; a key or an address alone is none.";
            }

            parts[name] = value;
        }

        return parts.ContainsKey("UseDevelopmentStorage") ? FaultOfClients(text)
            : parts.TryGetValue("SharedAccessSignature", out string? signature) ? FaultOfSignature(signature) ?? FaultOfClients(text)
            : !parts.TryGetValue("AccountKey", out string? key) ? "has neither AccountKey nor SharedAccessSignature."
            : !parts.ContainsKey("AccountName") ? "has an AccountKey, but no AccountName."
            : !Convert.TryFromBase64String(key, new byte[key.Length], out int length) || length == 0 ? "has an AccountKey that is not Base64."
            : FaultOfClients(text);
    }

    /// <summary>The product needs three services; a signature for a container, a table or a queue opens a part of one.</summary>
    private static string? FaultOfSignature(string signature)
    {
        string services = signature.TrimStart('?').Split('&').FirstOrDefault(part => part.StartsWith("ss=", StringComparison.Ordinal)) ?? "ss=";
        return "bqt".All(services[3..].Contains) ? null : "has a SharedAccessSignature that does not open the blob, queue and table services (ss=bqt).";
    }

    private static string? FaultOfClients(string text)
    {
        try
        {
            _ = (new TableServiceClient(text), new QueueServiceClient(text), new BlobServiceClient(text));
            return null;
        }
        catch (Exception exception) when (exception is FormatException or ArgumentException or InvalidOperationException or KeyNotFoundException)
        {
            return "cannot be read.";
        }
    }
}
