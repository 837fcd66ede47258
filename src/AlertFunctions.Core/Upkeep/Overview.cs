using AlertFunctions.Core.Alerts;
using AlertFunctions.Core.Mail.Queue;
using AlertFunctions.Core.ScheduledTasks;
using AlertFunctions.Core.ScheduledTasks.Reports;
using AlertFunctions.Core.Settings;
using AlertFunctions.Core.Storage;
using AlertFunctions.Core.SystemEvents;

namespace AlertFunctions.Core.Upkeep;

/// <summary>How things stand, in one look.</summary>
/// <param name="Today">The day it is in the system's time zone.</param>
/// <param name="Alerts">The outstanding alerts by type.</param>
/// <param name="Days">What was raised and cleared on each of the last days, today last.</param>
/// <param name="Mail">How mail stands.</param>
/// <param name="Health">How the system is doing.</param>
/// <param name="Latest">The latest system events, newest first.</param>
public sealed record Overview(
    DateOnly Today, IReadOnlyList<AlertSummary> Alerts, IReadOnlyList<DayFigures> Days, OverviewMail Mail, Health Health, IReadOnlyList<SystemEvent> Latest);

/// <summary>How mail stands; each recipient counts.</summary>
/// <param name="Waiting">Recipients who wait for mail; null when there are more than <see cref="OverviewReader.MaximumCount"/>.</param>
/// <param name="OldestWaitingSince">Since when the oldest mail waits, or null.</param>
/// <param name="SentToday">Deliveries today.</param>
/// <param name="GivenUpToday">Recipients given up today.</param>
public sealed record OverviewMail(int? Waiting, DateTimeOffset? OldestWaitingSince, int SentToday, int GivenUpToday);

