using System.Globalization;
using System.Text.RegularExpressions;
using AlertFunctions.Testing;

namespace AlertFunctions.Tests.Documentation;

/// <summary>What a reader of the documentation relies on: links that lead somewhere, the same in both languages, commands that are known to work.</summary>
public sealed partial class PagesTests
{
    private const int MaximumReadmeLines = 150;
    private static readonly string[] s_shells = ["sh", "powershell"];

    /// <summary>The pages whose every command for a shell is run by a test as it stands there.</summary>
    private static readonly string[] s_run = ["README", "docs/clients", "docs/how-it-works", "docs/ingest", "docs/mappings"];

    /// <summary>Every page of the repository, by its path.</summary>
    public static TheoryData<string> Pages =>
    [
        .. Directory.EnumerateFiles(Repository.Root, "*.md").Concat(Directory.EnumerateFiles(Repository.PathOf("docs"), "*.md"))
            .Select(path => Path.GetRelativePath(Repository.Root, path).Replace('\\', '/')),
    ];

    /// <summary>The pages in English that have one in Japanese beside them.</summary>
    public static TheoryData<string> PagesInTwoLanguages =>
    [
        .. Pages.Select(page => page.Data).Where(page => (page.StartsWith("docs/", StringComparison.Ordinal) || page == "README.md") && !IsJapanese(page)),
    ];

    [Theory]
    [InlineData("README.md")]
    [InlineData("README.ja.md")]
    public void The_README_is_short(string page) => Assert.InRange(Repository.Read(page).Split('\n').Length, 1, MaximumReadmeLines);

    [Theory]
    [MemberData(nameof(Pages))]
    public void Every_link_leads_to_a_file_of_the_repository_and_to_a_heading_that_is_there(string page)
    {
        Assert.All(Links(page), link =>
        {
            string target = link.Groups["path"].Value is { Length: > 0 } path ? Path.GetRelativePath(Repository.Root, Path.GetFullPath(path, Repository.PathOf(Path.GetDirectoryName(page)!))) : page;
            Assert.True(Path.Exists(Repository.PathOf(target)), $"{page} links to {link.Value}");
            if (link.Groups["heading"].Value is { Length: > 0 } heading)
            {
                Assert.True(Headings(target).Contains(Uri.UnescapeDataString(heading)), $"{page} links to {link.Value}");
            }
        });
    }

    [Fact]
    public void Every_alert_rule_leads_to_what_to_do()
    {
        string rules = Repository.Read("infra/prometheus/alerts.yml");

        Assert.Equal(rules.Split("alert: ").Length - 1, Runbook().Count(rules));
        Assert.All(Runbook().Matches(rules), runbook => Assert.Contains(runbook.Groups["heading"].Value, Headings("docs/operations.md")));
    }

    [Theory]
    [MemberData(nameof(PagesInTwoLanguages))]
    public void A_page_has_the_same_parts_in_both_languages(string page)
    {
        string japanese = InJapanese(page);

        Assert.Equal(CodeBlocks.LanguagesOf(page), CodeBlocks.LanguagesOf(japanese));
        Assert.Equal(Levels(page), Levels(japanese));
        Assert.Equal(
            Links(page).Select(link => link.Groups["path"].Value).Where(path => path.Length > 0 && path != Path.GetFileName(japanese)).Select(InEnglish).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal),
            Links(japanese).Select(link => link.Groups["path"].Value).Where(path => path.Length > 0 && path != Path.GetFileName(page)).Select(InEnglish).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal));
    }

    [Theory]
    [MemberData(nameof(Pages))]
    public void Every_command_is_run_by_a_test_or_its_page_says_that_it_is_not(string page)
    {
        string says = IsJapanese(page) ? "テストで実行していません" : "not run by the tests";
        if (CodeBlocks.LanguagesOf(page).Any(s_shells.Contains) && !s_run.Contains(page[..page.IndexOf('.', StringComparison.Ordinal)]))
        {
            Assert.Contains(says, Repository.Read(page), StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData("docs/operations.md")]
    [InlineData("docs/operations.ja.md")]
    public void Every_system_event_is_explained(string page)
    {
        int[] numbers = [.. EventName().Matches(Repository.Read("src/AlertFunctions.Core/Texts/Sentences.resx")).Select(match => Number(match.Groups["number"].Value))];
        int[] explained = [.. NumbersOfRow().Matches(Repository.Read(page)).SelectMany(row => Digits().Matches(row.Groups["numbers"].Value)).Select(match => Number(match.Value))];

        Assert.Contains(197, numbers);
        Assert.Subset(explained.ToHashSet(), numbers.ToHashSet());

        static int Number(string text) => int.Parse(text, CultureInfo.InvariantCulture);
    }

    private static bool IsJapanese(string page) => page.EndsWith(".ja.md", StringComparison.Ordinal);

    private static string InJapanese(string page) => page[..^".md".Length] + ".ja.md";

    private static string InEnglish(string path) => Localized().Replace(path, ".");

    private static Match[] Links(string page) => [.. Link().Matches(CodeBlocks.Prose(page)).Where(link => link.Groups["scheme"].Length == 0)];

    private static int[] Levels(string page) => [.. Heading().Matches(CodeBlocks.Prose(page)).Select(heading => heading.Groups["level"].Length)];

    /// <summary>What links may name: the headings as GitHub names them, and anchors.</summary>
    private static HashSet<string> Headings(string page)
    {
        string text = CodeBlocks.Prose(page);
        return
        [
            .. Heading().Matches(text).Select(heading => NotInName().Replace(heading.Groups["text"].Value.ToLowerInvariant(), "").Replace(' ', '-')),
            .. Anchor().Matches(text).Select(anchor => anchor.Groups["id"].Value),
        ];
    }

    [GeneratedRegex(@"\]\((?<scheme>[a-z]+:)?(?<path>[^)#\s]*)(#(?<heading>[^)\s]*))?\)", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Link();

    [GeneratedRegex("^(?<level>#+) (?<text>.+?)$", RegexOptions.Multiline | RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Heading();

    [GeneratedRegex("runbook: docs/operations[.]md#(?<heading>[a-z-]+)", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Runbook();

    [GeneratedRegex("<a id=\"(?<id>[^\"]+)\">", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Anchor();

    [GeneratedRegex("name=\"Event(?<number>[0-9]{3})Name\"", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex EventName();

    [GeneratedRegex(@"^\| (?<numbers>[0-9]{3}([,、] ?[0-9]{3})*) \|", RegexOptions.Multiline | RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex NumbersOfRow();

    [GeneratedRegex("[0-9]{3}", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Digits();

    [GeneratedRegex(@"[^\p{L}\p{M}\p{N}\p{Pc} -]", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex NotInName();

    [GeneratedRegex(@"\.ja\.|-(ja|en)\.", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Localized();
}
