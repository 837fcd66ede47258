using System.Collections.Concurrent;
using AlertFunctions.Core.Alerts;
using AlertFunctions.Core.Mail;
using AlertFunctions.Core.Storage;

namespace AlertFunctions.Core.Events;

/// <summary>Records events: applies them to the alerts, keeps them, and wakes the mail that they owe.</summary>
public sealed class EventRecorder
{
    private const int ParallelTypes = 8;

    private readonly AlertTypeStore _alertTypes;
    private readonly AlertChanger _alerts;
    private readonly EventStore _events;
    private readonly PromptWakeUps _wakeUps;

    internal EventRecorder(AlertTypeStore alertTypes, AlertChanger alerts, EventStore events, PromptWakeUps wakeUps)
    {
        _alertTypes = alertTypes;
        _alerts = alerts;
        _events = events;
        _wakeUps = wakeUps;
    }

    /// <summary>
    /// Records valid events in array order. When it returns, all of them and every consequence they are owed are durable; when it throws,
    /// repeating the same events with ids and times is safe.
    /// </summary>
    /// <param name="events">1 to <see cref="Event.MaximumEvents"/> events.</param>
    /// <param name="cancellationToken">Ends the waiting; what was done stays done.</param>
    public async Task<RecordedEvents> RecordAsync(IReadOnlyList<Event> events, CancellationToken cancellationToken)
    {
        List<IGrouping<string, Event>> byType = events.GroupBy(item => item.Alert, StringComparer.Ordinal).ToList();
        IReadOnlyList<string> tooMany = await _alertTypes.RegisterAsync(
            byType.Select(type => new AlertType(type.Key) { Severity = type.Select(item => item.Severity).FirstOrDefault(severity => severity is not null) ?? Severity.Warning }).ToList(),
            cancellationToken);
        if (tooMany.Count > 0)
        {
            return new RecordedEvents(0, 0, [], [], tooMany);
        }

        var transitions = new ConcurrentDictionary<string, IReadOnlyList<Transition>>(StringComparer.Ordinal);
        await Parallel.ForEachAsync(
            byType,
            new ParallelOptions { MaxDegreeOfParallelism = ParallelTypes, CancellationToken = cancellationToken },
            async (type, token) => transitions[type.Key] = await _alerts.ApplyAsync(type.Key, type.Select(ToReport).ToList(), token));
        int recorded = await _events.AddAsync(events, cancellationToken);
        await _wakeUps.ComposeAsync(byType.Select(type => type.Key).Where(type => transitions[type].Count > 0).ToList());

        return new RecordedEvents(recorded, events.Count - recorded, Names(TransitionKind.Raise), Names(TransitionKind.Clear), []);

        List<AlertName> Names(TransitionKind kind) => byType
            .SelectMany(type => transitions[type.Key].Where(transition => transition.Report.Kind == kind).Select(transition => new AlertName(type.Key, transition.Report.Computer)))
            .ToList();
    }

    private static Report ToReport(Event item) => new(item.Computer, item.Kind, item.Time, item.Message)
    {
        EventId = item.Id,
        EventKey = item.Id is null ? null : EventStore.KeyOf(item),
        DoneKey = item.Id is null ? null : $"done|{Keys.Ticks(item.Time)}|{Keys.Hash(item.Computer, item.Id)}",
    };
}
