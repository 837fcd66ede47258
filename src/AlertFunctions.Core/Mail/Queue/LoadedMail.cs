namespace AlertFunctions.Core.Mail.Queue;

/// <summary>A mail that a handler works on, with the recipients read so far.</summary>
public sealed class LoadedMail(OutgoingMail mail, IEnumerable<Recipient> recipients)
{
    /// <summary>The mail as last read from or written to storage.</summary>
    public OutgoingMail Mail { get; set; } = mail;

    /// <summary>Whether its row still exists.</summary>
    public bool Exists { get; private set; } = true;

    /// <summary>The recipients read so far, by row key.</summary>
    public IDictionary<string, Recipient> Recipients { get; private set; } = recipients.ToDictionary(recipient => recipient.RowKey, StringComparer.Ordinal);

    /// <summary>The number of recipients whose rows are damaged. They keep the mail's row until somebody repairs them.</summary>
    public int Unreadable { get; set; }

    /// <summary>Replaces the mail and its recipients by what storage holds now.</summary>
    /// <param name="mail">The mail; null if its row is gone.</param>
    /// <param name="recipients">Its recipients.</param>
    /// <param name="unreadable">The number of damaged recipient rows.</param>
    public void ReplaceWith(OutgoingMail? mail, IDictionary<string, Recipient> recipients, int unreadable)
    {
        Exists = mail is not null;
        Mail = mail is null ? Mail : mail with { Content = mail.Content ?? Mail.Content };
        Recipients = recipients;
        Unreadable = unreadable;
    }
}

/// <summary>A recipient to attempt.</summary>
public sealed record DueRecipient(LoadedMail Mail, string Key)
{
    /// <summary>The recipient as last read from or written to storage.</summary>
    public Recipient Recipient => Mail.Recipients[Key];

    /// <summary>Whether the recipient is still waiting; false if another handler has handled it.</summary>
    public bool IsStillThere => Mail.Recipients.ContainsKey(Key);
}

/// <summary>The outcome of an attempt for one recipient.</summary>
/// <param name="Mail">The mail.</param>
/// <param name="Key">The recipient's row key.</param>
/// <param name="After">The recipient with its new counters; null if the mail was delivered or given up.</param>
public sealed record RecipientOutcome(LoadedMail Mail, string Key, Recipient? After);
