using Azure.Data.Tables;

namespace AlertFunctions.Core.Storage;

/// <summary>A text of any length in a row: a string property ends at 32,768 characters, so it goes on in <c>Name1</c>, <c>Name2</c> ….</summary>
internal static class LongText
{
    private const int MaximumPropertyLength = 32_768;

    public static void SetLongText(this TableEntity entity, string name, string text)
    {
        for (int part = 0; part == 0 || part * MaximumPropertyLength < text.Length; part++)
        {
            int start = part * MaximumPropertyLength;
            entity[PropertyName(name, part)] = text.Substring(start, Math.Min(MaximumPropertyLength, text.Length - start));
        }
    }

    public static string? GetLongText(this TableEntity entity, string name)
    {
        string? text = entity.GetString(name);
        for (int part = 1; text?.Length == part * MaximumPropertyLength && entity.GetString(PropertyName(name, part)) is { } more; part++)
        {
            text += more;
        }

        return text;
    }

    /// <summary>The properties that a text of so many parts may take, for queries that name what they want.</summary>
    public static IEnumerable<string> PropertyNames(string name, int parts) => Enumerable.Range(0, parts).Select(part => PropertyName(name, part));

    private static string PropertyName(string name, int part) => part == 0 ? name : $"{name}{part}";
}
