using AlertFunctions.Core.Alerts;
using AlertFunctions.Core.SystemEvents;

namespace AlertFunctions.Core.ScheduledTasks.Reports;

/// <summary>
/// Reads a report's figures from the system events, which record every transition and every attempt to send mail. The period is read page by page: it
/// costs about one operation per day, per 1,000 system events in the period and per 1,000 outstanding alerts, and memory holds one page and a count
/// per name.
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

        // Open at the end of the period: raised before its end, and either still outstanding or cleared since.
        DateTimeOffset now = time.GetUtcNow();
        int stillOpen = await alerts.CountRaisedBeforeAsync(to, cancellationToken);
        await foreach (JournalEntry entry in journal.ReadJournalAsync(to, now, ReportTally.NumbersAfter, cancellationToken))
        {
            tally.Add(entry);
        }

        return tally.ToFigures(stillOpen, (await alertTypes.ListAsync(cancellationToken)).ToDictionary(type => type.Name, StringComparer.Ordinal));
    }
}
