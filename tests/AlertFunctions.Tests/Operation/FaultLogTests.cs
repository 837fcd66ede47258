using AlertFunctions.Core.Storage;
using AlertFunctions.Testing;
using Azure;

namespace AlertFunctions.Tests.Operation;

/// <summary>The log stays readable while something is down.</summary>
public sealed class FaultLogTests
{
    private readonly FakeClock _clock = new();
    private readonly List<(string Text, Exception? Exception)> _lines = [];
    private readonly FaultLog _faults;

    public FaultLogTests() => _faults = new FaultLog(_clock);

    [Fact]
    public void A_failure_that_repeats_is_one_line_and_then_one_a_minute_with_its_number()
    {
        for (int second = 0; second < 130; second++)
        {
            _faults.Write(new RequestFailedException(0, "Connection refused"), Log);
            _clock.Advance(TimeSpan.FromSeconds(1));
        }

        Assert.Equal(
            ["Connection refused", "Connection refused (59 more since 02:00:00Z)", "Connection refused (59 more since 02:01:00Z)"],
            _lines.Select(line => line.Text));
    }

    [Fact]
    public void Different_failures_and_places_are_told_apart()
    {
        for (int i = 0; i < 3; i++)
        {
            _faults.Write(new RequestFailedException(503, "Busy", "ServerBusy", null), Log);
            _faults.Write(new RequestFailedException(403, "No role", "AuthorizationFailure", null), Log);
            _faults.Write(new StorageContentionException(), Log);
            _faults.Write(new StorageContentionException(), Log, "elsewhere");
        }

        Assert.Equal(["Busy (503 ServerBusy)", "No role (403 AuthorizationFailure)", "Other requests kept changing the same rows.", "Other requests kept changing the same rows."], _lines.Select(line => line.Text));
    }

    [Fact]
    public void Only_what_is_unexpected_brings_its_stack_trace()
    {
        var unexpected = new InvalidOperationException("ours\nsecond line");
        _faults.Write(unexpected, Log);
        _faults.Write(new StorageUnavailableException(TimeSpan.FromSeconds(25)), Log);

        Assert.Equal([("ours", unexpected), ("Storage did not answer within 25 seconds.", null)], _lines);
    }

    private void Log(string text, Exception? exception) => _lines.Add((text, exception));
}
