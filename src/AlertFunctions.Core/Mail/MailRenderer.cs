using System.Globalization;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Unicode;
using AlertFunctions.Core.Alerts;
using AlertFunctions.Core.Settings;
using AlertFunctions.Core.Storage;
using AlertFunctions.Core.Texts;
using MimeKit;

namespace AlertFunctions.Core.Mail;

/// <summary>Makes the message of a mail: text and HTML, the same sentences in both.</summary>
internal sealed class MailRenderer(SmtpSettings smtp, MailSettings settings, TimeProvider time)
{
    private static readonly HtmlEncoder Encoder = HtmlEncoder.Create(UnicodeRanges.All);

    /// <summary>The message for one recipient.</summary>
    /// <param name="mail">The mail.</param>
    /// <param name="recipient">The recipient.</param>
    /// <param name="address">The address that it goes to now.</param>
    public MimeMessage Render(OutgoingMail mail, Recipient recipient, string address)
    {
        MimeMessage message = Envelope(Write(mail, recipient.Culture), recipient.Culture, new MailboxAddress(recipient.User ?? "", address));
        message.Subject = mail.Subject(recipient.Culture);
        message.Date = TimeZoneInfo.ConvertTime(mail.CreatedAt, Zone(mail));
        message.MessageId = MessageId(recipient);

        // One id for all mail of an alert type, so that clients show its raises and clears as one thread.
        message.References.Add($"alert.{Keys.Hash(mail.AlertType)}@{smtp.From!.Domain}");
        return message;
    }

    /// <summary>The message of a test of the SMTP settings.</summary>
    /// <param name="address">Where it goes.</param>
    /// <param name="culture">Its language.</param>
    public MimeMessage RenderTest(string address, MailCulture culture)
    {
        DateTimeOffset now = TimeZoneInfo.ConvertTime(time.GetUtcNow(), settings.TimeZone);
        Field[] fields = [new(Sentences.Get("LabelTime", culture), Sentences.Of(now, settings.TimeZone))];
        var text = new MailText(Sentences.Get("TestHeading", culture), fields, IsCritical: false, IsRaise: false, [], More: null, Closing: null, Link(culture), Sentences.Get("Footer", culture));
        MimeMessage message = Envelope(text, culture, new MailboxAddress("", address));
        message.Subject = Sentences.Get("TestSubject", culture);
        message.Date = now;
        message.MessageId = $"test.{Ulid.NewUlid(now)}".ToLowerInvariant() + $"@{smtp.From!.Domain}";
        return message;
    }

    /// <summary>What all mail has in common.</summary>
    private MimeMessage Envelope(MailText text, MailCulture culture, MailboxAddress recipient)
    {
        var message = new MimeMessage
        {
            Body = new MultipartAlternative
            {
                new TextPart("plain") { Text = ToPlainText(text), ContentTransferEncoding = ContentEncoding.QuotedPrintable },
                new TextPart("html") { Text = ToHtml(text, culture), ContentTransferEncoding = ContentEncoding.QuotedPrintable },
            },
        };
        message.From.Add(smtp.From!);
        message.To.Add(recipient);

        // RFC 3834, and what Outlook heeds: no out-of-office answers to a mailbox that nobody reads.
        message.Headers.Add(HeaderId.AutoSubmitted, "auto-generated");
        message.Headers.Add("X-Auto-Response-Suppress", "All");
        return message;
    }

    private Field? Link(MailCulture culture) => settings.ConsoleUrl is { } url ? new Field(Sentences.Get("OpenConsole", culture), url) : null;

    /// <summary>One for each mail to each recipient, the same in every attempt (rule 5).</summary>
    public string MessageId(Recipient recipient) =>
        $"{recipient.RowKey[(OutgoingMail.RowPrefix.Length + 1)..].Replace(Keys.Separator, '.').ToLowerInvariant()}@{smtp.From!.Domain}";

    private static TimeZoneInfo Zone(OutgoingMail mail) => TimeZoneInfo.TryFindSystemTimeZoneById(mail.Content.TimeZone, out TimeZoneInfo? zone) ? zone : TimeZoneInfo.Utc;

