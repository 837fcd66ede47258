using AlertFunctions.Core.Upkeep;
using Microsoft.Azure.Functions.Worker;

namespace AlertFunctions;

/// <summary>The triggers that send mail: the mail queue, and the hourly timer that re-sends failed mail.</summary>
/// <param name="handler">Handles the queue's messages.</param>
/// <param name="redriver">Wakes due mail.</param>
/// <param name="functions">Lets running functions finish when the process stops.</param>
public sealed class MailFunctions(OutgoingMailHandler handler, MailRedriver redriver, RunningFunctions functions)
{
    /// <summary>Handles one message of the mail queue. An exception returns the message to the queue: storage has failed.</summary>
    /// <param name="message">The message, bound as text so that the product can record an unreadable one.</param>
    /// <param name="stopping">Signals that the Functions host is stopping this instance.</param>
    [Function("SendMail")]
    public Task SendMailAsync([QueueTrigger("outgoing-mail", Connection = "AzureWebJobsStorage")] string message, CancellationToken stopping) =>
        functions.RunAsync(cancelled => handler.HandleAsync(message, cancelled), stopping);

    /// <summary>Wakes every shard with due mail, every hour (S10, S11, S12).</summary>
    /// <param name="timer">Required by the trigger; not used.</param>
    /// <param name="stopping">Signals that the Functions host is stopping this instance.</param>
    [Function("RedriveFailedMail")]
    public Task RedriveFailedMailAsync([TimerTrigger("0 0 * * * *")] TimerInfo timer, CancellationToken stopping) =>
        functions.RunAsync(redriver.RunHourlyAsync, stopping);
}
