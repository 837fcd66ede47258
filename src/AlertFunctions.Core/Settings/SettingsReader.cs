using System.Globalization;
using AlertFunctions.Core.Texts;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Logging;
using MimeKit;

namespace AlertFunctions.Core.Settings;

/// <summary>Reads settings one by one and collects what is wrong with them, so that one start names every fault.</summary>
public sealed class SettingsReader
{
    /// <summary>The sections that the hosts and the product read.</summary>
    private static readonly string[] s_sections = ["AzureWebJobsStorage", "Smtp", "Mail", "Events", "Keys"];

    private readonly IConfiguration _configuration;
    private readonly HashSet<string> _unresolved;
    private readonly List<string> _faults = [];

    /// <summary>Begins to read. A Key Vault reference that was not resolved is wrong, and says nothing of its setting.</summary>
    /// <param name="configuration">Where the settings come from; levels are separated by <c>:</c> there and by <c>__</c> in messages.</param>
    public SettingsReader(IConfiguration configuration)
    {
        _configuration = configuration;
        _unresolved = s_sections.SelectMany(section => _configuration.GetSection(section).AsEnumerable()).Where(IsReference).Select(setting => setting.Key).ToHashSet(StringComparer.OrdinalIgnoreCase);
        foreach (string key in _unresolved.Order(StringComparer.Ordinal))
        {
            _faults.Add($"{EnvironmentName(key)} is a Key Vault reference that was not resolved. It must name a secret that there is, which the app's identity may read; only Azure resolves references.");
        }
    }

    /// <summary>What is wrong, a sentence each.</summary>
    public IReadOnlyList<string> Faults => _faults;

    /// <summary>Ends the reading.</summary>
    /// <exception cref="SettingsException">At least one setting is wrong; all of them are named.</exception>
    public void ThrowIfRefused()
    {
        if (_faults.Count > 0)
        {
            throw new SettingsException(_faults);
        }
    }

    /// <summary>A setting's name as an environment variable.</summary>
    public static string EnvironmentName(string key) => key.Replace(":", "__", StringComparison.Ordinal);

    /// <summary>Notes that a setting is wrong and what is accepted; nothing more of one whose value is not known.</summary>
    public void Refuse(string key, string accepted)
    {
        if (!_unresolved.Contains(key))
        {
            _faults.Add($"{EnvironmentName(key)} {accepted}");
        }
    }

    /// <summary>A setting as a message repeats it: what may hold a password or a key, before an @ or in a query, is left out.</summary>
    public static string Shown(string text) => text.AsSpan().IndexOfAny('@', '?') < 0 ? $"'{text}'" : "a text with a user name or a query";

    /// <summary>Whether nothing is noted about a setting.</summary>
    public bool Accepted(string key) => !_faults.Any(fault => fault.StartsWith($"{EnvironmentName(key)} ", StringComparison.Ordinal));

    /// <summary>Notes every setting of some sections that nobody reads, and a value of a section itself: a typing error would leave a default in force.</summary>
    /// <param name="known">The keys that are read.</param>
    /// <param name="sections">The sections that hold nothing else.</param>
    public void RefuseUnknown(IReadOnlyList<string> known, params IReadOnlyList<string> sections)
    {
        foreach (IConfigurationSection section in _configuration.GetChildren().Where(child => !string.IsNullOrWhiteSpace(child.Value) && sections.Contains(child.Key, StringComparer.OrdinalIgnoreCase)))
        {
            // On Unix, MAIL is a user's mailbox, and set for every program.
            if (section.Key != "MAIL")
            {
                Refuse(section.Key, $"is a section, which has no value of its own; set what belongs to it, such as {EnvironmentName(known.First(name => name.StartsWith($"{section.Key}:", StringComparison.OrdinalIgnoreCase)))}.");
            }
        }

        foreach ((string key, _) in sections.SelectMany(section => _configuration.GetSection(section).AsEnumerable().Where(item => item.Value is not null && item.Key.Contains(':', StringComparison.Ordinal))))
        {
            if (!known.Contains(key, StringComparer.OrdinalIgnoreCase))
            {
                Refuse(key, $"is not known; the nearest setting is {EnvironmentName(known.MinBy(name => Distance(name, key))!)}.");
            }
        }
    }

