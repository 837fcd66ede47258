using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace AlertFunctions.Core.Mail;

/// <summary>Says at start what would otherwise be noticed only when a mail is missed: no server, nobody who receives (S2, S14).</summary>
internal sealed partial class StartupReport(MailHealth health, ILogger<StartupReport> logger) : IHostedService
{
    public async Task StartAsync(CancellationToken cancellationToken)
    {
        switch ((await health.CheckAsync(cancellationToken)).Mail)
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
            default:
                break;
        }
    }

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    [LoggerMessage(EventId = 421, Level = LogLevel.Warning, Message = "No SMTP server is configured (Smtp__Server): mail is kept and tried again every hour.")]
    private partial void LogNotConfigured();

    [LoggerMessage(EventId = 422, Level = LogLevel.Warning, Message = "Nobody receives alert mail: add a user with an address and receiveAlertMail, or set Mail__AlertEmailAddress.")]
    private partial void LogNoRecipients();

    [LoggerMessage(EventId = 423, Level = LogLevel.Warning, Message = "Mail is failing since before this start; GET /api/mail shows what waits and why.")]
    private partial void LogFailing();
}
