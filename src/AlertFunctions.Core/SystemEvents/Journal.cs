namespace AlertFunctions.Core.SystemEvents;

/// <summary>A computer listed in a 190 or 192, for reports that count alerts.</summary>
/// <param name="Computer">The computer.</param>
/// <param name="Time">The time of the event that raised or cleared the alert.</param>
/// <param name="RaisedAt">For a clear, the time at which the alert had been raised.</param>
public sealed record JournalComputer(string Computer, DateTimeOffset Time, DateTimeOffset? RaisedAt = null);

/// <summary>A system event without its text, for reports that count system events.</summary>
/// <param name="Number">The system event's number.</param>
/// <param name="Time">When it happened.</param>
/// <param name="Target">What it is about.</param>
/// <param name="Data">Details that the text does not contain.</param>
/// <param name="Count">For a 190 or 192, the number of computers.</param>
/// <param name="Computers">For a 190 or 192, the computers.</param>
public sealed record JournalEntry(
    int Number, DateTimeOffset Time, string Target, IReadOnlyDictionary<string, string> Data, int Count, IReadOnlyList<JournalComputer> Computers);
