using AlertFunctions.Core.Mail.Compose;
using AlertFunctions.Core.Settings;
using AlertFunctions.Core.Storage;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace AlertFunctions.Core.Upkeep;

/// <summary>Warns at start about problems that would otherwise be noticed only when mail is missing or useless: no SMTP server, no recipients (S2, S14), no link. A start that fails says nothing of them.</summary>
public sealed partial class StartupReport(MailHealth health, ConsoleLinks links, MailSettings mail, SmtpSettings smtp, FaultLog faults, ILogger<StartupReport> logger) : IHostedLifecycleService
{
    /// <inheritdoc/>
    public async Task StartedAsync(CancellationToken cancellationToken)
    {
        if (smtp.IsConfigured && links.Console is null)
        {
            LogNoLink(mail.ConsoleUrl ?? "not known");
        }

        try
        {
            Report(await health.CheckAsync(cancellationToken));
        }
        catch (Exception exception) when (!cancellationToken.IsCancellationRequested)
        {
            // A host that cannot determine the state of mail starts anyway: only a running host can recover.
            faults.Write(exception, LogNotChecked);
        }
    }

    /// <inheritdoc/>
    public Task StartingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <inheritdoc/>
    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <inheritdoc/>
    public Task StoppingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <inheritdoc/>
    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <inheritdoc/>
    public Task StoppedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    private void Report(Health found)
    {
        switch (found.Mail)
        {
            case MailStatus.NotConfigured:
                LogNotConfigured();
                break;
            case MailStatus.NoRecipients:
                LogNoRecipients();
                break;
            case MailStatus.Failing:
                LogFailing();
                break;
            case MailStatus.Unknown:
                LogStorageFailing();
                break;
            default:
                break;
        }
    }

    [LoggerMessage(EventId = 421, Level = LogLevel.Warning, Message = "No SMTP server is configured (Smtp__Server): mail is kept and attempted every hour.")]
    private partial void LogNotConfigured();

    [LoggerMessage(EventId = 422, Level = LogLevel.Warning, Message = "Nobody receives alert mail: add a user with an address and receiveAlertMail, or set Mail__AlertEmailAddress.")]
    private partial void LogNoRecipients();

    [LoggerMessage(EventId = 423, Level = LogLevel.Warning, Message = "Mail was already failing before this start; GET /api/mail shows which mail is waiting and why, GET /api/system-events what was given up.")]
    private partial void LogFailing();

    [LoggerMessage(EventId = 424, Level = LogLevel.Error, Message = "Storage does not answer (AzureWebJobsStorage): until it does, events are refused with 503 and no mail is sent.")]
    private partial void LogStorageFailing();

    [LoggerMessage(EventId = 425, Level = LogLevel.Error, Message = "The state of mail could not be determined at startup. {Fault}")]
    private partial void LogNotChecked(string fault, Exception? exception);

    [LoggerMessage(EventId = 426, Level = LogLevel.Warning, Message = "Mail has no link to the console, whose address is {ConsoleUrl}: it leads readers to their own machine or nowhere. Set Mail__ConsoleUrl to the address that they open it at.")]
    private partial void LogNoLink(string consoleUrl);
}
