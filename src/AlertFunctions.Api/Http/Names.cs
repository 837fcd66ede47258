using System.Text;

namespace AlertFunctions.Api.Http;

/// <summary>What names of computers, alerts, users and scheduled tasks may be.</summary>
internal static class Names
{
    /// <summary>The longest name of a user or a scheduled task, in characters.</summary>
    public const int MaximumPathNameLength = 64;

    /// <summary>What names of users and scheduled tasks may be, in words.</summary>
    public static string AcceptedPathNames => $"must be 1 to {MaximumPathNameLength} letters, digits, spaces and . _ - @.";

    /// <summary>The length in characters, as people count them: a character beyond U+FFFF is one.</summary>
    public static int Length(string text) => text.EnumerateRunes().Count();

    /// <summary>What is wrong with a name of a computer or an alert; null when nothing is.</summary>
    public static string? Fault(string name, int maximum) => Length(name) is var length && (length == 0 || length > maximum) ? $"has {length} characters, but must have 1 to {maximum}."
        : name.Any(char.IsControl) ? "has a control character."
        : name.EnumerateRunes().Any(rune => rune == Rune.ReplacementChar) && !name.Contains('\uFFFD', StringComparison.Ordinal) ? "is not valid Unicode (a lone surrogate)."
        : null;

    /// <summary>Whether a name can stand in a path: 1 to 64 letters of any script, digits, spaces and <c>. _ - @</c>.</summary>
    public static bool IsPathName(string name) =>
        Length(name) is > 0 and <= MaximumPathNameLength
        && name == name.Trim()
        && name is not ("." or "..")
        && name.EnumerateRunes().All(rune => Rune.IsLetterOrDigit(rune) || rune.Value is ' ' or '.' or '_' or '-' or '@'
            || Rune.GetUnicodeCategory(rune) is System.Globalization.UnicodeCategory.NonSpacingMark or System.Globalization.UnicodeCategory.SpacingCombiningMark);
}
