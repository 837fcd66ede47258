using System.Diagnostics.CodeAnalysis;
using System.Net.Mail;
using MimeKit;

namespace AlertFunctions.Core.Texts;

/// <summary>Which addresses mail can be delivered to (RFC 5321).</summary>
public static class EmailAddress
{
    private const int MaximumLength = 254;
    private const int MaximumLocalLength = 64;

    /// <summary>
    /// Whether an address can be delivered to: a dot-atom or quoted local part of ASCII (a server without SMTPUTF8 would get raw UTF-8 in RCPT TO),
    /// and a domain of at least one label, internationalized or not.
    /// </summary>
    /// <param name="address">The bare address, without a display name.</param>
    public static bool IsDeliverable(string address)
    {
        if (address.Length > MaximumLength || !MailboxAddress.TryParse(address, out MailboxAddress? mailbox) || mailbox.Address != address || mailbox.Name is { Length: > 0 })
        {
            return false;
        }

        int at = address.LastIndexOf('@');
        string local = address[..Math.Max(at, 0)];
        string domain = address[(at + 1)..];
        return local.Length is > 0 and <= MaximumLocalLength
            && local.All(c => c is > ' ' and < '\x7f' and not ('<' or '>' or '(' or ')' or ',' or ';' or ':'))
            && MailAddress.TryCreate(address, out _)
            && IsDomain(domain);
    }

    /// <summary>Parses an address that may have a display name, as in <c>Alerts &lt;alerts@example.com&gt;</c>.</summary>
    public static bool TryParseMailbox(string text, [NotNullWhen(true)] out MailboxAddress? mailbox) =>
        MailboxAddress.TryParse(text, out mailbox) && IsDeliverable(mailbox.Address);

    private static bool IsDomain(string domain)
    {
        if (domain is ['[', .., ']'])
        {
            return System.Net.IPAddress.TryParse(domain[1..^1].Replace("IPv6:", "", StringComparison.OrdinalIgnoreCase), out _);
        }

        try
        {
            string ascii = new System.Globalization.IdnMapping { UseStd3AsciiRules = true }.GetAscii(domain);
            return ascii.Length <= 253 && !ascii.EndsWith('.');
        }
        catch (ArgumentException)
        {
            return false;
        }
    }
}
