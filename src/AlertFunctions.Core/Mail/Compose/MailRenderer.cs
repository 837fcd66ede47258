using AlertFunctions.Core.Mail.Queue;
using AlertFunctions.Core.Settings;
using AlertFunctions.Core.Storage;
using AlertFunctions.Core.Texts;
using MimeKit;

namespace AlertFunctions.Core.Mail.Compose;

/// <summary>Makes the message of a mail: text and HTML, the same sentences in both.</summary>
public sealed class MailRenderer(SmtpSettings smtp, MailSettings settings, ConsoleLinks links, TimeProvider time)
{
    /// <summary>The message for one recipient.</summary>
    /// <param name="mail">The mail.</param>
    /// <param name="recipient">The recipient.</param>
    /// <param name="address">The address that it goes to now.</param>
    /// <param name="snapshot">For scheduled mail, the body that was made once; null when it is not there.</param>
    /// <exception cref="InvalidOperationException">The body of scheduled mail is not there any more.</exception>
    public MimeMessage Render(OutgoingMail mail, Recipient recipient, string address, byte[]? snapshot = null)
    {
        TimeZoneInfo zone = Zone(mail, recipient);
        MimeEntity body = mail.Content switch
        {
            AlertMailContent content => Body(AlertMailText.Of(mail, content, zone, links, recipient.Culture)),
            _ => MimeEntity.Load(new MemoryStream(snapshot ?? throw new InvalidOperationException("The body of this mail, kept in container reports, is not there any more."))),
        };
        MimeMessage message = Envelope(body, new MailboxAddress(recipient.User ?? "", address));
        message.SetSubject(mail.Subject(recipient.Culture));

        // The time of this attempt: gateways refuse what looks a week old. When things happened stands in the body.
        message.Date = TimeZoneInfo.ConvertTime(time.GetUtcNow(), zone);
        message.MessageId = MessageId(mail, recipient);
        if (mail.AlertType is { } alertType)
        {
            // One id for all mail of an alert type, so that clients show its raises and clears as one thread; Outlook goes by In-Reply-To.
            string thread = $"alert.{Keys.Hash(alertType)}@{smtp.From!.AsciiDomain()}";
            message.InReplyTo = thread;
            message.References.Add(thread);
        }

        return message;
    }

    /// <summary>The message of a test of the SMTP settings.</summary>
    /// <param name="address">Where it goes.</param>
    /// <param name="culture">Its language.</param>
    public MimeMessage RenderTest(string address, MailCulture culture)
    {
        DateTimeOffset now = TimeZoneInfo.ConvertTime(time.GetUtcNow(), settings.TimeZone);
        var sent = new MailField(Sentences.Get("LabelSentAt", culture), Sentences.Of(now, settings.TimeZone));
        var text = new MailText(Sentences.Get("TestHeading", culture), $"{sent.Label}: {sent.Value}", [sent], MailHtml.Green, links.ToConsole(culture), culture);
        MimeMessage message = Envelope(Body(text), new MailboxAddress("", address));
        message.SetSubject(Sentences.Get("TestSubject", culture));
        message.Date = now;
        message.MessageId = $"test.{Ulid.NewUlid(now)}".ToLowerInvariant() + $"@{smtp.From!.AsciiDomain()}";
        return message;
    }

    /// <summary>The recipient's own zone, else the mail's, else UTC: a zone that this machine does not know keeps no mail back (S3).</summary>
    private TimeZoneInfo Zone(OutgoingMail mail, Recipient recipient) =>
        recipient.TimeZone is { } own && TimeZones.TryFind(own, out TimeZoneInfo? zone) ? zone
        : mail.Content is not AlertMailContent content ? settings.TimeZone
        : TimeZones.TryFind(content.TimeZone, out TimeZoneInfo? ofMail) ? ofMail
        : TimeZoneInfo.Utc;

    private static MultipartAlternative Body(MailText text) => Body(text.ToPlainText(), text.ToHtml());

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
        message.SetMailbox(HeaderId.From, smtp.From!);
        message.SetMailbox(HeaderId.To, recipient);

        // RFC 3834, and what Outlook heeds: no out-of-office answers to a mailbox that nobody reads.
        message.Headers.Add(HeaderId.AutoSubmitted, "auto-generated");
        message.Headers.Add("X-Auto-Response-Suppress", "All");

        // What readers' rules can go by (RFC 2919): the same for all mail of an installation, and for no other's.
        message.Headers.Add(HeaderId.ListId, $"AlertFunctions <alertfunctions.{links.Host ?? smtp.From!.AsciiDomain()}>");
        return message;
    }

    /// <summary>One for each mail to each recipient, the same in every attempt (rule 5).</summary>
    public string MessageId(OutgoingMail mail, Recipient recipient) => $"{mail.Id}.{recipient.Key}".ToLowerInvariant() + $"@{smtp.From!.AsciiDomain()}";
}
