using Microsoft.OpenApi;

namespace AlertFunctions.Api.Events.Formats.AzureMonitor;

/// <summary>What the OpenAPI document says of an alert of Azure Monitor.</summary>
internal static class AzureMonitorSchema
{
    /// <summary>The schema of an alert.</summary>
    public static OpenApiSchema Create() => ForeignSchema.Object(
        "An alert of Azure Monitor in the common alert schema: one event for each of its resources.",
        required: ["schemaId", "data"],
        ("schemaId", new OpenApiSchema { Type = JsonSchemaType.String, Const = "azureMonitorCommonAlertSchema" }),
        ("data", ForeignSchema.Object(
            "The alert.",
            required: ["essentials"],
            ("essentials", ForeignSchema.Object(
                "What every alert has.",
                required: ["alertRule", "monitorCondition"],
                ("alertId", ForeignSchema.Text("Identifies the alert.")),
                ("alertRule", new OpenApiSchema { Type = JsonSchemaType.String, MinLength = 1, Description = "Names the alert." }),
                ("severity", ForeignSchema.Text("`Sev0` and `Sev1` are critical.")),
                ("monitorCondition", new OpenApiSchema { Type = JsonSchemaType.String, Enum = ["Fired", "Resolved"], Description = "`Fired` raises the alert, `Resolved` clears it." }),
                ("configurationItems", Names("The computers.")),
                ("alertTargetIDs", Names("The ids of the resources; the last part of each names the computer where `configurationItems` is empty.")),
                ("firedDateTime", ForeignSchema.Text("When it was fired.")),
                ("resolvedDateTime", ForeignSchema.Text("When it was resolved.")),
                ("description", ForeignSchema.Text("The message.")))))));

    private static OpenApiSchema Names(string description) =>
        new() { Type = JsonSchemaType.Array | JsonSchemaType.Null, Description = description, Items = new OpenApiSchema { Type = JsonSchemaType.String } };
}
