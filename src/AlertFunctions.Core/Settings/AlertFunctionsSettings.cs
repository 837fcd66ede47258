using AlertFunctions.Core.Texts;
using Microsoft.Extensions.Configuration;
using MimeKit;

namespace AlertFunctions.Core.Settings;

/// <summary>Every setting of the product, read and checked once at start.</summary>
/// <param name="Storage">Where alerts, mail and events are kept.</param>
/// <param name="Smtp">How mail leaves.</param>
/// <param name="Mail">What mail looks like and who else gets it.</param>
/// <param name="Events">How long events are kept.</param>
public sealed record AlertFunctionsSettings(StorageSettings Storage, SmtpSettings Smtp, MailSettings Mail, EventSettings Events)
{
    /// <summary>Every key that <see cref="Read"/> looks at, in the form of configuration keys (levels separated by <c>:</c>).</summary>
    public static IReadOnlyList<string> Keys { get; } =
    [
        "AzureWebJobsStorage",
        "AzureWebJobsStorage:accountName",
        "AzureWebJobsStorage:tableServiceUri",
        "AzureWebJobsStorage:queueServiceUri",
        "AzureWebJobsStorage:blobServiceUri",
        "AzureWebJobsStorage:credential",
        "AzureWebJobsStorage:clientId",
        "Smtp:Server",
        "Smtp:From",
        "Smtp:BounceAddress",
        "Smtp:Security",
        "Smtp:Authentication",
        "Smtp:UserName",
        "Smtp:Password",
        "Smtp:OAuth2:Scope",
        "Smtp:MaxConnections",
        "Smtp:TimeoutSeconds",
        "Mail:Culture",
        "Mail:TimeZone",
        "Mail:AlertEmailAddress",
        "Mail:ConsoleUrl",
        "Mail:CollectSeconds",
        "Events:RetentionDays",
    ];

    /// <summary>Reads and checks all settings.</summary>
    /// <param name="configuration">The app's configuration.</param>
    /// <param name="listeningAddress">Where the host listens, for the links in mails when <c>Mail__ConsoleUrl</c> is not set; null when unknown.</param>
    /// <exception cref="SettingsException">At least one setting is wrong; all of them are named.</exception>
    public static AlertFunctionsSettings Read(IConfiguration configuration, string? listeningAddress = null)
    {
        var reader = new SettingsReader(configuration);
        var settings = new AlertFunctionsSettings(
            StorageSettings.Read(reader),
            SmtpSettings.Read(reader),
            MailSettings.Read(reader, configuration["WEBSITE_HOSTNAME"], listeningAddress),
            new EventSettings(TimeSpan.FromDays(reader.Number("Events:RetentionDays", 1, 3650, 90))));
        return reader.Faults.Count == 0 ? settings : throw new SettingsException(reader.Faults);
    }
}

/// <summary>How long events are kept.</summary>
/// <param name="Retention">Events older than this are refused and removed.</param>
public sealed record EventSettings(TimeSpan Retention);

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

    internal static StorageSettings Read(SettingsReader reader)
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

        string? account = reader.Text($"{Section}:accountName");
        Uri? table = ServiceUri(reader, "table", account);
        Uri? queue = ServiceUri(reader, "queue", account);
        Uri? blob = ServiceUri(reader, "blob", account);
        if (reader.Faults.Count == 0 && (table is null || queue is null || blob is null))
        {
            reader.Refuse(Section, $"is not set. Give a storage connection string, or {Section}__accountName, or all of {Section}__tableServiceUri, {Section}__queueServiceUri and {Section}__blobServiceUri.");
        }

        return new StorageSettings(ConnectionString: null, table, queue, blob, managed, clientId);
    }

    private static Uri? ServiceUri(SettingsReader reader, string service, string? account)
    {
        string key = $"{Section}:{service}ServiceUri";
        string? text = reader.Text(key) ?? (account is null ? null : $"https://{account}.{service}.core.windows.net");
        if (text is null || (Uri.TryCreate(text, UriKind.Absolute, out Uri? uri) && uri.Scheme == Uri.UriSchemeHttps))
        {
            return text is null ? null : new Uri(text);
        }

        reader.Refuse(key, $"is '{text}', but must be an https address such as https://account.{service}.core.windows.net.");
        return null;
    }
}

/// <summary>How the connection to the SMTP server is protected.</summary>
public enum SmtpSecurity
{
    /// <summary>Plain text; only for a relay on the same machine or network.</summary>
    None,

    /// <summary>STARTTLS, required: a server that does not offer it is refused.</summary>
    StartTls,

