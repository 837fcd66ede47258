using AlertFunctions.Core.Outbox;
using AlertFunctions.Core.Texts;
using Azure.Data.Tables;

namespace AlertFunctions.Core.Alerts;

/// <summary>A report about one alert type on one computer: an event, or a clear by an operator.</summary>
/// <param name="Computer">The computer.</param>
/// <param name="Kind">The requested transition. It takes place only if the alert is not yet in that state.</param>
/// <param name="Time">When it happened.</param>
/// <param name="Text">The event's message, or the operator's note.</param>
public sealed record Report(string Computer, TransitionKind Kind, DateTimeOffset Time, string? Text)
{
    /// <summary>The event's id, or null.</summary>
    public string? EventId { get; init; }

    /// <summary>The row that records the event. The transaction that applies the report adds it, so that an event is applied if and only if it is recorded. Null for an operator's clear.</summary>
    public TableEntity? Record { get; init; }

    /// <summary>The key of <see cref="Record"/> if a repeat of the event has the same; null without an event id.</summary>
    public string? RecordKey => EventId is null ? null : Record?.RowKey;

    /// <summary>Whether the event is only recorded: its alert type is off, or it reports no alert.</summary>
    public bool RecordOnly { get; init; }

    /// <summary>Whether the sender gave the time. A report stamped with its arrival time is never outdated: it arrived now, whatever this process's clock says.</summary>
    public bool HasOwnTime { get; init; }

    /// <summary>The event's severity if the alert type has no settings because the limit of alert types was reached; otherwise null.</summary>
    public Severity? Severity { get; init; }

    /// <summary>Whether an operator clears. An operator acts on the current state, so such a clear is never outdated and outdates nothing.</summary>
    public bool ByHand { get; init; }

    /// <summary>The operator who clears.</summary>
    public string? By { get; init; }

    /// <summary>If set, the alert is cleared only if it was raised at this time, so that a newer raise is not cleared unseen.</summary>
    public DateTimeOffset? OnlyIfRaisedAt { get; init; }

    /// <summary>If set, the alert is cleared only if this is its raise: used to clear what a list showed.</summary>
    public Ulid? OnlyRaise { get; init; }
}

/// <summary>A change of an alert's state, made by a report.</summary>
/// <param name="Report">The report.</param>
/// <param name="RaisedAt">For a clear, the time at which the alert had been raised.</param>
public sealed record Transition(Report Report, DateTimeOffset? RaisedAt = null)
{
    /// <summary>The alert's severity if its type has no settings; otherwise null.</summary>
    public Severity? Severity { get; init; }

    /// <summary>The computer as shown in mail and system events.</summary>
    public AffectedComputer Computer => AffectedComputer.Of(Report.Computer, Report.Time, RaisedAt, Report.Text) with { By = Report.By };
}
