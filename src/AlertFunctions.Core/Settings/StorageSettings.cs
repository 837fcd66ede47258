namespace AlertFunctions.Core.Settings;

/// <summary>Where the state is kept: a connection string, or service addresses used with a managed identity.</summary>
/// <param name="ConnectionString">A storage connection string, or null when service addresses are used.</param>
/// <param name="TableServiceUri">The table service, or null with a connection string.</param>
/// <param name="QueueServiceUri">The queue service, or null with a connection string.</param>
/// <param name="BlobServiceUri">The blob service, or null with a connection string.</param>
/// <param name="UseManagedIdentity">True for <c>__credential=managedidentity</c>.</param>
/// <param name="ClientId">The client id of a user-assigned identity, or null.</param>
public sealed record StorageSettings(
    string? ConnectionString,
    Uri? TableServiceUri = null,
    Uri? QueueServiceUri = null,
    Uri? BlobServiceUri = null,
    bool UseManagedIdentity = false,
    string? ClientId = null)
{
    private const string Section = "AzureWebJobsStorage";

    /// <summary>Where the services are, when there is no connection string.</summary>
    private static readonly string[] s_addresses =
    [
        $"{Section}:accountName",
        $"{Section}:tableServiceUri",
        $"{Section}:queueServiceUri",
        $"{Section}:blobServiceUri",
    ];

    /// <summary>The keys that are read here.</summary>
    public static IReadOnlyList<string> Keys { get; } =
    [
        Section,
        .. s_addresses,
        $"{Section}:credential",
        $"{Section}:clientId",
    ];

    /// <summary>Reads the account's settings; what is wrong is noted in the reader.</summary>
    public static StorageSettings Read(SettingsReader reader)
    {
        string? clientId = reader.Text($"{Section}:clientId");
        string? credential = reader.Text($"{Section}:credential");
        bool managed = string.Equals(credential, "managedidentity", StringComparison.OrdinalIgnoreCase);
        if (credential is not null && !managed)
        {
            reader.Refuse($"{Section}:credential", $"is '{credential}', but must be managedidentity or left out.");
        }

        if (reader.Text(Section) is { } connectionString)
        {
            return new StorageSettings(connectionString, UseManagedIdentity: managed, ClientId: clientId);
        }

        string? account = AccountName(reader);
        Uri? table = ServiceUri(reader, "table", account);
        Uri? queue = ServiceUri(reader, "queue", account);
        Uri? blob = ServiceUri(reader, "blob", account);
        if ((table is null || queue is null || blob is null) && s_addresses.All(reader.Accepted))
        {
            reader.Refuse(Section, $"is not set. Give a storage connection string, or {Section}__accountName, or all of {Section}__tableServiceUri, {Section}__queueServiceUri and {Section}__blobServiceUri.");
        }

        return new StorageSettings(ConnectionString: null, table, queue, blob, managed, clientId);
    }

    /// <summary>The account's name, which becomes a part of the services' addresses; null when it is missing or wrong.</summary>
    private static string? AccountName(SettingsReader reader)
    {
        string key = $"{Section}:accountName";
        if (reader.Text(key) is not { } name)
        {
            return null;
        }

        if (name.Length is >= 3 and <= 24 && name.All(character => char.IsAsciiLetterLower(character) || char.IsAsciiDigit(character)))
        {
            return name;
        }

        // The key may have been pasted where the name belongs.
        reader.Refuse(key, "must be the name of a storage account: 3 to 24 lower-case letters and digits.");
        return null;
    }

    private static Uri? ServiceUri(SettingsReader reader, string service, string? account)
    {
        string key = $"{Section}:{service}ServiceUri";
        string? text = reader.Text(key) ?? (account is null ? null : $"https://{account}.{service}.core.windows.net");
        if (text is null || (Uri.TryCreate(text, UriKind.Absolute, out Uri? uri) && uri.Scheme == Uri.UriSchemeHttps))
        {
            return text is null ? null : new Uri(text);
        }

        reader.Refuse(key, $"is {SettingsReader.Shown(text)}, but must be an https address such as https://account.{service}.core.windows.net.");
        return null;
    }
}
