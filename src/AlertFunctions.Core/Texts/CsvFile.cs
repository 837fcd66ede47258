using System.Text;

namespace AlertFunctions.Core.Texts;

/// <summary>
/// CSV (RFC 4180) that Excel opens right: UTF-8 with a byte order mark, and no cell that a stranger's text could make a formula of.
/// </summary>
public sealed class CsvFile
{
    /// <summary>What begins a formula, or lets Excel look for one behind it; the wide forms are what Japanese keyboards type.</summary>
    private const string FormulaStarts = "=+-@\t\r\n＝＋－＠";

    private readonly StringBuilder _text = new();

    /// <summary>Adds a row.</summary>
    public void Add(params ReadOnlySpan<string> cells)
    {
        for (int i = 0; i < cells.Length; i++)
        {
            _text.Append(i == 0 ? "" : ",").Append(Cell(cells[i]));
        }

        _text.Append("\r\n");
    }

    /// <summary>The file, with the byte order mark by which Excel recognises UTF-8.</summary>
    public byte[] ToBytes() => [.. Encoding.UTF8.Preamble, .. Encoding.UTF8.GetBytes(_text.ToString())];

    /// <summary>A text as one cell: one that could be a formula gets an apostrophe, which shows that it is text.</summary>
    public static string Cell(string text)
    {
        string harmless = text.Length > 0 && FormulaStarts.Contains(text[0], StringComparison.Ordinal) ? $"'{text}" : text;
        return harmless.AsSpan().IndexOfAny(",\"\r\n") < 0 ? harmless : $"\"{harmless.Replace("\"", "\"\"", StringComparison.Ordinal)}\"";
    }
}
