using AlertFunctions.Core.Alerts;
using AlertFunctions.Core.Texts;

namespace AlertFunctions.Core.ScheduledTasks.Summaries;

/// <summary>The outstanding alerts of one alert type.</summary>
/// <param name="Type">The alert type.</param>
/// <param name="Count">The number of computers on which it is outstanding.</param>
/// <param name="Oldest">The computers on which it has been outstanding longest, oldest first.</param>
public sealed record OutstandingType(AlertType Type, int Count, IReadOnlyList<OutstandingComputer> Oldest);

/// <summary>An outstanding alert on a computer.</summary>
/// <param name="Computer">The computer.</param>
/// <param name="RaisedAt">When it was raised.</param>
public sealed record OutstandingComputer(string Computer, DateTimeOffset RaisedAt);

/// <summary>All alerts outstanding at a point in time.</summary>
/// <param name="At">The point in time.</param>
/// <param name="Types">The alert types, the one with the oldest alert first.</param>
public sealed record OutstandingAlerts(DateTimeOffset At, IReadOnlyList<OutstandingType> Types)
{
    /// <summary>The number of outstanding alerts.</summary>
    public int Count => Types.Sum(type => type.Count);

    /// <summary>The number of outstanding alerts of a severity.</summary>
    public int CountOf(Severity severity) => Types.Where(type => type.Type.Severity == severity).Sum(type => type.Count);
}

/// <summary>Reads outstanding alerts page by page. It keeps the computers affected longest for each type and only counts the others.</summary>
public sealed class OutstandingAlertsReader(AlertStore alerts, AlertTypeStore alertTypes, TimeProvider time)
{
    /// <summary>Maximum computers listed per alert type.</summary>
    public const int MaximumComputers = 100;

    /// <summary>Maximum computers listed in one mail, since servers reject oversized mail. The types outstanding longest come first.</summary>
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

    /// <summary>The oldest alerts of a type among those read so far.</summary>
    /// <param name="unregisteredSeverity">The severity of its alerts if the type has no settings.</param>
    private sealed class Oldest(Severity? unregisteredSeverity)
    {
        // The newest is at the head, so that it is dropped first.
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
