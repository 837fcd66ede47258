using System.Globalization;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Unicode;
using AlertFunctions.Core.Texts;

namespace AlertFunctions.Core.Mail.Compose;

/// <summary>
/// The HTML that all mail is built of: tables and inline styles, since Outlook knows little else; no script, nothing to load; every value
/// encoded.
/// </summary>
public sealed class MailHtml
{
    /// <summary>The fonts of every mail; clients take the first that they have.</summary>
    public const string Font = "font-family:'Segoe UI','Hiragino Sans','Yu Gothic UI','Meiryo',Arial,sans-serif;";
    /// <summary>Critical, and failures.</summary>
    public const string Red = "#c62828";
    /// <summary>Warnings.</summary>
    public const string Amber = "#b26a00";
    /// <summary>Cleared, and success.</summary>
    public const string Green = "#2e7d32";
    /// <summary>Headings, links and what is neutral.</summary>
    public const string Blue = "#1f4e79";

    private static readonly HtmlEncoder Encoder = HtmlEncoder.Create(UnicodeRanges.All);

    private readonly StringBuilder _html = new();

    /// <summary>Begins a page with a heading.</summary>
    /// <param name="heading">The heading, and the page's title.</param>
    /// <param name="culture">Its language.</param>
    /// <param name="accent">The colour of the bar above it.</param>
    public MailHtml(string heading, MailCulture culture, string accent) => _html.Append(CultureInfo.InvariantCulture, $"""
        <!DOCTYPE html>
        <html lang="{(culture == MailCulture.Ja ? "ja" : "en")}"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>{E(heading)}</title></head>
        <body style="margin:0;padding:0;background-color:#f3f4f6;">
        <table role="presentation" width="100%" cellpadding="0" cellspacing="0" border="0" style="background-color:#f3f4f6;"><tr><td align="center" style="padding:24px 12px;">
        <table role="presentation" width="600" cellpadding="0" cellspacing="0" border="0" style="width:100%;max-width:600px;background-color:#ffffff;border:1px solid #d9dce1;{Font}color:#1f2933;font-size:14px;line-height:1.6;">
        <tr><td style="background-color:{accent};font-size:0;line-height:0;height:6px;">&nbsp;</td></tr>
        <tr><td style="padding:24px 28px 4px 28px;font-size:18px;font-weight:bold;line-height:1.4;">{E(heading)}</td></tr>

        """);

    /// <summary>A value, harmless in text and in attributes.</summary>
    public static string E(string value) => Encoder.Encode(value);

    /// <summary>A value of several lines.</summary>
    public static string Lines(string value) => E(value).Replace("&#xA;", "<br>", StringComparison.Ordinal);

    /// <summary>Adds HTML as it is, and ends the line.</summary>
    public MailHtml Raw(string html)
    {
        _html.Append(html).Append('\n');
        return this;
    }

    /// <summary>Begins a table of labels and values.</summary>
    public MailHtml BeginFields() => Raw("""<tr><td style="padding:8px 28px 16px 28px;"><table role="presentation" width="100%" cellpadding="0" cellspacing="0" border="0">""");

    /// <summary>Ends it.</summary>
    public MailHtml EndFields() => Raw("</table></td></tr>");

    /// <summary>One label with its value.</summary>
    public MailHtml Field(string label, string value, string style = "") => Raw(
        $"""<tr><td width="96" valign="top" style="width:96px;padding:2px 12px 2px 0;color:#616e7c;white-space:nowrap;">{E(label)}</td><td valign="top" dir="auto" style="padding:2px 0;word-break:break-word;overflow-wrap:anywhere;{style}">{Lines(value)}</td></tr>""");

    /// <summary>Begins a frame with a coloured edge.</summary>
    public MailHtml BeginCard(string name, string accent) => Raw($"""
        <tr><td style="padding:0 28px 12px 28px;"><table role="presentation" width="100%" cellpadding="0" cellspacing="0" border="0" style="border:1px solid #e4e7eb;border-left:4px solid {accent};"><tr><td style="padding:10px 14px;">
        <div style="font-weight:bold;word-break:break-word;overflow-wrap:anywhere;" dir="auto">{E(name)}</div>
        <table role="presentation" width="100%" cellpadding="0" cellspacing="0" border="0">
        """);

    /// <summary>Ends it.</summary>
    public MailHtml EndCard() => Raw("</table></td></tr></table></td></tr>");

    /// <summary>A heading inside the page.</summary>
    public MailHtml Section(string heading) => Raw($"""<tr><td style="padding:12px 28px 6px 28px;font-size:15px;font-weight:bold;">{E(heading)}</td></tr>""");

    /// <summary>A paragraph.</summary>
    public MailHtml Paragraph(string text, string style = "padding:8px 28px 20px 28px;") => Raw($"""<tr><td style="{style}">{E(text)}</td></tr>""");

    /// <summary>The link to the console.</summary>
    public MailHtml Link(string label, string address) => Raw(
        $"""<tr><td style="padding:0 28px 24px 28px;"><table role="presentation" cellpadding="0" cellspacing="0" border="0"><tr><td style="background-color:{Blue};padding:9px 18px;"><a href="{E(address)}" style="color:#ffffff;text-decoration:none;font-weight:bold;{Font}">{E(label)}</a></td></tr></table></td></tr>""");

    /// <summary>Ends the page.</summary>
    public string End(string footer) => _html.Append(CultureInfo.InvariantCulture, $"""
        <tr><td style="padding:14px 28px;border-top:1px solid #e4e7eb;color:#616e7c;font-size:12px;">{E(footer)}</td></tr>
        </table></td></tr></table></body></html>

        """).ToString();
}