    /// <summary>
    /// Notes every log level that is not the name of one. Logging would end the start with an exception of its own, or take a number or a list of names for a
    /// level that there is not, and log nothing.
    /// </summary>
    public void RefuseWrongLogLevels()
    {
        foreach ((string key, string? value) in _configuration.GetSection("Logging").AsEnumerable())
        {
            // Of all categories, or of those of one provider: Logging:LogLevel:CATEGORY, Logging:PROVIDER:LogLevel:CATEGORY.
            string[] levels = key.Split(':');
            int place = Array.FindIndex(levels, level => string.Equals(level, "LogLevel", StringComparison.OrdinalIgnoreCase));
            if (place is not (1 or 2) || string.IsNullOrWhiteSpace(value))
            {
                continue;
            }

            if (place == levels.Length - 1)
            {
                Refuse(key, $"is a section, which has no value of its own; the level of everything is {EnvironmentName(key)}__Default.");
            }
            else
            {
                Choice(key, LogLevel.None);
            }
        }
    }

    /// <summary>The trimmed text of a setting; null when it is missing or blank.</summary>
    public string? Text(string key) => Raw(key)?.Trim() is { Length: > 0 } text ? text : null;

    /// <summary>A password as it is, whose spaces are its own. A line break at its end is that of the file that it was read from.</summary>
    public string? Secret(string key) => Raw(key) is { } text && text[..^LineBreakAtEnd(text)] is { Length: > 0 } secret ? secret : null;

    /// <summary>Reads a number within bounds.</summary>
    public int Number(string key, int minimum, int maximum, int whenMissing)
    {
        if (Text(key) is not { } text)
        {
            return whenMissing;
        }

        if (int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out int number) && number >= minimum && number <= maximum)
        {
            return number;
        }

        Refuse(key, $"is '{text}', but must be a whole number from {minimum} to {maximum}.");
        return whenMissing;
    }

    /// <summary>Reads one of an enumeration's names.</summary>
    public T Choice<T>(string key, T whenMissing)
        where T : struct, Enum
    {
        if (Text(key) is not { } text)
        {
            return whenMissing;
        }

        foreach (T choice in Enum.GetValues<T>())
        {
            if (string.Equals(choice.ToString(), text, StringComparison.OrdinalIgnoreCase))
            {
                return choice;
            }
        }

        Refuse(key, $"is '{text}', but must be one of {string.Join(", ", Enum.GetNames<T>())}.");
        return whenMissing;
    }

    /// <summary>Reads one mail address without a display name; null when there is none.</summary>
    public string? Address(string key)
    {
        if (Text(key) is { } text && EmailAddress.FaultOf(text) is { } fault)
        {
            Refuse(key, $"is '{text}', but {fault}.");
            return null;
        }

        return Text(key);
    }

    /// <summary>How many characters have to be typed, removed or replaced to make one name of another (Levenshtein).</summary>
    private static int Distance(string from, string to)
    {
        int[] row = Enumerable.Range(0, to.Length + 1).ToArray();
        for (int i = 1; i <= from.Length; i++)
        {
            int diagonal = row[0];
            row[0] = i;
            for (int j = 1; j <= to.Length; j++)
            {
                int replaced = diagonal + (char.ToUpperInvariant(from[i - 1]) == char.ToUpperInvariant(to[j - 1]) ? 0 : 1);
                diagonal = row[j];
                row[j] = Math.Min(replaced, Math.Min(row[j], row[j - 1]) + 1);
            }
        }

        return row[^1];
    }

    /// <summary>Reads one mail address, with or without a display name; null when there is none.</summary>
    public MailboxAddress? Mailbox(string key)
    {
        if (Text(key) is not { } text)
        {
            return null;
        }

        if (!EmailAddress.TryParseMailbox(text, out MailboxAddress? mailbox, out string? fault))
        {
            Refuse(key, $"is '{text}', but {fault}.");
        }

        return mailbox;
    }

    private string? Raw(string key) => _unresolved.Contains(key) ? null : _configuration[key];

    /// <summary>
    /// Whether a value is a reference to Key Vault: Azure puts the secret in its place, and leaves the reference where it cannot. A password or a key would
    /// then be a text that is no secret.
    /// </summary>
    private static bool IsReference(KeyValuePair<string, string?> setting) => setting.Value?.TrimStart().StartsWith("@Microsoft.KeyVault(", StringComparison.OrdinalIgnoreCase) == true;

    private static int LineBreakAtEnd(string text) => text.EndsWith("\r\n", StringComparison.Ordinal) ? 2 : text.EndsWith('\n') ? 1 : 0;
}

/// <summary>The configuration cannot be used. The message names each wrong setting and what it accepts.</summary>
/// <param name="faults">One sentence for each wrong setting.</param>
public sealed class SettingsException(IReadOnlyList<string> faults)
    : Exception("The configuration is wrong:" + string.Concat(faults.Select(fault => $"{Environment.NewLine}  {fault}")))
{
    /// <summary>One sentence for each wrong setting, beginning with its name as an environment variable.</summary>
    public IReadOnlyList<string> Faults { get; } = faults;
}
