using AlertFunctions.Core.Alerts;
using AlertFunctions.Core.Mail.Smtp;
using AlertFunctions.Core.Settings;
using AlertFunctions.Core.Storage;
using AlertFunctions.Core.Users;

namespace AlertFunctions.Core.Mail;

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
public sealed record Health(bool StorageWorks, MailStatus Mail, DateTimeOffset? FailingSince, DateTimeOffset? LastRedriveAt)
{
    /// <summary>Whether events brought more alert types than are registered.</summary>
    public bool AlertTypeLimitReached { get; init; }
}

/// <summary>
/// Tells how mail is doing without mail. It is worked out from the rows of the mail that waits, so that it costs nothing when nothing fails
/// and is never out of step with the queue.
/// </summary>
public sealed class MailHealth : IDisposable
{
    /// <summary>The check needs no key, so it must not cost storage operations as often as somebody likes.</summary>
    private static readonly TimeSpan Fresh = TimeSpan.FromSeconds(5);

    private readonly MailStore _mails;
    private readonly UserStore _users;
    private readonly AlertTypeLimit _limit;
    private readonly SmtpSettings _smtp;
    private readonly MailSettings _settings;
    private readonly TimeProvider _time;
    private readonly SemaphoreSlim _one = new(1);
    private Health? _last;
    private DateTimeOffset _at;

    internal MailHealth(MailStore mails, UserStore users, AlertTypeLimit limit, SmtpSettings smtp, MailSettings settings, TimeProvider time)
    {
        _mails = mails;
        _users = users;
        _limit = limit;
        _smtp = smtp;
        _settings = settings;
        _time = time;
    }

    /// <summary>Checks, or repeats what it found up to five seconds ago.</summary>
    /// <param name="cancellationToken">Ends the waiting.</param>
    public async Task<Health> CheckAsync(CancellationToken cancellationToken)
    {
        await _one.WaitAsync(cancellationToken);
        try
        {
            if (_last is null || _time.GetUtcNow() - _at >= Fresh)
            {
                _last = await CheckNowAsync(cancellationToken);
                _at = _time.GetUtcNow();
            }

            return _last;
        }
        finally
        {
            _one.Release();
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _one.Dispose();

    private async Task<Health> CheckNowAsync(CancellationToken cancellationToken)
    {
        try
        {
            DateTimeOffset? redrive = await _mails.ReadRedriveAsync(cancellationToken);
            bool limitReached = await _limit.IsReachedAsync(cancellationToken);
            if (!_smtp.IsConfigured)
            {
                return new Health(true, MailStatus.NotConfigured, null, redrive) { AlertTypeLimitReached = limitReached };
            }

            DateTimeOffset? since = null;
            foreach (IReadOnlyList<(SmtpFailureKind Kind, DateTimeOffset Since)> shard in await Task.WhenAll(Shard.All.Select(shard => _mails.FindFailingAsync(shard, cancellationToken))))
            {
                foreach ((SmtpFailureKind kind, DateTimeOffset failing) in shard)
                {
                    since = kind is SmtpFailureKind.Unreachable or SmtpFailureKind.Refused && (since is null || failing < since) ? failing : since;
                }
            }

            bool anybody = since is not null || MailComposition.Addressees(await _users.ListAsync(cancellationToken), _settings).Count > 0;
            return new Health(true, since is not null ? MailStatus.Failing : anybody ? MailStatus.Healthy : MailStatus.NoRecipients, since, redrive) { AlertTypeLimitReached = limitReached };
        }
        catch (Exception exception) when (StorageFault.Is(exception) && !cancellationToken.IsCancellationRequested)
        {
            return new Health(false, MailStatus.Unknown, null, null);
        }
    }
}
