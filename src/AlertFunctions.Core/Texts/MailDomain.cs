using MimeKit;

namespace AlertFunctions.Core.Texts;

/// <summary>The domain of an address as it travels.</summary>
public static class MailDomain
{
    /// <summary>
    /// The domain in ASCII, whichever way it is spelled in the settings: EHLO and message ids hold nothing else, while MimeKit turns <c>xn--</c> back
    /// into Unicode when it reads an address.
    /// </summary>
    /// <param name="mailbox">The address.</param>
    public static string AsciiDomain(this MailboxAddress mailbox)
    {
        string address = MailboxAddress.EncodeAddrspec(mailbox.Address);
        return address[(address.LastIndexOf('@') + 1)..];
    }
}
