using AlertFunctions.Core.Alerts;
using AlertFunctions.Core.Mail.Compose;
using AlertFunctions.Core.Mail.Sending;
using AlertFunctions.Core.Settings;
using AlertFunctions.Core.Storage;
using AlertFunctions.Core.Users;
using Microsoft.Extensions.Logging;

namespace AlertFunctions.Core.Upkeep;

/// <summary>How mail is doing.</summary>
public enum MailStatus
{
    /// <summary>Mail is delivered, or there was none.</summary>
    Healthy,

    /// <summary>The latest attempts failed, by whatever pattern, and nothing was delivered since (S10, S11, S12).</summary>
    Failing,

    /// <summary>Nobody receives alert mail (S2).</summary>
    NoRecipients,

    /// <summary>No SMTP server is configured (S14).</summary>
    NotConfigured,

    /// <summary>Storage does not answer.</summary>
    Unknown,
}

/// <summary>What the health check tells.</summary>
/// <param name="StorageWorks">Whether storage answers.</param>
/// <param name="Mail">How mail is doing.</param>
/// <param name="FailingSince">When mail began to fail; null while it does not.</param>
/// <param name="LastRedriveAt">When the hourly run last happened, or null.</param>
/// <param name="Timers">Whether the timers run.</param>
public sealed record Health(bool StorageWorks, MailStatus Mail, DateTimeOffset? FailingSince, DateTimeOffset? LastRedriveAt, TimerStatus Timers)
{
    /// <summary>Whether events brought more alert types than are registered.</summary>
    public bool AlertTypeLimitReached { get; init; }
}

/// <summary>
/// Tells how mail is doing without mail. It reads what sending and the timers keep up to date, so that it costs the same few operations however much mail waits.
/// </summary>
public sealed partial class MailHealth(
    MailOutage outage, UserStore users, TimerRuns timerRuns, AlertTypeLimit limit, SmtpSettings smtp, MailSettings settings, FaultLog faults, TimeProvider time, ILogger<MailHealth> logger)
{
    /// <summary>The check needs no key, so it must not cost storage operations as often as somebody likes.</summary>
    private static readonly TimeSpan Fresh = TimeSpan.FromSeconds(5);

    /// <summary>A monitor has its answer within three seconds, whatever storage does.</summary>
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(2.5);

    private readonly Lock _lock = new();
    private Task<Health>? _check;
    private DateTimeOffset _at;

    /// <summary>Checks, or repeats what was found up to five seconds ago. All who ask meanwhile share one check.</summary>
    /// <param name="cancellationToken">Cancels the operation; the check goes on for the others.</param>
    public Task<Health> CheckAsync(CancellationToken cancellationToken)
    {
        lock (_lock)
        {
            DateTimeOffset now = time.GetUtcNow();
            if (_check is null || (_check.IsCompleted && (now - _at >= Fresh || !_check.IsCompletedSuccessfully)))
            {
                _at = now;
                _check = CheckNowAsync();
            }

            return _check.WaitAsync(cancellationToken);
        }
    }

    private async Task<Health> CheckNowAsync()
    {
        try
        {
            return await StorageDeadline.RunAsync(time, Limit, ReadAsync);
        }
        catch (Exception exception) when (StorageFault.Is(exception))
        {
            return new Health(false, MailStatus.Unknown, null, null, timerRuns.Status);
        }
    }

    private async Task<Health> ReadAsync(CancellationToken cancellationToken)
    {
        (TimerStatus timers, DateTimeOffset? redrive) = await timerRuns.ReadAsync(cancellationToken);
        foreach (string late in timerRuns.DescribeLate())
        {
            faults.Write(late.Split(' ')[0], late, LogTimerLate);
        }

        bool limitReached = await limit.IsReachedAsync(cancellationToken);
        if (!smtp.IsConfigured)
        {
            return new Health(true, MailStatus.NotConfigured, null, redrive, timers) { AlertTypeLimitReached = limitReached };
        }

        DateTimeOffset? since = await outage.FindStartAsync(cancellationToken);
        bool anybody = since is not null || Addressees.OfAlerts(await users.ListAsync(cancellationToken), settings).Count > 0;
        return new Health(true, since is not null ? MailStatus.Failing : anybody ? MailStatus.Healthy : MailStatus.NoRecipients, since, redrive, timers) { AlertTypeLimitReached = limitReached };
    }

    [LoggerMessage(EventId = 427, Level = LogLevel.Warning, Message = "A timer is late. {Timer}")]
    private partial void LogTimerLate(string timer);
}
