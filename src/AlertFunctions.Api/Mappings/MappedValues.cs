using System.Globalization;
using System.Text;
using AlertFunctions.Api.Http;
using AlertFunctions.Core.Outbox;
using Newtonsoft.Json;
using Newtonsoft.Json.Linq;

namespace AlertFunctions.Api.Mappings;

/// <summary>What the values that expressions give mean.</summary>
internal static class MappedValues
{
    /// <summary>Later than any time in seconds that is to be expected, and earlier than any in milliseconds: in seconds it is in the year 5138, in milliseconds in 1973.</summary>
    private const double FirstMilliseconds = 100_000_000_000;

    /// <summary>The words for an alert that is raised.</summary>
    public static readonly string[] Raised =
    [
        "occurred", "raised", "firing", "fired", "alerting", "alert", "triggered", "re-triggered", "problem", "active", "open", "opened", "down", "failed", "failure", "fail", "error", "critical", "warning", "warn", "no data", "1", "true",
    ];

    /// <summary>The words for an alert that is cleared.</summary>
    public static readonly string[] Cleared =
    [
        "cleared", "resolved", "ok", "normal", "recovered", "recovery", "inactive", "closed", "up", "healthy", "success", "0", "false",
    ];

    /// <summary>Whether a word raises or clears; null when it is not known.</summary>
    public static TransitionKind? KindOf(string word) =>
        Raised.Contains(word.Trim(), StringComparer.OrdinalIgnoreCase) ? TransitionKind.Raise
        : Cleared.Contains(word.Trim(), StringComparer.OrdinalIgnoreCase) ? TransitionKind.Clear
        : null;

    /// <summary>A value as a text: null when there is none or it is blank, or when it is a list or an object.</summary>
    public static string? TextOf(JToken value)
    {
        string? text = value.Type switch
        {
            JTokenType.String => UnicodeOf((string)value!),
            JTokenType.Integer or JTokenType.Float => value.ToString(Formatting.None),
            JTokenType.Boolean => (bool)value ? "true" : "false",
            _ => null,
        };
        return string.IsNullOrWhiteSpace(text) ? null : text;
    }

    /// <summary>A time: RFC 3339, or seconds or milliseconds since 1970. Null when it is neither.</summary>
    public static DateTimeOffset? TimeOf(string text)
    {
        if (Rfc3339.TryParse(text, out DateTimeOffset time))
        {
            return time;
        }

        if (!double.TryParse(text, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out double number))
        {
            return null;
        }

        double milliseconds = number < FirstMilliseconds ? number * 1000 : number;
        return milliseconds < (DateTimeOffset.MaxValue - DateTimeOffset.UnixEpoch).TotalMilliseconds ? DateTimeOffset.UnixEpoch.AddMilliseconds(Math.Round(milliseconds)) : null;
    }

    /// <summary>An item in JSON.</summary>
    public static string JsonOf(JToken item) => UnicodeOf(item.ToString(Formatting.None));

    /// <summary>Whether an item can be kept with its event: it is an object, and no expression has made it deeper than a body may be.</summary>
    public static bool CanBeData(JToken item) => item is JObject && !IsDeeperThan(JsonBody.MaximumDepth, item);

    /// <summary>What a value is, in words.</summary>
    public static string Describe(JToken value) => value.Type switch
    {
        JTokenType.Array => "an array",
        JTokenType.Object => "an object",
        JTokenType.String => "a text",
        JTokenType.Null => "null",
        _ => "a number, true or false",
    };

    private static bool IsDeeperThan(int levels, JToken value) => value switch
    {
        JProperty property => IsDeeperThan(levels, property.Value),
        JContainer container => levels == 0 || container.Children().Any(child => IsDeeperThan(levels - 1, child)),
        _ => false,
    };

    /// <summary>A text without half characters, which an expression can leave when it cuts a text.</summary>
    private static string UnicodeOf(string text)
    {
        var whole = new StringBuilder(text.Length);
        foreach (Rune rune in text.EnumerateRunes())
        {
            whole.Append(rune.ToString());
        }

        return whole.ToString();
    }
}
