using AlertFunctions.Core.Outbox;
using AlertFunctions.Core.Texts;

namespace AlertFunctions.Core.Alerts;

/// <summary>What is said of one alert type on one computer: an event, or an operator who clears.</summary>
/// <param name="Computer">The computer.</param>
/// <param name="Kind">Which transition it asks for; it is one only when the alert is not in that state already.</param>
/// <param name="Time">When it happened.</param>
/// <param name="Text">The event's message, or the operator's note.</param>
public sealed record Report(string Computer, TransitionKind Kind, DateTimeOffset Time, string? Text)
{
    /// <summary>The event's id, or null.</summary>
    public string? EventId { get; init; }

    /// <summary>The key of the <c>done</c> row, for what can be recognised when it comes again; null for what cannot.</summary>
    public string? DoneKey { get; init; }

    /// <summary>The key of the row that the event is recorded in, for one that can be recognised when it comes again; null for what cannot.</summary>
    public (string Partition, string Row)? EventKey { get; init; }

    /// <summary>Whether the sender said when it happened. What is only stamped with its arrival is never outdated: it arrived now, whatever this process's clock says.</summary>
    public bool HasOwnTime { get; init; }

    /// <summary>The event's severity, where the alert type is beyond the limit of types and has no settings to tell it; otherwise null.</summary>
    public Severity? Severity { get; init; }

    /// <summary>Whether an operator clears. That is about what there is at this moment, so it is never outdated, and outdates nothing.</summary>
    public bool ByHand { get; init; }

    /// <summary>The operator who clears.</summary>
    public string? By { get; init; }

    /// <summary>The alert is cleared only when it was raised at this time, so that a newer raise is not cleared unseen.</summary>
    public DateTimeOffset? OnlyIfRaisedAt { get; init; }

    /// <summary>As <see cref="OnlyIfRaisedAt"/>, but by the raise itself: for who clears what a list showed.</summary>
    public Ulid? OnlyRaise { get; init; }
}

/// <summary>A report that changed an alert's state.</summary>
/// <param name="Report">The report.</param>
/// <param name="RaisedAt">For a clear, when the alert had been raised.</param>
public sealed record Transition(Report Report, DateTimeOffset? RaisedAt = null)
{
    /// <summary>The alert's severity, where its type has no settings; otherwise null.</summary>
    public Severity? Severity { get; init; }

    /// <summary>The computer, as mails and system events name it.</summary>
    public AffectedComputer Computer => AffectedComputer.Of(Report.Computer, Report.Time, RaisedAt, Report.Text) with { By = Report.By };
}
