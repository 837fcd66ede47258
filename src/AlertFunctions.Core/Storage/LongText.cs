using Azure.Data.Tables;

namespace AlertFunctions.Core.Storage;

/// <summary>Stores text of any length in a row. A string property is limited to 32,768 characters, so longer text continues in <c>Name1</c>, <c>Name2</c> ….</summary>
public static class LongText
{
    private const int MaximumPropertyLength = 32_768;

    /// <summary>Sets a text of any length, split over several properties if necessary.</summary>
    public static void SetLongText(this TableEntity entity, string name, string text)
    {
        // A full part is followed by another, an empty one if need be, so that merged into a row of a longer text it still ends where it ends.
        int length = MaximumPropertyLength;
        for (int part = 0, start = 0; length >= MaximumPropertyLength - 1; part++)
        {
            length = Math.Min(MaximumPropertyLength, text.Length - start);

            // Never split a surrogate pair: half of one is not valid text and would be stored as something else.
            if (start + length < text.Length && char.IsSurrogatePair(text, start + length - 1))
            {
                length--;
            }

            entity[PropertyName(name, part)] = text.Substring(start, length);
            start += length;
        }
    }

    /// <summary>Gets a text set by <see cref="SetLongText"/>; null if there is none.</summary>
    public static string? GetLongText(this TableEntity entity, string name)
    {
        string? text = entity.GetString(name);

        // Only a full part, possibly one short to keep a surrogate pair together, can be followed by another.
        int length = text?.Length ?? 0;
        for (int part = 1; length >= MaximumPropertyLength - 1 && entity.GetString(PropertyName(name, part)) is { } more; part++)
        {
            text += more;
            length = more.Length;
        }

        return text;
    }

    /// <summary>The names of the properties that a text of up to <paramref name="parts"/> parts uses, for queries that select properties.</summary>
    public static IEnumerable<string> PropertyNames(string name, int parts) => Enumerable.Range(0, parts).Select(part => PropertyName(name, part));

    private static string PropertyName(string name, int part) => part == 0 ? name : $"{name}{part}";
}
