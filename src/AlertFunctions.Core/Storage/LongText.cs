using Azure.Data.Tables;

namespace AlertFunctions.Core.Storage;

/// <summary>A text of any length in a row: a string property ends at 32,768 characters, so it goes on in <c>Name1</c>, <c>Name2</c> ….</summary>
public static class LongText
{
    private const int MaximumPropertyLength = 32_768;

    /// <summary>Sets a text of any length, as several properties where one cannot hold it.</summary>
    public static void SetLongText(this TableEntity entity, string name, string text)
    {
        for (int part = 0, start = 0; part == 0 || start < text.Length; part++)
        {
            int length = Math.Min(MaximumPropertyLength, text.Length - start);

            // Half of a surrogate pair is no text: it would be stored as something else.
            if (start + length < text.Length && char.IsSurrogatePair(text, start + length - 1))
            {
                length--;
            }

            entity[PropertyName(name, part)] = text.Substring(start, length);
            start += length;
        }
    }

    /// <summary>Gets such a text; null when there is none.</summary>
    public static string? GetLongText(this TableEntity entity, string name)
    {
        string? text = entity.GetString(name);

        // A part that is as long as one can be, or shorter by half of a pair, may have a next.
        int length = text?.Length ?? 0;
        for (int part = 1; length >= MaximumPropertyLength - 1 && entity.GetString(PropertyName(name, part)) is { } more; part++)
        {
            text += more;
            length = more.Length;
        }

        return text;
    }

    /// <summary>The properties that a text of so many parts may take, for queries that name what they want.</summary>
    public static IEnumerable<string> PropertyNames(string name, int parts) => Enumerable.Range(0, parts).Select(part => PropertyName(name, part));

    private static string PropertyName(string name, int part) => part == 0 ? name : $"{name}{part}";
}
