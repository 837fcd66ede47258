using System.Collections.Concurrent;
using System.Globalization;
using AlertFunctions.Core.Outbox;
using AlertFunctions.Core.Storage;

namespace AlertFunctions.Core.Alerts;

/// <summary>One item of an operator's request to clear alerts.</summary>
/// <param name="Alert">The alert type; null for all alerts of the computer.</param>
/// <param name="Computer">The computer; null for all alerts of the type.</param>
/// <param name="RaisedAt">Clear only an alert raised at this time; null for any.</param>
public sealed record ClearRequest(string? Alert, string? Computer, DateTimeOffset? RaisedAt)
{
    /// <summary>Whether it names a single alert.</summary>
    public bool NamesOne => Alert is not null && Computer is not null;

    /// <summary>Whether a cleared alert matches this item.</summary>
    /// <param name="alert">The alert.</param>
    public bool Covers(ClearedAlert alert) =>
        (Alert is null || Alert == alert.Type) && (Computer is null || Computer == alert.Computer) && (RaisedAt is null || RaisedAt == alert.RaisedAt);
}

/// <summary>An alert that was cleared.</summary>
/// <param name="Type">The alert type's name.</param>
/// <param name="Computer">The computer.</param>
/// <param name="RaisedAt">When it was raised.</param>
public sealed record ClearedAlert(string Type, string Computer, DateTimeOffset RaisedAt);

/// <summary>The result of a request to clear alerts.</summary>
/// <param name="Cleared">The alerts that were cleared.</param>
/// <param name="NotFound">The items that were handled but matched no outstanding alert.</param>
/// <param name="Continuation">Where the same request continues; null if it is complete.</param>
public sealed record ClearedAlerts(IReadOnlyList<ClearedAlert> Cleared, IReadOnlyList<ClearRequest> NotFound, string? Continuation);

/// <summary>Clears alerts for an operator, as many as fit into the time of one request.</summary>
public sealed class AlertClearer(AlertStore alerts, AlertChanger changer, UlidSequence ulids, PromptWakeUps wakeUps, TimeProvider time)
{
    /// <summary>Alerts per step: together with their outbox row they fill a transaction.</summary>
    private const int StepSize = TableTransaction.MaximumRows - 1;

    /// <summary>A whole number of steps within one response of the service, so that no further response is needed to know whether there are more.</summary>
    private const int PageSize = Tables.PageSize / StepSize * StepSize;

    /// <summary>Maximum alerts in one response; more would be unwieldy for people and programs.</summary>
    private const int MaximumCleared = 5_000;

    private const int ParallelTypes = 8;

    /// <summary>After this time no step is started, so that the response is sent well before the request's deadline.</summary>
    private static readonly TimeSpan TimeAllowed = TimeSpan.FromSeconds(15);

    /// <summary>How far the clocks behind ULIDs may differ. A raise counts as newer than a request only if it is newer by more than this.</summary>
    private static readonly TimeSpan ClockTolerance = TimeSpan.FromSeconds(2);

