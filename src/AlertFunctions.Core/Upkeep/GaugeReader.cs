using AlertFunctions.Core.Mail.Queue;
using AlertFunctions.Core.Mail.Sending;
using AlertFunctions.Core.Telemetry;

namespace AlertFunctions.Core.Upkeep;

/// <summary>Reads once a minute what the gauges show. A host has it where its metrics go somewhere, since reading costs storage operations.</summary>
public sealed class GaugeReader(QueuedMailReader mail, MailOutage outage, TimerRuns timers, ProductMetrics metrics, TimeProvider time)
{
    /// <summary>Reads the gauges.</summary>
    /// <param name="cancellationToken">Cancels the operation.</param>
    public async Task ReadAsync(CancellationToken cancellationToken)
    {
        (int? recipients, DateTimeOffset? since) = await mail.CountWaitingAsync(OverviewReader.MaximumCount, cancellationToken);
        DateTimeOffset? failingSince = await outage.FindStartAsync(cancellationToken);
        (_, DateTimeOffset? redrivenAt) = await timers.ReadAsync(cancellationToken);
        metrics.Note(new ProductMetrics.Reading(time.GetUtcNow(), recipients, since, failingSince, redrivenAt));
    }
}
