using System.Net;
using MimeKit;

namespace AlertFunctions.Core.Settings;

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

/// <summary>How mail is sent.</summary>
public sealed record SmtpSettings
{
    /// <summary>The keys that are read here.</summary>
    public static IReadOnlyList<string> Keys { get; } =
    [
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
    ];

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

    /// <summary>Reads the settings of the SMTP server; what is wrong is noted in the reader.</summary>
    public static SmtpSettings Read(SettingsReader reader)
    {
        (string? host, int? givenPort) = ReadServer(reader);
        SmtpSecurity security = reader.Choice("Smtp:Security", givenPort == 465 ? SmtpSecurity.Tls : SmtpSecurity.StartTls);
        var settings = new SmtpSettings
        {
            Host = host,
            Port = givenPort ?? security switch { SmtpSecurity.None => 25, SmtpSecurity.Tls => 465, _ => 587 },
            From = reader.Mailbox("Smtp:From"),
            BounceAddress = reader.Address("Smtp:BounceAddress") is { } bounce ? new MailboxAddress("", bounce) : null,
            Security = security,
            Authentication = reader.Choice("Smtp:Authentication", SmtpAuthentication.None),
            UserName = reader.Text("Smtp:UserName"),
            Password = reader.Secret("Smtp:Password"),
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

        string hint = text.Contains('@', StringComparison.Ordinal) ? " A user name and a password are Smtp__UserName and Smtp__Password." : "";
        reader.Refuse("Smtp:Server", $"is {SettingsReader.Shown(text)}, but must be a host or host:port, such as smtp.example.com:587.{hint}");
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
        || (IPAddress.TryParse(host.Trim('[', ']'), out IPAddress? address) && IPAddress.IsLoopback(address));
}
