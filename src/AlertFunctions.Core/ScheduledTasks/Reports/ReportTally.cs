using System.Globalization;
using AlertFunctions.Core.Alerts;
using AlertFunctions.Core.SystemEvents;
using AlertFunctions.Core.Texts;

namespace AlertFunctions.Core.ScheduledTasks.Reports;

/// <summary>Adds up the system events of a period, in any order. Its memory grows with the number of names, not of events.</summary>
public sealed class ReportTally
{
    /// <summary>Maximum computers listed in a report's CSV.</summary>
    public const int MaximumListed = 1_000;

    /// <summary>Maximum names counted at a time. Beyond it the rarest are dropped, which only affects ranks far below the first ten.</summary>
    private const int MaximumNames = 200_000;

    private const int MaximumReasons = 10;

    private readonly DateTimeOffset _from;
    private readonly DateTimeOffset _to;
    private readonly TimeZoneInfo _zone;
    private readonly DateOnly _firstDay;
    private readonly int[] _raised;
    private readonly int[] _cleared;
    private readonly int[] _failures = new int[3];
    private readonly Counts _types = new();
    private readonly Counts _computers = new();
    private readonly Counts _reasons = new();
    private double _clearSeconds;
    private long _clearTimes;
    private TimeSpan? _longest;
    private int _clearedLater;
    private int _sent;
    private int _resent;
    private int _givenUp;

    /// <summary>Starts an empty tally.</summary>
    public ReportTally(DateTimeOffset from, DateTimeOffset to, TimeZoneInfo zone)
    {
        (_from, _to, _zone) = (from, to, zone);
        _firstDay = LocalDays.DayOf(from, zone);
        int days = LocalDays.DayOf(to.AddTicks(-1), zone).DayNumber - _firstDay.DayNumber + 1;
        _raised = new int[days];
        _cleared = new int[days];
    }

    /// <summary>The system events that are counted: raises, clears, deliveries and failures.</summary>
    public static IReadOnlyList<int> Numbers { get; } = [190, 192, 197, 567, 569, 570];

    /// <summary>The system events needed from after the period: an alert cleared since then was still open at its end.</summary>
    public static IReadOnlyList<int> NumbersAfter { get; } = [192];

    /// <summary>Counts a system event.</summary>
    public void Add(JournalEntry entry)
    {
        if (entry.Time >= _to)
        {
            _clearedLater += entry.Number == 192 ? entry.Computers.Count(computer => computer.RaisedAt < _to) : 0;
            return;
        }

        switch (entry.Number)
        {
            case 190:
                AddTransitions(entry, _raised, raised: 1);
                break;
            case 192:
                AddTransitions(entry, _cleared, raised: 0);
                AddClearTimes(entry);
                break;
            case 569:
                AddFailure(entry);
                break;
            default:
                AddDeliveries(entry);
                break;
        }
    }

    /// <summary>The resulting figures.</summary>
    /// <param name="stillOpen">The number of alerts raised before the end of the period that are outstanding now.</param>
    /// <param name="types">The settings of the alert types.</param>
    public ReportFigures ToFigures(int stillOpen, IReadOnlyDictionary<string, AlertType> types) => new(
        _from,
        _to,
        _zone,
        _raised.Select((raised, day) => new DayFigures(_firstDay.AddDays(day), raised, _cleared[day])).ToList(),
        stillOpen + _clearedLater,
        _clearTimes == 0 ? null : TimeSpan.FromSeconds(_clearSeconds / _clearTimes),
        _longest,
        _types.Top(int.MaxValue),
        _computers.Top(MaximumListed),
        new MailFigures(_sent, _resent, _givenUp, _failures, _reasons.Top(MaximumReasons).Select(reason => (reason.Name, reason.Raised)).ToList()),
        types);

    private void AddTransitions(JournalEntry entry, int[] days, int raised)
    {
        int day = Math.Clamp(LocalDays.DayOf(entry.Time, _zone).DayNumber - _firstDay.DayNumber, 0, days.Length - 1);
        days[day] += entry.Count;
        _types.Add(entry.Target, raised * entry.Count, (1 - raised) * entry.Count);
        foreach (JournalComputer computer in entry.Computers)
        {
            _computers.Add(computer.Computer, raised, 1 - raised);
        }
    }

    private void AddClearTimes(JournalEntry entry)
    {
        foreach (JournalComputer computer in entry.Computers)
        {
            if (computer.RaisedAt is { } raisedAt)
            {
                TimeSpan open = computer.Time > raisedAt ? computer.Time - raisedAt : TimeSpan.Zero;
                _clearSeconds += open.TotalSeconds;
                _clearTimes++;
                _longest = _longest is null || open > _longest ? open : _longest;
            }
        }
    }

    private void AddDeliveries(JournalEntry entry)
    {
        foreach (string attempts in entry.Data.GetValueOrDefault("attempts", "").Split(", ", StringSplitOptions.RemoveEmptyEntries))
        {
            _sent++;
            _resent += attempts == "1" ? 0 : 1;
        }
    }

    private void AddFailure(JournalEntry entry)
    {
        if (int.TryParse(entry.Data.GetValueOrDefault("pattern"), NumberStyles.None, CultureInfo.InvariantCulture, out int pattern) && pattern is >= 1 and <= 3)
        {
            _failures[pattern - 1]++;
        }

        if (entry.Data.GetValueOrDefault("resendsLeft") == "0")
        {
            _givenUp++;
            _reasons.Add(HarmlessText.OneLine(entry.Data.GetValueOrDefault("reply", "")), 1, 0);
        }
    }

    /// <summary>Raises and clears by name.</summary>
    private sealed class Counts
    {
        private readonly Dictionary<string, (int Raised, int Cleared)> _byName = new(StringComparer.Ordinal);

        public void Add(string name, int raised, int cleared)
        {
            (int, int) sum = _byName.TryGetValue(name, out (int Raised, int Cleared) before) ? (before.Raised + raised, before.Cleared + cleared) : (raised, cleared);
            _byName[name] = sum;
            if (_byName.Count > MaximumNames)
            {
                Forget();
            }
        }

        public List<NameFigures> Top(int count) => _byName
            .Select(pair => new NameFigures(pair.Key, pair.Value.Raised, pair.Value.Cleared))
            .OrderByDescending(name => name.Raised)
            .ThenByDescending(name => name.Cleared)
            .ThenBy(name => name.Name, StringComparer.Ordinal)
            .Take(count)
            .ToList();

        private void Forget()
        {
            foreach (NameFigures name in Top(int.MaxValue).Skip(MaximumNames / 2))
            {
                _byName.Remove(name.Name);
            }
        }
    }
}
