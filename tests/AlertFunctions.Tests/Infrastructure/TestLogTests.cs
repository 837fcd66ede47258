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
        log.AssertNothingUnexpected();

        Write(logger, LogLevel.Error, 3, "lost");
        Assert.Equal("lost", Assert.Single(log.Unexpected).Message);
        var failure = Assert.ThrowsAny<Exception>(log.AssertNothingUnexpected);
        Assert.Contains("Error Mail[3] lost", failure.Message, StringComparison.Ordinal);
        Assert.Equal(3, log.Entries.Count);
    }

    private static void Write(ILogger logger, LogLevel level, int eventId, string message) =>
        logger.Log(level, new EventId(eventId), message, exception: null, (text, _) => text);
}