    /// <summary>TLS from the first byte.</summary>
    Tls,
}

/// <summary>How the app makes itself known to the SMTP server.</summary>
public enum SmtpAuthentication
{
    /// <summary>Not at all.</summary>
    None,

    /// <summary>User name and password.</summary>
    Password,

    /// <summary>XOAUTH2 with a token of the app's Azure identity.</summary>
    OAuth2,
}

/// <summary>How mail leaves.</summary>
public sealed record SmtpSettings
{
    /// <summary>The server's name or address; null when no server is configured (S14).</summary>
    public string? Host { get; init; }

    /// <summary>The server's port.</summary>
    public int Port { get; init; }

    /// <summary>The address mail is sent from; null only when no server is configured.</summary>
    public MailboxAddress? From { get; init; }

    /// <summary>The envelope's sender, which gets delivery failures; null for the From address.</summary>
    public MailboxAddress? BounceAddress { get; init; }

    /// <summary>How the connection is protected.</summary>
    public SmtpSecurity Security { get; init; } = SmtpSecurity.StartTls;

    /// <summary>How the app makes itself known.</summary>
    public SmtpAuthentication Authentication { get; init; }

    /// <summary>The user (or, for OAuth2, the mailbox) that signs in.</summary>
    public string? UserName { get; init; }

    /// <summary>The password, for <see cref="SmtpAuthentication.Password"/>.</summary>
    public string? Password { get; init; }

    /// <summary>The scope that a token is asked for, for <see cref="SmtpAuthentication.OAuth2"/>.</summary>
    public string OAuth2Scope { get; init; } = "https://outlook.office365.com/.default";

    /// <summary>Connections to the server over all instances together, 1 to 32.</summary>
    public int MaxConnections { get; init; } = 3;

    /// <summary>The deadline for everything up to signing in, and again for each envelope up to the end of its body; 5 to 120 seconds.</summary>
    public TimeSpan Timeout { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>
    /// The deadline for the reply to a body: ten times <see cref="Timeout"/>, at most the ten minutes of RFC 5321 (4.5.3.2.6). A server that scans a
    /// mail has it already, and would get it again each hour.
    /// </summary>
    public TimeSpan BodyReplyTimeout => TimeSpan.FromTicks(Math.Min(10 * Timeout.Ticks, TimeSpan.FromMinutes(10).Ticks));

    /// <summary>Whether there is a server to send to (S14).</summary>
    public bool IsConfigured => Host is not null;

    internal static SmtpSettings Read(SettingsReader reader)
    {
        (string? host, int? givenPort) = ReadServer(reader);
        SmtpSecurity security = reader.Choice("Smtp:Security", givenPort == 465 ? SmtpSecurity.Tls : SmtpSecurity.StartTls);
        var settings = new SmtpSettings
        {
            Host = host,
            Port = givenPort ?? security switch { SmtpSecurity.None => 25, SmtpSecurity.Tls => 465, _ => 587 },
            From = reader.Mailbox("Smtp:From"),
            BounceAddress = reader.Mailbox("Smtp:BounceAddress"),
            Security = security,
            Authentication = reader.Choice("Smtp:Authentication", SmtpAuthentication.None),
            UserName = reader.Text("Smtp:UserName"),
            Password = reader.Text("Smtp:Password"),
            MaxConnections = reader.Number("Smtp:MaxConnections", 1, 32, 3),
            Timeout = TimeSpan.FromSeconds(reader.Number("Smtp:TimeoutSeconds", 5, 120, 30)),
        };
        if (reader.Text("Smtp:OAuth2:Scope") is { } scope)
        {
            settings = settings with { OAuth2Scope = scope };
        }

        settings.RefuseContradictions(reader);
        return settings;
    }

    private static (string? Host, int? Port) ReadServer(SettingsReader reader)
    {
        if (reader.Text("Smtp:Server") is not { } text)
        {
            return (null, null);
        }

        // A scheme that .NET does not know has no default port, so that -1 says that none was given.
        if (text.AsSpan().IndexOfAny("/?#@") < 0 && !text.EndsWith(':')
            && Uri.TryCreate($"server://{text}", UriKind.Absolute, out Uri? uri) && uri.Host.Length > 0 && uri.Port != 0)
        {
            return (uri.IdnHost, uri.Port == -1 ? null : uri.Port);
        }

        reader.Refuse("Smtp:Server", $"is '{text}', but must be a host or host:port, such as smtp.example.com:587.");
        return (null, null);
    }

    private void RefuseContradictions(SettingsReader reader)
    {
        if (IsConfigured && From is null && reader.Text("Smtp:From") is null)
        {
            reader.Refuse("Smtp:From", "is required once Smtp__Server is set: the address that mail is sent from, such as alerts@example.com.");
        }

        if (Authentication == SmtpAuthentication.None)
        {
            return;
        }

        if (UserName is null)
        {
            reader.Refuse("Smtp:UserName", $"is required for Smtp__Authentication={Authentication}: the user (for OAuth2, the mailbox) that signs in.");
        }

        if (Authentication == SmtpAuthentication.Password && Password is null)
        {
            reader.Refuse("Smtp:Password", "is required for Smtp__Authentication=Password.");
        }

        if (IsConfigured && Security == SmtpSecurity.None && !IsLoopback(Host!))
        {
            reader.Refuse("Smtp:Security", $"is None, but must be StartTls or Tls with Smtp__Authentication={Authentication}: credentials would travel in plain text.");
        }
    }

    private static bool IsLoopback(string host) =>
        string.Equals(host, "localhost", StringComparison.OrdinalIgnoreCase)
        || (System.Net.IPAddress.TryParse(host.Trim('[', ']'), out System.Net.IPAddress? address) && System.Net.IPAddress.IsLoopback(address));
}

/// <summary>What mail looks like and who else gets it.</summary>
public sealed record MailSettings
{
    /// <summary>The language where no user's own applies.</summary>
    public MailCulture Culture { get; init; } = MailCulture.Ja;

