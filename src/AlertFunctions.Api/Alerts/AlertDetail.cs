using AlertFunctions.Api.Events;
using AlertFunctions.Api.Mail;
using AlertFunctions.Core.Alerts;
using AlertFunctions.Core.Mail.Sending;
using AlertFunctions.Core.Outbox;
using AlertFunctions.Core.Texts;

namespace AlertFunctions.Api.Alerts;

/// <summary>An alert, outstanding or cleared, with what happened to it.</summary>
/// <param name="Alert">The alert type.</param>
/// <param name="Computer">The computer.</param>
/// <param name="Severity">The severity of its type.</param>
/// <param name="Outstanding">Whether it is outstanding; otherwise it was cleared.</param>
/// <param name="RaisedAt">When it was raised, the last time; null where that is recorded no more.</param>
/// <param name="Message">The message of the event that raised it; null when there was none or it is cleared.</param>
/// <param name="EventId">The id of that event, or null.</param>
/// <param name="Events">Its latest events, at most 20 of the last 14 days.</param>
/// <param name="Mail">The undelivered mail about its type.</param>
/// <param name="Timeline">What happened to it, newest first: those events, raises, clears, and each recipient's outcome of each mail that names it, the latest 200 of them.</param>
internal sealed record AlertDetailBody(
    string Alert,
    string Computer,
    Severity Severity,
    bool Outstanding,
    DateTimeOffset? RaisedAt,
    string? Message,
    string? EventId,
    IReadOnlyList<EventBody> Events,
    IReadOnlyList<MailBody> Mail,
    IReadOnlyList<AlertMomentBody> Timeline)
{
    private const string ExampleEvent =
        """{ "id": "evt-1", "time": "2026-11-24T02:00:00Z", "computer": "web01", "alert": "Eicar", "state": "occurred", "severity": "critical", "message": "Eicar_test_file", "data": { "path": "/home/user/eicar.com" } }""";

    /// <summary>One in JSON, for the document.</summary>
    public const string Example = $$"""
        { "alert": "Eicar", "computer": "web01", "severity": "critical", "outstanding": true, "raisedAt": "2026-11-24T02:00:00Z", "message": "Eicar_test_file", "eventId": "evt-1",
          "events": [{{ExampleEvent}}],
          "mail": [],
          "timeline": [
            { "time": "2026-11-24T02:00:02Z", "kind": "mail", "event": null, "mail": {{MailOutcomeBody.Example}}, "by": null, "note": null },
            { "time": "2026-11-24T02:00:00Z", "kind": "raised", "event": null, "mail": null, "by": null, "note": null },
            { "time": "2026-11-24T02:00:00Z", "kind": "event", "event": {{ExampleEvent}}, "mail": null, "by": null, "note": null }] }
        """;

    /// <summary>An alert from all that is known of it.</summary>
    /// <param name="type">Its type.</param>
    /// <param name="computer">Its computer.</param>
    /// <param name="alert">The alert while it is outstanding; null when it was cleared.</param>
    /// <param name="timeline">Its raises and clears, and the outcomes of its mail.</param>
    /// <param name="events">Its latest events.</param>
    /// <param name="mail">The undelivered mail about its type.</param>
    public static AlertDetailBody Of(AlertType type, string computer, Alert? alert, AlertTimeline timeline, IReadOnlyList<EventBody> events, IReadOnlyList<MailBody> mail) => new(
        type.Name,
        computer,
        type.Severity,
        alert is not null,
        alert?.RaisedAt ?? timeline.Transitions.FirstOrDefault(transition => transition.Kind == TransitionKind.Raise)?.Time,
        alert?.Message,
        alert?.EventId,
        events,
        mail,
        [
            .. events.Select(AlertMomentBody.Of)
                .Concat(timeline.Transitions.Select(AlertMomentBody.Of))
                .Concat(timeline.Mail.Select(AlertMomentBody.Of))
                .OrderByDescending(moment => moment.Time)
                .ThenByDescending(moment => moment.Kind), // an event comes before what it did, and that before its mail
        ]);
}

/// <summary>What happened to an alert.</summary>
internal enum AlertMomentKind
{
    /// <summary>An event was reported.</summary>
    Event,

    /// <summary>It was raised.</summary>
    Raised,

    /// <summary>It was cleared.</summary>
    Cleared,

    /// <summary>A mail was delivered to a recipient, or was not.</summary>
    Mail,
}

/// <summary>One thing that happened to an alert.</summary>
/// <param name="Time">When.</param>
/// <param name="Kind"><c>event</c>, <c>raised</c>, <c>cleared</c> or <c>mail</c>.</param>
/// <param name="Event">The event, where it is one.</param>
/// <param name="Mail">The outcome of a mail for one recipient, where it is one.</param>
/// <param name="By">Who cleared the alert by hand, or null.</param>
/// <param name="Note">Why, or null.</param>
internal sealed record AlertMomentBody(DateTimeOffset Time, AlertMomentKind Kind, EventBody? Event = null, MailOutcomeBody? Mail = null, string? By = null, string? Note = null)
{
    public static AlertMomentBody Of(EventBody item) => new(item.Time, AlertMomentKind.Event, item);

    public static AlertMomentBody Of(AlertTransition item) => new(item.Time, item.Kind == TransitionKind.Raise ? AlertMomentKind.Raised : AlertMomentKind.Cleared, By: item.By, Note: item.Note);

    public static AlertMomentBody Of(MailOutcome item) => new(item.Time, AlertMomentKind.Mail, Mail: MailOutcomeBody.Of(item));
}
