using System.Text;
using System.Text.Json;
using AlertFunctions.Core.Texts;

namespace AlertFunctions.Api.Http;

/// <summary>Reads the fields of one JSON object, and notes everything that is wrong with them with its JSON path.</summary>
internal sealed class JsonFields
{
    /// <summary>The maximum number of unknown names that are reported for one object.</summary>
    public const int MaximumUnknown = 10;

    private readonly Dictionary<string, JsonElement> _values = new(StringComparer.Ordinal);
    private readonly string _path;
    private readonly Faults _faults;

    private JsonFields(string path, Faults faults)
    {
        _path = path;
        _faults = faults;
    }

    /// <summary>The fields of an object; null when the value is none.</summary>
    /// <param name="value">The value.</param>
    /// <param name="path">Its JSON path.</param>
    /// <param name="faults">Where faults are noted.</param>
    /// <param name="accepted">The names that it may have.</param>
    public static JsonFields? Of(JsonElement value, string path, Faults faults, params ReadOnlySpan<string> accepted)
    {
        if (value.ValueKind != JsonValueKind.Object)
        {
            faults.Add(path, $"must be an object, but is {DescribeType(value)}.");
            return null;
        }

        var fields = new JsonFields(path, faults);
        int unknown = 0;
        foreach (JsonProperty property in value.EnumerateObject())
        {
            if (!TryRead(() => property.Name, out string? name))
            {
                faults.Add(path, "has a name that is not valid Unicode (a lone surrogate).");
            }
            else if (!accepted.Contains(name))
            {
                if (++unknown > MaximumUnknown)
                {
                    continue; // enough to see what is wrong; the answer is not to be many times the request
                }

                faults.Add($"{path}.{Excerpt(name)}", $"is not known; accepted are {string.Join(", ", accepted.ToArray())}.");
            }
            else if (!fields._values.TryAdd(name, property.Value))
            {
                faults.Add($"{path}.{name}", "is there more than once.");
            }
        }

        return fields;
    }

    public bool Has(string name) => _values.TryGetValue(name, out JsonElement value) && value.ValueKind != JsonValueKind.Null;

    public JsonElement this[string name] => _values[name];

    public string PathOf(string name) => $"{_path}.{name}";

    public void Refuse(string name, string message) => _faults.Add(PathOf(name), message);

    /// <summary>A name: trimmed, without control characters.</summary>
    public string? Name(string name, int maximum, bool required)
    {
        if (!Has(name))
        {
            if (required)
            {
                Refuse(name, $"is required: 1 to {maximum} characters.");
            }

            return null;
        }

        if (Text(name, int.MaxValue) is not { } text)
        {
            return null;
        }

        string trimmed = text.Trim();
        if (Names.Fault(trimmed, maximum) is { } fault)
        {
            Refuse(name, fault);
            return null;
        }

        return trimmed;
    }

    /// <summary>The name of a thing that is addressed by it: the one in the request's path, which the body may repeat; or else that in the body.</summary>
    /// <param name="inPath">The name in the path; null where only the body has it.</param>
    public string PathName(string? inPath)
    {
        const string field = "name";
        string? own = Text(field, int.MaxValue);
        if (inPath is not null && Has(field) && own != inPath)
        {
            Refuse(field, "must be the name in the path, or left out.");
        }

        string name = inPath ?? own ?? "";
        if (!Names.IsPathName(name) && (inPath is not null || own is not null || !Has(field)))
        {
            _faults.Add(inPath is null ? PathOf(field) : field, Names.AcceptedPathNames);
        }

        return name;
    }

    /// <summary>A text of at most so many characters; null when it is missing.</summary>
    public string? Text(string name, int maximum, int minimum = 0)
    {
        if (!Has(name))
        {
            return null;
        }

        if (_values[name].ValueKind != JsonValueKind.String)
        {
            Refuse(name, $"must be a string, but is {DescribeType(_values[name])}.");
            return null;
        }

        if (!TryRead(() => _values[name].GetString()!, out string? text))
        {
            Refuse(name, "is not valid Unicode (a lone surrogate).");
            return null;
        }

        int length = Names.Length(text);
        if (length < minimum || length > maximum)
        {
            Refuse(name, $"has {length} characters, but must have {minimum} to {maximum}.");
            return null;
        }

        return text;
    }

    public bool? Flag(string name)
    {
        if (!Has(name))
        {
            return null;
        }

        if (_values[name].ValueKind is JsonValueKind.True or JsonValueKind.False)
        {
            return _values[name].GetBoolean();
        }

        Refuse(name, $"must be true or false, but is {DescribeType(_values[name])}.");
        return null;
    }

