using System.Runtime.CompilerServices;
using AlertFunctions.Core.Outbox;
using AlertFunctions.Core.Storage;
using AlertFunctions.Core.SystemEvents;
using AlertFunctions.Core.Texts;
using Azure.Data.Tables;

namespace AlertFunctions.Core.Events;

/// <summary>
/// All reported events, by day and computer, in the partition of their alert type: the transaction that applies an event records it, so that it is
/// applied if and only if it is recorded.
/// </summary>
public sealed class EventStore(StorageClients storage, RowReader reader, TimeProvider time)
{
    private const string Prefix = "event";

    private static readonly RowType<Event> s_rows = new(FromRow);

    /// <summary>The latest events of one alert, newest first.</summary>
    /// <param name="alert">The alert type's name.</param>
    /// <param name="computer">The computer.</param>
    /// <param name="days">How many days to look back; each costs one read.</param>
    /// <param name="count">The maximum number of events.</param>
    /// <param name="cancellationToken">Cancels the operation.</param>
    public async IAsyncEnumerable<Event> LatestAsync(string alert, string computer, int days, int count, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        DateTimeOffset newest = time.GetUtcNow() + Event.MaximumAhead;
        for (int day = 0; day <= days && count > 0; day++)
        {
            string filter = Tables.Range(Shard.Of(alert).Key, $"{Day(newest.AddDays(-day))}|{Keys.Part(computer)}");
            IReadOnlyList<TableEntity> rows = await storage.Work.FirstAsync($"{filter} and {TableClient.CreateQueryFilter($"Alert eq {alert}")}", count, cancellationToken);
            foreach (Event item in await reader.ReadAllAsync(storage.Work, rows, s_rows, cancellationToken))
            {
                count--;
                yield return item;
            }
        }
    }

    /// <summary>The filter for a shard's events of the days before that of a time, oldest first.</summary>
    public static string BeforeDayOf(DateTimeOffset time, Shard shard) =>
        TableClient.CreateQueryFilter($"PartitionKey eq {shard.Key} and RowKey ge {$"{Prefix}|"} and RowKey lt {Day(time)}");

    /// <summary>The row that records an event.</summary>
    public static TableEntity ToRow(Event item)
    {
        // Without an id, a repeat cannot be recognised, so two events of the same instant are both kept. The same id and time for two alerts is two events.
        string id = item.Id is null ? $"{Keys.Separator}{Ulid.NewUlid()}" : $"{Keys.Part(item.Id)}{Keys.Separator}{Keys.Hash(item.Alert)}";
        var row = new TableEntity(Shard.Of(item.Alert).Key, $"{Day(item.Time)}|{Keys.Part(item.Computer)}|{Keys.InvertedTicks(item.Time)}|{id}")
        {
            ["Computer"] = item.Computer,
            ["Alert"] = item.Alert,
            ["Kind"] = item.Kind.ToString(),
            ["Time"] = item.Time,
        };
        row.SetOptionalText("Id", item.Id);
        row.SetOptionalText("Severity", item.Severity?.ToString());
        row.SetOptionalText("Message", item.Message);
        row.SetOptionalText("Data", item.Data);
        return row;
    }

    private static string Day(DateTimeOffset time) => $"{Prefix}|{Keys.Day(time)}";

    private static Event FromRow(TableEntity row) => new(
        row.RequiredText("Computer"),
        row.RequiredText("Alert"),
        row.RequiredEnum<TransitionKind>("Kind"),
        row.RequiredTime("Time"))
    {
        Id = row.GetString("Id"),
        Severity = row.OptionalEnum<Severity>("Severity"),
        Message = row.GetString("Message"),
        Data = row.GetString("Data"),
    };
}
