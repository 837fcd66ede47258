using AlertFunctions.Core.Alerts;
using AlertFunctions.Core.Events;
using AlertFunctions.Core.Mail.Compose;
using AlertFunctions.Core.Mail.Queue;
using AlertFunctions.Core.Mail.Sending;
using AlertFunctions.Core.Mail.Smtp;
using AlertFunctions.Core.Outbox;
using AlertFunctions.Core.ScheduledTasks;
using AlertFunctions.Core.ScheduledTasks.Reports;
using AlertFunctions.Core.ScheduledTasks.Runs;
using AlertFunctions.Core.ScheduledTasks.Summaries;
using AlertFunctions.Core.Settings;
using AlertFunctions.Core.Storage;
using AlertFunctions.Core.SystemEvents;
using AlertFunctions.Core.Upkeep;
using AlertFunctions.Core.Users;
using Azure.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Logging;

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
        services.TryAddSingleton(provider => new StorageClients(settings.Storage, provider.GetRequiredService<TokenCredential>(), provider.GetRequiredService<TimeProvider>()));
        services.TryAddSingleton<ISmtpTransport, MailKitTransport>();
        services.AddSingleton(provider => new UlidSequence(provider.GetRequiredService<StorageClients>().Clock));
        services.AddSingleton(provider => new AlertTypeStore(provider.GetRequiredService<StorageClients>(), provider.GetRequiredService<RowReader>(), provider.GetRequiredService<TimeProvider>()));
        services.AddSingleton<AlertTypeLimit>();
        services.AddSingleton(provider => new AlertStore(provider.GetRequiredService<StorageClients>(), provider.GetRequiredService<RowReader>()));
        services.AddSingleton<AlertChanger>();
        services.AddSingleton(provider => new EventStore(provider.GetRequiredService<StorageClients>(), provider.GetRequiredService<RowReader>(), provider.GetRequiredService<TimeProvider>()));
        services.AddSingleton(provider => new UserStore(provider.GetRequiredService<StorageClients>(), provider.GetRequiredService<RowReader>()));
        services.AddSingleton<SystemEventStore>();
        services.AddSingleton<RowReader>();
        services.AddSingleton<FaultLog>();
        services.AddSingleton<TimerRuns>();
        services.AddSingleton<WakeUpQueue>();
        services.AddSingleton<PromptWakeUps>();
        services.AddSingleton<OutboxStore>();
        services.AddSingleton<MailStore>();
        services.AddSingleton<MailComposer>();
        services.AddSingleton<MailRenderer>();
        services.AddSingleton<MailEvents>();
        services.AddSingleton<SmtpSlots>();
        services.AddSingleton<FlushRequests>();
        services.AddSingleton<DueMailReader>();
        services.AddSingleton<MailSender>();
        services.AddSingleton<MailSnapshots>();
        services.AddSingleton(provider => new ScheduledTaskStore(
            provider.GetRequiredService<StorageClients>(),
            provider.GetRequiredService<RowReader>(),
            provider.GetRequiredService<TimeProvider>()));
        services.AddSingleton<TaskRunStore>();
        services.AddSingleton<OutstandingAlertsReader>();
        services.AddSingleton<SummaryRenderer>();
        services.AddSingleton<ReportReader>();
        services.AddSingleton<ReportRenderer>();
        services.AddSingleton<TaskRunComposer>();
        services.AddSingleton(provider => new ScheduledTaskRunner(
            provider.GetRequiredService<ScheduledTaskStore>(),
            provider.GetRequiredService<UlidSequence>(),
            provider.GetRequiredService<PromptWakeUps>(),
            provider.GetRequiredService<TimeProvider>()));
        services.AddSingleton(provider => new EventRecorder(
            provider.GetRequiredService<AlertTypeStore>(),
            provider.GetRequiredService<AlertTypeLimit>(),
            provider.GetRequiredService<AlertChanger>(),
            provider.GetRequiredService<EventStore>(),
            provider.GetRequiredService<PromptWakeUps>()));
        services.AddSingleton(provider => new AlertClearer(
            provider.GetRequiredService<AlertStore>(),
            provider.GetRequiredService<AlertChanger>(),
            provider.GetRequiredService<UlidSequence>(),
            provider.GetRequiredService<PromptWakeUps>(),
            provider.GetRequiredService<TimeProvider>()));
        services.AddSingleton(provider => new OutgoingMailHandler(
            provider.GetRequiredService<MailComposer>(),
            provider.GetRequiredService<TaskRunComposer>(),
            provider.GetRequiredService<MailSender>(),
            provider.GetRequiredService<MailStore>(),
            provider.GetRequiredService<MailRedriver>(),
            provider.GetRequiredService<WakeUpQueue>(),
            provider.GetRequiredService<UnreadableMessages>(),
            provider.GetRequiredService<TimeProvider>()));
        services.AddSingleton(provider => new MailRedriver(
            provider.GetRequiredService<MailStore>(),
            provider.GetRequiredService<DueMailReader>(),
            provider.GetRequiredService<TaskRunStore>(),
            provider.GetRequiredService<WakeUpQueue>(),
            provider.GetRequiredService<FlushRequests>(),
            provider.GetRequiredService<TimerRuns>(),
            provider.GetRequiredService<TimeProvider>(),
            provider.GetRequiredService<ILogger<MailRedriver>>()));
        services.AddSingleton(provider => new MailHealth(
            provider.GetRequiredService<MailStore>(),
            provider.GetRequiredService<UserStore>(),
            provider.GetRequiredService<TimerRuns>(),
            provider.GetRequiredService<AlertTypeLimit>(),
            settings.Smtp,
            settings.Mail,
            provider.GetRequiredService<TimeProvider>()));
        services.AddSingleton(provider => new MailTester(
            provider.GetRequiredService<ISmtpTransport>(),
            provider.GetRequiredService<SmtpSlots>(),
            provider.GetRequiredService<MailRenderer>(),
            settings.Smtp,
            provider.GetRequiredService<TimeProvider>()));
        services.AddSingleton<UnreadableMessages>();
        services.AddSingleton<PoisonMessages>();
        services.AddSingleton<ExpiredRows>();
        services.AddSingleton(provider => new MinuteRun(
            provider.GetRequiredService<ScheduledTaskRunner>(),
            provider.GetRequiredService<MailRedriver>(),
            provider.GetRequiredService<PoisonMessages>(),
            provider.GetRequiredService<ExpiredRows>(),
            provider.GetRequiredService<TimerRuns>(),
            provider.GetRequiredService<SystemEventStore>(),
            provider.GetRequiredService<FaultLog>(),
            provider.GetRequiredService<TimeProvider>(),
            provider.GetRequiredService<ILogger<MinuteRun>>()));
        services.AddSingleton(provider => new MailQueue(provider.GetRequiredService<StorageClients>(), provider.GetRequiredService<RowReader>()));
        services.AddHostedService<StartupReport>();
        return services;
    }
}
