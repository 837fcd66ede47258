using System.Buffers;
using System.Text.Json;

namespace AlertFunctions.Api.Http;

/// <summary>
/// Merges a patch into a document (RFC 7396). What a patch removes becomes <c>null</c>, which readers take as left out, so that they still see, and
/// refuse, a name that they do not know.
/// </summary>
internal static class MergePatch
{
    /// <summary>The merged document.</summary>
    /// <param name="target">What is there.</param>
    /// <param name="patch">What is to change; all of its text is Unicode.</param>
    public static JsonElement Apply(JsonElement target, JsonElement patch)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var writer = new Utf8JsonWriter(buffer))
        {
            Write(writer, target, patch);
        }

        return JsonElement.Parse(buffer.WrittenSpan);
    }

    private static void Write(Utf8JsonWriter writer, JsonElement? target, JsonElement patch)
    {
        if (patch.ValueKind != JsonValueKind.Object)
        {
            patch.WriteTo(writer);
            return;
        }

        writer.WriteStartObject();
        bool merges = target is { ValueKind: JsonValueKind.Object };
        if (merges)
        {
            foreach (JsonProperty kept in target!.Value.EnumerateObject().Where(property => !patch.TryGetProperty(property.Name, out _)))
            {
                kept.WriteTo(writer);
            }
        }

        foreach (JsonProperty changed in patch.EnumerateObject())
        {
            writer.WritePropertyName(changed.Name);
            Write(writer, merges && target!.Value.TryGetProperty(changed.Name, out JsonElement own) ? own : null, changed.Value);
        }

        writer.WriteEndObject();
    }
}
