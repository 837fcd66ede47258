using AlertFunctions.Core.Alerts;
using AlertFunctions.Core.Texts;

namespace AlertFunctions.Core.ScheduledTasks.Summaries;

/// <summary>One alert type's outstanding alerts.</summary>
/// <param name="Type">The alert type.</param>
/// <param name="Count">On how many computers it is outstanding.</param>
/// <param name="Oldest">The first of them, the longest outstanding first.</param>
public sealed record OutstandingType(AlertType Type, int Count, IReadOnlyList<OutstandingComputer> Oldest);

/// <summary>One outstanding alert.</summary>
/// <param name="Computer">The computer.</param>
/// <param name="RaisedAt">Since when.</param>
public sealed record OutstandingComputer(string Computer, DateTimeOffset RaisedAt);

/// <summary>What is outstanding at a moment.</summary>
/// <param name="At">The moment.</param>
/// <param name="Types">By alert type, the one with the oldest alert first.</param>
public sealed record OutstandingAlerts(DateTimeOffset At, IReadOnlyList<OutstandingType> Types)
{
    /// <summary>How many alerts are outstanding.</summary>
    public int Count => Types.Sum(type => type.Count);

    /// <summary>How many of a severity are outstanding.</summary>
    public int CountOf(Severity severity) => Types.Where(type => type.Type.Severity == severity).Sum(type => type.Count);
}

/// <summary>Reads what is outstanding, page by page; it keeps the first computers of each type and counts the others.</summary>
public sealed class OutstandingAlertsReader(AlertStore alerts, AlertTypeStore alertTypes, TimeProvider time)
{
    /// <summary>Computers named for one alert type.</summary>
    public const int MaximumComputers = 100;

    /// <summary>Computers named in one mail; many alert types would else make a mail that no server takes. The types that have been open longest are first.</summary>
    public const int MaximumComputersInAll = 2_000;

    /// <summary>Reads all outstanding alerts by type.</summary>
    public async Task<OutstandingAlerts> ReadAsync(CancellationToken cancellationToken)
    {
        DateTimeOffset now = time.GetUtcNow();
        var byType = new Dictionary<string, Oldest>(StringComparer.Ordinal);
        await foreach ((string alertType, string computer, DateTimeOffset raisedAt, Severity? severity) in alerts.ReadAllAsync(cancellationToken))
        {
            if (!byType.TryGetValue(alertType, out Oldest? oldest))
            {
                byType[alertType] = oldest = new Oldest(severity);
            }

            oldest.Add(new OutstandingComputer(computer, raisedAt));
        }

        Dictionary<string, AlertType> settings = (await alertTypes.ListAsync(cancellationToken)).ToDictionary(type => type.Name, StringComparer.Ordinal);
        var types = new List<OutstandingType>();
        int room = MaximumComputersInAll;
        foreach ((AlertType type, Oldest oldest, List<OutstandingComputer> computers) in byType
            .Select(pair => (Type: settings.GetValueOrDefault(pair.Key) ?? new AlertType(pair.Key) { Severity = pair.Value.UnregisteredSeverity ?? default }, Oldest: pair.Value, Computers: pair.Value.InOrder()))
            .OrderBy(item => item.Computers[0].RaisedAt)
            .ThenBy(item => item.Type.Name, StringComparer.Ordinal))
        {
            types.Add(new OutstandingType(type, oldest.Count, computers.Take(room).ToList()));
            room -= Math.Min(room, computers.Count);
        }

        return new OutstandingAlerts(now, types);
    }

    /// <summary>The oldest alerts of a type that it has met so far.</summary>
    /// <param name="unregisteredSeverity">The severity of its alerts, where the type has no settings.</param>
    private sealed class Oldest(Severity? unregisteredSeverity)
    {
        // The newest of those kept is the first to go.
        private readonly PriorityQueue<OutstandingComputer, (long, string)> _kept = new(Comparer<(long Ticks, string Computer)>.Create(
            (a, b) => a.Ticks != b.Ticks ? b.Ticks.CompareTo(a.Ticks) : string.CompareOrdinal(b.Computer, a.Computer)));

        public int Count { get; private set; }

        public Severity? UnregisteredSeverity => unregisteredSeverity;

        public void Add(OutstandingComputer computer)
        {
            Count++;
            (long, string) age = (computer.RaisedAt.UtcTicks, computer.Computer);
            _ = _kept.Count < MaximumComputers ? Enqueue(computer, age) : _kept.EnqueueDequeue(computer, age);
        }

        public List<OutstandingComputer> InOrder() => _kept.UnorderedItems
            .Select(item => item.Element)
            .OrderBy(computer => computer.RaisedAt)
            .ThenBy(computer => computer.Computer, StringComparer.Ordinal)
            .ToList();

        private OutstandingComputer Enqueue(OutstandingComputer computer, (long, string) age)
        {
            _kept.Enqueue(computer, age);
            return computer;
        }
    }
}
