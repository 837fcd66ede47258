using AlertFunctions.Core.Outbox;
using AlertFunctions.Core.Texts;

namespace AlertFunctions.Core.Events;

/// <summary>An event reported by a computer.</summary>
/// <param name="Computer">The computer; 1 to <see cref="MaximumNameLength"/> characters.</param>
/// <param name="Alert">The alert type's name; 1 to <see cref="MaximumNameLength"/> characters.</param>
/// <param name="Kind">Raise for <c>occurred</c>, clear for <c>cleared</c>.</param>
/// <param name="Time">When it happened.</param>
public sealed record Event(string Computer, string Alert, TransitionKind Kind, DateTimeOffset Time)
{
    /// <summary>The maximum length of a computer's or alert's name and of an event id, in characters.</summary>
    public const int MaximumNameLength = 256;

    /// <summary>The maximum length of a message, in characters.</summary>
    public const int MaximumMessageLength = 4_096;

    /// <summary>The maximum size of <see cref="Data"/>, in bytes of UTF-8.</summary>
    public const int MaximumDataLength = 16 * 1024;

    /// <summary>The maximum number of events in one request.</summary>
    public const int MaximumEvents = 1_000;

    /// <summary>How far in the future an event's time may be.</summary>
    public static readonly TimeSpan MaximumAhead = TimeSpan.FromDays(1);

    /// <summary>The sender's id, or null. Events with the same alert, computer, time and id are recorded and applied once.</summary>
    public string? Id { get; init; }

    /// <summary>Whether <see cref="Time"/> is the time of arrival because the sender gave none. Such an event is never outdated: it applies to the state that it finds.</summary>
    public bool IsTimedByArrival { get; init; }

    /// <summary>Whether it is only recorded: it neither raises nor clears, and makes no alert type known.</summary>
    public bool RecordOnly { get; init; }

    /// <summary>The severity of the alert type if this event creates it, or null.</summary>
    public Severity? Severity { get; init; }

    /// <summary>A message for people, or null.</summary>
    public string? Message { get; init; }

    /// <summary>An arbitrary JSON object, as sent, or null.</summary>
    public string? Data { get; init; }
}

/// <summary>The result of recording the events of a request.</summary>
/// <param name="Recorded">The number of new events.</param>
/// <param name="Duplicates">The number of events that had been recorded before.</param>
/// <param name="Raised">The alerts that were raised, in order.</param>
/// <param name="Cleared">The alerts that were cleared, in order.</param>
/// <param name="Outdated">The number of events that changed nothing because they were older than the state they would have changed.</param>
public sealed record RecordedEvents(
    int Recorded,
    int Duplicates,
    IReadOnlyList<AlertName> Raised,
    IReadOnlyList<AlertName> Cleared,
    int Outdated);

/// <summary>Identifies an alert: an alert type on a computer.</summary>
/// <param name="Alert">The alert type's name.</param>
/// <param name="Computer">The computer.</param>
public sealed record AlertName(string Alert, string Computer);
