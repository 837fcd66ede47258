using AlertFunctions.Core.Outbox;
using AlertFunctions.Core.Texts;

namespace AlertFunctions.Core.Events;

/// <summary>What a computer reports.</summary>
/// <param name="Computer">The computer; 1 to <see cref="MaximumNameLength"/> characters.</param>
/// <param name="Alert">The alert type's name; 1 to <see cref="MaximumNameLength"/> characters.</param>
/// <param name="Kind">Raise for <c>occurred</c>, clear for <c>cleared</c>.</param>
/// <param name="Time">When it happened.</param>
public sealed record Event(string Computer, string Alert, TransitionKind Kind, DateTimeOffset Time)
{
    /// <summary>The longest name of a computer or an alert, and the longest id, in characters.</summary>
    public const int MaximumNameLength = 256;

    /// <summary>The longest message, in characters.</summary>
    public const int MaximumMessageLength = 4_096;

    /// <summary>The largest data, in bytes of UTF-8.</summary>
    public const int MaximumDataLength = 16 * 1024;

    /// <summary>The most events of one request.</summary>
    public const int MaximumEvents = 1_000;

    /// <summary>How far ahead of the clock an event's time may be.</summary>
    public static readonly TimeSpan MaximumAhead = TimeSpan.FromDays(1);

    /// <summary>The sender's id, or null. An event with the same alert, computer, time and id is recorded once and applied once.</summary>
    public string? Id { get; init; }

    /// <summary>Whether <see cref="Time"/> is only that of its arrival, because the sender gave none. Then it applies when it comes, and is never too old for the state it meets.</summary>
    public bool IsTimedByArrival { get; init; }

    /// <summary>The severity for an alert type that is new, or null.</summary>
    public Severity? Severity { get; init; }

    /// <summary>What people read, or null.</summary>
    public string? Message { get; init; }

    /// <summary>A JSON object of anything, as it was sent, or null.</summary>
    public string? Data { get; init; }
}

/// <summary>What became of a request of events.</summary>
/// <param name="Recorded">Events that were new.</param>
/// <param name="Duplicates">Events that had been recorded before.</param>
/// <param name="Raised">The alerts that were raised, in order.</param>
/// <param name="Cleared">The alerts that were cleared, in order.</param>
/// <param name="Outdated">Events that changed nothing because they were older than the state they would have changed.</param>
public sealed record RecordedEvents(
    int Recorded,
    int Duplicates,
    IReadOnlyList<AlertName> Raised,
    IReadOnlyList<AlertName> Cleared,
    int Outdated);

/// <summary>Which alert: an alert type on a computer.</summary>
/// <param name="Alert">The alert type's name.</param>
/// <param name="Computer">The computer.</param>
public sealed record AlertName(string Alert, string Computer);
