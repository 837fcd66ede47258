using System.Text.Json;
using AlertFunctions.Api.Http;
using AlertFunctions.Core.Mappings;

namespace AlertFunctions.Api.Mappings;

/// <summary>Reads a mapping, and notes everything that is wrong with it.</summary>
internal static class MappingReader
{
    public const string Name = "name";
    public const string Items = "items";
    public const string Computer = "computer";
    public const string Alert = "alert";
    public const string State = "state";
    public const string Id = "id";
    public const string Time = "time";
    public const string Severity = "severity";
    public const string Message = "message";

    private static readonly string[] s_fields = [Name, Items, Computer, Alert, State, Id, Time, Severity, Message];

    /// <summary>The mapping; null when it is none.</summary>
    /// <param name="body">What describes it.</param>
    /// <param name="path">The JSON path of the body.</param>
    /// <param name="nameInPath">Its name in the request's path; null where the body alone has it.</param>
    /// <param name="faults">Where faults are noted.</param>
    public static Mapping? Read(JsonElement body, string path, string? nameInPath, Faults faults) =>
        JsonFields.Of(body, path, faults, s_fields) is { } fields ? Read(fields, fields.PathName(nameInPath)) : null;

    /// <summary>A mapping that is only tried, and needs no name.</summary>
    /// <inheritdoc cref="Read(JsonElement, string, string?, Faults)" path="/param"/>
    public static Mapping? ReadUnnamed(JsonElement body, string path, Faults faults) =>
        JsonFields.Of(body, path, faults, s_fields) is { } fields ? Read(fields, fields.Has(Name) ? fields.PathName(inPath: null) : "") : null;

    private static Mapping Read(JsonFields fields, string name)
    {
        var mapping = new Mapping(name)
        {
            Items = Optional(Items),
            Computer = Required(Computer, "'the name'"),
            Alert = Required(Alert, "'the alert'"),
            State = Optional(State),
            Id = Optional(Id),
            Time = Optional(Time),
            Severity = Optional(Severity),
            Message = Optional(Message),
        };
        _ = new MappedFormat(mapping, fields.Refuse);
        return mapping;

        string? Optional(string field) => fields.Text(field, MappingExpression.MaximumLength, minimum: 1);

        // What is missing is refused already; an expression that is always right stands in for it.
        string Required(string field, string constant)
        {
            if (!fields.Has(field))
            {
                fields.Refuse(field, $"is required: a JMESPath expression that gives the {field} of an item, such as {field} for its field of that name, or {constant} for a text that is always the same.");
            }

            return Optional(field) ?? "@";
        }
    }
}
