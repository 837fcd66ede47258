using System.Globalization;
using System.Text.Json.Nodes;
using AlertFunctions.Core.Events;
using AlertFunctions.Core.Texts;
using Microsoft.OpenApi;

namespace AlertFunctions.Api.Http;

/// <summary>
/// A query parameter. One declaration serves all who need it: a route names it (<c>WithQuery</c>), its handler reads it (<see cref="Query.Get"/>), and the
/// OpenAPI document describes it.
/// </summary>
internal abstract class QueryParameter(string name, string description, bool required, Func<OpenApiSchema> schema)
{
    public string Name => name;

    /// <summary>The parameter as the document shows it.</summary>
    public OpenApiParameter Describe() => new() { Name = name, In = ParameterLocation.Query, Description = description, Required = required, Schema = schema() };

    /// <summary>A name, or a text to find, of as many characters as a name has; null when it is missing or empty.</summary>
    public static QueryParameter<string?> Text(string name, string description, bool required = false) => new(
        name,
        description,
        required,
        () => new OpenApiSchema { Type = JsonSchemaType.String, MinLength = required ? 1 : null, MaxLength = Event.MaximumNameLength },
        (value, refuse) =>
        {
            string text = value.Trim();
            if (text.Length == 0 && !required)
            {
                return null;
            }

            if (Names.Fault(text, Event.MaximumNameLength) is { } fault)
            {
                refuse(text.Length == 0 ? "is required." : fault);
                return null;
            }

            return text;
        });

    /// <summary>A whole number.</summary>
    public static QueryParameter<int> Number(string name, string description, int minimum, int maximum, int whenMissing) => new(
        name,
        description,
        required: false,
        () =>
        {
            OpenApiSchema schema = SchemaOfNumber(minimum, maximum);
            schema.Default = whenMissing;
            return schema;
        },
        (value, refuse) => ReadNumber(value, refuse, minimum, maximum) ?? whenMissing);

    /// <summary>A whole number; null when it is missing or empty.</summary>
    public static QueryParameter<int?> OptionalNumber(string name, string description, int minimum, int maximum) =>
        new(name, description, required: false, () => SchemaOfNumber(minimum, maximum), (value, refuse) => ReadNumber(value, refuse, minimum, maximum));

    /// <summary>A time; null when it is missing or empty.</summary>
    public static QueryParameter<DateTimeOffset?> Time(string name, string description) => new(
        name,
        description,
        required: false,
        () => new OpenApiSchema { Type = JsonSchemaType.String, Format = "date-time" },
        (value, refuse) =>
        {
            // A plus sign that was not encoded arrives as a space.
            if (Rfc3339.TryParse(value.Replace(' ', '+'), out DateTimeOffset time) && time.Year >= 1601)
            {
                return time;
            }

            if (value.Length > 0)
            {
                refuse("must be a date and time with an offset, such as 2026-11-24T02:00:00Z.");
            }

            return null;
        });

    /// <summary>One of some words; null when it is missing or empty.</summary>
    public static QueryParameter<T?> Choice<T>(string name, string description, params (string Word, T Value)[] choices)
        where T : struct => new(
        name,
        description,
        required: false,
        () => new OpenApiSchema { Type = JsonSchemaType.String, Enum = [.. choices.Select(choice => (JsonNode)JsonValue.Create(choice.Word))] },
        (value, refuse) => ReadChoice(value, refuse, choices));

    /// <summary>True or false; false when it is missing or empty.</summary>
    public static QueryParameter<bool> Flag(string name, string description) => new(
        name,
        description,
        required: false,
        () => new OpenApiSchema { Type = JsonSchemaType.Boolean, Default = false },
        (value, refuse) => ReadChoice(value, refuse, [("true", true), ("false", false)]) ?? false);

    private static OpenApiSchema SchemaOfNumber(int minimum, int maximum) =>
        new() { Type = JsonSchemaType.Integer, Format = "int32", Minimum = Sentences.Of(minimum), Maximum = Sentences.Of(maximum) };

    private static int? ReadNumber(string value, Action<string> refuse, int minimum, int maximum)
    {
        if (int.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out int number) && number >= minimum && number <= maximum)
        {
            return number;
        }

        if (value.Length > 0)
        {
            refuse($"must be a whole number from {minimum} to {maximum}.");
        }

        return null;
    }

    private static T? ReadChoice<T>(string value, Action<string> refuse, (string Word, T Value)[] choices)
        where T : struct
    {
        int index = Array.FindIndex(choices, choice => choice.Word == value);
        if (index < 0 && value.Length > 0)
        {
            refuse($"must be {string.Join(", ", choices[..^1].Select(choice => $"'{choice.Word}'"))} or '{choices[^1].Word}'.");
        }

        return index < 0 ? null : choices[index].Value;
    }
}

/// <summary>A query parameter, with what it is read as.</summary>
/// <param name="name">Its name.</param>
/// <param name="description">What it is for.</param>
/// <param name="required">Whether a request must have it.</param>
/// <param name="schema">What it accepts, for the document.</param>
/// <param name="read">Reads its value, which is empty when it is missing, and refuses what it does not accept.</param>
internal sealed class QueryParameter<T>(string name, string description, bool required, Func<OpenApiSchema> schema, Func<string, Action<string>, T> read)
    : QueryParameter(name, description, required, schema)
{
    public T Read(string value, Action<string> refuse) => read(value, refuse);
}
