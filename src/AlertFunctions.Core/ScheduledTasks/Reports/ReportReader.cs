using AlertFunctions.Core.Alerts;
using AlertFunctions.Core.SystemEvents;

namespace AlertFunctions.Core.ScheduledTasks.Reports;

/// <summary>
/// Reads a report's figures. The system events are the journal: each transition and each attempt at mail is in it. A report reads its period page
/// by page, so operations are about one for each day, one for each thousand system events in the period, and one for each thousand outstanding
/// alerts; and memory holds a page and a count for each name.
/// </summary>
public sealed class ReportReader(SystemEventStore journal, AlertStore alerts, AlertTypeStore alertTypes, TimeProvider time)
{
    /// <summary>Counts what happened in a period.</summary>
    public async Task<ReportFigures> ReadAsync(DateTimeOffset from, DateTimeOffset to, TimeZoneInfo zone, CancellationToken cancellationToken)
    {
        var tally = new ReportTally(from, to, zone);
        await foreach (JournalEntry entry in journal.ReadJournalAsync(from, to, ReportTally.Numbers, cancellationToken))
        {
            tally.Add(entry);
        }

        // Open at the end of the period: what was raised before it and is outstanding now, or was cleared between then and now.
        DateTimeOffset now = time.GetUtcNow();
        int stillOpen = await alerts.CountRaisedBeforeAsync(to, cancellationToken);
        await foreach (JournalEntry entry in journal.ReadJournalAsync(to, now, ReportTally.NumbersAfter, cancellationToken))
        {
            tally.Add(entry);
        }

        return tally.ToFigures(stillOpen, (await alertTypes.ListAsync(cancellationToken)).ToDictionary(type => type.Name, StringComparer.Ordinal));
    }
}
