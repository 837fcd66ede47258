namespace AlertFunctions.Core.Alerts;

/// <summary>
/// Remembers which alerts this process has found a row of, outstanding or just cleared. It is a hint and no more: an alert that was seen is read before
/// it is changed, and one that was not seen is taken to be absent until adding its row conflicts.
/// </summary>
public sealed class SeenAlerts
{
    /// <summary>After this many more alerts an alert is forgotten at the earliest, after twice as many at the latest. A hash of each is kept: a few megabytes.</summary>
    private const int Memory = 50_000;

    private readonly Lock _lock = new();
    private HashSet<int> _recent = [];
    private HashSet<int> _older = [];

    /// <summary>Remembers an alert.</summary>
    /// <param name="alertType">The alert type's name.</param>
    /// <param name="computer">The computer.</param>
    public void Add(string alertType, string computer)
    {
        lock (_lock)
        {
            _recent.Add(HashCode.Combine(alertType, computer));
            if (_recent.Count >= Memory)
            {
                _older = _recent;
                _recent = [];
            }
        }
    }

    /// <summary>Whether an alert was seen. Two alerts of the same hash are taken for one, which costs a read.</summary>
    /// <param name="alertType">The alert type's name.</param>
    /// <param name="computer">The computer.</param>
    public bool Contains(string alertType, string computer)
    {
        int hash = HashCode.Combine(alertType, computer);
        lock (_lock)
        {
            return _recent.Contains(hash) || _older.Contains(hash);
        }
    }
}
