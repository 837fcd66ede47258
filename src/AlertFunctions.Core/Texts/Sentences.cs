using System.Globalization;
using System.Resources;
using System.Text.RegularExpressions;

namespace AlertFunctions.Core.Texts;

/// <summary>Every text that people read, from the resource files, in both languages.</summary>
public static partial class Sentences
{
    private static readonly ResourceManager Resources = new("AlertFunctions.Core.Texts.Sentences", typeof(Sentences).Assembly);
    private static readonly CultureInfo Japanese = CultureInfo.GetCultureInfo("ja");
    private static readonly CultureInfo English = CultureInfo.GetCultureInfo("en");

    /// <summary>The culture of .NET for numbers and dates.</summary>
    public static CultureInfo Info(this MailCulture culture) => culture == MailCulture.Ja ? Japanese : English;

    /// <summary>A text with its <c>{names}</c> replaced; what is put in is never searched for names again.</summary>
    public static string Get(string key, MailCulture culture, params ReadOnlySpan<(string Name, string Value)> values)
    {
        string text = Resources.GetString(key, culture.Info()) ?? throw new MissingManifestResourceException($"There is no text '{key}'.");
        if (values.IsEmpty)
        {
            return text;
        }

        var replacements = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach ((string name, string value) in values)
        {
            replacements[name] = value;
        }

        return Get(text, name => replacements.GetValueOrDefault(name));
    }

    /// <summary>A text with its <c>{names}</c> replaced by what a function gives for them.</summary>
    public static string Get(string text, Func<string, string?> replacement) =>
        Placeholder().Replace(text, match => replacement(match.Groups["name"].Value) ?? match.Value);

    /// <summary>A text that counts something; English has another for one.</summary>
    public static string Counted(string key, MailCulture culture, int count, params ReadOnlySpan<(string Name, string Value)> values) =>
        Get(culture == MailCulture.En && count == 1 ? $"{key}One" : key, culture, values);

    /// <summary>A text in words.</summary>
    public static string Of(Severity severity, MailCulture culture) => Get($"Severity{severity}", culture);

    /// <summary>A number for programs: in files, in subjects as the specification words them.</summary>
    public static string Of(int number) => number.ToString(CultureInfo.InvariantCulture);

    /// <summary>A number for people, its thousands separated.</summary>
    public static string Grouped(int number) => number.ToString("N0", CultureInfo.InvariantCulture);

    /// <summary>A time in a zone, with the offset that applies there and then.</summary>
    public static string Of(DateTimeOffset time, TimeZoneInfo zone) =>
        TimeZoneInfo.ConvertTime(time, zone).ToString("yyyy-MM-dd HH:mm:ss zzz", CultureInfo.InvariantCulture);

    [GeneratedRegex(@"\{(?<name>[a-z]+)\}", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Placeholder();
}