    /// <summary>The zone in which times are shown.</summary>
    public TimeZoneInfo TimeZone { get; init; } = TimeZoneInfo.Utc;

    /// <summary>One address that gets all alert mail, or null (S2).</summary>
    public string? AlertEmailAddress { get; init; }

    /// <summary>Where links in mails lead, without a slash at its end; null leaves the link out.</summary>
    public string? ConsoleUrl { get; init; }

    /// <summary>How long raises of one alert type are collected into one mail, 0 to 60 seconds.</summary>
    public TimeSpan Collect { get; init; }

    internal static MailSettings Read(SettingsReader reader, string? websiteHostName, string? listeningAddress)
    {
        MailCulture culture = reader.Choice("Mail:Culture", MailCulture.Ja);
        return new MailSettings
        {
            Culture = culture,
            TimeZone = ReadTimeZone(reader, culture),
            AlertEmailAddress = ReadAlertEmailAddress(reader),
            ConsoleUrl = ReadConsoleUrl(reader, websiteHostName, listeningAddress),
            Collect = TimeSpan.FromSeconds(reader.Number("Mail:CollectSeconds", 0, 60, 0)),
        };
    }

    private static TimeZoneInfo ReadTimeZone(SettingsReader reader, MailCulture culture)
    {
        string id = reader.Text("Mail:TimeZone") ?? (culture == MailCulture.Ja ? "Asia/Tokyo" : "UTC");
        if (TimeZoneInfo.TryFindSystemTimeZoneById(id, out TimeZoneInfo? zone))
        {
            return zone;
        }

        reader.Refuse("Mail:TimeZone", $"is '{id}', but must be an IANA time zone such as Asia/Tokyo, Europe/Berlin or UTC.");
        return TimeZoneInfo.Utc;
    }

    private static string? ReadAlertEmailAddress(SettingsReader reader)
    {
        string? text = reader.Text("Mail:AlertEmailAddress");
        if (text is null || EmailAddress.IsDeliverable(text))
        {
            return text;
        }

        reader.Refuse("Mail:AlertEmailAddress", $"is '{text}', but must be a mail address such as ops@example.com.");
        return null;
    }

    private static string? ReadConsoleUrl(SettingsReader reader, string? websiteHostName, string? listeningAddress)
    {
        if (reader.Text("Mail:ConsoleUrl") is not { } text)
        {
            return string.IsNullOrWhiteSpace(websiteHostName) ? listeningAddress?.TrimEnd('/')
                : websiteHostName.StartsWith("localhost", StringComparison.OrdinalIgnoreCase) ? $"http://{websiteHostName}" : $"https://{websiteHostName}";
        }

        if (Uri.TryCreate(text, UriKind.Absolute, out Uri? uri) && (uri.Scheme == Uri.UriSchemeHttps || uri.Scheme == Uri.UriSchemeHttp))
        {
            return text.TrimEnd('/');
        }

        reader.Refuse("Mail:ConsoleUrl", $"is '{text}', but must be an http or https address such as https://alerts.example.com.");
        return null;
    }
}
