using System.Text;
using AlertFunctions.Core.Texts;

namespace AlertFunctions.Tests.Texts;

/// <summary>CSV files: what Excel makes of a cell, and what comes back.</summary>
public sealed class CsvFileTests
{
    [Theory]
    [InlineData("=1+1", "'=1+1")]
    [InlineData("+49 30", "'+49 30")]
    [InlineData("-2+3", "'-2+3")]
    [InlineData("@SUM(A1)", "'@SUM(A1)")]
    [InlineData("\t=1", "'\t=1")]
    [InlineData("\r=1", "\"'\r=1\"")]
    [InlineData("＝1", "'＝1")]
    [InlineData("'=1", "''=1")]
    [InlineData("'tis", "'tis")]
    [InlineData("a,b", "\"a,b\"")]
    [InlineData("two\nlines", "\"two\nlines\"")]
    [InlineData("say \"hi\"", "\"say \"\"hi\"\"\"")]
    [InlineData("=cmd|'/c calc'!A1,\"x\"", "\"'=cmd|'/c calc'!A1,\"\"x\"\"\"")]
    [InlineData("端末A", "端末A")]
    [InlineData("", "")]
    public void A_cell_is_text_and_never_a_formula_and_is_read_as_it_was(string text, string cell)
    {
        var csv = new CsvFile();
        csv.Add("first", text);

        byte[] bytes = csv.ToBytes();

        Assert.Equal($"\uFEFFfirst,{cell}\r\n", Encoding.UTF8.GetString(bytes));
        Assert.Equal(["first", text], Assert.Single(CsvFile.Read(bytes)).Cells);
    }
}
