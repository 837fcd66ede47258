using CsvHelper;

namespace AlertFunctions.Core.Texts;

/// <summary>
/// CSV (RFC 4180) that Excel opens correctly: UTF-8 with a byte order mark, and no text from outside that becomes a formula.
/// </summary>
public sealed class CsvFile
{
    /// <summary>Characters that start a formula, or after which Excel still looks for one. The full-width forms are those typed on Japanese keyboards.</summary>
    private const string FormulaStarts = "=+-@\t\r\n＝＋－＠";

    /// <summary>Marks a cell as text. Excel shows it, so that a file which it saved has it still.</summary>
    private const char TextMark = '\'';

    private static readonly CsvWriterOptions s_writing = new() { WriteByteOrderMark = true };

    private static readonly CsvReaderOptions s_reading = new()
    {
        HasHeader = false,
        TrimWhitespace = true,
        TrackLineNumbers = true,
        DetectSeparatorHint = true,
        MalformedData = CsvMalformedDataHandling.Throw,
    };

    private readonly List<string[]> _rows = [];

    /// <summary>Adds a row.</summary>
    public void Add(params IEnumerable<string> cells) => _rows.Add([.. cells.Select(Cell)]);

    /// <summary>The file in UTF-8, with the byte order mark that Excel needs.</summary>
    public byte[] ToBytes()
    {
        var bytes = new MemoryStream();
        using (CsvWriter writer = CsvWriter.Create(bytes, s_writing, leaveOpen: true))
        {
            _rows.ForEach(writer.WriteRecord);
        }

        return bytes.ToArray();
    }

    /// <summary>Reads a file that may have been saved by Excel: with commas, semicolons or tabs, with or without the byte order mark. Lines without text are left out.</summary>
    /// <param name="utf8">The file.</param>
    /// <exception cref="FormatException">Its quotes are wrong; the message says where.</exception>
    public static IReadOnlyList<CsvLine> Read(ReadOnlyMemory<byte> utf8)
    {
        var lines = new List<CsvLine>();
        using CsvReader reader = CsvReader.Create(utf8, s_reading);
        try
        {
            while (reader.Read())
            {
                string[] cells = [.. reader.Current.ToArray().Select(TextOf)];
                if (cells.Any(cell => cell.Length > 0))
                {
                    lines.Add(new CsvLine((int)reader.LineNumber, cells));
                }
            }

            return lines;
        }
        catch (CsvFormatException exception)
        {
            throw new FormatException($"line {exception.LineNumber} has a quote that is not closed, or one inside a value that is not in quotes.", exception);
        }
    }

    /// <summary>A text as a cell says it: one that could be a formula, or would lose an apostrophe when it is read, is prefixed with an apostrophe, which marks it as text.</summary>
    private static string Cell(string text) => IsFormula(text) ? $"{TextMark}{text}" : text;

    private static string TextOf(string cell) => cell is [TextMark, ..] && IsFormula(cell[1..]) ? cell[1..] : cell;

    private static bool IsFormula(string text) => text.TrimStart(TextMark) is [var first, ..] && FormulaStarts.Contains(first, StringComparison.Ordinal);
}

/// <summary>A line of a CSV file.</summary>
/// <param name="Number">Where it begins, counted from 1 as an editor does.</param>
/// <param name="Cells">Its texts.</param>
public sealed record CsvLine(int Number, IReadOnlyList<string> Cells);