    private MailText Write(OutgoingMail mail, MailCulture culture)
    {
        string prefix = mail.Kind == MailKind.Raised ? "Raise" : "Clear";
        TimeZoneInfo zone = Zone(mail);
        AlertMailContent content = mail.Content;
        int more = content.Count - content.Computers.Count;
        return new MailText(
            Sentences.Get($"{prefix}Heading", culture),
            [
                new Field(Sentences.Get("LabelAlert", culture), content.Title(culture)),
                new Field(Sentences.Get("LabelSeverity", culture), Sentences.Of(content.Severity, culture)),
                new Field(Sentences.Get("LabelAffected", culture), Sentences.Get("AffectedComputers", culture, ("n", Sentences.Of(content.Count)))),
            ],
            content.Severity == Severity.Critical,
            mail.Kind == MailKind.Raised,
            content.Computers.Select(computer => new ComputerText(HarmlessText.OneLine(computer.Computer), Fields(mail.Kind, computer, zone, culture))).ToList(),
            more > 0 ? Sentences.Get("More", culture, ("m", Sentences.Of(more))) : null,
            Sentences.Get($"{prefix}Closing", culture),
            Link(culture),
            Sentences.Get("Footer", culture));
    }

    private static List<Field> Fields(MailKind kind, AffectedComputer computer, TimeZoneInfo zone, MailCulture culture)
    {
        var fields = new List<Field>();
        if (kind == MailKind.Raised)
        {
            fields.Add(new Field(Sentences.Get("LabelTime", culture), Sentences.Of(computer.Time, zone)));
        }
        else
        {
            fields.Add(new Field(Sentences.Get("LabelRaised", culture), Sentences.Of(computer.RaisedAt ?? computer.Time, zone)));
            fields.Add(new Field(Sentences.Get("LabelCleared", culture), Sentences.Of(computer.Time, zone)));
        }

        if (!string.IsNullOrWhiteSpace(computer.Text))
        {
            fields.Add(new Field(Sentences.Get(kind == MailKind.Raised ? "LabelDetails" : "LabelNote", culture), HarmlessText.Lines(computer.Text)));
        }

        return fields;
    }

    /// <summary>Lines that a stranger's text adds are indented, so that none of them can pass for one of ours.</summary>
    private static string ToPlainText(MailText mail)
    {
        var text = new StringBuilder();
        text.AppendLine(mail.Heading);
        AppendFields(mail.Fields);
        foreach (ComputerText computer in mail.Computers)
        {
            text.AppendLine().Append("■ ").AppendLine(computer.Name);
            AppendFields(computer.Fields);
        }

        if (mail.More is not null)
        {
            text.AppendLine().AppendLine(mail.More);
        }

        if (mail.Closing is not null)
        {
            text.AppendLine().AppendLine(mail.Closing);
        }

        if (mail.Link is { } link)
        {
            text.AppendLine().Append(link.Label).Append(": ").AppendLine(link.Value);
        }

        return text.AppendLine().AppendLine(mail.Footer).ToString();

        void AppendFields(IEnumerable<Field> fields)
        {
            foreach (Field field in fields)
            {
                text.Append(field.Label).Append(": ").AppendLine(field.Value.Replace("\n", "\n    ", StringComparison.Ordinal));
            }
        }
    }

