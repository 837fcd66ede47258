using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;

namespace AlertFunctions.Testing;

/// <summary>What one test's product has logged. A warning that the test did not expect is a failure it would otherwise not see.</summary>
public sealed class TestLog : ILoggerProvider
{
    private readonly ConcurrentQueue<LogEntry> _entries = new();
    private readonly ConcurrentBag<Func<LogEntry, bool>> _expected = [];
    private readonly ChangeSignal _changed = new();

    // Taken when the test makes its log: code that still runs after the test must not write into another test's output.
    private readonly ITestOutputHelper? _output = TestContext.Current.TestOutputHelper;

    public IReadOnlyList<LogEntry> Entries => [.. _entries];

    /// <summary>Entries of Warning and above that <see cref="Expect(Func{LogEntry, bool})"/> has not named.</summary>
    public IReadOnlyList<LogEntry> Unexpected =>
        [.. _entries.Where(entry => entry.Level >= LogLevel.Warning && !_expected.Any(expects => expects(entry)))];

    /// <summary>Entries like these, before or after this call, are no failure. They need not come.</summary>
    public TestLog Expect(Func<LogEntry, bool> entries)
    {
        _expected.Add(entries);
        return this;
    }

    /// <inheritdoc cref="Expect(Func{LogEntry, bool})"/>
    public TestLog Expect(int eventId) => Expect(entry => entry.EventId.Id == eventId);

    /// <summary>Waits until something with this event id is logged.</summary>
    public Task WaitForAsync(int eventId) =>
        _changed.WaitUntilAsync(() => _entries.Any(entry => entry.EventId.Id == eventId), $"log entry {eventId}", () => string.Join('\n', _entries));

    /// <summary>Fails the test if anything unexpected was logged at Warning or above.</summary>
    public void AssertNothingUnexpected()
    {
        var unexpected = Unexpected;
        Assert.True(unexpected.Count == 0, $"Logged unexpectedly:\n{string.Join('\n', unexpected)}");
    }

    public ILogger CreateLogger(string categoryName) => new Logger(this, categoryName);

    public void Dispose()
    {
    }

    private void Add(LogEntry entry)
    {
        _entries.Enqueue(entry);
        _changed.Raise();
        try
        {
            _output?.WriteLine(entry.ToString());
        }
        catch (InvalidOperationException)
        {
            // The test is over, and its output with it.
        }
    }

    private sealed class Logger(TestLog log, string category) : ILogger
    {
        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => logLevel != LogLevel.None;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
            log.Add(new LogEntry(logLevel, category, eventId, formatter(state, exception), exception));
    }
}

/// <summary>One line of a log.</summary>
public sealed record LogEntry(LogLevel Level, string Category, EventId EventId, string Message, Exception? Exception)
{
    public override string ToString() => $"{Level} {Category}[{EventId.Id}] {Message}{(Exception is null ? "" : $"\n{Exception}")}";
}
