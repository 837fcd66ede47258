using System.Globalization;
using AlertFunctions.Core.Texts;

namespace AlertFunctions.Core.Alerts;

/// <summary>What outstanding alerts are listed by.</summary>
public enum AlertSort
{
    /// <summary>The severity; of one severity the newest first.</summary>
    Severity,

    /// <summary>The time of the raise.</summary>
    RaisedAt,

    /// <summary>The alert type's name.</summary>
    Alert,

    /// <summary>The computer.</summary>
    Computer,
}

/// <summary>Which outstanding alerts are listed, and in which order.</summary>
/// <param name="AlertType">Only this alert type, or null.</param>
/// <param name="Computer">Only this computer, or null.</param>
/// <param name="Severity">Only this severity, or null.</param>
/// <param name="Search">Only what holds this text in its computer, alert type, title or message, without regard to case; or null.</param>
/// <param name="Order">The order.</param>
public sealed record AlertQuery(string? AlertType, string? Computer, Severity? Severity, string? Search, AlertOrder Order)
{
    /// <summary>Whether an alert is listed.</summary>
    public bool Matches(ListedAlert item) =>
        (Severity is null || item.Type.Severity == Severity)
        && (Search is null || Array.Exists([item.Alert.Computer, item.Alert.Type, item.Type.TitleJa, item.Type.TitleEn, item.Alert.Message], text => text?.Contains(Search, StringComparison.OrdinalIgnoreCase) == true));
}

/// <summary>An outstanding alert with the settings of its type.</summary>
/// <param name="Alert">The alert.</param>
/// <param name="Type">Its type.</param>
public sealed record ListedAlert(Alert Alert, AlertType Type);

/// <summary>One page of outstanding alerts.</summary>
/// <param name="Items">The alerts, in order.</param>
/// <param name="Total">How many alerts the query matches over all pages; null when there are more than <see cref="AlertLister.MaximumTotal"/>.</param>
/// <param name="Next">Where the next page begins; null when this is the last.</param>
public sealed record AlertPage(IReadOnlyList<ListedAlert> Items, int? Total, AlertPlace? Next);

/// <summary>
/// Lists outstanding alerts in any order. Storage knows only the order of its keys, so each page reads all alerts that may match, a thousand in one
/// operation, and keeps no more of them than the page holds.
/// </summary>
public sealed class AlertLister(AlertStore alerts, AlertTypeStore alertTypes)
{
    /// <summary>The largest total that is counted.</summary>
    public const int MaximumTotal = 10_000;

    /// <summary>One page of a query.</summary>
    /// <param name="query">Which alerts, and in which order.</param>
    /// <param name="top">The most that one page holds, 1 to 1,000.</param>
    /// <param name="after">What the page before gave, or null for the first.</param>
    /// <param name="cancellationToken">Cancels the operation.</param>
    public async Task<AlertPage> ListAsync(AlertQuery query, int top, AlertPlace? after, CancellationToken cancellationToken)
    {
        Dictionary<string, AlertType> types = (await alertTypes.ListAsync(cancellationToken)).ToDictionary(type => type.Name, StringComparer.Ordinal);

        // The last of those kept is the first to go.
        var kept = new PriorityQueue<ListedAlert, AlertPlace>(Comparer<AlertPlace>.Create((a, b) => query.Order.Compare(b, a)));
        int total = 0;
        int following = 0;
        await foreach (Alert alert in alerts.ReadAsync(query.AlertType, query.Computer, cancellationToken))
        {
            var item = new ListedAlert(alert, types.GetValueOrDefault(alert.Type) ?? alert.UnregisteredType);
            if (!query.Matches(item))
            {
                continue;
            }

            total++;
            AlertPlace place = AlertPlace.Of(item);
            if (after is not null && query.Order.Compare(place, after) <= 0)
            {
                continue;
            }

            following++;
            if (kept.Count < top)
            {
                kept.Enqueue(item, place);
            }
            else
            {
                kept.EnqueueDequeue(item, place);
            }
        }

        List<ListedAlert> items = kept.UnorderedItems.OrderBy(item => item.Priority, query.Order).Select(item => item.Element).ToList();
        return new AlertPage(items, total <= MaximumTotal ? total : null, following > top ? AlertPlace.Of(items[^1]) : null);
    }
}

/// <summary>An order of outstanding alerts in which no two are equal.</summary>
/// <param name="Sort">What it is by.</param>
/// <param name="Descending">Whether the largest comes first.</param>
public sealed record AlertOrder(AlertSort Sort, bool Descending) : IComparer<AlertPlace>
{
    /// <inheritdoc/>
    public int Compare(AlertPlace? x, AlertPlace? y)
    {
        int first = Sort switch
        {
            AlertSort.Severity => x!.Severity.CompareTo(y!.Severity),
            AlertSort.RaisedAt => x!.RaisedAt.CompareTo(y!.RaisedAt),
            AlertSort.Alert => string.CompareOrdinal(x!.Alert, y!.Alert),
            _ => string.CompareOrdinal(x!.Computer, y!.Computer),
        };
        if (first != 0)
        {
            return Descending ? -first : first;
        }

        int newest = Sort == AlertSort.Severity ? y!.RaisedAt.CompareTo(x!.RaisedAt) : 0;
        return newest != 0 ? newest
            : string.CompareOrdinal(x!.Alert, y!.Alert) is var alert && alert != 0 ? alert
            : string.CompareOrdinal(x.Computer, y.Computer);
    }
}

/// <summary>A place in a list of outstanding alerts: that of an alert, whether or not it is still outstanding when the list goes on.</summary>
/// <param name="Severity">The severity.</param>
/// <param name="RaisedAt">The time of the raise.</param>
/// <param name="Alert">The alert type's name.</param>
/// <param name="Computer">The computer.</param>
public sealed record AlertPlace(Severity Severity, DateTimeOffset RaisedAt, string Alert, string Computer)
{
    /// <summary>No name has a control character.</summary>
    private const char Separator = '\n';

    /// <summary>The place of an alert.</summary>
    public static AlertPlace Of(ListedAlert item) => new(item.Type.Severity, item.Alert.RaisedAt, item.Alert.Type, item.Alert.Computer);

    /// <summary>The place as the continuation of a list. It names the order, since in another it would be the place of something else.</summary>
    public string ToContinuation(AlertOrder order) => string.Join(
        Separator, order.Sort, order.Descending, Severity, RaisedAt.UtcTicks.ToString(CultureInfo.InvariantCulture), Alert, Computer);

    /// <summary>The place that a continuation of a list in an order stands for; null when it stands for none.</summary>
    public static AlertPlace? Parse(string continuation, AlertOrder order) =>
        continuation.Split(Separator) is [var sort, var descending, var severity, var ticks, { Length: > 0 } alert, { Length: > 0 } computer]
        && sort == order.Sort.ToString()
        && descending == order.Descending.ToString()
        && Enum.GetNames<Severity>().Contains(severity) && Enum.TryParse(severity, out Severity ofSeverity) // which takes numbers and lists of names, too
        && long.TryParse(ticks, NumberStyles.None, CultureInfo.InvariantCulture, out long raisedAt) && raisedAt <= DateTimeOffset.MaxValue.Ticks
            ? new AlertPlace(ofSeverity, new DateTimeOffset(raisedAt, TimeSpan.Zero), alert, computer)
            : null;
}
