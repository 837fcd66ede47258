using System.Text.Json;
using AlertFunctions.Api.Http;

namespace AlertFunctions.Api.Events.Formats;

/// <summary>Reads JSON of other systems: what is missing, null, empty or of another type is not there.</summary>
internal static class ForeignJson
{
    /// <summary>A member of an object; undefined when it is not there.</summary>
    public static JsonElement Member(this JsonElement value, string name)
    {
        try
        {
            return value.ValueKind == JsonValueKind.Object && value.TryGetProperty(name, out JsonElement member) ? member : default;
        }
        catch (InvalidOperationException)
        {
            return default; // beside a name that is not Unicode
        }
    }

    /// <summary>A text that is not blank, or a number as a text; null when it is not there.</summary>
    public static string? Text(this JsonElement value, string name)
    {
        JsonElement member = value.Member(name);
        string? text = member.ValueKind switch
        {
            JsonValueKind.String => TextOf(member),
            JsonValueKind.Number => member.GetRawText(),
            _ => null,
        };
        return string.IsNullOrWhiteSpace(text) ? null : text;
    }

    /// <summary>The first of some texts that is there.</summary>
    public static string? FirstText(this JsonElement value, params ReadOnlySpan<string> names)
    {
        foreach (string name in names)
        {
            if (value.Text(name) is { } text)
            {
                return text;
            }
        }

        return null;
    }

    /// <summary>A time; null when it is not there, or no time with an offset.</summary>
    public static DateTimeOffset? Time(this JsonElement value, string name) => Rfc3339.TryParse(value.Text(name) ?? "", out DateTimeOffset time) ? time : null;

    /// <summary>The items of an array; none when it is not there.</summary>
    public static IEnumerable<JsonElement> Items(this JsonElement value, string name) => value.Member(name) is { ValueKind: JsonValueKind.Array } array ? array.EnumerateArray() : [];

    /// <summary>Why a value cannot be an item; null when it can: it is an object, and all its texts are Unicode.</summary>
    public static string? FaultOfItem(JsonElement value) =>
        value.ValueKind != JsonValueKind.Object ? $"must be an object, but is {JsonFields.DescribeType(value)}."
        : !JsonFields.IsUnicode(value) ? "holds text that is not valid Unicode (a lone surrogate)."
        : null;

    private static string? TextOf(JsonElement value)
    {
        try
        {
            return value.GetString();
        }
        catch (InvalidOperationException)
        {
            return null; // a lone surrogate
        }
    }
}
