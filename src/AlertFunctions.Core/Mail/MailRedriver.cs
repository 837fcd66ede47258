using AlertFunctions.Core.Operation;
using AlertFunctions.Core.ScheduledTasks;
using AlertFunctions.Core.Storage;
using Microsoft.Extensions.Logging;

namespace AlertFunctions.Core.Mail;

/// <summary>Wakes what has work that no message knows of any more: mail that is due (S10–S12, S16), transitions whose wake-up was lost.</summary>
public sealed partial class MailRedriver : IDisposable
{
    private static readonly TimeSpan OutboxWaitsFor = TimeSpan.FromMinutes(2);
    private static readonly TimeSpan WakeAgainAfter = TimeSpan.FromMinutes(5);

    private readonly MailStore _mails;
    private readonly TaskRunStore _runs;
    private readonly WakeUpQueue _wakeUps;
    private readonly FlushRequests _flushes;
    private readonly TimerRuns _timers;
    private readonly TimeProvider _time;
    private readonly ILogger<MailRedriver> _logger;
    private readonly Dictionary<string, (string State, DateTimeOffset At)> _woken = new(StringComparer.Ordinal);
    private readonly SemaphoreSlim _one = new(1);

    internal MailRedriver(MailStore mails, TaskRunStore runs, WakeUpQueue wakeUps, FlushRequests flushes, TimerRuns timers, TimeProvider time, ILogger<MailRedriver> logger)
    {
        _mails = mails;
        _runs = runs;
        _wakeUps = wakeUps;
        _flushes = flushes;
        _timers = timers;
        _time = time;
        _logger = logger;
    }

    /// <summary>Wakes every shard that has due mail, and what has waited for two minutes to be made into mail: transitions of an alert type, runs of scheduled tasks.</summary>
    /// <param name="cancellationToken">Ends the waiting.</param>
    public async Task WakeDueAsync(CancellationToken cancellationToken)
    {
        await _one.WaitAsync(cancellationToken);
        try
        {
            foreach (Shard shard in Shard.All)
            {
                if (await _mails.FindDueAsync(shard, cancellationToken) is { } due && MayWake($"send|{shard.Key}", due))
                {
                    await _wakeUps.SendMailAsync(shard, cancellationToken);
                }

                foreach ((string alertType, string row) in await _mails.FindWaitingOutboxAsync(shard, _time.GetUtcNow() - OutboxWaitsFor, cancellationToken))
                {
                    if (MayWake($"compose|{alertType}", row))
                    {
                        await _wakeUps.ComposeAsync(alertType, TimeSpan.Zero, cancellationToken);
                    }
                }
            }

            if (await _runs.FindWaitingAsync(_time.GetUtcNow() - OutboxWaitsFor, cancellationToken) is { } run && MayWake(WakeUp.ComposeRunsText, run))
            {
                await _wakeUps.ComposeRunsAsync(cancellationToken);
            }
        }
        finally
        {
            _one.Release();
        }
    }

    /// <summary>The hourly run: wakes what is due, and records that it ran.</summary>
    /// <param name="cancellationToken">Ends the waiting.</param>
    public async Task RunHourlyAsync(CancellationToken cancellationToken)
    {
        await WakeDueAsync(cancellationToken);
        await _timers.RecordHourlyAsync(cancellationToken);
        LogRan();
    }

    /// <summary>
    /// Asks for all waiting mail to be attempted now, as a flush does; it only sends, and deletes nothing (S9). Looking for it is the work of
    /// whoever takes the message, since a large backlog takes longer than a request may.
    /// </summary>
    /// <exception cref="Exception">A storage fault (<see cref="StorageFault"/>): it could not be asked for.</exception>
    public Task FlushAsync() => _flushes.AskAsync();

    /// <inheritdoc/>
    public void Dispose() => _one.Dispose();

    /// <summary>A wake-up that changed nothing is not worth repeating each minute.</summary>
    private bool MayWake(string what, string state)
    {
        DateTimeOffset now = _time.GetUtcNow();
        if (_woken.TryGetValue(what, out (string State, DateTimeOffset At) last) && last.State == state && now - last.At < WakeAgainAfter)
        {
            return false;
        }

        _woken[what] = (state, now);
        return true;
    }

    [LoggerMessage(EventId = 211, EventName = "RedriveRan", Level = LogLevel.Information, Message = "The hourly re-drive ran.")]
    private partial void LogRan();
}
