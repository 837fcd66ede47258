using System.Text;
using AlertFunctions.Core.Texts;
using MimeKit;

namespace AlertFunctions.Core.Mail.Compose;

/// <summary>The headers in which people read text: the subject, and the names of sender and recipient.</summary>
public static class MailHeaders
{
    /// <summary>Sets the subject.</summary>
    public static void SetSubject(this MimeMessage message, string subject)
    {
        if (EncodedWords.AreNeededFor(subject))
        {
            message.Headers.Replace(Raw(HeaderId.Subject, column => EncodedWords.Of(subject, column)));
        }
        else
        {
            message.Subject = subject;
        }
    }

    /// <summary>Sets the sender or the one recipient.</summary>
    public static void SetMailbox(this MimeMessage message, HeaderId header, MailboxAddress mailbox)
    {
        string name = mailbox.Name ?? "";
        if (EncodedWords.AreNeededFor(name))
        {
            message.Headers.Replace(Raw(header, column => $"{EncodedWords.Of(name, column)}\r\n <{mailbox.GetAddress(idnEncode: true)}>"));
            return;
        }

        // A copy: a message listens to its addresses for changes, so that the one of the settings would keep every message alive.
        (header == HeaderId.From ? message.From : message.To).Add(mailbox.Clone());
    }

    private static Header Raw(HeaderId id, Func<int, string> value)
    {
        var header = new Header(id, "");
        header.SetRawValue(Encoding.ASCII.GetBytes($" {value($"{header.Field}: ".Length)}\r\n"));
        return header;
    }
}
