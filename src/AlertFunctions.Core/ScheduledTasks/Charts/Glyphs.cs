using System.Collections.Frozen;
using System.Globalization;

namespace AlertFunctions.Core.ScheduledTasks.Charts;

/// <summary>One character's outline, in units of the font's size.</summary>
/// <param name="Width">How far the next character is.</param>
/// <param name="Contours">What is to be filled.</param>
internal sealed record Glyph(double Width, IReadOnlyList<Point[]> Contours);

/// <summary>The few characters that charts are labelled with, read from <c>Glyphs.txt</c>, which tells where they come from.</summary>
internal static class Glyphs
{
    private static readonly FrozenDictionary<char, Glyph> All = Read();

    /// <summary>A character's outline.</summary>
    /// <exception cref="ArgumentException">The character is not among those that there are.</exception>
    public static Glyph Of(char c) => All.TryGetValue(c, out Glyph? glyph) ? glyph : throw new ArgumentException($"Charts have no outline of '{c}'.", nameof(c));

    public static double Width(string text, double size) => text.Sum(c => Of(c).Width) * size;

    private static FrozenDictionary<char, Glyph> Read()
    {
        using Stream resource = typeof(Glyphs).Assembly.GetManifestResourceStream("AlertFunctions.Core.ScheduledTasks.Charts.Glyphs.txt")!;
        using var lines = new StreamReader(resource);
        var glyphs = new Dictionary<char, Glyph>();
        while (lines.ReadLine() is { } line)
        {
            if (line is [] or ['#', ..])
            {
                continue;
            }

            string[] parts = line.Split('\t');
            string[] head = parts[0].Split(' ');
            glyphs[(char)int.Parse(head[0], NumberStyles.HexNumber, CultureInfo.InvariantCulture)] =
                new Glyph(Number(head[1]), parts.Skip(1).Select(contour => contour.Split(' ').Select(ToPoint).ToArray()).ToList());
        }

        return glyphs.ToFrozenDictionary();
    }

    private static Point ToPoint(string text) => text.Split(',') is [var x, var y] ? new Point(Number(x), Number(y)) : throw new FormatException(text);

    private static double Number(string text) => int.Parse(text, CultureInfo.InvariantCulture) / 1000.0;
}
