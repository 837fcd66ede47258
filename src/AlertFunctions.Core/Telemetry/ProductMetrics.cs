using System.Diagnostics;
using System.Diagnostics.Metrics;

namespace AlertFunctions.Core.Telemetry;

/// <summary>What the product counts and measures. No measurement names an address, a computer, an alert, a key or what a message says.</summary>
public sealed class ProductMetrics
{
    /// <summary>The name of the meter.</summary>
    public const string MeterName = "AlertFunctions";

    private const string Outcome = "alertfunctions.mail.outcome";

    /// <summary>How long a reading counts: the timer that reads may run on another instance the next time.</summary>
    private static readonly TimeSpan ReadingCounts = TimeSpan.FromMinutes(5);

    private readonly Meter _meter;
    private readonly Counter<long> _events;
    private readonly Counter<long> _transitions;
    private readonly Counter<long> _mailOutcomes;
    private readonly Histogram<double> _attemptDuration;
    private readonly UpDownCounter<long> _slotsInUse;
    private readonly Counter<long> _storageOperations;

    private Reading? _reading;

    /// <summary>Creates the instruments.</summary>
    /// <param name="meters">Creates the meter.</param>
    /// <param name="time">The clock that ages are measured by.</param>
    public ProductMetrics(IMeterFactory meters, TimeProvider time)
    {
        _meter = meters.Create(MeterName);
        _events = _meter.CreateCounter<long>("alertfunctions.events", "{event}", "Events, by their outcome.");
        _transitions = _meter.CreateCounter<long>("alertfunctions.alert.transitions", "{alert}", "Alerts that were raised and cleared.");
        _mailOutcomes = _meter.CreateCounter<long>("alertfunctions.mail.outcomes", "{recipient}", "Outcomes of sending a mail to a recipient, by the pattern of the failure.");
        _attemptDuration = _meter.CreateHistogram<double>(
            "alertfunctions.mail.attempt.duration", "s", "How long an attempt to send a mail to a recipient took, with connecting and signing in where that was necessary.",
            advice: new InstrumentAdvice<double> { HistogramBucketBoundaries = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300] });
        _slotsInUse = _meter.CreateUpDownCounter<long>("alertfunctions.smtp.slots", "{slot}", "Connections to the SMTP server that this process may have open now.");
        _storageOperations = _meter.CreateCounter<long>("alertfunctions.storage.operations", "{operation}", "Requests to the storage account, retries included: what Azure bills.");
        _meter.CreateObservableGauge("alertfunctions.mail.waiting", () => Measure(Latest()?.WaitingRecipients), "{recipient}", "Recipients who wait for mail, as the minute timer last saw; none beyond 10,000.");
        _meter.CreateObservableGauge("alertfunctions.mail.oldest_waiting", () => Measure(Latest() is { } latest ? AgeOf(latest.OldestMailSince ?? time.GetUtcNow()) : null), "s", "How long the oldest mail has waited.");
        _meter.CreateObservableGauge("alertfunctions.mail.failing", () => Measure(Latest() is { } latest ? AgeOf(latest.FailingSince ?? time.GetUtcNow()) : null), "s", "How long mail has been failing; 0 while it does not.");
        _meter.CreateObservableGauge("alertfunctions.redrive.age", () => Measure(AgeOf(Latest()?.RedrivenAt)), "s", "How long ago the hourly re-drive last ran.");

        Reading? Latest() => Volatile.Read(ref _reading) is { } reading && time.GetUtcNow() - reading.At < ReadingCounts ? reading : null;

        double? AgeOf(DateTimeOffset? since) => since is { } at ? Math.Max(0, (time.GetUtcNow() - at).TotalSeconds) : null;
    }

    /// <summary>Counts events.</summary>
    /// <param name="count">How many.</param>
    /// <param name="outcome">Their outcome: <c>recorded</c>, <c>duplicate</c>, <c>outdated</c> (recorded, and older than what they would have changed) or <c>rejected</c>.</param>
    public void AddEvents(int count, string outcome) => Add(_events, count, "alertfunctions.event.outcome", outcome);

    /// <summary>Counts alerts that were raised or cleared.</summary>
    /// <param name="count">How many.</param>
    /// <param name="transition"><c>raised</c> or <c>cleared</c>.</param>
    public void AddTransitions(int count, string transition) => Add(_transitions, count, "alertfunctions.alert.transition", transition);

    /// <summary>Counts outcomes of sending.</summary>
    /// <param name="count">How many recipients have this outcome.</param>
    /// <param name="outcome"><c>sent</c>, <c>failed</c> (it is sent again) or <c>given_up</c>.</param>
    /// <param name="errorType">The kind of failure; null where there is none.</param>
    /// <param name="pattern">The pattern of the failure, 1 to 3; null where there is none.</param>
    public void AddMailOutcomes(int count, string outcome, string? errorType, int? pattern)
    {
        if (count > 0)
        {
            _mailOutcomes.Add(count, WithError(new() { { Outcome, outcome } }, errorType, pattern));
        }
    }

    /// <summary>Records how long an attempt took.</summary>
    /// <param name="duration">The duration.</param>
    /// <param name="errorType">The kind of failure; null where there is none.</param>
    public void RecordAttempt(TimeSpan duration, string? errorType) => _attemptDuration.Record(duration.TotalSeconds, WithError([], errorType, pattern: null));

    /// <summary>Counts a slot that this process has taken (1) or given back (-1).</summary>
    public void AddSlots(int change) => _slotsInUse.Add(change);

    /// <summary>Counts a request to storage.</summary>
    /// <param name="service"><c>table</c>, <c>queue</c> or <c>blob</c>.</param>
    /// <param name="method">The HTTP method.</param>
    /// <param name="status">The status of the answer; null where there was none.</param>
    public void AddStorageOperation(string service, string method, int? status) =>
        _storageOperations.Add(1, new TagList { { "alertfunctions.storage.service", service }, { "http.request.method", method }, { "http.response.status_code", status } });

    /// <summary>Notes what was read from storage.</summary>
    /// <param name="reading">The reading.</param>
    public void Note(Reading reading) => Volatile.Write(ref _reading, reading);

    private static IEnumerable<Measurement<T>> Measure<T>(T? value)
        where T : struct => value is { } known ? [new Measurement<T>(known)] : [];

    private static void Add(Counter<long> counter, int count, string tag, string value)
    {
        if (count > 0)
        {
            counter.Add(count, new KeyValuePair<string, object?>(tag, value));
        }
    }

    private static TagList WithError(TagList tags, string? errorType, int? pattern)
    {
        if (errorType is not null)
        {
            tags.Add("error.type", errorType);
        }

        if (pattern is not null)
        {
            tags.Add("alertfunctions.mail.pattern", pattern);
        }

        return tags;
    }

    /// <summary>What gauges show that has to be read from storage.</summary>
    /// <param name="At">When it was read.</param>
    /// <param name="WaitingRecipients">How many recipients wait for mail; null if they are too many to be counted.</param>
    /// <param name="OldestMailSince">Since when the oldest mail waits; null if there is none.</param>
    /// <param name="FailingSince">Since when mail is failing; null while it does not.</param>
    /// <param name="RedrivenAt">When the hourly re-drive last ran; null if it never did.</param>
    public sealed record Reading(DateTimeOffset At, int? WaitingRecipients, DateTimeOffset? OldestMailSince, DateTimeOffset? FailingSince, DateTimeOffset? RedrivenAt);
}
