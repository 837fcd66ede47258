using System.Text.RegularExpressions;

namespace AlertFunctions.Tests.Architecture;

/// <summary>Alert rules and runbooks name log lines by their event ids.</summary>
public sealed partial class LogEventTests
{
    [Fact]
    public void Each_log_line_has_an_event_id_that_no_other_has()
    {
        List<string> ids = [.. SourceTexts.Below("src").SelectMany(text => LogLine().Matches(text)).Select(line => line.Groups["id"].Value)];

        Assert.NotEmpty(ids);
        Assert.Empty(ids.CountBy(id => id, StringComparer.Ordinal).Where(id => id.Value > 1 || id.Key.Length == 0).Select(id => id.Key));
    }

    [GeneratedRegex(@"\[LoggerMessage\((EventId = (?<id>[0-9]+))?", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex LogLine();
}
