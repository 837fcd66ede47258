namespace AlertFunctions.Core.Mail.Queue;

/// <summary>A mail that a handler works on, with the recipients that it knows of.</summary>
public sealed class LoadedMail(OutgoingMail mail, IEnumerable<Recipient> recipients)
{
    /// <summary>The mail as storage held it last.</summary>
    public OutgoingMail Mail { get; set; } = mail;

    /// <summary>Whether its row is still there.</summary>
    public bool Exists { get; private set; } = true;

    /// <summary>The known recipients by row key.</summary>
    public IDictionary<string, Recipient> Recipients { get; private set; } = recipients.ToDictionary(recipient => recipient.RowKey, StringComparer.Ordinal);

    /// <summary>Recipients whose rows are damaged. They keep the mail's own row alive until somebody repairs them.</summary>
    public int Unreadable { get; set; }

    /// <summary>Takes over what storage holds now.</summary>
    /// <param name="mail">The mail; null when its row is gone.</param>
    /// <param name="recipients">Its recipients.</param>
    /// <param name="unreadable">How many rows of recipients are damaged.</param>
    public void ReplaceWith(OutgoingMail? mail, IDictionary<string, Recipient> recipients, int unreadable)
    {
        Exists = mail is not null;
        Mail = mail is null ? Mail : mail with { Content = mail.Content ?? Mail.Content };
        Recipients = recipients;
        Unreadable = unreadable;
    }

    /// <summary>This handler does nothing more about it.</summary>
    public void Drop() => ReplaceWith(mail: null, new Dictionary<string, Recipient>(StringComparer.Ordinal), unreadable: 0);
}

/// <summary>A recipient that is to be attempted.</summary>
public sealed record DueRecipient(LoadedMail Mail, string Key)
{
    /// <summary>The recipient as storage held it last.</summary>
    public Recipient Recipient => Mail.Recipients[Key];

    /// <summary>Whether nobody else has handled it meanwhile.</summary>
    public bool IsStillThere => Mail.Recipients.ContainsKey(Key);
}

/// <summary>What became of a recipient.</summary>
/// <param name="Mail">The mail.</param>
/// <param name="Key">The recipient's row key.</param>
/// <param name="After">The recipient with its new counters; null when it got the mail or was given up.</param>
public sealed record RecipientOutcome(LoadedMail Mail, string Key, Recipient? After);
