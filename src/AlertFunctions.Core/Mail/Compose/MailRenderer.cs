using System.Text;
using AlertFunctions.Core.Mail.Queue;
using AlertFunctions.Core.Outbox;
using AlertFunctions.Core.Settings;
using AlertFunctions.Core.Storage;
using AlertFunctions.Core.Texts;
using MimeKit;

namespace AlertFunctions.Core.Mail.Compose;

/// <summary>Makes the message of a mail: text and HTML, the same sentences in both.</summary>
public sealed class MailRenderer(SmtpSettings smtp, MailSettings settings, TimeProvider time)
{
    /// <summary>The message for one recipient.</summary>
    /// <param name="mail">The mail.</param>
    /// <param name="recipient">The recipient.</param>
    /// <param name="address">The address that it goes to now.</param>
    /// <param name="snapshot">For scheduled mail, the body that was made once; null when it is not there.</param>
    /// <exception cref="InvalidOperationException">The body of scheduled mail is not there any more.</exception>
    public MimeMessage Render(OutgoingMail mail, Recipient recipient, string address, byte[]? snapshot = null)
    {
        MimeEntity body = mail.Content switch
        {
            AlertMailContent content => Body(Write(mail.Kind, content, recipient.Culture), recipient.Culture),
            _ => MimeEntity.Load(new MemoryStream(snapshot ?? throw new InvalidOperationException("The body of this mail, kept in container reports, is not there any more."))),
        };
        MimeMessage message = Envelope(body, new MailboxAddress(recipient.User ?? "", address));
        message.Subject = mail.Subject(recipient.Culture);
        message.Date = TimeZoneInfo.ConvertTime(mail.CreatedAt, mail.Content is AlertMailContent alert ? Zone(alert) : settings.TimeZone);
        message.MessageId = MessageId(recipient);
        if (mail.AlertType is { } alertType)
        {
            // One id for all mail of an alert type, so that clients show its raises and clears as one thread.
            message.References.Add($"alert.{Keys.Hash(alertType)}@{smtp.From!.AsciiDomain()}");
        }

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
        MimeMessage message = Envelope(Body(text, culture), new MailboxAddress("", address));
        message.Subject = Sentences.Get("TestSubject", culture);
        message.Date = now;
        message.MessageId = $"test.{Ulid.NewUlid(now)}".ToLowerInvariant() + $"@{smtp.From!.AsciiDomain()}";
        return message;
    }

    private static MultipartAlternative Body(MailText text, MailCulture culture) => Body(ToPlainText(text), ToHtml(text, culture));

    /// <summary>The two ways of saying the same.</summary>
    public static MultipartAlternative Body(string text, string html) => new()
    {
        new TextPart("plain") { Text = text, ContentTransferEncoding = ContentEncoding.QuotedPrintable },
        new TextPart("html") { Text = html, ContentTransferEncoding = ContentEncoding.QuotedPrintable },
    };

    /// <summary>What all mail has in common.</summary>
    private MimeMessage Envelope(MimeEntity body, MailboxAddress recipient)
    {
        var message = new MimeMessage { Body = body };

        // A copy: a message listens to its addresses for changes, so that the one of the settings would keep every message alive.
        message.From.Add(smtp.From!.Clone());
        message.To.Add(recipient);

        // RFC 3834, and what Outlook heeds: no out-of-office answers to a mailbox that nobody reads.
        message.Headers.Add(HeaderId.AutoSubmitted, "auto-generated");
        message.Headers.Add("X-Auto-Response-Suppress", "All");
        return message;
    }

    private Field? Link(MailCulture culture) => settings.ConsoleUrl is { } url ? new Field(Sentences.Get("OpenConsole", culture), url) : null;

    /// <summary>One for each mail to each recipient, the same in every attempt (rule 5).</summary>
    public string MessageId(Recipient recipient) =>
        $"{recipient.RowKey[(OutgoingMail.RowPrefix.Length + 1)..].Replace(Keys.Separator, '.').ToLowerInvariant()}@{smtp.From!.AsciiDomain()}";

    private static TimeZoneInfo Zone(AlertMailContent content) => TimeZoneInfo.TryFindSystemTimeZoneById(content.TimeZone, out TimeZoneInfo? zone) ? zone : TimeZoneInfo.Utc;

    private MailText Write(MailKind kind, AlertMailContent content, MailCulture culture)
    {
        string prefix = kind == MailKind.Raised ? "Raise" : "Clear";
        TimeZoneInfo zone = Zone(content);
        int more = content.Count - content.Computers.Count;
        return new MailText(
            Sentences.Get($"{prefix}Heading", culture),
            [
                new Field(Sentences.Get("LabelAlert", culture), content.Title(culture)),
                new Field(Sentences.Get("LabelSeverity", culture), Sentences.Of(content.Severity, culture)),
                new Field(Sentences.Get("LabelAffected", culture), Sentences.Get("AffectedComputers", culture, ("n", Sentences.Of(content.Count)))),
            ],
            content.Severity == Severity.Critical,
            kind == MailKind.Raised,
            content.Computers.Select(computer => new ComputerText(HarmlessText.OneLine(computer.Computer), Fields(kind, computer, zone, culture))).ToList(),
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

    private static string ToHtml(MailText mail, MailCulture culture)
    {
        string accent = !mail.IsRaise ? MailHtml.Green : mail.IsCritical ? MailHtml.Red : MailHtml.Amber;
        var html = new MailHtml(mail.Heading, culture, accent);
        html.BeginFields();
        foreach ((Field field, int index) in mail.Fields.Select((field, index) => (field, index)))
        {
            html.Field(field.Label, field.Value, index switch { 0 => "font-weight:bold;", 1 => $"font-weight:bold;color:{(mail.IsCritical ? MailHtml.Red : "#8a5200")};", _ => "" });
        }

        html.EndFields();
        foreach (ComputerText computer in mail.Computers)
        {
            html.BeginCard(computer.Name, accent);
            foreach (Field field in computer.Fields)
            {
                html.Field(field.Label, field.Value);
            }

            html.EndCard();
        }

        if (mail.More is not null)
        {
            html.Paragraph(mail.More, "padding:0 28px 12px 28px;font-weight:bold;");
        }

        if (mail.Closing is not null)
        {
            html.Paragraph(mail.Closing);
        }

        if (mail.Link is { } link)
        {
            html.Link(link.Label, link.Value);
        }

        return html.End(mail.Footer);
    }

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
