using System.Globalization;
using System.Text.Json.Nodes;
using AlertFunctions.Tests.Http;

namespace AlertFunctions.Tests.Fuzz;

/// <summary>Makes bodies that follow a schema, and spoils them.</summary>
/// <param name="contract">Where the schemas are.</param>
/// <param name="chance">Decides.</param>
internal sealed class JsonSamples(ApiContract contract, Chance chance)
{
    /// <summary>Few names, so that requests meet what others made.</summary>
    private static readonly Dictionary<string, string[]> s_texts = new(StringComparer.Ordinal)
    {
        ["computer"] = ["pc1", "pc2", "端末A", "端末B"],
        ["alert"] = ["Eicar", "試験", "Port scan"],
        ["user"] = ["hanako", "taro"],
        ["users"] = ["hanako", "taro"],
        ["state"] = ["occurred", "cleared"],
        ["severity"] = ["critical", "warning"],
        ["id"] = ["1", "2", "3"],
        ["email"] = ["hanako@example.com", "taro@例え.example"],
        ["to"] = ["hanako@example.com"],
        ["address"] = ["hanako@example.com"],
        ["addresses"] = ["hanako@example.com"],
        ["culture"] = ["ja", "en"],
        ["timeZone"] = ["Asia/Tokyo", "UTC", "Europe/Berlin"],
        ["type"] = ["sendAlertSummary", "generateReport"],
        ["schedule"] = ["0 9 * * 1-5", "0 0 1 1 *"],
        ["period"] = ["P1D", "P7D", "P1M"],
        ["dryRun"] = ["true", "false"],
        ["continuation"] = ["", "AAAA", "OXxhbGVydHxBfEI"],
    };

    /// <summary>The name of what the request is about, in its path and its body.</summary>
    private readonly string _name = chance.OneOf("hanako", "taro");

    /// <summary>A value that a schema allows.</summary>
    /// <param name="schema">The schema.</param>
    /// <param name="name">What the value is called.</param>
    /// <param name="depth">How deep it stands.</param>
    public JsonNode? Valid(JsonNode? schema, string name, int depth = 0)
    {
        if (contract.Resolve(schema) is not JsonObject resolved || depth > 6)
        {
            return chance.OneOf<JsonNode?>(null, 1, "x");
        }

        if ((resolved["oneOf"] ?? resolved["anyOf"] ?? resolved["allOf"]) is JsonArray choices)
        {
            return Valid(Choose(choices.ToList(), choice => (string?)contract.Resolve(choice)?["type"] == "null"), name, depth + 1);
        }

        string[] types = resolved["type"] switch
        {
            JsonArray several => [.. several.Select(type => (string)type!)],
            { } one => [(string)one!],
            null => [resolved["properties"] is null ? "string" : "object"],
        };
        return Choose(types, type => type == "null") switch
        {
            "object" => new JsonObject((resolved["properties"]?.AsObject() ?? []).Where(property => (bool?)property.Value!["readOnly"] != true && chance.In100(90)).Select(property => KeyValuePair.Create(property.Key, Valid(property.Value, property.Key, depth + 1)))),
            "array" => new JsonArray([.. Enumerable.Range(0, chance.Below(4)).Select(_ => Valid(resolved["items"], name, depth + 1))]),
            "integer" or "number" => chance.Below(2_000),
            "boolean" => chance.In100(50),
            "null" => null,
            _ => resolved["enum"] is JsonArray words ? (string?)chance.OneOf(words.ToList()) : Text(name),
        };
    }

    /// <summary>One of some kinds of value; seldom none.</summary>
    private T Choose<T>(IReadOnlyList<T> kinds, Func<T, bool> isNone) => chance.OneOf(kinds.Count > 1 && chance.In100(85) ? [.. kinds.Where(kind => !isNone(kind))] : kinds);

    /// <summary>A text that is sensible for what is called so.</summary>
    public string Text(string name) =>
        name == "name" ? _name
        : s_texts.TryGetValue(name, out string[]? texts) ? chance.OneOf(texts)
        : name.EndsWith("At", StringComparison.Ordinal) || name is "time" or "from" ? DateTimeOffset.UtcNow.AddHours(-chance.Below(48)).ToString("O", CultureInfo.InvariantCulture)
        : "text";

    /// <summary>A value with one thing in it that is not as it should be.</summary>
    public JsonNode? Spoil(JsonNode? value)
    {
        switch (value)
        {
            case JsonObject { Count: > 0 } fields when chance.In100(85):
                string name = chance.OneOf(fields.Select(field => field.Key).ToList());
                JsonNode? field = fields[name];
                fields.Remove(name);
                if (chance.In100(90))
                {
                    fields[chance.In100(15) ? chance.OddText() : name] = Spoil(field);
                }

                return fields;
            case JsonArray { Count: > 0 } items when chance.In100(80):
                int index = chance.Below(items.Count);
                JsonNode? item = items[index];
                items[index] = null;
                items[index] = Spoil(item);
                return items;
            default:
                return chance.Below(9) switch
                {
                    0 => null,
                    1 => chance.In100(50),
                    2 => JsonNode.Parse(chance.OneOf("1e400", "-0", "1.5", "123456789012345678901234567890", "-1", "0", "2147483648", "1e-400")),
                    3 => new JsonArray(),
                    4 => new JsonObject(),
                    5 => new JsonArray(value?.DeepClone(), value?.DeepClone()),
                    6 => new JsonObject { ["a"] = value?.DeepClone() },
                    _ => chance.OddText(),
                };
        }
    }
}
