using System.Globalization;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Unicode;
using AlertFunctions.Core.Texts;

namespace AlertFunctions.Core.Mail.Compose;

/// <summary>
/// The HTML that all mail is built of: tables and inline styles, since Outlook knows little else; no script, nothing to load; every value
/// encoded. The one style sheet is for readers who prefer a dark screen: whoever does not know it shows the mail as on paper.
/// </summary>
public sealed class MailHtml
{
    /// <summary>Critical, and failures.</summary>
    public const string Red = "#c62828";
    /// <summary>Warnings.</summary>
    public const string Amber = "#8a5200";
    /// <summary>Cleared, and success.</summary>
    public const string Green = "#2e7d32";
    /// <summary>Headings, links and what is neutral.</summary>
    public const string Blue = "#1f4e79";

    /// <summary>
    /// What a list of computers may take in UTF-8. Gmail cuts a mail off at 102 KB, and what surrounds the list – titles and links of strangers' names among
    /// it – stays below 20 KB.
    /// </summary>
    public const int MaximumListSize = 60_000;

    /// <summary>Long names break anywhere rather than widen the page.</summary>
    public const string Breakable = "word-break:break-word;overflow-wrap:anywhere;";

    /// <summary>Smaller and paler: times, labels, remarks. With class <c>soft</c>.</summary>
    public const string Soft = "color:#616e7c;font-size:12px;";

    /// <summary>The line above a row. With class <c>line</c>.</summary>
    public const string Line = "border-top:1px solid #e4e7eb;";

    private const string Font = "font-family:'Segoe UI','Hiragino Sans','Yu Gothic UI','Meiryo',Arial,sans-serif;";
    private const string Text = Font + "color:#1f2933;font-size:14px;line-height:1.6;";
    private const string Side = "20px";

    private const string DarkScreen =
        "@media (prefers-color-scheme:dark){.page{background-color:#14171a!important}.card{background-color:#1f2429!important;border-color:#39424b!important}"
        + ".text{color:#e4e8ec!important}.soft{color:#a5b0bb!important}.line{border-color:#39424b!important}.tile{background-color:#2a3138!important}"
        + ".frame{border-top-color:#39424b!important;border-right-color:#39424b!important;border-bottom-color:#39424b!important}"
        + ".critical{color:#ff8a80!important}.warning{color:#ffb74d!important}.button{background-color:#2f6fa8!important}}";

    private static readonly HtmlEncoder Encoder = HtmlEncoder.Create(UnicodeRanges.All);

    private readonly StringBuilder _html = new();

    /// <summary>Begins a page with a heading.</summary>
    /// <param name="heading">The heading, and the page's title.</param>
    /// <param name="preview">What inboxes show beside the subject; the page itself hides it.</param>
    /// <param name="culture">Its language.</param>
    /// <param name="accent">The colour of the bar above it.</param>
    public MailHtml(string heading, string preview, MailCulture culture, string accent) => _html.Append(CultureInfo.InvariantCulture, $"""
        <!DOCTYPE html>
        <html lang="{(culture == MailCulture.Ja ? "ja" : "en")}"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><meta name="color-scheme" content="light dark"><meta name="supported-color-schemes" content="light dark"><title>{E(heading)}</title><style>{DarkScreen}</style></head>
        <body class="page" style="margin:0;padding:0;background-color:#f3f4f6;">
        <div style="display:none;max-height:0;overflow:hidden;mso-hide:all;font-size:1px;line-height:1px;">{E(preview)}</div>
        <table role="presentation" width="100%" cellpadding="0" cellspacing="0" border="0" class="page" style="background-color:#f3f4f6;"><tr><td align="center" style="padding:24px 12px;">
        <table role="presentation" width="600" cellpadding="0" cellspacing="0" border="0" class="card text" style="width:100%;max-width:600px;background-color:#ffffff;border:1px solid #d9dce1;{Text}">
        <tr><td style="background-color:{accent};font-size:0;line-height:0;height:6px;">&nbsp;</td></tr>
        <tr><td style="padding:24px {Side} 4px {Side};font-size:18px;font-weight:bold;line-height:1.4;">{E(heading)}</td></tr>

        """);

    /// <summary>A value, harmless in text and in attributes.</summary>
    public static string E(string value) => Encoder.Encode(value);

    /// <summary>A value of several lines.</summary>
    public static string Lines(string value) => E(value).Replace("&#xA;", "<br>", StringComparison.Ordinal);

