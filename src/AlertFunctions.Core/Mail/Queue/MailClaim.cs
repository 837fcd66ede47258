using AlertFunctions.Core.Mail.Smtp;
using AlertFunctions.Core.Settings;
using AlertFunctions.Core.Storage;
using Microsoft.Extensions.Logging;

namespace AlertFunctions.Core.Mail.Queue;

/// <summary>
/// One handler's exclusive right to send some mails. It names the slot whose lease the handler holds and ends with that lease, so that the mail of a
/// process that died waits no longer than the lease. It also expires by time, in case the handler hangs. Disposing it releases what is left.
/// </summary>
public sealed partial class MailClaim : IAsyncDisposable
{
    private static readonly TimeSpan ShortestDuration = TimeSpan.FromMinutes(5);
    private static readonly TimeSpan RenewAfter = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan RenewAgainAfter = TimeSpan.FromSeconds(20);

    /// <summary>How far the clocks of instances may differ: an instance that is ahead sees the claim expire that much earlier.</summary>
    private static readonly TimeSpan ClockTolerance = TimeSpan.FromMinutes(2);

    private readonly MailStore _store;
    private readonly SmtpSlot _slot;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly FaultLog _faults;
    private readonly TimeSpan _duration;
    private readonly TimeSpan _needed;
    private DateTimeOffset _since;
    private DateTimeOffset? _renewAt;
    private bool _lost;

    private MailClaim(MailStore store, SmtpSlot slot, IReadOnlyList<LoadedMail> mails, SmtpSettings settings, FaultLog faults, TimeProvider time, ILogger logger)
    {
        _store = store;
        _slot = slot;
        _time = time;
        _faults = faults;
        _logger = logger;
        Mails = mails;

        // Three timeouts in a row: an envelope on a connection that turns out dead, reconnecting, and the envelope again. The reply to the body may take
        // longer, but the claim is renewed while waiting for it.
        _needed = (3 * settings.Timeout) + ClockTolerance;
        TimeSpan longer = _needed + RenewAfter + TimeSpan.FromSeconds(30);
        _duration = longer > ShortestDuration ? longer : ShortestDuration;
    }

    /// <summary>The claimed mails.</summary>
    public IReadOnlyList<LoadedMail> Mails { get; }

    /// <summary>When the claim must be renewed, even while an envelope is in flight; null when there is nothing left to renew, or it was lost.</summary>
    public DateTimeOffset? RenewAt => _renewAt;

    /// <summary>Claims mails, so that no other handler sends them; null if any of them has been changed since it was read.</summary>
    /// <param name="store">The store of the mails.</param>
    /// <param name="slot">The handler's slot.</param>
    /// <param name="mails">At most 100 mails of one shard.</param>
    /// <param name="settings">The SMTP settings, for their timeout.</param>
    /// <param name="faults">Limits repeated log lines.</param>
    /// <param name="time">The clock that the claim is measured by.</param>
    /// <param name="logger">Receives failures to renew or release the claim.</param>
    /// <param name="cancellationToken">Cancels the operation.</param>
    public static async Task<MailClaim?> TryTakeAsync(
        MailStore store, SmtpSlot slot, IReadOnlyList<LoadedMail> mails, SmtpSettings settings, FaultLog faults, TimeProvider time, ILogger logger, CancellationToken cancellationToken)
    {
        var claim = new MailClaim(store, slot, mails, settings, faults, time, logger);
        return await claim.WriteAsync(mails, cancellationToken) ? claim : null;
    }

    /// <summary>Whether the claim on a mail is still held, as far as this handler knows.</summary>
    public bool Holds(LoadedMail mail) => mail.Exists && mail.Mail.Claim == _slot.Lease;

    /// <summary>Ensures that the claim lasts for one more envelope, including connecting.</summary>
    /// <returns>False if it may expire before that.</returns>
    public async Task<bool> HoldAsync()
    {
        await RenewIfDueAsync();
        return !_lost && _since + _duration - _time.GetUtcNow() > _needed;
    }

    /// <summary>Renews the claim if it is time to. If that fails, the current claim may still last long enough.</summary>
    public async Task RenewIfDueAsync()
    {
        if (_renewAt is not { } renewAt || _time.GetUtcNow() < renewAt)
        {
            return;
        }

        List<LoadedMail> held = Mails.Where(Holds).ToList();
        if (held.Count == 0)
        {
            _renewAt = null;
            return;
        }

        try
        {
            if (!await WriteAsync(held, CancellationToken.None))
            {
                _lost = true;
                _renewAt = null;
            }
        }
        catch (Exception exception)
        {
            _renewAt = _time.GetUtcNow() + RenewAgainAfter;
            _faults.Write(exception, LogNotRenewed);
        }
    }

    /// <summary>Releases the mails that are still claimed. If that fails, the claim expires by itself.</summary>
    public async ValueTask DisposeAsync()
    {
        List<LoadedMail> held = Mails.Where(Holds).ToList();
        if (held.Count == 0)
        {
            return;
        }

        try
        {
            await _store.ClaimAsync(held, StorageTime.Minimum, Guid.Empty, slot: null, CancellationToken.None);
        }
        catch (Exception exception)
        {
            _faults.Write(exception, LogNotGivenBack);
        }
    }

    private async Task<bool> WriteAsync(IReadOnlyList<LoadedMail> mails, CancellationToken cancellationToken)
    {
        DateTimeOffset now = _time.GetUtcNow();
        if (!await _store.ClaimAsync(mails, now + _duration, _slot.Lease, _slot.Number, cancellationToken))
        {
            return false;
        }

        _since = now;
        _renewAt = now + RenewAfter;
        return true;
    }

    [LoggerMessage(EventId = 206, Level = LogLevel.Debug, Message = "A claim on mail could not be renewed; it will be retried. {Fault}")]
    private partial void LogNotRenewed(string fault, Exception? exception);

    [LoggerMessage(EventId = 207, Level = LogLevel.Warning, Message = "A claim on mail could not be released; it expires by itself. {Fault}")]
    private partial void LogNotGivenBack(string fault, Exception? exception);
}
