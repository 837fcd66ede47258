using AlertFunctions.Core.Settings;
using AlertFunctions.Core.Storage;
using AlertFunctions.Core.SystemEvents;
using AlertFunctions.Core.Texts;
using Azure.Data.Tables;

namespace AlertFunctions.Core.Alerts;

/// <summary>
/// Tells that events brought more alert types than are registered: one 199 a day over all processes, and the health check. A row says when the
/// day's first was, so that every process writes the same 199.
/// </summary>
internal sealed class AlertTypeLimit(StorageClients storage, AlertTypeStore alertTypes, SystemEventStore systemEvents, TimeProvider time)
{
    private const string Key = "limit";

    /// <summary>The day for which this process has told of it, so that the events of a day cost it nothing more.</summary>
    private string? _toldDay;

    /// <summary>Records that a type is beyond the limit, unless that was recorded today.</summary>
    public async Task ReportAsync(string alertType, CancellationToken cancellationToken)
    {
        string today = Keys.Day(time.GetUtcNow());
        if (_toldDay == today)
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
        _toldDay = today;
    }

    /// <summary>Whether events brought a type beyond the limit within a day, and it is still reached.</summary>
    public async Task<bool> IsReachedAsync(CancellationToken cancellationToken) =>
        await storage.AlertTypes.FindAsync(Key, Key, cancellationToken) is { } row
        && row.GetDateTimeOffset("Since") > time.GetUtcNow() - TimeSpan.FromDays(1)
        && await alertTypes.IsFullAsync(cancellationToken);

    private async Task<DateTimeOffset> ReadOrWriteAsync(string today, CancellationToken cancellationToken)
    {
        for (int attempt = 0; attempt < 10; attempt++)
        {
            TableEntity? row = await storage.AlertTypes.FindAsync(Key, Key, cancellationToken);
            if (row?.GetDateTimeOffset("Since") is { } since && Keys.Day(since) == today)
            {
                return since;
            }

            var mine = new TableEntity(Key, Key) { ["Since"] = time.GetUtcNow() };
            _ = row is null ? await storage.AlertTypes.TryAddAsync(mine, cancellationToken) : await storage.AlertTypes.TryReplaceAsync(mine, row.ETag, cancellationToken);
        }

        throw new StorageContentionException();
    }
}
