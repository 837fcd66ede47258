using AlertFunctions.Core.Storage;
using AlertFunctions.Core.SystemEvents;
using AlertFunctions.Core.Texts;
using Azure.Data.Tables;

namespace AlertFunctions.Core.Alerts;

/// <summary>
/// Reports that events named more alert types than can be registered: in one 199 a day across all processes, and in the health check. A row
/// stores the time of the first occurrence of the day, so that every process writes the same 199.
/// </summary>
public sealed class AlertTypeLimit(StorageClients storage, AlertTypeStore alertTypes, SystemEventStore systemEvents, TimeProvider time)
{
    private const string Key = "limit";

    /// <summary>The last day reported by this process, so that further events of that day cost nothing.</summary>
    private string? _reportedDay;

    /// <summary>Records that an alert type is beyond the limit, unless that was already recorded today.</summary>
    public async Task ReportAsync(string alertType, CancellationToken cancellationToken)
    {
        string today = Keys.Day(time.GetUtcNow());
        if (_reportedDay == today)
        {
            return;
        }

        DateTimeOffset since = await ReadOrWriteAsync(today, cancellationToken);
        (string Name, string Value)[] values = [("max", Sentences.Of(AlertTypeStore.MaximumTypes)), ("alert", HarmlessText.OneLine(alertType))];
        await systemEvents.AddAsync(
            [
                new SystemEvent(199, SystemEventLevel.Error, "Event199", since)
                {
                    Id = "alert-types",
                    Values = new Dictionary<string, string>(StringComparer.Ordinal)
                    {
                        ["reason.ja"] = Sentences.Get("ReasonTooManyTypes", MailCulture.Ja, values),
                        ["reason.en"] = Sentences.Get("ReasonTooManyTypes", MailCulture.En, values),
                    },
                },
            ],
            cancellationToken);
        _reportedDay = today;
    }

    /// <summary>Whether an event named a type beyond the limit within the last day, and the limit is still reached.</summary>
    public async Task<bool> IsReachedAsync(CancellationToken cancellationToken) =>
        await storage.AlertTypes.FindAsync(Key, Key, cancellationToken) is { } row
        && row["Since"] is DateTimeOffset since
        && since > time.GetUtcNow() - TimeSpan.FromDays(1)
        && await alertTypes.IsFullAsync(cancellationToken);

    private async Task<DateTimeOffset> ReadOrWriteAsync(string today, CancellationToken cancellationToken)
    {
        for (int attempt = 0; attempt < 10; attempt++)
        {
            TableEntity? row = await storage.AlertTypes.FindAsync(Key, Key, cancellationToken);
            if (row?["Since"] is DateTimeOffset since && Keys.Day(since) == today)
            {
                return since;
            }

            var mine = new TableEntity(Key, Key) { ["Since"] = time.GetUtcNow() };
            _ = row is null ? await storage.AlertTypes.TryAddAsync(mine, cancellationToken) : await storage.AlertTypes.TryReplaceAsync(mine, row.ETag, cancellationToken);
        }

        throw new StorageContentionException();
    }
}
