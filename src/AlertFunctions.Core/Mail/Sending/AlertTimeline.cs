using AlertFunctions.Core.Outbox;
using AlertFunctions.Core.SystemEvents;

namespace AlertFunctions.Core.Mail.Sending;

/// <summary>A raise or a clear of an alert, as its system event records it.</summary>
/// <param name="Time">When: the time of the event that raised or cleared it.</param>
/// <param name="Kind">Which of the two.</param>
/// <param name="By">Who cleared it by hand, or null.</param>
/// <param name="Note">Why, or null.</param>
public sealed record AlertTransition(DateTimeOffset Time, TransitionKind Kind, string? By, string? Note);

/// <summary>The history of an alert and of the mail about it, newest first.</summary>
/// <param name="Transitions">Its raises and clears.</param>
/// <param name="Mail">The outcomes of mail that names it, per recipient.</param>
public sealed record AlertTimeline(IReadOnlyList<AlertTransition> Transitions, IReadOnlyList<MailOutcome> Mail);

/// <summary>Reads the history of one alert from the system events; nothing else is written for it.</summary>
public sealed class AlertTimelineReader(SystemEventStore journal)
{
    /// <summary>Enough for a person to read. An alert that keeps going up and down has thousands.</summary>
    public const int MaximumMoments = 200;

    private static readonly int[] s_numbers = [190, 192, .. MailHistoryReader.Numbers];

    /// <summary>Reads the latest moments of an alert; as with all lists of system events, the rows that are read are limited (rule 9).</summary>
    /// <param name="alert">The alert type's name.</param>
    /// <param name="computer">The computer.</param>
    /// <param name="from">Not older than this.</param>
    /// <param name="cancellationToken">Cancels the operation.</param>
    public async Task<AlertTimeline> ReadAsync(string alert, string computer, DateTimeOffset from, CancellationToken cancellationToken)
    {
        var filter = new MailHistoryFilter(User: null, Address: null, alert, computer, Outcome: null);
        var transitions = new List<AlertTransition>();
        var mail = new List<MailOutcome>();
        await journal.ReadJournalBackAsync(from, to: null, s_numbers, place: null, startsAtPlace: false, Take, cancellationToken);
        return new AlertTimeline(transitions, mail);

        bool Take(JournalEntry entry, string place)
        {
            if (entry.Number is not (190 or 192))
            {
                mail.AddRange(MailOutcomes.Of(entry).Where(filter.Matches));
            }
            else if (entry.Target == alert)
            {
                transitions.AddRange(entry.Computers.Where(item => item.Computer == computer).Reverse().Select(item => new AlertTransition(
                    item.Time,
                    entry.Number == 190 ? TransitionKind.Raise : TransitionKind.Clear,
                    entry.Data.GetValueOrDefault("by"),
                    entry.Data.GetValueOrDefault("note") is { Length: > 0 } note ? note : null)));
            }

            return transitions.Count + mail.Count >= MaximumMoments;
        }
    }
}
