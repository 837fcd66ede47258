using System.Text;
using System.Text.Json;
using AlertFunctions.Api.Http;
using AlertFunctions.Core.Events;
using AlertFunctions.Core.Outbox;
using AlertFunctions.Core.Texts;

namespace AlertFunctions.Api.Events;

/// <summary>Reads events of the native format and checks each field of each.</summary>
internal static class EventReader
{
    /// <summary>Reads one event or an array of them.</summary>
    /// <param name="body">The body.</param>
    /// <param name="now">The time of arrival, for events without a time of their own.</param>
    /// <param name="retention">Events older than this are refused.</param>
    /// <param name="faults">Where everything that is wrong is noted.</param>
    /// <returns>The valid events.</returns>
    public static IReadOnlyList<Event> Read(JsonElement body, DateTimeOffset now, TimeSpan retention, Faults faults)
    {
        if (body.ValueKind != JsonValueKind.Array)
        {
            return Read(body, "$", now, retention, faults) is { } single ? [single] : [];
        }

        int count = body.GetArrayLength();
        if (count is 0 or > Event.MaximumEvents)
        {
            faults.Add("$", $"has {count} events, but must have 1 to {Event.MaximumEvents}.");
            return [];
        }

        var events = new List<Event>(count);
        int index = 0;
        foreach (JsonElement element in body.EnumerateArray())
        {
            if (Read(element, $"$[{index++}]", now, retention, faults) is { } item)
            {
                events.Add(item);
            }
        }

        return events;
    }

    private static Event? Read(JsonElement value, string path, DateTimeOffset now, TimeSpan retention, Faults faults)
    {
        if (JsonFields.Of(value, path, faults, "id", "time", "computer", "alert", "state", "severity", "message", "data") is not { } fields)
        {
            return null;
        }

        string? computer = fields.Name("computer", Event.MaximumNameLength, required: true);
        string? alert = fields.Name("alert", Event.MaximumNameLength, required: true);
        TransitionKind kind = fields.Choice("state", ("occurred", TransitionKind.Raise), ("cleared", TransitionKind.Clear)) ?? TransitionKind.Raise;
        DateTimeOffset? ownTime = fields.Time("time");
        DateTimeOffset time = ownTime ?? now;
        if (time > now + Event.MaximumAhead)
        {
            fields.Refuse("time", "is more than a day ahead of the clock.");
        }
        else if (time < now - retention)
        {
            fields.Refuse("time", $"is older than the {retention.TotalDays:0} days that events are kept.");
        }

        return new Event(computer ?? "", alert ?? "", kind, time)
        {
            Id = fields.Text("id", Event.MaximumNameLength, minimum: 1),
            IsTimedByArrival = ownTime is null,
            Severity = fields.Choice("severity", ("critical", Severity.Critical), ("warning", Severity.Warning)),
            Message = fields.Text("message", Event.MaximumMessageLength),
            Data = ReadData(fields),
        };
    }

    private static string? ReadData(JsonFields fields)
    {
        if (!fields.Has("data"))
        {
            return null;
        }

        JsonElement data = fields["data"];
        if (data.ValueKind != JsonValueKind.Object)
        {
            fields.Refuse("data", $"must be an object, but is {JsonFields.DescribeType(data)}.");
            return null;
        }

        string text = data.GetRawText();
        int bytes = Encoding.UTF8.GetByteCount(text);
        if (bytes > Event.MaximumDataLength)
        {
            fields.Refuse("data", $"has {bytes} bytes, but may have {Event.MaximumDataLength}.");
        }
        else if (!JsonFields.IsUnicode(data))
        {
            fields.Refuse("data", "holds text that is not valid Unicode (a lone surrogate).");
        }

        return text;
    }
}
