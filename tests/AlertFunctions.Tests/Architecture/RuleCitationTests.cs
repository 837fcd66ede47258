using System.Text.RegularExpressions;
using AlertFunctions.Testing;

namespace AlertFunctions.Tests.Architecture;

/// <summary>Each rule of docs/design.md is found by its number in the code that decides it, and in a test.</summary>
public sealed partial class RuleCitationTests
{
    private static readonly Lazy<string[]> s_source = new(() => SourceTexts.Below("src"));
    private static readonly Lazy<string[]> s_tests = new(() => SourceTexts.Below("tests", except: nameof(RuleCitationTests)));

    public static TheoryData<string> Rules => [.. RuleOfTable().Matches(Repository.Read("docs/design.md")).Select(match => match.Groups["rule"].Value)];

    [Fact]
    public void The_design_lists_all_sixteen_rules_of_the_specification() =>
        Assert.Equal(Enumerable.Range(1, 16).Select(number => $"S{number}"), Rules.Select(row => row.Data).Where(rule => rule.StartsWith('S')));

    [Theory]
    [MemberData(nameof(Rules))]
    public void A_rule_is_cited_by_code_and_by_a_test(string rule)
    {
        var citation = new Regex($@"\b{rule}\b", RegexOptions.None, TimeSpan.FromSeconds(1));
        Assert.True(Array.Exists(s_source.Value, citation.IsMatch), $"No type in src cites {rule}.");
        Assert.True(Array.Exists(s_tests.Value, citation.IsMatch), $"No test cites {rule}.");
    }

    [Fact]
    public void A_citation_names_one_rule_and_no_range() =>
        Assert.Empty(s_source.Value.Concat(s_tests.Value).SelectMany(text => Range().Matches(text)).Select(match => match.Value));

    [GeneratedRegex(@"^\| (?<rule>S[0-9]+|rule [0-9]+) \|", RegexOptions.ExplicitCapture | RegexOptions.Multiline, matchTimeoutMilliseconds: 1000)]
    private static partial Regex RuleOfTable();

    [GeneratedRegex(@"\bS[0-9]+\s*[–-]\s*S?[0-9]+\b|\brules [0-9]+", RegexOptions.None, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Range();
}
