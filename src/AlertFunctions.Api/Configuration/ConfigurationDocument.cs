using System.Text.Json;

namespace AlertFunctions.Api.Configuration;

/// <summary>A document that is to become the configuration: some of its lists, and those that it leaves out as they are.</summary>
/// <param name="root">The document.</param>
/// <param name="there">What there is.</param>
internal sealed class ConfigurationDocument(JsonElement root, JsonElement there)
{
    private readonly Dictionary<string, IReadOnlySet<string>> _names = new(StringComparer.Ordinal);

    /// <summary>The names that a list will have: of the document where it has the list, else of what there is.</summary>
    /// <param name="list">The list.</param>
    /// <param name="field">The field that has an item's name.</param>
    public IReadOnlySet<string> NamesOf(string list, string field)
    {
        if (!_names.TryGetValue(list, out IReadOnlySet<string>? names))
        {
            JsonElement items = root.TryGetProperty(list, out JsonElement own) && own.ValueKind != JsonValueKind.Null ? own : there.GetProperty(list);
            IEnumerable<JsonElement> all = items.ValueKind == JsonValueKind.Array ? items.EnumerateArray() : [];
            _names[list] = names = all.Select(item => TextOf(item, field)).OfType<string>().ToHashSet(StringComparer.Ordinal);
        }

        return names;
    }

    /// <summary>A text of an item; null when it has none.</summary>
    public static string? TextOf(JsonElement item, string field)
    {
        try
        {
            return item.ValueKind == JsonValueKind.Object && item.TryGetProperty(field, out JsonElement value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;
        }
        catch (InvalidOperationException)
        {
            return null; // a lone surrogate, which the reader of the item refuses
        }
    }
}
