using System.Collections.Concurrent;
using AlertFunctions.Core.Alerts;
using AlertFunctions.Core.Outbox;
using AlertFunctions.Core.Telemetry;
using AlertFunctions.Core.Texts;

namespace AlertFunctions.Core.Events;

/// <summary>Records events and applies them to the alerts, and queues their mail.</summary>
public sealed class EventRecorder(AlertTypeStore alertTypes, AlertTypeLimit limit, AlertChanger alerts, PromptWakeUps wakeUps, ProductMetrics metrics)
{
    private const int ParallelTypes = 8;

    /// <summary>
    /// Records valid events in array order. When it returns, the events and all their consequences are durable. When it throws, repeating the
    /// same events is safe if they have ids and times.
    /// </summary>
    /// <param name="events">1 to <see cref="Event.MaximumEvents"/> events.</param>
    /// <param name="cancellationToken">Cancels the operation; whatever is already stored stays.</param>
    public async Task<RecordedEvents> RecordAsync(IReadOnlyList<Event> events, CancellationToken cancellationToken)
    {
        List<IGrouping<string, Event>> byType = events.GroupBy(item => item.Alert, StringComparer.Ordinal).ToList();
        (IReadOnlySet<string> unregistered, IReadOnlySet<string> off) = await alertTypes.RegisterAsync(
            byType.Where(type => !type.All(item => item.RecordOnly)).Select(NewType).ToList(),
            cancellationToken);
        if (unregistered.Count > 0)
        {
            await limit.ReportAsync(unregistered.First(), cancellationToken);
        }

        var applied = new ConcurrentDictionary<string, AppliedReports>(StringComparer.Ordinal);
        await Parallel.ForEachAsync(
            byType,
            new ParallelOptions { MaxDegreeOfParallelism = ParallelTypes, CancellationToken = cancellationToken },
            async (type, token) => applied[type.Key] = await alerts.ApplyAsync(type.Key, ToReports(type, unregistered.Contains(type.Key), off.Contains(type.Key)), token));
        await wakeUps.ComposeAsync(byType.Select(type => type.Key).Where(type => applied[type].Transitions.Count > 0).ToList());

        RecordedEvents answer = ToAnswer(events, byType.Select(type => (type.Key, applied[type.Key])).ToList());
        metrics.AddEvents(answer.Recorded - answer.Outdated, "recorded");
        metrics.AddEvents(answer.Outdated, "outdated");
        metrics.AddEvents(answer.Duplicates, "duplicate");
        return answer;
    }

    /// <summary>What <see cref="RecordAsync"/> would do with the events now; nothing is written.</summary>
    /// <param name="events">1 to <see cref="Event.MaximumEvents"/> events.</param>
    /// <param name="cancellationToken">Cancels the operation.</param>
    public async Task<EventPreview> PreviewAsync(IReadOnlyList<Event> events, CancellationToken cancellationToken)
    {
        Dictionary<string, AlertType> known = (await alertTypes.ListAsync(cancellationToken)).ToDictionary(type => type.Name, StringComparer.Ordinal);
        var types = new List<TypePreview>();
        foreach (IGrouping<string, Event> ofType in events.GroupBy(item => item.Alert, StringComparer.Ordinal))
        {
            AlertType type = known.GetValueOrDefault(ofType.Key) ?? NewType(ofType);
            AppliedReports applied = await alerts.PreviewAsync(type.Name, ToReports(ofType, isUnregistered: false, isOff: !type.Enabled), cancellationToken);
            types.Add(new TypePreview(type, applied));
        }

        return new EventPreview(ToAnswer(events, types.Select(type => (type.Type.Name, type.Applied)).ToList()), types);
    }

    private static RecordedEvents ToAnswer(IReadOnlyList<Event> events, IReadOnlyList<(string AlertType, AppliedReports Applied)> types)
    {
        int recorded = types.Sum(type => type.Applied.Recorded);
        return new RecordedEvents(recorded, events.Count - recorded, Names(TransitionKind.Raise), Names(TransitionKind.Clear), types.Sum(type => type.Applied.Outdated));

        List<AlertName> Names(TransitionKind kind) => types
            .SelectMany(type => type.Applied.Transitions.Where(transition => transition.Report.Kind == kind).Select(transition => new AlertName(type.AlertType, transition.Report.Computer)))
            .ToList();
    }

    /// <summary>A type that was never seen: the first of its events that names a severity decides it (S1).</summary>
    private static AlertType NewType(IGrouping<string, Event> events) =>
        new(events.Key) { Severity = events.Select(item => item.Severity).FirstOrDefault(severity => severity is not null) ?? Severity.Warning };

    private static List<Report> ToReports(IEnumerable<Event> ofType, bool isUnregistered, bool isOff) =>
        ofType.Select(item => ToReport(item, isUnregistered, isOff)).ToList();

    /// <summary>What an event asks for: that of a type that is off asks for no raise, but still clears what is outstanding.</summary>
    private static Report ToReport(Event item, bool isUnregistered, bool isOff) => new(item.Computer, item.Kind, item.Time, item.Message)
    {
        EventId = item.Id,
        Record = EventStore.ToRow(item),
        RecordOnly = item.RecordOnly || (isOff && item.Kind == TransitionKind.Raise),
        HasOwnTime = !item.IsTimedByArrival,
        Severity = isUnregistered ? item.Severity ?? Severity.Warning : null,
    };
}

/// <summary>What events would do.</summary>
/// <param name="Recorded">What the answer to recording them would be.</param>
/// <param name="Types">What becomes of each alert type.</param>
public sealed record EventPreview(RecordedEvents Recorded, IReadOnlyList<TypePreview> Types);

/// <summary>What events would do to an alert type.</summary>
/// <param name="Type">The type with its settings, or with those that it would be registered with.</param>
/// <param name="Applied">The transitions, in order.</param>
public sealed record TypePreview(AlertType Type, AppliedReports Applied);
