using System.Diagnostics;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using AlertFunctions.Testing;

namespace AlertFunctions.Console.Tests;

/// <summary>The files of the console as they are in the repository.</summary>
public sealed partial class ConsoleFilesTests
{
    private const string Assets = "src/AlertFunctions.Api/Console/assets";

    [Fact]
    public async Task The_committed_libraries_are_those_of_the_packages()
    {
        await NodeProcess.SkipTestWithoutNodeAsync();
        using Process check = Process.Start(new ProcessStartInfo("node", [Repository.PathOf("src", "AlertFunctions.Api", "Console", "libraries.mjs"), "--check"]) { RedirectStandardError = true, UseShellExecute = false })!;
        string complaint = await check.StandardError.ReadToEndAsync();
        await check.WaitForExitAsync();
        Assert.True(check.ExitCode == 0, complaint);
    }

    [Fact]
    public void Both_languages_have_the_same_texts_with_the_same_places()
    {
        SortedDictionary<string, string> en = TextsIn("en");
        SortedDictionary<string, string> ja = TextsIn("ja");
        Assert.Equal(en.Keys, ja.Keys);
        Assert.All(en, text => Assert.Equal(PlacesIn(text.Value), PlacesIn(ja[text.Key])));
        Assert.All(en.Values.Concat(ja.Values), text => Assert.NotEqual("", text));
    }

    [Fact]
    public void Every_text_is_used_and_every_text_that_is_used_is_there()
    {
        string code = string.Join('\n', Sources().Select(File.ReadAllText));
        SortedDictionary<string, string> texts = TextsIn("en");
        string[] whole = [.. WholeKey().Matches(code).Select(match => match.Groups["key"].Value)];
        string[] begun = [.. BegunKey().Matches(code).Select(match => match.Groups["key"].Value)];
        string[] used = [.. UsedKey().Matches(code).Select(match => match.Groups["key"].Value)];
        Assert.DoesNotContain(texts.Keys, key => !whole.Contains(key, StringComparer.Ordinal) && !Array.Exists(begun, start => key.StartsWith(start, StringComparison.Ordinal)));
        Assert.DoesNotContain(used, key => !texts.ContainsKey(key));
    }

    [Fact]
    public void No_code_of_ours_writes_markup_or_style_as_text() =>
        Assert.DoesNotContain(Sources(), file => Markup().IsMatch(File.ReadAllText(file)));

    private static IEnumerable<string> Sources() => Directory.EnumerateFiles(Repository.PathOf(Assets.Split('/')), "*.js", SearchOption.AllDirectories)
        .Where(file => !file.Contains($"{Path.DirectorySeparatorChar}libraries{Path.DirectorySeparatorChar}", StringComparison.Ordinal));

    private static SortedDictionary<string, string> TextsIn(string language)
    {
        var texts = new SortedDictionary<string, string>(StringComparer.Ordinal);
        foreach ((string section, JsonNode? words) in JsonNode.Parse(Repository.Read($"{Assets}/texts/{language}.json"))!.AsObject())
        {
            foreach ((string name, JsonNode? text) in words!.AsObject())
            {
                texts.Add($"{section}.{name}", text!.GetValue<string>());
            }
        }

        return texts;
    }

    private static IEnumerable<string> PlacesIn(string text) => Place().Matches(text).Select(match => match.Value).Order(StringComparer.Ordinal);

    [GeneratedRegex(@"\{\w+\}", RegexOptions.None, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Place();

    [GeneratedRegex(@"'(?<key>[a-zA-Z]+\.[a-zA-Z0-9]+)'", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex WholeKey();

    [GeneratedRegex(@"`(?<key>[a-zA-Z]+\.[a-zA-Z0-9]*)\$\{", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex BegunKey();

    [GeneratedRegex(@"\bt\('(?<key>[^']+)'", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex UsedKey();

    [GeneratedRegex(@"innerHTML|outerHTML|insertAdjacentHTML|document\.write|style=""", RegexOptions.None, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Markup();
}
