using AlertFunctions.Core.Texts;

namespace AlertFunctions.Core.Alerts;

/// <summary>One alert type's outstanding alerts in figures.</summary>
/// <param name="Type">The alert type.</param>
/// <param name="Outstanding">On how many computers it is outstanding and since when, with the first of them.</param>
public sealed record AlertSummary(AlertType Type, OutstandingFigures Outstanding);

/// <summary>One computer's outstanding alerts in figures.</summary>
/// <param name="Computer">The computer.</param>
/// <param name="Severity">The highest severity of its alerts.</param>
/// <param name="Outstanding">How many alerts are outstanding on it and since when, with the first of them.</param>
public sealed record ComputerSummary(string Computer, Severity Severity, OutstandingFigures Outstanding);

/// <summary>Outstanding alerts in figures.</summary>
/// <param name="Count">How many.</param>
/// <param name="First">What has been outstanding longest: computers or alert types, at most <see cref="AlertSummarizer.MaximumNamed"/>.</param>
/// <param name="FirstRaisedAt">Since when, at the earliest.</param>
/// <param name="LastRaisedAt">Since when, at the latest.</param>
public sealed record OutstandingFigures(int Count, IReadOnlyList<string> First, DateTimeOffset FirstRaisedAt, DateTimeOffset LastRaisedAt);

/// <summary>Sums up the outstanding alerts, a thousand of which are read in one operation; of each type or computer only figures are kept.</summary>
public sealed class AlertSummarizer(AlertStore alerts, AlertTypeStore alertTypes)
{
    /// <summary>Computers, or alert types, that are named in one summary.</summary>
    public const int MaximumNamed = 5;

    /// <summary>By alert type, the one with the oldest alert first.</summary>
    public async Task<IReadOnlyList<AlertSummary>> ByAlertTypeAsync(CancellationToken cancellationToken)
    {
        Dictionary<string, AlertType> types = await ReadTypesAsync(cancellationToken);
        var tallies = new Dictionary<string, Tally>(StringComparer.Ordinal);
        await foreach (OutstandingAlert alert in alerts.ReadAllAsync(cancellationToken))
        {
            TallyOf(tallies, alert.Type).Add(alert.Computer, alert.RaisedAt, TypeOf(alert, types).Severity);
        }

        return InOrder(tallies)
            .Select(pair => new AlertSummary(types.GetValueOrDefault(pair.Key) ?? new AlertType(pair.Key) { Severity = pair.Value.Severity }, pair.Value.ToFigures()))
            .ToList();
    }

    /// <summary>By computer, the one with the oldest alert first.</summary>
    public async Task<IReadOnlyList<ComputerSummary>> ByComputerAsync(CancellationToken cancellationToken)
    {
        Dictionary<string, AlertType> types = await ReadTypesAsync(cancellationToken);
        var tallies = new Dictionary<string, Tally>(StringComparer.Ordinal);
        await foreach (OutstandingAlert alert in alerts.ReadAllAsync(cancellationToken))
        {
            TallyOf(tallies, alert.Computer).Add(alert.Type, alert.RaisedAt, TypeOf(alert, types).Severity);
        }

        return InOrder(tallies).Select(pair => new ComputerSummary(pair.Key, pair.Value.Severity, pair.Value.ToFigures())).ToList();
    }

    private async Task<Dictionary<string, AlertType>> ReadTypesAsync(CancellationToken cancellationToken) =>
        (await alertTypes.ListAsync(cancellationToken)).ToDictionary(type => type.Name, StringComparer.Ordinal);

    private static AlertType TypeOf(OutstandingAlert alert, Dictionary<string, AlertType> types) =>
        types.GetValueOrDefault(alert.Type) ?? new AlertType(alert.Type) { Severity = alert.UnregisteredSeverity ?? default };

    private static Tally TallyOf(Dictionary<string, Tally> tallies, string name) => tallies.TryGetValue(name, out Tally? tally) ? tally : tallies[name] = new Tally();

    private static IEnumerable<KeyValuePair<string, Tally>> InOrder(Dictionary<string, Tally> tallies) =>
        tallies.OrderBy(pair => pair.Value.FirstRaisedAt).ThenBy(pair => pair.Key, StringComparer.Ordinal);

    private sealed class Tally
    {
        private readonly SortedSet<(DateTimeOffset RaisedAt, string Name)> _first = new(Comparer<(DateTimeOffset RaisedAt, string Name)>.Create(
            (a, b) => a.RaisedAt.CompareTo(b.RaisedAt) is var age && age != 0 ? age : string.CompareOrdinal(a.Name, b.Name)));

        private DateTimeOffset _lastRaisedAt;
        private int _count;

        public DateTimeOffset FirstRaisedAt => _first.Min.RaisedAt;

        public Severity Severity { get; private set; }

        public void Add(string name, DateTimeOffset raisedAt, Severity severity)
        {
            _count++;
            _lastRaisedAt = raisedAt > _lastRaisedAt ? raisedAt : _lastRaisedAt;
            Severity = severity > Severity ? severity : Severity;
            _first.Add((raisedAt, name));
            if (_first.Count > MaximumNamed)
            {
                _first.Remove(_first.Max);
            }
        }

        public OutstandingFigures ToFigures() => new(_count, _first.Select(item => item.Name).ToList(), FirstRaisedAt, _lastRaisedAt);
    }
}
