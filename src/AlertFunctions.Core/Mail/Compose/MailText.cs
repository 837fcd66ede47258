using System.Text;
using AlertFunctions.Core.Texts;

namespace AlertFunctions.Core.Mail.Compose;

/// <summary>What a mail says, to be written as plain text and as a page.</summary>
/// <param name="Heading">What it is about.</param>
/// <param name="Preview">What inboxes show beside the subject.</param>
/// <param name="Fields">What holds for all of it.</param>
/// <param name="Accent">Its colour.</param>
/// <param name="Link">The link's words and address; null for none.</param>
/// <param name="Culture">The language.</param>
public sealed record MailText(string Heading, string Preview, IReadOnlyList<MailField> Fields, string Accent, MailField? Link, MailCulture Culture)
{
    /// <summary>More computers are rows of two lines instead of cards.</summary>
    private const int MaximumCards = 20;

    /// <summary>How many computers it is about, named or not.</summary>
    public int Count { get; init; }

    /// <summary>Those that are named.</summary>
    public IReadOnlyList<ComputerText> Computers { get; init; } = [];

    /// <summary>What follows from it; null for nothing.</summary>
    public string? Closing { get; init; }

    /// <summary>How many more there are than are named.</summary>
    public static string More(int count, MailCulture culture) => Sentences.Get("More", culture, ("m", Sentences.Grouped(count)));

    /// <summary>As plain text. Lines that a stranger's text adds are indented, so that none of them can pass for one of ours.</summary>
    public string ToPlainText()
    {
        var text = new StringBuilder();
        text.AppendLine(Heading);
        AppendFields(Fields);
        if (Link is not null)
        {
            text.AppendLine().Append(Link.Label).Append(": ").AppendLine(Link.Value);
        }

        foreach (ComputerText computer in Computers)
        {
            text.AppendLine().Append("■ ").AppendLine(computer.Name);
            AppendFields(computer.Fields);
        }

        if (Count > Computers.Count)
        {
            text.AppendLine().AppendLine(More(Count - Computers.Count, Culture));
        }

        if (Closing is not null)
        {
            text.AppendLine().AppendLine(Closing);
        }

        return text.AppendLine().AppendLine(Sentences.Get("Footer", Culture)).ToString();

        void AppendFields(IEnumerable<MailField> fields)
        {
            foreach (MailField field in fields)
            {
                text.Append(field.Label).Append(": ").AppendLine(field.Value.Replace("\n", "\n    ", StringComparison.Ordinal));
            }
        }
    }

    /// <summary>As a page. Where it cannot name all computers, it says so before the first, and leads to them.</summary>
    public string ToHtml()
    {
        bool isCompact = Computers.Count > MaximumCards;
        IReadOnlyList<string> computers = MailHtml.Fitting(Computers.Select(computer => isCompact
            ? MailHtml.CompactRow(computer.Name, computer.Remark)
            : MailHtml.Card(computer.Name, computer.Fields, Accent)));
        int more = Count - computers.Count;
        var html = new MailHtml(Heading, Preview, Culture, Accent);
        html.BeginFields();
        foreach (MailField field in Fields)
        {
            html.Field(field);
        }

        if (more > 0)
        {
            html.Field(new MailField("", Sentences.Get("ListedComputers", Culture, ("k", Sentences.Grouped(computers.Count)), ("m", Sentences.Grouped(more)))));
        }

        html.EndFields();
        if (Link is not null)
        {
            html.Link(Link.Label, Link.Value);
        }

        if (isCompact)
        {
            html.BeginFields();
        }

        foreach (string computer in computers)
        {
            html.Raw(computer);
        }

        if (isCompact)
        {
            html.EndFields();
        }

        if (more > 0)
        {
            html.Paragraph(More(more, Culture), "font-weight:bold;");
        }

        if (Closing is not null)
        {
            html.Paragraph(Closing);
        }

        return html.End(Sentences.Get("Footer", Culture));
    }
}
