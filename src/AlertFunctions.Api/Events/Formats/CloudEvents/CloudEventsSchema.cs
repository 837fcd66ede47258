using Microsoft.OpenApi;

namespace AlertFunctions.Api.Events.Formats.CloudEvents;

/// <summary>What the OpenAPI document says of CloudEvents.</summary>
internal static class CloudEventsSchema
{
    /// <summary>The schema of one event.</summary>
    public static OpenApiSchema CreateEvent() => ForeignSchema.Object(
        "A CloudEvent. In binary mode its attributes are headers (`ce-id` …) and the body is its data, of any content type.",
        required: ["specversion", "id", "source", "type"],
        ("specversion", new OpenApiSchema { Type = JsonSchemaType.String, Const = "1.0" }),
        ("id", Filled("Identifies the event together with `source`: with `time` the same event is recorded once.")),
        ("source", new OpenApiSchema { Type = JsonSchemaType.String, MinLength = 1, Description = "Where it comes from; names the computer where nothing else does." }),
        ("type", Filled("Names the alert, unless `data.alert` does.")),
        ("subject", ForeignSchema.Text("The computer.")),
        ("time", new OpenApiSchema { Type = JsonSchemaType.String | JsonSchemaType.Null, Format = "date-time", Description = "When it happened." }),
        ("data", new OpenApiSchema { Description = "If it is an object, its `computer`, `alert`, `state` (`occurred` or `cleared`), `severity` and `message` are used." }));

    /// <summary>The schema of several events.</summary>
    public static OpenApiSchema CreateBatch() => new() { Type = JsonSchemaType.Array, Description = "CloudEvents; there may be none.", Items = CreateEvent() };

    private static OpenApiSchema Filled(string description) => new() { Type = JsonSchemaType.String, MinLength = 1, Description = description };
}
