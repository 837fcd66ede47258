using System.Net;
using AlertFunctions.Core.Settings;
using AlertFunctions.Core.Texts;

namespace AlertFunctions.Core.Mail.Compose;

/// <summary>Where the links in mails lead. The console reads from the fragment what it is to show, so that no name reaches a server's log.</summary>
public sealed class ConsoleLinks(MailSettings mail, SmtpSettings smtp)
{
    /// <summary>Longer addresses are cut off by some clients and browsers.</summary>
    private const int MaximumLength = 2_000;

    /// <summary>
    /// The console's address; null where none is known, or where it only leads to the reader's own machine. An SMTP server on this machine is a
    /// developer's inbox, whose reader does sit here.
    /// </summary>
    public string? Console { get; } = mail.ConsoleUrl is { } url
        && Uri.TryCreate(url, UriKind.Absolute, out Uri? uri)
        && (!IsThisMachine(uri.IdnHost) || IsThisMachine(smtp.Host)) ? url : null;

    /// <summary>The host of the console, which names this installation; null where it names none, since any could be called so.</summary>
    public string? Host { get; } = mail.ConsoleUrl is { } url
        && Uri.TryCreate(url, UriKind.Absolute, out Uri? uri)
        && uri.HostNameType == UriHostNameType.Dns
        && !IsThisMachine(uri.IdnHost) ? uri.IdnHost : null;

    /// <summary>The link to the console, with its words.</summary>
    public MailField? ToConsole(MailCulture culture) => Console is null ? null : new MailField(Sentences.Get("OpenConsole", culture), Console);

    /// <summary>The link to an alert type, or to its alert on a computer, with its words.</summary>
    /// <param name="alertType">The alert type's name.</param>
    /// <param name="computer">The computer; null for all that have the alert.</param>
    /// <param name="culture">The language of the words.</param>
    public MailField? ToAlert(string alertType, string? computer, MailCulture culture)
    {
        if (Console is null)
        {
            return null;
        }

        string all = $"{Console}/#alert={Uri.EscapeDataString(alertType)}";
        string one = computer is null ? all : $"{all}&computer={Uri.EscapeDataString(computer)}";
        string? address = one.Length <= MaximumLength ? one : all.Length <= MaximumLength ? all : null;
        return address is null ? ToConsole(culture) : new MailField(Sentences.Get("OpenAlert", culture), address);
    }

    /// <summary>Whether a host is the machine that looks it up, or the address of no machine: what a server listens on that listens everywhere.</summary>
    private static bool IsThisMachine(string? host) =>
        string.Equals(host, "localhost", StringComparison.OrdinalIgnoreCase)
        || (IPAddress.TryParse(host?.Trim('[', ']'), out IPAddress? address) && (IPAddress.IsLoopback(address) || address.Equals(IPAddress.Any) || address.Equals(IPAddress.IPv6Any)));
}
