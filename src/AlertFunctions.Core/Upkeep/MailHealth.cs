using AlertFunctions.Core.Alerts;
using AlertFunctions.Core.Mail.Compose;
using AlertFunctions.Core.Mail.Queue;
using AlertFunctions.Core.Mail.Smtp;
using AlertFunctions.Core.Settings;
using AlertFunctions.Core.Storage;
using AlertFunctions.Core.Users;

namespace AlertFunctions.Core.Upkeep;

/// <summary>How mail is doing.</summary>
public enum MailStatus
{
    /// <summary>Nothing waits for a server that fails.</summary>
    Healthy,

    /// <summary>Mail waits because of pattern 1 or 2.</summary>
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
/// <param name="FailingSince">When the oldest mail that waits for the server began to fail, or null.</param>
/// <param name="LastRedriveAt">When the hourly run last happened, or null.</param>
/// <param name="Timers">Whether the timers run.</param>
public sealed record Health(bool StorageWorks, MailStatus Mail, DateTimeOffset? FailingSince, DateTimeOffset? LastRedriveAt, TimerStatus Timers)
{
    /// <summary>Whether events brought more alert types than are registered.</summary>
    public bool AlertTypeLimitReached { get; init; }
}

/// <summary>
/// Tells how mail is doing without mail. It is worked out from the rows of the mail that waits, so that it costs nothing when nothing fails
/// and is never out of step with the queue.
/// </summary>
public sealed class MailHealth(QueuedMailReader mails, UserStore users, TimerRuns timerRuns, AlertTypeLimit limit, SmtpSettings smtp, MailSettings settings, TimeProvider time)
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
        bool limitReached = await limit.IsReachedAsync(cancellationToken);
        if (!smtp.IsConfigured)
        {
            return new Health(true, MailStatus.NotConfigured, null, redrive, timers) { AlertTypeLimitReached = limitReached };
        }

        DateTimeOffset? since = null;
        foreach (IReadOnlyList<(SmtpFailureKind Kind, DateTimeOffset Since)> shard in await Task.WhenAll(Shard.All.Select(shard => mails.FindFailingAsync(shard, cancellationToken))))
        {
            foreach ((SmtpFailureKind kind, DateTimeOffset failing) in shard)
            {
                since = kind is SmtpFailureKind.Unreachable or SmtpFailureKind.Refused && (since is null || failing < since) ? failing : since;
            }
        }

        bool anybody = since is not null || Addressees.OfAlerts(await users.ListAsync(cancellationToken), settings).Count > 0;
        return new Health(true, since is not null ? MailStatus.Failing : anybody ? MailStatus.Healthy : MailStatus.NoRecipients, since, redrive, timers) { AlertTypeLimitReached = limitReached };
    }
}
