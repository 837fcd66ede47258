using System.Globalization;
using System.Text.Json;
using AlertFunctions.Core.Outbox;
using AlertFunctions.Core.Storage;
using AlertFunctions.Core.Texts;

namespace AlertFunctions.Api.Events.Formats.DeepSecurity;

/// <summary>Events as Deep Security and Workload Security write them in JSON: an array, or one alone.</summary>
internal static class DeepSecurityEvents
{
    private const string SystemEventType = "SystemEvent";
    private const string IdName = "EventID";

    /// <summary>The names of what was found, of what an event has one.</summary>
    private static readonly string[] s_findings = ["MalwareName", "Reason"];

    private static readonly string[] s_criticalWords = ["Critical", "High"];

    /// <summary>Whether a body looks like them.</summary>
    public static bool AreIn(JsonElement body) => body.ValueKind == JsonValueKind.Array ? body.EnumerateArray().Any(IsEvent) : IsEvent(body);

    /// <summary>Reads them.</summary>
    /// <param name="path">Where they are.</param>
    /// <param name="events">An array of events, or one.</param>
    /// <param name="received">Takes the events.</param>
    public static void Read(string path, JsonElement events, ReceivedEvents received)
    {
        if (events.ValueKind != JsonValueKind.Array)
        {
            ReadOne(path, events, received);
            return;
        }

        foreach ((int index, JsonElement item) in events.EnumerateArray().Index())
        {
            ReadOne(string.Create(CultureInfo.InvariantCulture, $"{path}[{index}]"), item, received);
        }
    }

    private static bool IsEvent(JsonElement item) => item.Text("EventType") is not null && item.FirstText(IdName, "LogDate", "TenantID") is not null;

    private static void ReadOne(string path, JsonElement item, ReceivedEvents received)
    {
        string? fault = ForeignJson.FaultOfItem(item) ?? (item.Text("EventType") is null ? "has no EventType, which every event of Deep Security has." : null);
        ForeignEvent? read = fault is not null ? null : item.Text("EventType") == SystemEventType ? OfSystem(path, item) : OfModule(path, item);
        if (read is null)
        {
            received.Reject(path, item.GetRawText(), fault ?? "names no computer: it has no TargetName, Hostname, HostID or ManagerNodeName.");
            return;
        }

        received.Add(read);
    }

    private static ForeignEvent? OfSystem(string path, JsonElement item)
    {
        string? number = item.Text("Number");
        string? description = item.Text("Description");
        var system = DeepSecuritySystemEvent.Of(number, item.Text("Title") ?? $"{SystemEventType} {number}", description);
        return item.FirstText("TargetName", "Hostname", "ManagerNodeName") is not { } computer ? null : new ForeignEvent(path, item.GetRawText())
        {
            Computer = computer,
            Alert = system.Alert,
            Kind = system.Kind,
            RecordOnly = system.RecordOnly,
            Id = IdOf(item),
            IdPath = IdPathOf(path, item),
            Time = item.Time("LogDate"),
            Severity = system.Severity,
            Message = description,
            Data = item.GetRawText(),
        };
    }

    /// <summary>What a protection module found.</summary>
    private static ForeignEvent? OfModule(string path, JsonElement item) => item.FirstText("Hostname", "TargetName", "HostID") is not { } computer ? null : new ForeignEvent(path, item.GetRawText())
    {
        Computer = computer,
        Alert = item.FirstText(s_findings) is { } finding ? $"{item.Text("EventType")}: {finding}" : item.Text("EventType")!,
        Kind = TransitionKind.Raise,
        Id = IdOf(item),
        IdPath = IdPathOf(path, item),
        Time = item.Time("LogDate"),
        Severity = item.Text("SeverityString") is not { } severity ? null : s_criticalWords.Any(word => severity.StartsWith(word, StringComparison.OrdinalIgnoreCase)) ? Severity.Critical : Severity.Warning,
        Message = item.Text("Reason"),
        Data = item.GetRawText(),
    };

    private static string? IdPathOf(string path, JsonElement item) => item.Text(IdName) is null ? null : $"{path}.{IdName}";

    private static string IdOf(JsonElement item) => item.Text(IdName) is { } id ? $"{item.Text("TenantID")} {id}" : Keys.Hash(item.GetRawText());
}