    /// <summary>One of some words.</summary>
    public T? Choice<T>(string name, params ReadOnlySpan<(string Word, T Value)> choices)
        where T : struct
    {
        if (Text(name, int.MaxValue) is not { } text)
        {
            return null;
        }

        foreach ((string word, T value) in choices)
        {
            if (text == word)
            {
                return value;
            }
        }

        var words = new List<string>();
        foreach ((string word, _) in choices)
        {
            words.Add($"'{word}'");
        }

        Refuse(name, $"is '{Excerpt(text)}', but must be {string.Join(" or ", words)}.");
        return null;
    }

    /// <summary>Whether every text inside a value, the names of its fields included, is Unicode.</summary>
    public static bool IsUnicode(JsonElement value) => TryRead(
        () =>
        {
            // Writing it out reads every text; one with a lone surrogate could be stored, but not be shown again.
            using var writer = new Utf8JsonWriter(Stream.Null);
            value.WriteTo(writer);
            return "";
        },
        out _);

    public DateTimeOffset? Time(string name)
    {
        if (Text(name, int.MaxValue) is not { } text)
        {
            return null;
        }

        if (Rfc3339.TryParse(text, out DateTimeOffset time))
        {
            return time;
        }

        Refuse(name, $"is '{Excerpt(text)}', but must be a date and time with an offset, such as 2026-11-24T02:00:00Z.");
        return null;
    }

    public string? Address(string name)
    {
        if (Text(name, int.MaxValue) is not { } text)
        {
            return null;
        }

        string address = text.Trim();
        if (AddressFault(address) is not { } fault)
        {
            return address;
        }

        Refuse(name, fault);
        return null;
    }

    /// <summary>The strings of an array, each with its place; null when it is missing or no array of so many.</summary>
    public IReadOnlyList<(string Path, string Text)>? Texts(string name, int maximum)
    {
        if (!Has(name))
        {
            return null;
        }

        JsonElement array = _values[name];
        if (array.ValueKind != JsonValueKind.Array)
        {
            Refuse(name, $"must be an array of strings, but is {DescribeType(array)}.");
            return null;
        }

        if (array.GetArrayLength() > maximum)
        {
            Refuse(name, $"has {array.GetArrayLength()} items, but must have at most {maximum}.");
            return null;
        }

        var texts = new List<(string, string)>();
        foreach (JsonElement item in array.EnumerateArray())
        {
            string path = $"{PathOf(name)}[{texts.Count}]";
            string? text = null;
            if (item.ValueKind != JsonValueKind.String)
            {
                _faults.Add(path, $"must be a string, but is {DescribeType(item)}.");
            }
            else if (!TryRead(() => item.GetString()!, out text))
            {
                _faults.Add(path, "is not valid Unicode (a lone surrogate).");
            }

            texts.Add((path, text ?? ""));
        }

        return texts;
    }

    /// <summary>An address's fault; null when mail can be delivered to it.</summary>
    public static string? AddressFault(string address) => EmailAddress.FaultOf(address) is { } fault ? $"is '{Excerpt(address)}', but {fault}." : null;

    /// <summary>A time zone by its IANA name.</summary>
    public TimeZoneInfo? TimeZone(string name)
    {
        if (Text(name, TimeZones.MaximumLength) is not { } text)
        {
            return null;
        }

        if (TimeZones.TryFind(text.Trim(), out TimeZoneInfo? zone))
        {
            return zone;
        }

        Refuse(name, $"is '{Excerpt(text)}', but {TimeZones.Accepted}");
        return null;
    }

    public static string DescribeType(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.Object => "an object",
        JsonValueKind.Array => "an array",
        JsonValueKind.String => "a string",
        JsonValueKind.Number => "a number",
        JsonValueKind.Null => "null",
        _ => "true or false",
    };

    /// <summary>Text from a request as an error repeats it: short, in one line.</summary>
    public static string Excerpt(string text)
    {
        var excerpt = new StringBuilder();
        foreach (Rune rune in text.EnumerateRunes().Take(64))
        {
            excerpt.Append(Rune.IsControl(rune) ? "\uFFFD" : rune.ToString());
        }

        return excerpt.Length < text.Length ? $"{excerpt}…" : excerpt.ToString();
    }

    private static bool TryRead(Func<string> read, [System.Diagnostics.CodeAnalysis.NotNullWhen(true)] out string? text)
    {
        try
        {
            text = read();
            return true;
        }
        catch (InvalidOperationException)
        {
            text = null; // System.Text.Json refuses a string that is not Unicode this way
            return false;
        }
    }
}