    /// <summary>Tables and inline styles, since Outlook knows little else; no script, no image, nothing to load; every value encoded.</summary>
    private static string ToHtml(MailText mail, MailCulture culture)
    {
        const string font = "font-family:'Segoe UI','Hiragino Sans','Yu Gothic UI','Meiryo',Arial,sans-serif;";
        string accent = !mail.IsRaise ? "#2e7d32" : mail.IsCritical ? "#c62828" : "#b26a00";
        var html = new StringBuilder();
        html.Append(CultureInfo.InvariantCulture, $"""
            <!DOCTYPE html>
            <html lang="{(culture == MailCulture.Ja ? "ja" : "en")}"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>{E(mail.Heading)}</title></head>
            <body style="margin:0;padding:0;background-color:#f3f4f6;">
            <table role="presentation" width="100%" cellpadding="0" cellspacing="0" border="0" style="background-color:#f3f4f6;"><tr><td align="center" style="padding:24px 12px;">
            <table role="presentation" width="600" cellpadding="0" cellspacing="0" border="0" style="width:100%;max-width:600px;background-color:#ffffff;border:1px solid #d9dce1;{font}color:#1f2933;font-size:14px;line-height:1.6;">
            <tr><td style="background-color:{accent};font-size:0;line-height:0;height:6px;">&nbsp;</td></tr>
            <tr><td style="padding:24px 28px 4px 28px;font-size:18px;font-weight:bold;line-height:1.4;">{E(mail.Heading)}</td></tr>
            <tr><td style="padding:8px 28px 16px 28px;"><table role="presentation" width="100%" cellpadding="0" cellspacing="0" border="0">

            """);
        foreach ((Field field, int index) in mail.Fields.Select((field, index) => (field, index)))
        {
            string style = index switch { 0 => "font-weight:bold;", 1 => $"font-weight:bold;color:{(mail.IsCritical ? "#c62828" : "#8a5200")};", _ => "" };
            AppendField(html, field, style);
        }

        html.AppendLine("</table></td></tr>");
        foreach (ComputerText computer in mail.Computers)
        {
            html.Append(CultureInfo.InvariantCulture, $"""
                <tr><td style="padding:0 28px 12px 28px;"><table role="presentation" width="100%" cellpadding="0" cellspacing="0" border="0" style="border:1px solid #e4e7eb;border-left:4px solid {accent};"><tr><td style="padding:10px 14px;">
                <div style="font-weight:bold;word-break:break-word;overflow-wrap:anywhere;" dir="auto">{E(computer.Name)}</div>
                <table role="presentation" width="100%" cellpadding="0" cellspacing="0" border="0">

                """);
            foreach (Field field in computer.Fields)
            {
                AppendField(html, field, "");
            }

            html.AppendLine("</table></td></tr></table></td></tr>");
        }

        if (mail.More is not null)
        {
            html.Append(CultureInfo.InvariantCulture, $"""<tr><td style="padding:0 28px 12px 28px;font-weight:bold;">{E(mail.More)}</td></tr>""").AppendLine();
        }

        if (mail.Closing is not null)
        {
            html.Append(CultureInfo.InvariantCulture, $"""<tr><td style="padding:8px 28px 20px 28px;">{E(mail.Closing)}</td></tr>""").AppendLine();
        }

        if (mail.Link is { } link)
        {
            html.Append(CultureInfo.InvariantCulture, $"""
                <tr><td style="padding:0 28px 24px 28px;"><table role="presentation" cellpadding="0" cellspacing="0" border="0"><tr><td style="background-color:#1f4e79;padding:9px 18px;"><a href="{E(link.Value)}" style="color:#ffffff;text-decoration:none;font-weight:bold;{font}">{E(link.Label)}</a></td></tr></table></td></tr>

                """);
        }

        return html.Append(CultureInfo.InvariantCulture, $"""
            <tr><td style="padding:14px 28px;border-top:1px solid #e4e7eb;color:#616e7c;font-size:12px;">{E(mail.Footer)}</td></tr>
            </table></td></tr></table></body></html>

            """).ToString();
    }

    private static void AppendField(StringBuilder html, Field field, string style) => html.Append(CultureInfo.InvariantCulture, $"""
        <tr><td width="96" valign="top" style="width:96px;padding:2px 12px 2px 0;color:#616e7c;white-space:nowrap;">{E(field.Label)}</td><td valign="top" dir="auto" style="padding:2px 0;word-break:break-word;overflow-wrap:anywhere;{style}">{E(field.Value).Replace("&#xA;", "<br>", StringComparison.Ordinal)}</td></tr>

        """);

    private static string E(string value) => Encoder.Encode(value);

    private sealed record Field(string Label, string Value);

    private sealed record ComputerText(string Name, IReadOnlyList<Field> Fields);

    private sealed record MailText(
        string Heading,
        IReadOnlyList<Field> Fields,
        bool IsCritical,
        bool IsRaise,
        IReadOnlyList<ComputerText> Computers,
        string? More,
        string? Closing,
        Field? Link,
        string Footer);
}
