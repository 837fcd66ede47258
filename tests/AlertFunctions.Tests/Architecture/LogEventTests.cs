using System.Reflection;
using System.Text.RegularExpressions;
using AlertFunctions.Api;
using AlertFunctions.Core.Settings;
using AlertFunctions.Standalone;
using AlertFunctions.Testing;
using Microsoft.Extensions.Logging;

namespace AlertFunctions.Tests.Architecture;

/// <summary>Alert rules and runbooks name log lines by their event ids.</summary>
public sealed partial class LogEventTests
{
    private static readonly LoggerMessageAttribute[] s_lines =
    [
        .. from assembly in (Assembly[])[typeof(AlertFunctionsSettings).Assembly, typeof(AlertApi).Assembly, typeof(StandaloneHost).Assembly]
           from type in assembly.GetTypes()
           from method in type.GetMethods(BindingFlags.Instance | BindingFlags.Static | BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.DeclaredOnly)
           select method.GetCustomAttribute<LoggerMessageAttribute>() into line
           where line is not null
           select line,
    ];

    [Fact]
    public void Each_log_line_has_an_event_id_that_no_other_has()
    {
        List<string> ids = [.. SourceTexts.Below("src").SelectMany(text => LogLine().Matches(text)).Select(line => line.Groups["id"].Value)];

        Assert.NotEmpty(ids);
        Assert.Empty(ids.CountBy(id => id, StringComparer.Ordinal).Where(id => id.Value > 1 || id.Key.Length == 0).Select(id => id.Key));
        Assert.Equal(ids.Select(int.Parse).Order(), s_lines.Select(line => line.EventId).Order());
    }

    [Theory]
    [InlineData("docs/operations.md", "Logs")]
    [InlineData("docs/operations.ja.md", "ログ")]
    public void Each_event_id_is_explained_once_with_its_level_and_name_and_no_other_is(string document, string heading)
    {
        string section = Repository.Read(document).Split($"\n## {heading}\n")[1].Split("\n## ")[0];
        string[] explained = [.. ExplainedLine().Matches(section).Select(line => $"{line.Groups["id"].Value} {line.Groups["level"].Value} {line.Groups["name"].Value}".Trim())];

        Assert.Equal(s_lines.OrderBy(line => line.EventId).Select(line => $"{line.EventId} {line.Level} {line.EventName}".Trim()), explained);
    }

    [GeneratedRegex(@"\[LoggerMessage\((EventId = (?<id>[0-9]+))?", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex LogLine();

    [GeneratedRegex(@"^\| (?<id>[0-9]{3}) \| (?<level>[A-Z][a-z]+) \| (`(?<name>[A-Za-z]+)`)?", RegexOptions.ExplicitCapture | RegexOptions.Multiline, matchTimeoutMilliseconds: 1000)]
    private static partial Regex ExplainedLine();
}
