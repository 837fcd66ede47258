using System.Runtime.CompilerServices;
using AlertFunctions.Core.Outbox;
using AlertFunctions.Core.Storage;
using AlertFunctions.Core.SystemEvents;
using AlertFunctions.Core.Texts;
using Azure.Data.Tables;

namespace AlertFunctions.Core.Alerts;

/// <summary>Reads the outstanding alerts.</summary>
public sealed class AlertStore(StorageClients storage, RowReader reader)
{
    private static readonly string[] s_overview = ["PartitionKey", "RowKey", "Timestamp", RowReader.QuarantinedUntil, "Alert", "Computer", "RaisedAt", "Severity"];

    private static readonly string[] s_toClear = [.. s_overview, "Raise", "Operation"];

    private static readonly RowType<Alert> s_rows = new(Alert.FromRow);
    private static readonly RowType<OutstandingAlert> s_overviewRows = new(OutstandingAlert.FromRow);

    /// <summary>One page of outstanding alerts in the order of their keys, without their messages: what is needed to clear them.</summary>
    /// <param name="alertType">Only this alert type, or null.</param>
    /// <param name="computer">Only this computer, or null.</param>
    /// <param name="matches">A further condition.</param>
    /// <param name="top">The maximum number of alerts on the page, 1 to 1,000.</param>
    /// <param name="continuation">The continuation of the previous page, or null for the first.</param>
    /// <param name="cancellationToken">Cancels the operation.</param>
    public async Task<(IReadOnlyList<Alert> Items, string? Continuation)> ListToClearAsync(
        string? alertType, string? computer, Func<Alert, bool> matches, int top, string? continuation, CancellationToken cancellationToken)
    {
        var items = new List<Alert>();
        string[] start = continuation?.Split(Keys.Separator, 2) ?? [];
        string? next = null;
        foreach (Shard shard in alertType is null ? Shard.All : [Shard.Of(alertType)])
        {
            if (start.Length == 2 && string.CompareOrdinal(shard.Key, start[0]) < 0)
            {
                continue;
            }

            string filter = Outstanding(shard, alertType, computer);
            filter += start.Length == 2 && start[0] == shard.Key ? " and " + TableClient.CreateQueryFilter($"RowKey gt {start[1]}") : "";
            await foreach (TableEntity row in storage.Work.AllAsync(filter, s_toClear, cancellationToken))
            {
                if (items.Count == top)
                {
                    return (items, next);
                }

                if (await reader.ReadAsync(storage.Work, row, s_rows, cancellationToken) is { } alert && matches(alert))
                {
                    items.Add(alert);
                    next = PlaceOf(alert);
                }
            }
        }

        return (items, null);
    }

    /// <summary>The continuation of a page whose last alert is given.</summary>
    public static string PlaceOf(Alert alert) => $"{Shard.Of(alert.Type).Key}{Keys.Separator}{Alert.RowKey(alert.Type, alert.Computer)}";

    /// <summary>Whether a text has the form of a page's continuation: a shard, and the row key of an alert.</summary>
    /// <param name="text">The text.</param>
    public static bool IsContinuation(string text) =>
        text.Split(Keys.Separator) is [[var shard], "alert", { Length: > 0 }, { Length: > 0 }] && shard is >= '0' and < (char)('0' + Shard.Count) && !text.Any(char.IsControl);

    /// <summary>One alert, or null if it is not outstanding.</summary>
    /// <param name="alertType">The alert type's name.</param>
    /// <param name="computer">The computer.</param>
    /// <param name="cancellationToken">Cancels the operation.</param>
    public async Task<Alert?> FindAsync(string alertType, string computer, CancellationToken cancellationToken) =>
        await storage.Work.FindAsync(Shard.Of(alertType).Key, Alert.RowKey(alertType, computer), cancellationToken) is { } row
            ? (await reader.ShowAsync(storage.Work, row, AlertState.Rows, cancellationToken))?.Alert
            : null;

