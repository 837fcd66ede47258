using System.Text.Json;
using AlertFunctions.Api.Http;
using AlertFunctions.Core.Outbox;
using AlertFunctions.Core.Texts;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace AlertFunctions.Api.Events.Formats.AzureMonitor;

/// <summary>The common alert schema of Azure Monitor, as an action group sends it to a webhook.</summary>
internal sealed partial class AzureMonitorFormat(ILogger<AzureMonitorFormat> logger) : IEventFormat
{
    private const string CommonSchema = "azureMonitorCommonAlertSchema";
    private const string Fired = "Fired";
    private const string Resolved = "Resolved";

    /// <inheritdoc/>
    public string Name => "azureMonitor";

    /// <inheritdoc/>
    public string Title => "the common alert schema of Azure Monitor";

    /// <inheritdoc/>
    public IReadOnlyList<EventFormatBody> Bodies { get; } = [new(JsonBody.MediaType, "AzureMonitorAlert", AzureMonitorSchema.Create)];

    /// <inheritdoc/>
    public bool IsMarked(HttpRequest request) => false;

    /// <inheritdoc/>
    public bool HasShape(JsonElement body) => IsCommon(body) || IsOlder(body);

    /// <inheritdoc/>
    public ValueTask<IResult?> ReadAsync(ForeignRequest request, ReceivedEvents received, CancellationToken cancellationToken)
    {
        (JsonElement? json, IResult? refusal) = request.ReadJson();
        return new(json is { } body ? Read(body, received) : refusal);
    }

    private static bool IsCommon(JsonElement body) => string.Equals(body.Text("schemaId"), CommonSchema, StringComparison.OrdinalIgnoreCase);

    /// <summary>The forms that action groups send without the common schema: of metrics, of the activity log, of logs, and the classic one.</summary>
    private static bool IsOlder(JsonElement body) =>
        body.Text("schemaId") is not null
        || (body.Text("SubscriptionId") ?? body.Member("data").Text("SubscriptionId")) is not null
        || (body.Text("status") is not null && body.Member("context").ValueKind == JsonValueKind.Object);

    private IResult? Read(JsonElement body, ReceivedEvents received)
    {
        JsonElement essentials = body.Member("data").Member("essentials");
        if (!IsCommon(body) && IsOlder(body))
        {
            LogOlderForm(JsonFields.Excerpt(body.Text("schemaId") ?? "none"));
            return Problem.Of(
                StatusCodes.Status400BadRequest,
                "azureMonitorOlderForm",
                "This is an alert of Azure Monitor in one of its older forms. Set 'Enable the common alert schema' to Yes in the action group's webhook action, and it is accepted.");
        }

        if (essentials.ValueKind != JsonValueKind.Object)
        {
            return Problem.Invalid("$.data.essentials", $"is not there, but an alert of Azure Monitor has it in the common alert schema (schemaId {CommonSchema}).");
        }

        const string path = "$.data.essentials";
        string? rule = essentials.Text("alertRule");
        string? condition = essentials.Text("monitorCondition");
        string[] computers = ComputersOf(essentials);
        string? fault = ForeignJson.FaultOfItem(body)
            ?? (condition is not (Fired or Resolved) ? $"has the monitorCondition '{JsonFields.Excerpt(condition ?? "")}', but must have '{Fired}' or '{Resolved}'."
            : rule is null ? "has no alertRule, which names the alert."
            : computers.Length == 0 ? "names no computer: configurationItems, alertTargetIDs and alertId are empty."
            : null);
        if (fault is not null)
        {
            received.Reject(path, body.GetRawText(), fault);
            return null;
        }

        bool isFired = condition == Fired;
        foreach (string computer in computers)
        {
            received.Add(new ForeignEvent(path, body.GetRawText())
            {
                Computer = computer,
                Alert = rule!,
                Kind = isFired ? TransitionKind.Raise : TransitionKind.Clear,
                Id = $"{essentials.Text("alertId")} {condition}",
                Time = essentials.Time(isFired ? "firedDateTime" : "resolvedDateTime"),
                Severity = essentials.Text("severity") switch
                {
                    null => null,
                    "Sev0" or "Sev1" => Severity.Critical,
                    _ => Severity.Warning,
                },
                Message = essentials.Text("description"),
                Data = essentials.GetRawText(),
            });
        }

        return null;
    }

    /// <summary>What an alert is about: Azure names each resource by its name, and where it does not, by its id, of which the last part is the name.</summary>
    private static string[] ComputersOf(JsonElement essentials)
    {
        string[] items = TextsOf(essentials, "configurationItems");
        string[] found = items.Length > 0 ? items : [.. TextsOf(essentials, "alertTargetIDs").Select(LastPart)];
        return found.Length > 0 ? [.. found.Distinct(StringComparer.Ordinal)] : essentials.Text("alertId") is { } id ? [LastPart(id)] : [];
    }

    private static string[] TextsOf(JsonElement essentials, string name) =>
        [.. essentials.Items(name).Where(item => item.ValueKind == JsonValueKind.String && JsonFields.IsUnicode(item)).Select(item => item.GetString()!).Where(text => !string.IsNullOrWhiteSpace(text))];

    private static string LastPart(string id) => id.TrimEnd('/') is var trimmed && trimmed.Length > 0 ? trimmed[(trimmed.LastIndexOf('/') + 1)..] : id;

    [LoggerMessage(EventId = 303, Level = LogLevel.Warning, Message = "An Azure Monitor alert was refused because it is not in the common alert schema (schemaId {SchemaId}). Enable the common alert schema in the action group's webhook action.")]
    private partial void LogOlderForm(string schemaId);
}
