using AlertFunctions.Core.Upkeep;
using Microsoft.Azure.Functions.Worker;

namespace AlertFunctions;

/// <summary>What makes mail leave: its queue, and the timer that wakes what failed.</summary>
/// <param name="handler">Does what a message asks for.</param>
/// <param name="redriver">Wakes what is due.</param>
/// <param name="functions">Lets what has begun finish.</param>
public sealed class MailFunctions(OutgoingMailHandler handler, MailRedriver redriver, RunningFunctions functions)
{
    /// <summary>Composes and sends what one message points to. An exception gives the message back: storage has failed.</summary>
    /// <param name="message">The message's text. Bound as text, so that one that cannot be read is recorded by the product.</param>
    /// <param name="stopping">The Functions host is about to stop this instance.</param>
    [Function("SendMail")]
    public Task SendMailAsync([QueueTrigger("outgoing-mail", Connection = "AzureWebJobsStorage")] string message, CancellationToken stopping) =>
        functions.RunAsync(cancelled => handler.HandleAsync(message, cancelled), stopping);

    /// <summary>Wakes every shard that has due mail (S10, S11, S12), each hour.</summary>
    /// <param name="timer">Unused: which run this is makes no difference.</param>
    /// <param name="stopping">The Functions host is about to stop this instance.</param>
    [Function("RedriveFailedMail")]
    public Task RedriveFailedMailAsync([TimerTrigger("0 0 * * * *")] TimerInfo timer, CancellationToken stopping) =>
        functions.RunAsync(redriver.RunHourlyAsync, stopping);
}
