using System.Text.Json;
using AlertFunctions.Api.Http;
using AlertFunctions.Core.Outbox;
using Microsoft.AspNetCore.Http;

namespace AlertFunctions.Api.Events.Formats.Alertmanager;

/// <summary>The webhook of the Prometheus Alertmanager (version 4), and that of Grafana, which adds fields to it.</summary>
internal sealed class AlertmanagerFormat : IEventFormat
{
    private const string Firing = "firing";
    private const string Resolved = "resolved";

    /// <summary>What an alert without a name is called. Prometheus allows none, but other senders of this format do.</summary>
    private const string NameOfNone = "Alert";

    /// <summary>The labels that can name a computer. Grafana's alerts about a rule without data have only the rule's name.</summary>
    private static readonly string[] s_computerLabels = ["instance", "host", "node", "pod", "rulename"];

    private static readonly string[] s_messages = ["summary", "description", "message"];

    /// <inheritdoc/>
    public string Name => "alertmanager";

    /// <inheritdoc/>
    public string Title => "webhooks of the Prometheus Alertmanager and of Grafana";

    /// <inheritdoc/>
    public IReadOnlyList<EventFormatBody> Bodies { get; } = [new(JsonBody.MediaType, "AlertmanagerNotification", AlertmanagerSchema.Create)];

    /// <inheritdoc/>
    public bool IsMarked(HttpRequest request) => false;

    /// <inheritdoc/>
    public bool HasShape(JsonElement body) =>
        body.Member("alerts").ValueKind is JsonValueKind.Array or JsonValueKind.Null && (body.Text("receiver") ?? body.Text("groupKey") ?? body.Text("version")) is not null;

    /// <inheritdoc/>
    public ValueTask<IResult?> ReadAsync(ForeignRequest request, ReceivedEvents received, CancellationToken cancellationToken)
    {
        (JsonElement? json, IResult? refusal) = request.ReadJson();
        if (json is not { } notification)
        {
            return new(refusal);
        }

        JsonElement alerts = notification.Member("alerts");
        if (alerts.ValueKind is not (JsonValueKind.Array or JsonValueKind.Null))
        {
            return new(Problem.Invalid("$.alerts", "is not there, but a notification of the Alertmanager or of Grafana has an array of alerts."));
        }

        Read(notification.Items("alerts"), received);
        return default;
    }

    private static void Read(IEnumerable<JsonElement> alerts, ReceivedEvents received)
    {
        var events = new List<ForeignEvent>();
        foreach ((int index, JsonElement alert) in alerts.Index())
        {
            string path = $"$.alerts[{index}]";
            if (Read(alert, path, out string? fault) is { } item)
            {
                events.Add(item);
            }
            else
            {
                received.Reject(path, alert.GetRawText(), fault!);
            }
        }

        // Labels that we do not know may distinguish several alerts of one name on one computer. The alert is over when none of them fires any more.
        HashSet<(string, string)> firing = [.. events.Where(item => item.Kind == TransitionKind.Raise).Select(item => (item.Computer, item.Alert))];
        foreach (ForeignEvent item in events.Where(item => item.Kind == TransitionKind.Raise || !firing.Contains((item.Computer, item.Alert))))
        {
            received.Add(item);
        }
    }

    private static ForeignEvent? Read(JsonElement alert, string path, out string? fault)
    {
        fault = ForeignJson.FaultOfItem(alert);
        if (fault is not null)
        {
            return null;
        }

        JsonElement labels = alert.Member("labels");
        string? status = alert.Text("status");
        string? name = labels.Text("alertname");
        string? fingerprint = alert.Text("fingerprint");
        string? computer = labels.FirstText(s_computerLabels) ?? fingerprint;
        fault = status is not (Firing or Resolved) ? $"has the status '{JsonFields.Excerpt(status ?? "")}', but must have '{Firing}' or '{Resolved}'."
            : computer is null ? $"names no computer: it has none of the labels {string.Join(", ", s_computerLabels)}, and no fingerprint."
            : null;
        if (fault is not null)
        {
            return null;
        }

        bool isFiring = status == Firing;
        string started = alert.Text("startsAt") ?? "";
        string text = alert.GetRawText();
        return new ForeignEvent(path, text)
        {
            Computer = computer!,
            Alert = name ?? NameOfNone,
            Kind = isFiring ? TransitionKind.Raise : TransitionKind.Clear,

            // While an alert fires, its end moves.
            Id = isFiring ? $"{fingerprint} {started}" : $"{fingerprint} {started} {Resolved}",
            Time = alert.Time(isFiring ? "startsAt" : "endsAt"),
            Severity = ForeignSeverity.Of(labels.Text("severity")),
            Message = alert.Member("annotations").FirstText(s_messages),
            Data = text,
        };
    }
}
