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
        // Counted as people count characters: a surrogate pair is one.
        List<Rune> characters = [.. text.EnumerateRunes().Take(maximum + 1)];
        return characters.Count <= maximum ? text : string.Concat(characters.Take(maximum - ending.Length)) + ending;
    }
}