    /// <summary>Clears the requested alerts.</summary>
    /// <param name="requests">What to clear.</param>
    /// <param name="continuation">The continuation from the previous response to the same request, or null for the first.</param>
    /// <param name="note">The reason, shown in mail; or null.</param>
    /// <param name="by">The operator, shown in the system event; or null.</param>
    /// <param name="cancellationToken">Cancels the operation; what was cleared stays cleared.</param>
    public async Task<ClearedAlerts> ClearAsync(IReadOnlyList<ClearRequest> requests, string? continuation, string? note, string? by, CancellationToken cancellationToken)
    {
        DateTimeOffset now = time.GetUtcNow();
        Position begin = continuation is null ? new Position(0, Found: false, ulids.Next().Time, Place: null) : Position.Parse(continuation)!;
        var cleared = new List<ClearedAlert>();
        Position at = begin;
        bool stepped = false; // each request makes progress, however long it takes to find the alerts
        try
        {
            do
            {
                at = requests[at.Item].NamesOne ? await ClearNamedAsync(at) : await ClearListedAsync(at);
            }
            while (at.Item < requests.Count && HasTime());
        }
        finally
        {
            // Cleared alerts stay cleared even if a later step fails, so their mail is queued.
            await wakeUps.ComposeAsync(cleared.Select(alert => alert.Type).Distinct(StringComparer.Ordinal).ToList());
        }

        List<ClearRequest> notFound = Enumerable.Range(begin.Item, at.Item - begin.Item)
            .Where(item => !(item == begin.Item && begin.Found) && !cleared.Any(requests[item].Covers))
            .Select(item => requests[item])
            .ToList();
        return new ClearedAlerts(cleared, notFound, at.Item < requests.Count ? at.ToString() : null);

        bool HasTime() => time.GetUtcNow() - now < TimeAllowed && cleared.Count < MaximumCleared;

        Report ToReport(string computer) => new(computer, TransitionKind.Clear, now, note) { ByHand = true, By = by };

        async Task<Position> ClearNamedAsync(Position position)
        {
            List<ClearRequest> some = requests.Skip(position.Item).TakeWhile(request => request.NamesOne).Take(StepSize).ToList();
            await ApplyAsync(some.GroupBy(request => request.Alert!, request => ToReport(request.Computer!) with { OnlyIfRaisedAt = request.RaisedAt }, StringComparer.Ordinal));
            return new Position(position.Item + some.Count, Found: false, position.Start, Place: null);
        }

        // The listed rows and their ETags are all that is needed to clear them. Rows that have changed since are skipped, and so are alerts raised after
        // the request, or the one that it continues, was sent: the operator has not seen them.
        async Task<Position> ClearListedAsync(Position position)
        {
            ClearRequest request = requests[position.Item];
            (IReadOnlyList<Alert> page, string? next) = await alerts.ListToClearAsync(
                request.Alert,
                request.Computer,
                alert => (request.RaisedAt is null || request.RaisedAt == alert.RaisedAt) && alert.Raise.Time - position.Start <= ClockTolerance,
                PageSize,
                position.Place,
                cancellationToken);
            foreach (Alert[] some in page.Chunk(StepSize))
            {
                if (stepped && !HasTime())
                {
                    return position;
                }

                int before = cleared.Count;
                await ApplyAsync(
                    some.GroupBy(alert => alert.Type, alert => ToReport(alert.Computer) with { OnlyRaise = alert.Raise }, StringComparer.Ordinal),
                    some.ToLookup(alert => alert.Type, StringComparer.Ordinal));
                position = position with { Found = position.Found || cleared.Count > before, Place = AlertStore.PlaceOf(some[^1]) };
            }

            return next is null ? new Position(position.Item + 1, Found: false, position.Start, Place: null) : position;
        }

        async Task ApplyAsync(IEnumerable<IGrouping<string, Report>> types, ILookup<string, Alert>? listed = null)
        {
            var applied = new ConcurrentDictionary<string, AppliedReports>(StringComparer.Ordinal);
            List<IGrouping<string, Report>> all = types.ToList();
            await Parallel.ForEachAsync(
                all,
                new ParallelOptions { MaxDegreeOfParallelism = ParallelTypes, CancellationToken = cancellationToken },
                async (type, token) => applied[type.Key] = await changer.ApplyAsync(
                    type.Key,
                    type.ToList(),
                    token,
                    listed?[type.Key].ToDictionary(alert => alert.Computer, alert => new AlertState { Alert = alert, ETag = alert.ETag }, StringComparer.Ordinal)));
            cleared.AddRange(all.SelectMany(type => applied[type.Key].Transitions.Select(
                transition => new ClearedAlert(type.Key, transition.Report.Computer, transition.RaisedAt!.Value))));
            stepped = true;
        }
    }

    /// <summary>Whether a text has the form of a request's continuation.</summary>
    /// <param name="text">The text.</param>
    /// <param name="items">The number of items in the request.</param>
    public static bool IsContinuation(string text, int items) => Position.Parse(text) is { } position && position.Item < items;

    /// <summary>The progress of a request.</summary>
    /// <param name="Item">The index of the first unfinished item.</param>
    /// <param name="Found">Whether alerts of this item were already cleared.</param>
    /// <param name="Start">When the first request started, by the clock behind ULIDs.</param>
    /// <param name="Place">Where the list of this item's alerts continues; null at its beginning.</param>
    private sealed record Position(int Item, bool Found, DateTimeOffset Start, string? Place)
    {
        public static Position? Parse(string text) =>
            text.Split(Keys.Separator, 4) is [var item, ("0" or "1") and var found, var start, var place]
            && int.TryParse(item, NumberStyles.None, CultureInfo.InvariantCulture, out int number)
            && long.TryParse(start, NumberStyles.None, CultureInfo.InvariantCulture, out long ticks)
            && ticks <= DateTime.MaxValue.Ticks
            && (place.Length == 0 || AlertStore.IsContinuation(place))
                ? new Position(number, found == "1", new DateTimeOffset(ticks, TimeSpan.Zero), place.Length == 0 ? null : place)
                : null;

        public override string ToString() =>
            string.Join(Keys.Separator, Item.ToString(CultureInfo.InvariantCulture), Found ? "1" : "0", Keys.Ticks(Start), Place);
    }
}