    /// <summary>Outstanding alerts with all that is kept of them, in the order of their keys, read as they are needed.</summary>
    /// <param name="alertType">Only this alert type, or null.</param>
    /// <param name="computer">Only this computer, or null.</param>
    /// <param name="cancellationToken">Cancels the operation.</param>
    public async IAsyncEnumerable<Alert> ReadAsync(string? alertType, string? computer, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        foreach (Shard shard in alertType is null ? Shard.All : [Shard.Of(alertType)])
        {
            await foreach (TableEntity row in storage.Work.AllAsync(Outstanding(shard, alertType, computer), cancellationToken: cancellationToken))
            {
                if (await reader.ReadAsync(storage.Work, row, s_rows, cancellationToken) is { } alert)
                {
                    yield return alert;
                }
            }
        }
    }

    /// <summary>The number of outstanding alerts raised before a time.</summary>
    public async Task<int> CountRaisedBeforeAsync(DateTimeOffset time, CancellationToken cancellationToken)
    {
        int count = 0;
        foreach (Shard shard in Shard.All)
        {
            string filter = Outstanding(shard) + " and " + TableClient.CreateQueryFilter($"RaisedAt lt {time}");
            await foreach (TableEntity row in storage.Work.AllAsync(filter, ["RowKey"], cancellationToken))
            {
                count++;
            }
        }

        return count;
    }

    /// <summary>All outstanding alerts, fetched page by page: only the type, the computer, the time of the raise and, if the type has no settings, the severity.</summary>
    public async IAsyncEnumerable<OutstandingAlert> ReadAllAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        foreach (Shard shard in Shard.All)
        {
            await foreach (TableEntity row in storage.Work.AllAsync(Outstanding(shard), s_overview, cancellationToken))
            {
                if (await reader.ReadAsync(storage.Work, row, s_overviewRows, cancellationToken) is { } alert)
                {
                    yield return alert;
                }
            }
        }
    }

    /// <summary>Whether an alert type has outstanding alerts, or transitions not yet turned into mail.</summary>
    /// <param name="alertType">The alert type's name.</param>
    /// <param name="cancellationToken">Cancels the operation.</param>
    public async Task<bool> IsInUseAsync(string alertType, CancellationToken cancellationToken)
    {
        Shard shard = Shard.Of(alertType);
        return (await storage.Work.FirstAsync(Outstanding(shard, alertType), 1, cancellationToken, ["RowKey"])).Count > 0
            || (await storage.Work.FirstAsync(Tables.Range(shard.Key, OutboxRow.Prefix(alertType)), 1, cancellationToken, ["RowKey"])).Count > 0;
    }

    /// <summary>The filter for outstanding alerts; the service skips the tombstones.</summary>
    private static string Outstanding(Shard shard, string? alertType = null, string? computer = null) =>
        $"{Tables.Range(shard.Key, alertType is null ? "alert" : $"alert|{Keys.Part(alertType)}")} and {Alert.IsOutstanding}"
        + (computer is null ? "" : " and " + TableClient.CreateQueryFilter($"Computer eq {computer}"));
}

/// <summary>An outstanding alert, with only what overviews show.</summary>
/// <param name="Type">The alert type's name.</param>
/// <param name="Computer">The computer.</param>
/// <param name="RaisedAt">When it was raised.</param>
/// <param name="UnregisteredSeverity">The severity if the type has no settings because the limit of alert types was reached; otherwise null.</param>
public sealed record OutstandingAlert(string Type, string Computer, DateTimeOffset RaisedAt, Severity? UnregisteredSeverity)
{
    /// <summary>Reads the properties that overviews select.</summary>
    public static OutstandingAlert FromRow(TableEntity row) =>
        new(row.RequiredText("Alert"), row.RequiredText("Computer"), row.RequiredTime("RaisedAt"), row.OptionalEnum<Severity>("Severity"));
}
