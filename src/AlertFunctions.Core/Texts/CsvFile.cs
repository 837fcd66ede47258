using System.Text;

namespace AlertFunctions.Core.Texts;

/// <summary>
/// CSV (RFC 4180) that Excel opens correctly: UTF-8 with a byte order mark, and no text from outside that becomes a formula.
/// </summary>
public sealed class CsvFile
{
    /// <summary>Characters that start a formula, or after which Excel still looks for one. The full-width forms are those typed on Japanese keyboards.</summary>
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

    /// <summary>The file in UTF-8, with the byte order mark that Excel needs.</summary>
    public byte[] ToBytes() => [.. Encoding.UTF8.Preamble, .. Encoding.UTF8.GetBytes(_text.ToString())];

    /// <summary>A text as one cell. If it could be a formula, it is prefixed with an apostrophe, which marks it as text.</summary>
    public static string Cell(string text)
    {
        string harmless = text.Length > 0 && FormulaStarts.Contains(text[0], StringComparison.Ordinal) ? $"'{text}" : text;
        return harmless.AsSpan().IndexOfAny(",\"\r\n") < 0 ? harmless : $"\"{harmless.Replace("\"", "\"\"", StringComparison.Ordinal)}\"";
    }
}
