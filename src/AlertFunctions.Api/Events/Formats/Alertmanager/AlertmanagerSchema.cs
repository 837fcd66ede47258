using System.Text.Json.Nodes;
using Microsoft.OpenApi;

namespace AlertFunctions.Api.Events.Formats.Alertmanager;

/// <summary>What the OpenAPI document says of a notification.</summary>
internal static class AlertmanagerSchema
{
    /// <summary>The schema of a notification.</summary>
    public static OpenApiSchema Create() => ForeignSchema.Object(
        "A notification of the Prometheus Alertmanager (webhook version 4) or of Grafana. Each of its alerts is one event.",
        required: ["alerts"],
        ("version", ForeignSchema.Text("`4`; Grafana's is `1`.")),
        ("receiver", ForeignSchema.Text("The receiver's name in the sender's configuration.")),
        ("groupKey", ForeignSchema.Text("Identifies the group of alerts.")),
        ("status", ForeignSchema.Text("The status of the group, which is not used: each alert has its own.")),
        ("alerts", new OpenApiSchema { Type = JsonSchemaType.Array | JsonSchemaType.Null, Items = Alert() }));

    private static OpenApiSchema Alert() => ForeignSchema.Object(
        "An alert.",
        required: ["status"],
        ("status", new OpenApiSchema { Type = JsonSchemaType.String, Enum = [(JsonNode)"firing", (JsonNode)"resolved"], Description = "`firing` raises the alert, `resolved` clears it." }),
        ("labels", ForeignSchema.Texts("`alertname` names the alert; `instance`, else `host`, `node`, `pod` or `rulename`, the computer; `severity` is critical or anything else.")),
        ("annotations", ForeignSchema.Texts("`summary`, else `description` or `message`, is the message.")),
        ("startsAt", ForeignSchema.Text("When it began.")),
        ("endsAt", ForeignSchema.Text("When it ended, once it is resolved.")),
        ("fingerprint", ForeignSchema.Text("Identifies the alert; names the computer where no label does.")));
}
