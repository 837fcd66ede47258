using System.Diagnostics.Metrics;
using AlertFunctions.Core.Telemetry;
using AlertFunctions.Testing;

namespace AlertFunctions.Tests.Telemetry;

/// <summary>Reads the product's metrics of one process, and of no other that runs beside it.</summary>
internal sealed class MeterReader : IDisposable
{
    private readonly Lock _gate = new();
    private readonly MeterListener _listener = new();
    private readonly List<(string Instrument, double Value, string Tags)> _measurements = [];

    public MeterReader(ProductProcess process)
    {
        var factory = process.Get<IMeterFactory>();
        _ = process.Get<ProductMetrics>();
        _listener.InstrumentPublished = (instrument, listener) =>
        {
            if (ReferenceEquals(instrument.Meter.Scope, factory))
            {
                listener.EnableMeasurementEvents(instrument);
            }
        };
        _listener.SetMeasurementEventCallback<long>((instrument, value, tags, _) => Add(instrument, value, tags));
        _listener.SetMeasurementEventCallback<int>((instrument, value, tags, _) => Add(instrument, value, tags));
        _listener.SetMeasurementEventCallback<double>((instrument, value, tags, _) => Add(instrument, value, tags));
        _listener.Start();
    }

    /// <summary>The sums of an instrument's measurements so far, such as <c>recorded 2</c>, with the values of their tags.</summary>
    public string Sums(string instrument)
    {
        lock (_gate)
        {
            return string.Join(", ", _measurements.Where(measurement => measurement.Instrument == instrument)
                .GroupBy(measurement => measurement.Tags, StringComparer.Ordinal)
                .OrderBy(group => group.Key, StringComparer.Ordinal)
                .Select(group => FormattableString.Invariant($"{group.Key} {group.Sum(measurement => measurement.Value)}").Trim()));
        }
    }

    /// <summary>How many measurements of an instrument there are.</summary>
    public int Count(string instrument)
    {
        lock (_gate)
        {
            return _measurements.Count(measurement => measurement.Instrument == instrument);
        }
    }

    /// <summary>What a gauge shows now; null where it shows nothing.</summary>
    public double? Gauge(string instrument)
    {
        lock (_gate)
        {
            _measurements.RemoveAll(measurement => measurement.Instrument == instrument);
        }

        _listener.RecordObservableInstruments();
        lock (_gate)
        {
            return _measurements.Where(measurement => measurement.Instrument == instrument).Select(measurement => (double?)measurement.Value).SingleOrDefault();
        }
    }

    public void Dispose() => _listener.Dispose();

    private void Add(Instrument instrument, double value, ReadOnlySpan<KeyValuePair<string, object?>> tags)
    {
        var texts = new List<string>();
        foreach ((string _, object? tag) in tags)
        {
            texts.Add($"{tag}");
        }

        lock (_gate)
        {
            _measurements.Add((instrument.Name, value, string.Join(' ', texts)));
        }
    }
}
