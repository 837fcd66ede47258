using AlertFunctions.Core.Alerts;
using AlertFunctions.Core.Events;
using AlertFunctions.Core.Mail.Compose;
using AlertFunctions.Core.Mail.Queue;
using AlertFunctions.Core.Mail.Sending;
using AlertFunctions.Core.Mail.Smtp;
using AlertFunctions.Core.Mappings;
using AlertFunctions.Core.Outbox;
using AlertFunctions.Core.ScheduledTasks;
using AlertFunctions.Core.ScheduledTasks.Reports;
using AlertFunctions.Core.ScheduledTasks.Runs;
using AlertFunctions.Core.ScheduledTasks.Summaries;
using AlertFunctions.Core.Settings;
using AlertFunctions.Core.Storage;
using AlertFunctions.Core.SystemEvents;
using AlertFunctions.Core.Telemetry;
using AlertFunctions.Core.Upkeep;
using AlertFunctions.Core.Users;
using Azure.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;

namespace AlertFunctions.Core;

/// <summary>Makes the product's services known to a host.</summary>
public static class CoreServices
{
    /// <summary>
    /// Adds everything but the HTTP contract. What the host (or a test) registered before – <see cref="TimeProvider"/>, <see cref="TokenCredential"/>,
    /// <see cref="StorageClients"/>, <see cref="ISmtpTransport"/> – is kept.
    /// </summary>
    /// <param name="services">The host's services.</param>
    /// <param name="settings">The settings, already checked.</param>
    public static IServiceCollection AddAlertFunctionsCore(this IServiceCollection services, AlertFunctionsSettings settings)
    {
        services.AddSingleton(settings);
        services.AddSingleton(settings.Smtp);
        services.AddSingleton(settings.Mail);
        services.AddSingleton(settings.Events);
        services.TryAddSingleton(TimeProvider.System);
        services.TryAddSingleton(_ => StorageClients.CreateCredential(settings.Storage));
        services.TryAddSingleton(provider => new StorageClients(settings.Storage, provider.GetRequiredService<TokenCredential>(), provider.GetRequiredService<TimeProvider>(), metrics: provider.GetRequiredService<ProductMetrics>()));
        services.AddSingleton<ProductMetrics>();
        services.TryAddSingleton<ISmtpTransport, MailKitTransport>();
        services.AddSingleton(provider => new UlidSequence(provider.GetRequiredService<StorageClients>().Clock));
        services.AddSingleton<AlertTypeStore>();
        services.AddSingleton<AlertTypeLimit>();
        services.AddSingleton<AlertStore>();
        services.AddSingleton<AlertLister>();
        services.AddSingleton<AlertSummarizer>();
        services.AddSingleton<SeenAlerts>();
        services.AddSingleton<AlertChanger>();
        services.AddSingleton<EventStore>();
        services.AddSingleton<RejectedItemStore>();
        services.AddSingleton<UserStore>();
        services.AddSingleton<MappingStore>();
        services.AddSingleton<SystemEventStore>();
        services.AddSingleton<RowReader>();
        services.AddSingleton<FaultLog>();
        services.AddSingleton<TimerRuns>();
        services.AddSingleton<WakeUpQueue>();
        services.AddSingleton<PromptWakeUps>();
        services.AddSingleton<OutboxStore>();
        services.AddSingleton<MailStore>();
        services.AddSingleton<OutcomeStore>();
        services.AddSingleton<RecipientRows>();
        services.AddSingleton<FlushStore>();
        services.AddSingleton<MailComposer>();
        services.AddSingleton<ConsoleLinks>();
        services.AddSingleton<MailPreviewer>();
        services.AddSingleton<MailRenderer>();
        services.AddSingleton<MailEvents>();
        services.AddSingleton<MailOutage>();
        services.AddSingleton<MailHistoryReader>();
        services.AddSingleton<AlertTimelineReader>();
        services.AddSingleton<SmtpSlots>();
        services.AddSingleton<FlushRequests>();
        services.AddSingleton<DueMailReader>();
        services.AddSingleton<WaitingShards>();
        services.AddSingleton<MailSender>();
        services.AddSingleton<MailSnapshots>();
        services.AddSingleton<ScheduledTaskStore>();
        services.AddSingleton<TaskRunStore>();
        services.AddSingleton<OutstandingAlertsReader>();
        services.AddSingleton<SummaryRenderer>();
        services.AddSingleton<ReportReader>();
        services.AddSingleton<ReportRenderer>();
        services.AddSingleton<TaskRunRenderer>();
        services.AddSingleton<TaskRunComposer>();
        services.AddSingleton<TaskPreviewer>();
        services.AddSingleton<ScheduledTaskRunner>();
        services.AddSingleton<EventRecorder>();
        services.AddSingleton<AlertClearer>();
        services.AddSingleton<OutgoingMailHandler>();
        services.AddSingleton<MailRedriver>();
        services.AddSingleton<MailHealth>();
        services.AddSingleton<OverviewReader>();
        services.AddSingleton<MailTester>();
        services.AddSingleton<UnreadableMessages>();
        services.AddSingleton<PoisonMessages>();
        services.AddSingleton<ExpiredRows>();
        services.AddSingleton<MinuteRun>();
        services.AddSingleton<QueuedMailReader>();
        services.AddHostedService<StartupReport>();
        return services;
    }
}
