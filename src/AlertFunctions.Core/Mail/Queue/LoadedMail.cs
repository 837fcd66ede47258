namespace AlertFunctions.Core.Mail.Queue;

/// <summary>A mail that a handler works on.</summary>
/// <param name="mail">The mail as read from storage.</param>
/// <param name="due">The keys of the recipients to attempt.</param>
public sealed class LoadedMail(OutgoingMail mail, IReadOnlyList<string> due)
{
    /// <summary>The mail as last read from or written to storage.</summary>
    public OutgoingMail Mail { get; set; } = mail;

    /// <summary>Whether its row still exists.</summary>
    public bool Exists { get; private set; } = true;

    /// <summary>The recipients to attempt.</summary>
    public IEnumerable<DueRecipient> Due => due.Select(key => new DueRecipient(this, key));

    /// <summary>The number of recipients to attempt.</summary>
    public int DueCount => due.Count;

    /// <summary>Replaces the mail by what storage holds now; null if its row is gone.</summary>
    public void ReplaceWith(OutgoingMail? mail)
    {
        Exists = mail is not null;
        Mail = mail is null ? Mail with { Recipients = [] } : mail with { Content = mail.Content ?? Mail.Content };
    }
}

/// <summary>A recipient to attempt.</summary>
public sealed record DueRecipient(LoadedMail Mail, string Key)
{
    /// <summary>The recipient as last read from or written to storage.</summary>
    /// <exception cref="InvalidOperationException">Another handler has handled it.</exception>
    public Recipient Recipient => Mail.Mail.Find(Key) ?? throw new InvalidOperationException($"Nobody is waiting for mail {Mail.Mail.Id} as {Key}.");

    /// <summary>Whether the recipient is still waiting; false if another handler has handled it.</summary>
    public bool IsStillThere => Mail.Mail.Find(Key) is not null;
}

/// <summary>The outcome of an attempt for one recipient.</summary>
/// <param name="Mail">The mail.</param>
/// <param name="Key">The recipient's key.</param>
/// <param name="After">The recipient with its new counters; null if the mail was delivered or given up.</param>
public sealed record RecipientOutcome(LoadedMail Mail, string Key, Recipient? After);
