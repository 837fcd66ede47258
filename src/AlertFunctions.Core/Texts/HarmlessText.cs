using System.Text;

namespace AlertFunctions.Core.Texts;

/// <summary>
/// Makes text that strangers wrote safe to show: no control character, nothing that turns the reading direction of what follows, no invisible
/// character that makes one name look like another.
/// </summary>
public static class HarmlessText
{
    /// <summary>The text in one line, for subjects, names and log-like places.</summary>
    public static string OneLine(string text) => Clean(text, keepLines: false);

    /// <summary>The text with its line breaks, for messages and notes.</summary>
    public static string Lines(string text) => Clean(text, keepLines: true);

    private static string Clean(string text, bool keepLines)
    {
        var clean = new StringBuilder(text.Length);
        string normal = text.ReplaceLineEndings("\n");
        for (int i = 0; i < normal.Length; i++)
        {
            char c = normal[i];
            if (c == '\n')
            {
                clean.Append(keepLines ? '\n' : ' ');
            }
            else if (c == '\t')
            {
                clean.Append(' ');
            }
            else if (char.IsSurrogatePair(normal, i))
            {
                // Tag characters spell words that nobody sees.
                bool isTag = char.ConvertToUtf32(c, normal[++i]) is >= 0xE0000 and <= 0xE007F;
                clean.Append(isTag ? "\uFFFD" : normal.AsSpan(i - 1, 2));
            }
            else if (char.IsControl(c) || char.IsSurrogate(c) || IsInvisible(c))
            {
                clean.Append('\uFFFD');
            }
            else
            {
                clean.Append(c);
            }
        }

        return clean.ToString().Trim();
    }

    /// <summary>Bidirectional controls, zero-width characters and noncharacters. The joiners U+200C and U+200D stay: words and emoji need them.</summary>
    private static bool IsInvisible(char c) => c is '\u200B' or '\u200E' or '\u200F' or '\u061C' or '\u2060' or '\uFEFF'
        or (>= '\u202A' and <= '\u202E') or (>= '\u2066' and <= '\u2069') or '\u00AD' or '\u180E' or (>= '\u2061' and <= '\u2064') or (>= '\u206A' and <= '\u206F')
        or (>= '\uFFF9' and <= '\uFFFB') or '\uFFFE' or '\uFFFF' or '\u2028' or '\u2029';
}
