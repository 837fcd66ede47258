using System.Text.Json.Nodes;
using Microsoft.OpenApi;

namespace AlertFunctions.Api.Events.Formats.DeepSecurity;

/// <summary>What the OpenAPI document says of Deep Security's events and of what Amazon SNS puts around them.</summary>
internal static class DeepSecuritySchema
{
    /// <summary>The schema of a message of Amazon SNS.</summary>
    public static OpenApiSchema CreateMessage() => ForeignSchema.Object(
        "A message of Amazon SNS. Its signature is checked; a subscription is confirmed.",
        required: ["Type", "TopicArn"],
        ("Type", new OpenApiSchema
        {
            Type = JsonSchemaType.String,
            Enum = [(JsonNode)SnsMessage.Notification, (JsonNode)SnsMessage.SubscriptionConfirmation, (JsonNode)SnsMessage.UnsubscribeConfirmation],
            Description = "A notification has events.",
        }),
        ("TopicArn", new OpenApiSchema { Type = JsonSchemaType.String, Description = "The topic." }),
        ("MessageId", ForeignSchema.Text("Identifies the message.")),
        ("Subject", ForeignSchema.Text("A subject, which is not used.")),
        ("Message", ForeignSchema.Text("Events of Deep Security, as JSON in a text.")),
        ("Timestamp", ForeignSchema.Text("When it was signed, within an hour of the clock.")),
        ("SignatureVersion", ForeignSchema.Text("`1` or `2`.")),
        ("Signature", ForeignSchema.Text("The signature in Base64.")),
        ("SigningCertURL", ForeignSchema.Text("Where the certificate is: at a host of Amazon SNS.")),
        ("SubscribeURL", ForeignSchema.Text("Where a subscription is confirmed: at a host of Amazon SNS.")),
        ("Token", ForeignSchema.Text("The secret of a confirmation.")));

    /// <summary>The schema of one event.</summary>
    public static OpenApiSchema CreateEvent() => ForeignSchema.Object(
        "An event of Deep Security or Workload Security.",
        required: ["EventType"],
        ("EventType", new OpenApiSchema { Type = JsonSchemaType.String, Description = "`SystemEvent`, or the kind of what a protection module found, which names the alert." }),
        ("EventID", Scalar("Identifies the event together with `TenantID`.")),
        ("TenantID", Scalar("The tenant.")),
        ("LogDate", ForeignSchema.Text("When it happened.")),
        ("Number", Scalar("Of a system event: 190 raises the alert that the description names, 192 clears it; all others are only recorded.")),
        ("Title", ForeignSchema.Text("The name of a system event.")),
        ("Description", ForeignSchema.Text("Of a system event: lines that begin with `Alert:` and `Severity:`.")),
        ("TargetName", ForeignSchema.Text("Of a system event: the computer.")),
        ("Hostname", ForeignSchema.Text("Of what a module found: the computer.")),
        ("MalwareName", ForeignSchema.Text("Names the alert.")),
        ("Reason", ForeignSchema.Text("The rule, which names the alert where no malware does, and the message.")),
        ("SeverityString", ForeignSchema.Text("Critical and High are critical.")));

    /// <summary>The schema of several events.</summary>
    public static OpenApiSchema CreateEvents() => new() { Type = JsonSchemaType.Array, MinItems = 1, Description = "Events of Deep Security, as raw delivery brings them.", Items = CreateEvent() };

    private static OpenApiSchema Scalar(string description) => new() { Type = JsonSchemaType.Integer | JsonSchemaType.String | JsonSchemaType.Null, Description = description };
}
