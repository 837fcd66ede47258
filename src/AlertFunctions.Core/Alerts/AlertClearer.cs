using AlertFunctions.Core.Mail;

namespace AlertFunctions.Core.Alerts;

/// <summary>What an operator wants cleared.</summary>
/// <param name="Alert">The alert type; null means all of a computer.</param>
/// <param name="Computer">The computer; null means all of an alert type.</param>
/// <param name="RaisedAt">Only an alert raised at this time, or null.</param>
public sealed record ClearRequest(string? Alert, string? Computer, DateTimeOffset? RaisedAt)
{
    /// <summary>Whether an alert is among those asked for.</summary>
    /// <param name="alert">The alert.</param>
    public bool Covers(Alert alert) =>
        (Alert is null || Alert == alert.Type) && (Computer is null || Computer == alert.Computer) && (RaisedAt is null || RaisedAt == alert.RaisedAt);
}

/// <summary>Clears alerts for an operator.</summary>
public sealed class AlertClearer
{
    private const int PageSize = 1_000;

    private readonly AlertStore _alerts;
    private readonly AlertChanger _changer;
    private readonly PromptWakeUps _wakeUps;
    private readonly TimeProvider _time;

    internal AlertClearer(AlertStore alerts, AlertChanger changer, PromptWakeUps wakeUps, TimeProvider time)
    {
        _alerts = alerts;
        _changer = changer;
        _wakeUps = wakeUps;
        _time = time;
    }

    /// <summary>Clears what is asked for.</summary>
    /// <param name="requests">What to clear.</param>
    /// <param name="note">Why, for the mail; or null.</param>
    /// <param name="by">Who, for the system event; or null.</param>
    /// <param name="cancellationToken">Ends the waiting; what was cleared stays cleared.</param>
    /// <returns>The alerts that were cleared.</returns>
    public async Task<IReadOnlyList<Alert>> ClearAsync(IReadOnlyList<ClearRequest> requests, string? note, string? by, CancellationToken cancellationToken)
    {
        var wanted = new List<Alert>();
        foreach (ClearRequest request in requests)
        {
            wanted.AddRange(await ResolveAsync(request, cancellationToken));
        }

        var cleared = new List<Alert>();
        var changed = new List<string>();
        DateTimeOffset now = _time.GetUtcNow();
        try
        {
            foreach (IGrouping<string, Alert> type in wanted.GroupBy(alert => alert.Type, StringComparer.Ordinal))
            {
                // Only the raise that was seen is cleared: the one who asked has not seen a newer.
                Dictionary<string, Alert> alerts = type.DistinctBy(alert => alert.Computer, StringComparer.Ordinal).ToDictionary(alert => alert.Computer, StringComparer.Ordinal);
                List<Report> reports = alerts.Values
                    .Select(alert => new Report(alert.Computer, TransitionKind.Clear, now < alert.RaisedAt ? alert.RaisedAt : now, note) { By = by, OnlyIfRaisedAt = alert.RaisedAt })
                    .ToList();
                IReadOnlyList<Transition> transitions = await _changer.ApplyAsync(type.Key, reports, cancellationToken);
                cleared.AddRange(transitions.Select(transition => alerts[transition.Report.Computer]));
                if (transitions.Count > 0)
                {
                    changed.Add(type.Key);
                }
            }
        }
        finally
        {
            await _wakeUps.ComposeAsync(changed); // what is cleared stays cleared, also when the time is up
        }

        return cleared;
    }

    private async Task<IReadOnlyList<Alert>> ResolveAsync(ClearRequest request, CancellationToken cancellationToken)
    {
        if (request is { Alert: { } type, Computer: { } computer })
        {
            return await _alerts.FindAsync(type, computer, cancellationToken) is { } alert && request.Covers(alert) ? [alert] : [];
        }

        var all = new List<Alert>();
        for (string? continuation = null; ;)
        {
            (IReadOnlyList<Alert> page, continuation) = await _alerts.ListAsync(request.Alert, request.Computer, request.Covers, PageSize, continuation, cancellationToken);
            all.AddRange(page);
            if (continuation is null)
            {
                return all;
            }
        }
    }
}
