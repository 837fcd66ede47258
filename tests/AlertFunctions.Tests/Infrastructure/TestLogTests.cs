using AlertFunctions.Testing;
using Microsoft.Extensions.Logging;

namespace AlertFunctions.Tests.Infrastructure;

public sealed class TestLogTests
{
    [Fact]
    public void Only_what_is_not_expected_fails_a_test()
    {
        using var log = new TestLog();
        var logger = log.CreateLogger("Mail");
        Write(logger, LogLevel.Information, 1, "sent");
        Write(logger, LogLevel.Warning, 2, "refused");
        log.Expect(2);
        Write(log.CreateLogger("Microsoft.AspNetCore.Server.Kestrel"), LogLevel.Warning, 22, "the heartbeat has been running for a second"); // of a busy machine
        log.AssertNothingUnexpected();

        Write(logger, LogLevel.Error, 3, "lost");
        Write(logger, LogLevel.Warning, 22, "lost too");
        Assert.Equal(["lost", "lost too"], log.Unexpected.Select(entry => entry.Message));
        var failure = Assert.ThrowsAny<Exception>(log.AssertNothingUnexpected);
        Assert.Contains("Error Mail[3] lost", failure.Message, StringComparison.Ordinal);
        Assert.Equal(5, log.Entries.Count);
    }

    private static void Write(ILogger logger, LogLevel level, int eventId, string message) =>
        logger.Log(level, new EventId(eventId), message, exception: null, (text, _) => text);
}
