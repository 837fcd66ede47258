using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using AlertFunctions.Testing;

namespace AlertFunctions.Tests.Fuzz;

/// <summary>A body as a real sender sends it, spoiled here and there.</summary>
/// <param name="Query">The query of the address.</param>
/// <param name="Headers">The headers.</param>
/// <param name="Body">The body.</param>
internal sealed record ForeignSample(string Query, IReadOnlyList<(string Name, string Value)> Headers, byte[] Body)
{
    private static readonly (string Extension, byte[] Text)[] s_samples =
        [.. Directory.EnumerateFiles(Repository.PathOf("tests", "AlertFunctions.Tests", "Formats"), "*.*", SearchOption.AllDirectories).Where(file => Path.GetExtension(file) != ".cs").Order(StringComparer.Ordinal).Select(file => (Path.GetExtension(file), File.ReadAllBytes(file)))];

    private static readonly string[] s_contentTypes = ["application/json", "application/json; charset=utf-8", "application/cloudevents+json", "application/cloudevents-batch+json", "application/cloudevents+xml", "application/cloudevents", "text/plain", "application/x-ndjson", "application/octet-stream"];
    private static readonly string[] s_attributes = ["ce-id", "ce-source", "ce-type", "ce-subject", "ce-time", "ce-datacontenttype", "ce-dataschema", "ce-x", "ce-Bad_Name", "ce-data", "ce-"];

    /// <summary>The next sample.</summary>
    /// <param name="samples">Spoils JSON.</param>
    /// <param name="chance">Decides.</param>
    public static ForeignSample Next(JsonSamples samples, Chance chance)
    {
        (string extension, byte[] text) = chance.OneOf(s_samples);
        var headers = new List<(string, string)> { ("Content-Type", chance.In100(70) ? s_contentTypes[0] : chance.OneOf(s_contentTypes)) };
        if (chance.In100(15))
        {
            headers.Add(("ce-specversion", chance.OneOf("1.0", "1.0", "1.0", "0.3", "", "x")));
            headers.AddRange(s_attributes.Where(_ => chance.In100(60)).Select(name => (name, chance.OneOf("1", "/a", "2026-11-24T01:00:00Z", "%", "%E7%AB%AF", "\"a\\", "%ED%A0%80", ""))));
        }

        string query = chance.In100(25) ? $"?format={chance.OneOf("cloudEvents", "alertmanager", "azureMonitor", "deepSecurity", "cef", "x", "")}" : "";
        return new ForeignSample(chance.In100(10) ? $"{query}{(query.Length == 0 ? "?" : "&")}dryRun=true" : query, headers, extension == ".json" && chance.In100(90) ? SpoilJson(text, samples, chance) : SpoilBytes(text, chance));
    }

    private static byte[] SpoilJson(byte[] text, JsonSamples samples, Chance chance)
    {
        JsonNode? value = JsonNode.Parse(text);
        if (chance.In100(15))
        {
            value = new JsonArray([value, .. Enumerable.Range(0, chance.Below(5)).Select(_ => JsonNode.Parse(chance.OneOf(s_samples.Where(sample => sample.Extension == ".json").ToList()).Text))]);
        }

        for (int times = chance.Below(4); times > 0; times--)
        {
            value = samples.Spoil(value);
        }

        if (chance.In100(60))
        {
            SpoilText(value, chance);
        }

        // Half of a pair is written as an escape: in UTF-8 there is none.
        string json = string.Concat((value?.ToJsonString(new JsonSerializerOptions { Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping }) ?? "null").EnumerateRunes().Select(rune => rune == Rune.ReplacementChar ? "\\ud800" : rune.ToString()));
        return Encoding.UTF8.GetBytes(json);
    }

    /// <summary>Puts an odd text in the place of any text, however deep: what is deep would else hardly ever be met.</summary>
    private static void SpoilText(JsonNode? value, Chance chance)
    {
        List<JsonNode> texts = [.. TextsOf(value)];
        if (texts.Count > 0)
        {
            chance.OneOf(texts).ReplaceWith(chance.OddText());
        }
    }

    private static IEnumerable<JsonNode> TextsOf(JsonNode? value) => value switch
    {
        JsonObject fields => fields.SelectMany(field => TextsOf(field.Value)),
        JsonArray items => items.SelectMany(TextsOf),
        { Parent: not null } when value.GetValueKind() == JsonValueKind.String => [value],
        _ => [],
    };

    private static byte[] SpoilBytes(byte[] text, Chance chance)
    {
        byte[] spoiled = [.. text];
        for (int times = chance.Below(4); times > 0 && spoiled.Length > 0; times--)
        {
            spoiled[chance.Below(spoiled.Length)] = chance.Bytes(1)[0];
        }

        return chance.In100(80) ? spoiled : spoiled[..chance.Below(spoiled.Length + 1)];
    }
}
