using System.Runtime.InteropServices;

namespace AlertFunctions.Core.ScheduledTasks.Charts;

/// <summary>A colour.</summary>
[StructLayout(LayoutKind.Auto)]
internal readonly record struct Colour(byte Red, byte Green, byte Blue);

/// <summary>A point of a picture, from its top left.</summary>
[StructLayout(LayoutKind.Auto)]
internal readonly record struct Point(double X, double Y);

/// <summary>
/// A picture to draw filled shapes on, with smooth edges. It needs nothing but .NET, so that a chart looks the same on every system: a drawing
/// library would add several hundred megabytes of native code to each deployment, and ask a bare container for fonts.
/// </summary>
internal sealed class Canvas
{
    /// <summary>Lines that a row of pixels is looked at along; across, coverage is exact.</summary>
    private const int Sublines = 4;

    private readonly int _width;
    private readonly int _height;
    private readonly byte[] _pixels;

    /// <summary>Makes an empty picture.</summary>
    public Canvas(int width, int height, Colour background)
    {
        _width = width;
        _height = height;
        _pixels = new byte[width * height * 3];
        for (int i = 0; i < _pixels.Length; i += 3)
        {
            (_pixels[i], _pixels[i + 1], _pixels[i + 2]) = (background.Red, background.Green, background.Blue);
        }
    }

    public byte[] ToPng() => PngImage.Write(_width, _height, _pixels);

    public void FillRectangle(double left, double top, double right, double bottom, Colour colour) =>
        Fill([[new Point(left, top), new Point(right, top), new Point(right, bottom), new Point(left, bottom)]], colour);

    /// <summary>Fills what the contours enclose; one that turns the other way is a hole.</summary>
    public void Fill(IReadOnlyList<Point[]> contours, Colour colour)
    {
        int top = Math.Max(0, (int)Math.Floor(contours.Min(contour => contour.Min(point => point.Y))));
        int bottom = Math.Min(_height - 1, (int)Math.Ceiling(contours.Max(contour => contour.Max(point => point.Y))));
        float[] coverage = new float[_width];
        var crossings = new List<(double X, int Direction)>();
        for (int y = top; y <= bottom; y++)
        {
            Array.Clear(coverage);
            for (int line = 0; line < Sublines; line++)
            {
                FindCrossings(contours, y + ((line + 0.5) / Sublines), crossings);
                Cover(crossings, coverage);
            }

            Blend(y, coverage, colour);
        }
    }

    /// <summary>Writes a text.</summary>
    /// <param name="text">Characters that <see cref="Glyphs"/> has.</param>
    /// <param name="x">Where it begins, or, with <paramref name="align"/>, its middle (0.5) or end (1).</param>
    /// <param name="baseline">The line that it stands on.</param>
    /// <param name="size">The height of the font in pixels.</param>
    /// <param name="colour">The colour.</param>
    /// <param name="align">Which part of the text <paramref name="x"/> is.</param>
    public void Write(string text, double x, double baseline, double size, Colour colour, double align = 0)
    {
        double left = x - (align * Glyphs.Width(text, size));
        foreach (char c in text)
        {
            Glyph glyph = Glyphs.Of(c);
            if (glyph.Contours.Count > 0)
            {
                Fill([.. glyph.Contours.Select(contour => contour.Select(point => new Point(left + (point.X * size), baseline + (point.Y * size))).ToArray())], colour);
            }

            left += glyph.Width * size;
        }
    }

    private static void FindCrossings(IReadOnlyList<Point[]> contours, double y, List<(double X, int Direction)> crossings)
    {
        crossings.Clear();
        foreach (Point[] contour in contours)
        {
            Point from = contour[^1];
            foreach (Point to in contour)
            {
                if (from.Y <= y != to.Y <= y)
                {
                    crossings.Add((from.X + ((y - from.Y) / (to.Y - from.Y) * (to.X - from.X)), from.Y < to.Y ? 1 : -1));
                }

                from = to;
            }
        }

        crossings.Sort();
    }

    private void Cover(List<(double X, int Direction)> crossings, float[] coverage)
    {
        int winding = 0;
        for (int i = 0; i + 1 < crossings.Count; i++)
        {
            winding += crossings[i].Direction;
            if (winding == 0)
            {
                continue;
            }

            double left = Math.Clamp(crossings[i].X, 0, _width);
            double right = Math.Clamp(crossings[i + 1].X, 0, _width);
            for (int x = (int)left; x < right; x++)
            {
                coverage[x] += (float)((Math.Min(right, x + 1) - Math.Max(left, x)) / Sublines);
            }
        }
    }

    private void Blend(int y, float[] coverage, Colour colour)
    {
        for (int x = 0; x < _width; x++)
        {
            float part = Math.Min(1, coverage[x]);
            if (part > 0)
            {
                Span<byte> pixel = _pixels.AsSpan(((y * _width) + x) * 3, 3);
                pixel[0] = Mix(pixel[0], colour.Red, part);
                pixel[1] = Mix(pixel[1], colour.Green, part);
                pixel[2] = Mix(pixel[2], colour.Blue, part);
            }
        }
    }

    private static byte Mix(byte below, byte above, float part) => (byte)Math.Round(below + ((above - below) * part));
}
