using System.Globalization;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using AlertFunctions.Api.Http;

namespace AlertFunctions.Api.Events.Formats.DeepSecurity;

/// <summary>A line in the Common Event Format, with what syslog puts before it.</summary>
/// <param name="Host">The host that syslog names, or null.</param>
/// <param name="Time">The time of the event: <c>rt</c>, else that of syslog where it has a year; null when neither is there.</param>
/// <param name="Header">The fields of the header, in order.</param>
/// <param name="Fields">The fields of the extension that are not empty.</param>
internal sealed partial record CefLine(string? Host, DateTimeOffset? Time, IReadOnlyList<string> Header, IReadOnlyDictionary<string, string> Fields)
{
    private const string Start = "CEF:";
    private const string OtherFormatStart = "LEEF:";
    private const int HeaderFields = 7;
    private static readonly JsonSerializerOptions s_json = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>The product that sent it.</summary>
    public string Product => Header[2];

    /// <summary>The number or id of the event.</summary>
    public string Signature => Header[4];

    /// <summary>The name of the event.</summary>
    public string Name => Header[5];

    /// <summary>The severity, as a number or a word.</summary>
    public string Severity => Header[6];

    /// <summary>A field of the extension, or null.</summary>
    public string? this[string name] => Fields.GetValueOrDefault(name);

    /// <summary>Whether a text looks like such a line.</summary>
    public static bool IsIn(string text) => text.Contains(Start, StringComparison.Ordinal) || text.Contains(OtherFormatStart, StringComparison.Ordinal);

    /// <summary>Reads a line.</summary>
    /// <param name="line">The line.</param>
    /// <returns>What it says, or what is wrong with it.</returns>
    public static (CefLine? Line, string? Fault) Read(string line)
    {
        int start = line.IndexOf(Start, StringComparison.Ordinal);
        if (start < 0)
        {
            return line.Contains(OtherFormatStart, StringComparison.Ordinal)
                ? (null, "is in the Log Event Extended Format, but must be in the Common Event Format: choose CEF in the syslog configuration.")
                : (null, $"is '{JsonFields.Excerpt(line)}', but must be in the Common Event Format (CEF:0|…): choose CEF in the syslog configuration.");
        }

        (List<string> header, string extension) = ReadHeader(line[(start + Start.Length)..]);
        if (header.Count < HeaderFields)
        {
            return (null, $"has {header.Count} fields before its extension, but must have {HeaderFields}: CEF:0|vendor|product|version|signature|name|severity|extension.");
        }

        Dictionary<string, string> fields = ReadExtension(extension);
        Match prefix = Prefix().Match(line[..start]);
        DateTimeOffset? time = TimeOf(fields.GetValueOrDefault("rt")) ?? TimeOf(prefix.Groups["time"].Value);
        return (new CefLine(prefix.Groups["host"].Value is { Length: > 0 } host ? host : null, time, header, fields), null);
    }

    /// <summary>All that the line says, as a JSON object.</summary>
    public string ToJson() => new JsonObject
    {
        ["vendor"] = Header[1],
        ["product"] = Product,
        ["version"] = Header[3],
        ["signature"] = Signature,
        ["name"] = Name,
        ["severity"] = Severity,
        ["extension"] = new JsonObject(Fields.Select(field => KeyValuePair.Create(field.Key, (JsonNode?)field.Value))),
    }.ToJsonString(s_json);

    /// <summary>Splits the header at its bars; a backslash before a bar or a backslash takes its meaning away.</summary>
    private static (List<string> Header, string Extension) ReadHeader(string text)
    {
        var header = new List<string>();
        var field = new StringBuilder();
        for (int at = 0; at < text.Length; at++)
        {
            if (text[at] == '\\' && at + 1 < text.Length && text[at + 1] is '|' or '\\')
            {
                field.Append(text[++at]);
            }
            else if (text[at] == '|')
            {
                header.Add(field.ToString().Trim());
                field.Clear();
                if (header.Count == HeaderFields)
                {
                    return (header, text[(at + 1)..]);
                }
            }
            else
            {
                field.Append(text[at]);
            }
        }

        header.Add(field.ToString().Trim()); // some senders leave out the last bar with the extension
        return (header, "");
    }

    /// <summary>Values hold spaces, and run to the next name with an equals sign; empty ones are not there.</summary>
    private static Dictionary<string, string> ReadExtension(string text)
    {
        var fields = new Dictionary<string, string>(StringComparer.Ordinal);
        string? name = null;
        int valueAt = 0;
        for (int at = 0; at < text.Length; at++)
        {
            if (text[at] != '=')
            {
                continue;
            }

            int nameAt = at;
            while (nameAt > valueAt && IsOfName(text[nameAt - 1]))
            {
                nameAt--;
            }

            if (nameAt < at && (nameAt == 0 || text[nameAt - 1] == ' '))
            {
                Add(name, text[valueAt..nameAt]);
                name = text[nameAt..at];
                valueAt = at + 1;
            }
        }

        Add(name, text[valueAt..]);
        return fields;

        void Add(string? key, string value)
        {
            if (key is not null && !string.IsNullOrWhiteSpace(value))
            {
                fields.TryAdd(key, Unescape(value.Trim()));
            }
        }
    }

    private static bool IsOfName(char c) => char.IsAsciiLetterOrDigit(c) || c is '_' or '.' or '-' or '[' or ']';

    private static string Unescape(string value)
    {
        if (!value.Contains('\\', StringComparison.Ordinal))
        {
            return value;
        }

        var text = new StringBuilder(value.Length);
        for (int at = 0; at < value.Length; at++)
        {
            char? meant = value[at] != '\\' || at + 1 == value.Length ? null : value[at + 1] switch
            {
                'n' or 'r' => '\n',
                '=' or '\\' or '|' => value[at + 1],
                _ => null,
            };
            text.Append(meant ?? value[at]);
            at += meant is null ? 0 : 1;
        }

        return text.ToString();
    }

    private static DateTimeOffset? TimeOf(string? text) =>
        Rfc3339.TryParse(text ?? "", out DateTimeOffset time) ? time
        : long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out long milliseconds) && milliseconds <= DateTimeOffset.MaxValue.ToUnixTimeMilliseconds() ? DateTimeOffset.FromUnixTimeMilliseconds(milliseconds)
        : null;

    /// <summary>What stands before the format's own text: perhaps a length, a priority and a version, a time with a year or without, and a host.</summary>
    [GeneratedRegex(
        @"^(\d{1,6} )?(<\d{1,3}>)?(\d )? *((?<time>\d{4}-\d{2}-\d{2}T\S{1,40})|[A-Z][a-z]{2} {1,2}\d{1,2} \d{2}:\d{2}:\d{2})? *(?<host>\S{1,255})?",
        RegexOptions.ExplicitCapture | RegexOptions.CultureInvariant, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Prefix();
}
