using System.Globalization;
using AlertFunctions.Core.Texts;

namespace AlertFunctions.Core.Mail.Compose;

/// <summary>A computer as a mail shows it.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Fields">What there is to say of it.</param>
/// <param name="Remark">The same in one line.</param>
public sealed record ComputerText(string Name, IReadOnlyList<MailField> Fields, string Remark)
{
    /// <summary>What a remark has of a text, in characters as people count them.</summary>
    private const int MaximumRemark = 100;

    /// <summary>A computer whose remark is made of several texts, each shortened where it is long.</summary>
    public static ComputerText Of(string computer, IReadOnlyList<MailField> fields, params IEnumerable<string?> remarks) => new(
        HarmlessText.OneLine(computer),
        fields,
        string.Join(" · ", remarks.Where(remark => !string.IsNullOrWhiteSpace(remark)).Select(remark => Shorten(HarmlessText.OneLine(remark!)))));

    private static string Shorten(string text)
    {
        var elements = new StringInfo(text);
        return elements.LengthInTextElements <= MaximumRemark ? text : $"{elements.SubstringByTextElements(0, MaximumRemark - 1)}…";
    }
}
