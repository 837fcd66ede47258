using AlertFunctions.Core.Mail;
using AlertFunctions.Core.Storage;

namespace AlertFunctions.Core.ScheduledTasks;

/// <summary>What the timer does each minute.</summary>
public sealed class MinuteRun
{
    private readonly ScheduledTaskRunner _tasks;
    private readonly MailRedriver _redriver;
    private readonly PoisonMessages _poison;
    private readonly ExpiredRows _expired;

    internal MinuteRun(ScheduledTaskRunner tasks, MailRedriver redriver, PoisonMessages poison, ExpiredRows expired)
    {
        _tasks = tasks;
        _redriver = redriver;
        _poison = poison;
        _expired = expired;
    }

    /// <summary>Starts scheduled tasks whose time has come, wakes mail that is due, so that each is re-sent to the minute (S16), records and removes messages that had to be given up, and removes expired rows.</summary>
    /// <param name="cancellationToken">Ends the waiting.</param>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        await _tasks.RunDueAsync(cancellationToken);
        await _redriver.WakeDueAsync(cancellationToken);
        await _poison.RecordAsync(cancellationToken);
        await _expired.RemoveAsync(cancellationToken);
    }
}
