using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Text.RegularExpressions;
using MimeKit;
using MimeKit.Utils;

namespace AlertFunctions.Core.Texts;

/// <summary>Which addresses mail can be delivered to (RFC 5321), and which of them are the same.</summary>
public static partial class EmailAddress
{
    /// <summary>The longest address, in characters, its domain written in ASCII.</summary>
    public const int MaximumLength = 254;

    private const int MaximumLocalLength = 64;
    private const string MoreThanOne = "it is more than one address; for more people, add users";

    private static readonly IdnMapping s_domains = new() { UseStd3AsciiRules = true };

    // Without these the parser repairs what it is given: it would deliver to a part of what was written.
    private static readonly ParserOptions s_strict = new()
    {
        AddressParserComplianceMode = RfcComplianceMode.Strict,
        AllowAddressesWithoutDomain = false,
        AllowUnquotedCommasInAddresses = false,
    };

    /// <summary>
    /// Compares addresses by the mailbox that they name: <c>例え.example</c>, <c>例え。example</c> and <c>xn--r8jz45g.example</c> are one domain, and quotes that a
    /// local part does not need change nothing (S2). Case counts nowhere: no server that is known tells two people apart by it.
    /// </summary>
    public static StringComparer Comparer { get; } = new MailboxComparer();

    /// <summary>What is wrong with a bare address, as the end of a sentence that begins with what it is; null when mail can be delivered to it.</summary>
    /// <param name="address">The address, without a display name.</param>
    public static string? FaultOf(string address) => Problem(address) is { } problem ? $"must be an address that mail can be delivered to, such as ops@example.com: {problem}" : null;

    /// <summary>Reads an address that may have a display name, as in <c>Alerts &lt;alerts@example.com&gt;</c>. All that stands before the address is the name.</summary>
    /// <param name="text">The text.</param>
    /// <param name="mailbox">The address with its name.</param>
    /// <param name="fault">What is wrong, as <see cref="FaultOf"/> says it.</param>
    public static bool TryParseMailbox(string text, [NotNullWhen(true)] out MailboxAddress? mailbox, [NotNullWhen(false)] out string? fault)
    {
        int open = text.EndsWith('>') ? text.LastIndexOf('<') : -1;
        string name = open < 0 ? "" : text[..open].Trim();
        string address = open < 0 ? text : text[(open + 1)..^1].Trim();
        string? problem = Problem(address) ?? ProblemOfName(name);
        fault = problem is null ? null : $"must be a mail address such as alerts@example.com or Alerts <alerts@example.com>: {problem}";
        mailbox = problem is null ? new MailboxAddress(MimeUtils.Unquote(name), address) : null;
        return mailbox is not null;
    }

    private static string? ProblemOfName(string name) =>
        name.Any(char.IsControl) ? "its name has a control character"
        : Quoted().Replace(name, "") is var bare && bare.Contains('@', StringComparison.Ordinal) ? MoreThanOne
        : bare.AsSpan().IndexOfAny("\"<>") >= 0 ? "its name has a quote or an angle bracket without its partner"
        : null;

    private static string? Problem(string address)
    {
        if (address.Length == 0)
        {
            return "it is empty";
        }

        if (address.EnumerateRunes().Where(IsInvisible).Select(rune => (int?)rune.Value).FirstOrDefault() is { } invisible)
        {
            return $"it has the invisible character U+{invisible:X4}";
        }

        return ProblemOfForm(Quoted().Replace(address, "q")) ?? ProblemOfParts(address);
    }

    /// <summary>What is seen without a look into the parts.</summary>
    /// <param name="bare">The address with a letter in place of what stands in quotes.</param>
    private static string? ProblemOfForm(string bare)
    {
        int signs = bare.Count(character => character == '@');
        return signs > 1 ? MoreThanOne
            : bare.Contains('<', StringComparison.Ordinal) && !bare.Contains('>', StringComparison.Ordinal) ? "it has a '<' without its '>'"
            : bare.AsSpan().IndexOfAny("<>") >= 0 ? "it has angle brackets, but is to be the address alone"
            : bare.AsSpan().IndexOfAny("()") >= 0 ? "it has parentheses, but is to be the address alone"
            : bare.Contains('"', StringComparison.Ordinal) ? "it has a quote without its partner"
            : signs == 0 ? "it has no @"
            : null;
    }

