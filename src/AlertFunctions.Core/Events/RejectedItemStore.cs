using AlertFunctions.Core.Storage;
using AlertFunctions.Core.SystemEvents;
using AlertFunctions.Core.Telemetry;
using AlertFunctions.Core.Texts;
using Azure.Data.Tables;

namespace AlertFunctions.Core.Events;

/// <summary>
/// Records in a 199 that items of a request could not be recorded as events. Senders repeat a notification for as long as an alert lasts: the same items are
/// recorded once a day across all processes. A row stores the time of the first, so that every process writes the same 199.
/// </summary>
public sealed class RejectedItemStore(StorageClients storage, SystemEventStore systemEvents, ProductMetrics metrics, TimeProvider time)
{
    private const string Prefix = "rejected";

    /// <summary>Enough of an item to recognise it at its sender, which shows no bodies.</summary>
    private const int ExcerptCharacters = 1_000;

    private static readonly string s_partition = Shard.Of(Prefix).Key;

    /// <summary>Records the items, unless the same were recorded today.</summary>
    /// <param name="format">The format of the request.</param>
    /// <param name="rejected">The items.</param>
    /// <param name="cancellationToken">Cancels the operation.</param>
    public async Task RecordAsync(string format, RejectedItems rejected, CancellationToken cancellationToken)
    {
        DateTimeOffset now = time.GetUtcNow();
        var mark = new TableEntity(s_partition, $"{Prefix}{Keys.Separator}{Keys.Day(now)}{Keys.Separator}{rejected.Hash}") { ["Time"] = now };
        DateTimeOffset first = await storage.Work.TryAddAsync(mark, cancellationToken) ? now : await FirstTimeAsync(mark, cancellationToken) ?? now;

        // Also if there was a mark: the process that wrote it may have died before it wrote this.
        await systemEvents.AddAsync([ToSystemEvent(format, rejected, first)], cancellationToken);
        metrics.AddEvents(rejected.Count, "rejected");
    }

    /// <summary>The filter for the marks of the days before that of a time.</summary>
    public static string BeforeDayOf(DateTimeOffset time) =>
        TableClient.CreateQueryFilter($"PartitionKey eq {s_partition} and RowKey ge {$"{Prefix}{Keys.Separator}"} and RowKey lt {$"{Prefix}{Keys.Separator}{Keys.Day(time)}"}");

    private async Task<DateTimeOffset?> FirstTimeAsync(TableEntity mark, CancellationToken cancellationToken) =>
        (await storage.Work.FindAsync(mark.PartitionKey, mark.RowKey, cancellationToken))?["Time"] as DateTimeOffset?;

    private static SystemEvent ToSystemEvent(string format, RejectedItems rejected, DateTimeOffset first)
    {
        (string Name, string Value)[] values =
        [
            ("format", format), ("count", Sentences.Of(rejected.Count)), ("first", HarmlessText.OneLine($"{rejected.First[0].Path} {rejected.First[0].Reason}")),
        ];
        return new SystemEvent(199, SystemEventLevel.Error, "Event199", first)
        {
            Id = $"{Prefix}-{rejected.Hash}",
            Target = format,
            Values = new Dictionary<string, string>(StringComparer.Ordinal)
            {
                ["reason.ja"] = Sentences.Get("ReasonRejectedItems", MailCulture.Ja, values),
                ["reason.en"] = Sentences.Get("ReasonRejectedItems", MailCulture.En, values),
            },
            Data = new Dictionary<string, string>(StringComparer.Ordinal)
            {
                ["rejected"] = Sentences.Of(rejected.Count),
                ["reasons"] = string.Join('\n', rejected.First.Select(item => $"{item.Path} {item.Reason}")),
                ["item"] = Excerpt(rejected.First[0].Text),
            },
        };
    }

    private static string Excerpt(string text) => text.Length > ExcerptCharacters ? $"{text[..ExcerptCharacters]}…" : text;
}
