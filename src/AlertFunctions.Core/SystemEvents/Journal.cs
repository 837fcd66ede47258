namespace AlertFunctions.Core.SystemEvents;

/// <summary>One computer of a 190 or 192, for those who count.</summary>
/// <param name="Computer">The computer.</param>
/// <param name="Time">When the transition's event happened.</param>
/// <param name="RaisedAt">For a clear, when the alert had been raised.</param>
public sealed record JournalComputer(string Computer, DateTimeOffset Time, DateTimeOffset? RaisedAt = null);

/// <summary>A system event without its texts, for those who count.</summary>
/// <param name="Number">Its number.</param>
/// <param name="Time">When it happened.</param>
/// <param name="Target">What it is about.</param>
/// <param name="Data">What its text cannot say.</param>
/// <param name="Count">For a 190 or 192, how many computers.</param>
/// <param name="Computers">For a 190 or 192, the computers.</param>
public sealed record JournalEntry(
    int Number, DateTimeOffset Time, string Target, IReadOnlyDictionary<string, string> Data, int Count, IReadOnlyList<JournalComputer> Computers);