/// <summary>
/// Reads the overview, which a console asks for as long as it is open. Every change writes a system event, so the newest one shows
/// whether anything is to be read again; another operation looks at a timer, which can stop without an event. After a look that found nothing new the next
/// waits for a minute, unless this process adds an event itself.
/// </summary>
public sealed class OverviewReader(
    AlertSummarizer alerts, SystemEventStore journal, QueuedMailReader mail, MailHealth health, TimerRuns timers, MailSettings settings, TimeProvider time)
{
    /// <summary>The number of days with figures.</summary>
    public const int MaximumDays = 30;

    /// <summary>The largest count of waiting mail.</summary>
    public const int MaximumCount = 10_000;

    private const int LatestEvents = 20;

    /// <summary>All who ask within this time get the same.</summary>
    private static readonly TimeSpan Fresh = TimeSpan.FromSeconds(5);

    /// <summary>When storage is looked at again after a look that found nothing new.</summary>
    private static readonly TimeSpan Quiet = TimeSpan.FromMinutes(1);

    /// <summary>Leaves time to answer within that of a request.</summary>
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(20);

    private readonly Lock _lock = new();
    private Task<Reading>? _reading;
    private DateTimeOffset _at;

    /// <summary>The figures of the days before today, which do not change any more.</summary>
    private (DateOnly Today, IReadOnlyList<DayFigures> Days)? _past;

    /// <summary>Reads the overview, or repeats what is known. All who ask meanwhile share one reading.</summary>
    /// <param name="cancellationToken">Cancels the operation; the reading goes on for the others.</param>
    public async Task<Overview> ReadAsync(CancellationToken cancellationToken)
    {
        Task<Reading> reading;
        lock (_lock)
        {
            DateTimeOffset now = time.GetUtcNow();
            if (_reading is null || (_reading.IsCompleted && (!_reading.IsCompletedSuccessfully || IsDue(_reading.Result, now))))
            {
                Reading? last = _reading is { IsCompletedSuccessfully: true } ? _reading.Result : null;
                _at = now;
                _reading = StorageDeadline.RunAsync(time, Limit, deadline => ReadNowAsync(last, deadline));
            }

            reading = _reading;
        }

        return (await reading.WaitAsync(cancellationToken)).Overview;
    }

    private bool IsDue(Reading last, DateTimeOffset now) =>
        now - _at >= Fresh && (last.HasNews || now - _at >= Quiet || last.Additions != journal.Additions || last.Overview.Today != LocalDays.DayOf(now, settings.TimeZone));

    private async Task<Reading> ReadNowAsync(Reading? last, CancellationToken cancellationToken)
    {
        // What is added from here on is news to the next look.
        long additions = journal.Additions;
        DateOnly today = LocalDays.DayOf(time.GetUtcNow(), settings.TimeZone);
        if (last is null)
        {
            return new Reading(await ReadAllAsync(today, await journal.NewestAsync(LatestEvents, cancellationToken), cancellationToken), additions, HasNews: true);
        }

        Task<IReadOnlyList<SystemEvent>> looking = journal.NewestAsync(LatestEvents, cancellationToken);
        TimerStatus timerStatus = await timers.LookAsync(cancellationToken);
        IReadOnlyList<SystemEvent> latest = await looking;
        return last.Overview.Today == today && last.Overview.Health.Timers == timerStatus && latest.Select(item => item.Id).SequenceEqual(last.Overview.Latest.Select(item => item.Id), StringComparer.Ordinal)
            ? await RenewHealthAsync(last with { Additions = additions }, cancellationToken)
            : new Reading(await ReadAllAsync(today, latest, cancellationToken), additions, HasNews: true);
    }

    /// <summary>
    /// The health that was read beside news may be five seconds older than these, and one that storage did not answer is nothing to keep: either would stay
    /// until the next news.
    /// </summary>
    private async Task<Reading> RenewHealthAsync(Reading last, CancellationToken cancellationToken)
    {
        if (!last.HasNews)
        {
            return last;
        }

        Health now = await health.CheckAsync(cancellationToken);
        return last with { Overview = last.Overview with { Health = now }, HasNews = !now.StorageWorks };
    }

    private async Task<Overview> ReadAllAsync(DateOnly today, IReadOnlyList<SystemEvent> latest, CancellationToken cancellationToken)
    {
        Task<IReadOnlyList<AlertSummary>> summing = alerts.ByAlertTypeAsync(cancellationToken);
        Task<(int? Recipients, DateTimeOffset? Since)> counting = mail.CountWaitingAsync(MaximumCount, cancellationToken);
        Task<Health> checking = health.CheckAsync(cancellationToken);
        if (_past?.Today != today)
        {
            _past = (today, (await TallyAsync(today.AddDays(1 - MaximumDays), today, cancellationToken)).Days);
        }

        ReportFigures figures = await TallyAsync(today, today.AddDays(1), cancellationToken);
        (int? waiting, DateTimeOffset? since) = await counting;
        return new Overview(
            today, await summing, [.. _past.Value.Days, .. figures.Days], new OverviewMail(waiting, since, figures.Mail.Sent, figures.Mail.GivenUp), await checking, latest);
    }

    private async Task<ReportFigures> TallyAsync(DateOnly first, DateOnly end, CancellationToken cancellationToken)
    {
        DateTimeOffset from = LocalDays.StartOf(first, settings.TimeZone);
        DateTimeOffset to = LocalDays.StartOf(end, settings.TimeZone);
        var tally = new ReportTally(from, to, settings.TimeZone);
        await foreach (JournalEntry entry in journal.ReadJournalAsync(from, to, ReportTally.Numbers, cancellationToken))
        {
            tally.Add(entry);
        }

        return tally.ToFigures(stillOpen: 0, new Dictionary<string, AlertType>(StringComparer.Ordinal));
    }

    /// <summary>What was found.</summary>
    /// <param name="Overview">The overview.</param>
    /// <param name="Additions">The events that this process had added before.</param>
    /// <param name="HasNews">Whether it differed from what was known.</param>
    private sealed record Reading(Overview Overview, long Additions, bool HasNews);
}