    private static string? ProblemOfParts(string address)
    {
        (string local, string domain) = Split(address);
        if (ProblemOfLocalPart(local, domain) is { } problem)
        {
            return problem;
        }

        if (ProblemOfDomain(domain, out string ascii) is { } wrong)
        {
            return wrong;
        }

        return local.Length + 1 + ascii.Length > MaximumLength ? $"it is longer than {MaximumLength} characters"
            : !MailboxAddress.TryParse(s_strict, address, out MailboxAddress? mailbox) || mailbox.Name is { Length: > 0 } ? "it cannot be read as one"
            : null;
    }

    private static string? ProblemOfLocalPart(string local, string domain)
    {
        if (local is "" or "\"\"")
        {
            return "it has nothing before the @";
        }

        // A server without SMTPUTF8 would get raw UTF-8 in RCPT TO.
        if (!Ascii.IsValid(local))
        {
            return "the part before the @ must be ASCII";
        }

        if (local.Length > MaximumLocalLength)
        {
            return $"the part before the @ is longer than {MaximumLocalLength} characters";
        }

        // Some carriers gave out such addresses; they exist, but in quotes only.
        bool needsQuotes = local.StartsWith('.') || local.EndsWith('.') || local.Contains("..", StringComparison.Ordinal) || local.Contains(' ', StringComparison.Ordinal);
        return needsQuotes && local[0] != '"' ? $"a part before the @ with such dots or spaces stands in quotes, \"{local}\"@{domain}" : null;
    }

    private static string? ProblemOfDomain(string domain, out string ascii)
    {
        ascii = domain;
        if (domain is ['[', .., ']'])
        {
            const string prefix = "IPv6:";
            bool prefixed = domain.AsSpan(1).StartsWith(prefix, StringComparison.OrdinalIgnoreCase);
            string literal = prefixed ? domain[(1 + prefix.Length)..^1] : domain[1..^1];
            AddressFamily family = IPAddress.TryParse(literal, out IPAddress? address) ? address.AddressFamily : AddressFamily.Unspecified;
            return family == AddressFamily.InterNetworkV6 && !prefixed ? $"an IPv6 address is written [IPv6:{literal}]"
                : family == (prefixed ? AddressFamily.InterNetworkV6 : AddressFamily.InterNetwork) && (prefixed || literal == $"{address}") ? null
                : "what is in the brackets is no IP address";
        }

        return TryGetAscii(domain, out ascii!) ? null : "what is after the @ is no domain";
    }

    private static bool TryGetAscii(string domain, [NotNullWhen(true)] out string? ascii)
    {
        try
        {
            ascii = s_domains.GetAscii(domain);
            s_domains.GetUnicode(ascii); // refuses what only looks like an encoded name
            return ascii.Length <= 253 && !ascii.EndsWith('.');
        }
        catch (ArgumentException)
        {
            ascii = null;
            return false;
        }
    }

    private static (string Local, string Domain) Split(string address) => address.LastIndexOf('@') is >= 0 and var at ? (address[..at], address[(at + 1)..]) : (address, "");

    /// <summary>What nobody sees in an address that was copied from somewhere: control and format characters, and spaces that are none.</summary>
    private static bool IsInvisible(Rune rune) => Rune.GetUnicodeCategory(rune) switch
    {
        UnicodeCategory.Control or UnicodeCategory.Format or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator => true,
        UnicodeCategory.SpaceSeparator => rune.Value != ' ',
        _ => false,
    };

    [GeneratedRegex("""
        "(?:[^"\\]|\\.)*"
        """, RegexOptions.CultureInvariant, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Quoted();

    /// <summary>A local part that may stand without quotes.</summary>
    [GeneratedRegex(@"^[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(?:\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*\z", RegexOptions.CultureInvariant, matchTimeoutMilliseconds: 1000)]
    private static partial Regex DotAtom();

    private sealed class MailboxComparer : StringComparer
    {
        public override int Compare(string? x, string? y) => OrdinalIgnoreCase.Compare(Canonical(x), Canonical(y));

        public override bool Equals(string? x, string? y) => OrdinalIgnoreCase.Equals(Canonical(x), Canonical(y));

        public override int GetHashCode(string obj) => OrdinalIgnoreCase.GetHashCode(Canonical(obj)!);

        private static string? Canonical(string? address)
        {
            if (address is null)
            {
                return null;
            }

            (string local, string domain) = Split(address);
            string unquoted = local.StartsWith('"') ? MimeUtils.Unquote(local) : local;
            return $"{(DotAtom().IsMatch(unquoted) ? unquoted : local)}@{(TryGetAscii(domain, out string? ascii) ? ascii : domain)}";
        }
    }
}
