using System.Text.RegularExpressions;
using AlertFunctions.Testing;

namespace AlertFunctions.Tests.Architecture;

/// <summary>The project's own C# files, without what a build puts beside them.</summary>
internal static partial class SourceTexts
{
    /// <summary>The texts of all files below a folder.</summary>
    /// <param name="folder">The folder, from the repository's root.</param>
    /// <param name="except">The name of a class whose file is left out, or null.</param>
    public static string[] Below(string folder, string? except = null) =>
    [
        .. from file in Directory.EnumerateFiles(Repository.PathOf(folder), "*.cs", SearchOption.AllDirectories)
           where !BuildOutput().IsMatch(file) && Path.GetFileName(file) != $"{except}.cs"
           select File.ReadAllText(file),
    ];

    [GeneratedRegex(@"[/\\](bin|obj)[/\\]", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex BuildOutput();
}