    /// <summary>The first pieces of a list, as many as <see cref="MaximumListSize"/> holds.</summary>
    public static IReadOnlyList<string> Fitting(IEnumerable<string> pieces)
    {
        int size = 0;
        return pieces.TakeWhile(piece => (size += SizeOf(piece)) <= MaximumListSize).ToList();
    }

    /// <summary>How much a line of HTML takes.</summary>
    public static int SizeOf(string html) => Encoding.UTF8.GetByteCount(html) + 1;

    /// <summary>Adds HTML as it is, and ends the line.</summary>
    public MailHtml Raw(string html)
    {
        _html.Append(html).Append('\n');
        return this;
    }

    /// <summary>The beginning of a table inside the page. It says again how text looks: where a client drops the DOCTYPE, a table inherits none of it.</summary>
    public static string Table(string style = "", string classes = "text", int spacing = 0) => string.Create(
        CultureInfo.InvariantCulture,
        $"""<table role="presentation" width="100%" cellpadding="0" cellspacing="{spacing}" border="0" class="{classes}" style="{Text}{style}">""");

    /// <summary>Begins a table of labels and values, or of rows.</summary>
    public MailHtml BeginFields() => Raw($"""<tr><td style="padding:8px {Side} 16px {Side};">{Table()}""");

    /// <summary>Ends it.</summary>
    public MailHtml EndFields() => Raw("</table></td></tr>");

    /// <summary>One label with its value.</summary>
    public MailHtml Field(MailField field) => Raw(FieldRow(field));

    /// <summary>A card: a frame with a coloured edge, a name and its fields.</summary>
    public static string Card(string name, IEnumerable<MailField> fields, string accent) =>
        $"{BeginCard(name, accent)}\n{string.Concat(fields.Select(field => $"{FieldRow(field)}\n"))}{EndCard}";

    /// <summary>Begins a frame with a coloured edge and a name.</summary>
    public static string BeginCard(string name, string accent) => $"""
        <tr><td style="padding:0 {Side} 12px {Side};">{Table($"border:1px solid #e4e7eb;border-left:4px solid {accent};", "frame text")}<tr><td style="padding:10px 14px;">
        <div style="font-weight:bold;{Breakable}" dir="auto">{E(name)}</div>
        {Table()}
        """;

    /// <summary>Ends it.</summary>
    public const string EndCard = "</table></td></tr></table></td></tr>";

    /// <summary>A name in one line and what is to say of it in the next.</summary>
    public static string CompactRow(string name, string remark) =>
        $"""<tr><td dir="auto" class="line" style="padding:5px 0;{Line}{Breakable}">{E(name)}<br><span class="soft" style="{Soft}">{E(remark)}</span></td></tr>""";

    /// <summary>A heading inside the page.</summary>
    public MailHtml Section(string heading) => Raw($"""<tr><td style="padding:12px {Side} 6px {Side};font-size:15px;font-weight:bold;">{E(heading)}</td></tr>""");

    /// <summary>A paragraph.</summary>
    public MailHtml Paragraph(string text, string style = "", string classes = "text") =>
        Raw($"""<tr><td class="{classes}" style="padding:8px {Side} 16px {Side};{style}">{Lines(text)}</td></tr>""");

    /// <summary>A link as a button.</summary>
    public MailHtml Link(string label, string address) => Raw(
        $"""<tr><td style="padding:4px {Side} 20px {Side};"><table role="presentation" cellpadding="0" cellspacing="0" border="0" style="{Text}"><tr><td class="button" style="background-color:{Blue};padding:9px 18px;"><a href="{E(address)}" style="color:#ffffff;text-decoration:none;font-weight:bold;{Font}">{E(label)}</a></td></tr></table></td></tr>""");

    /// <summary>Ends the page.</summary>
    public string End(string footer) => _html.Append(CultureInfo.InvariantCulture, $"""
        <tr><td class="soft line" style="padding:14px {Side};{Line}{Soft}">{E(footer)}</td></tr>
        </table></td></tr></table></body></html>

        """).ToString();

    private static string FieldRow(MailField field) =>
        $"""<tr><td width="76" valign="top" class="soft" style="width:76px;padding:2px 10px 2px 0;color:#616e7c;">{E(field.Label)}</td><td valign="top" dir="auto" class="{field.Class}" style="padding:2px 0;{Breakable}{field.Style}">{Lines(field.Value)}</td></tr>""";
}
