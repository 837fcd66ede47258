using System.Text.RegularExpressions;
using AlertFunctions.Testing;

namespace AlertFunctions.Tests.Documentation;

/// <summary>The fenced code blocks of the documentation.</summary>
internal static partial class CodeBlocks
{
    /// <summary>All blocks of a document, in order.</summary>
    /// <param name="document">The document's path in the repository.</param>
    public static IReadOnlyList<CodeBlock> Of(string document) =>
        [.. Fence().Matches(Repository.Read(document)).Select(match => new CodeBlock(match.Groups["language"].Value, match.Groups["code"].Value))];

    /// <summary>The blocks in one language.</summary>
    public static IReadOnlyList<string> Of(string document, string language) => [.. Of(document).Where(block => block.Language == language).Select(block => block.Code)];

    /// <summary>A document without its blocks.</summary>
    /// <param name="document">The document's path in the repository.</param>
    public static string Prose(string document) => AnyFence().Replace(Repository.Read(document), "");

    /// <summary>The languages of all blocks, those within lists as well.</summary>
    /// <param name="document">The document's path in the repository.</param>
    public static IReadOnlyList<string> LanguagesOf(string document) => [.. AnyFence().Matches(Repository.Read(document)).Select(match => match.Groups["language"].Value)];

    [GeneratedRegex("^```(?<language>[a-z]+)\n(?<code>.*?)^```$", RegexOptions.Multiline | RegexOptions.Singleline | RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Fence();

    [GeneratedRegex("^ *```(?<language>[a-z]*)\n.*?^ *```$", RegexOptions.Multiline | RegexOptions.Singleline | RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex AnyFence();
}

/// <summary>A fenced code block.</summary>
internal sealed record CodeBlock(string Language, string Code);
