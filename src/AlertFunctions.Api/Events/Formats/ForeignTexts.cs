using System.Text;
using AlertFunctions.Core.Events;
using AlertFunctions.Core.Storage;

namespace AlertFunctions.Api.Events.Formats;

/// <summary>Brings texts of other systems within our limits.</summary>
internal static class ForeignTexts
{
    private const int HashLength = 8;

    /// <summary>A name. One that is too long ends in a hash of the whole, so that two long names do not become the same computer or alert.</summary>
    public static string Name(string name)
    {
        string trimmed = name.Trim();
        return trimmed.Length <= Event.MaximumNameLength ? trimmed : Shorten(trimmed, Event.MaximumNameLength, $"…{Keys.Hash(trimmed)[..HashLength]}");
    }

    /// <summary>A message, cut off where it is too long.</summary>
    public static string Message(string message) => message.Length <= Event.MaximumMessageLength ? message : Shorten(message, Event.MaximumMessageLength, "…");

    private static string Shorten(string text, int maximum, string ending)
    {
        var shortened = new StringBuilder();
        int length = 0;
        foreach (Rune rune in text.EnumerateRunes())
        {
            if (++length > maximum)
            {
                return KeepFirst(text, maximum - ending.Length) + ending;
            }
        }

        return text; // as people count characters, it is not too long

        string KeepFirst(string whole, int count)
        {
            foreach (Rune rune in whole.EnumerateRunes().Take(count))
            {
                shortened.Append(rune.ToString());
            }

            return shortened.ToString();
        }
    }
}
