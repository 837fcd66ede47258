using AlertFunctions.Core.Mail.Queue;
using AlertFunctions.Core.Settings;
using AlertFunctions.Core.Texts;
using AlertFunctions.Core.Users;

namespace AlertFunctions.Core.Mail.Compose;

/// <summary>Who gets a mail.</summary>
/// <param name="User">The user's name, or null for an address of nobody's.</param>
/// <param name="Address">The address.</param>
/// <param name="Culture">The language.</param>
public sealed record Addressee(string? User, string Address, MailCulture Culture)
{
    /// <summary>The IANA time zone in which this addressee's copy shows times; null for the system's.</summary>
    public string? TimeZone { get; init; }

    /// <summary>Which of a mail's bodies this addressee gets.</summary>
    public MailEdition Edition => new(Culture, TimeZone);

    /// <summary>Makes the recipient of a mail, with what is frozen when the mail is composed.</summary>
    /// <param name="dueAt">The first attempt.</param>
    public Recipient Of(DateTimeOffset dueAt) => new(User, Address, Culture, dueAt) { TimeZone = TimeZone };
}

/// <summary>The recipients of one mail.</summary>
/// <param name="MailId">The mail's id: its source's, with the page's number from the second page on.</param>
/// <param name="Recipients">At most <see cref="OutgoingMail.MaximumRecipients"/>.</param>
/// <param name="ComposedUpTo">The last of them when more mails follow; null when all addressees have theirs.</param>
public sealed record RecipientPage(string MailId, IReadOnlyList<Recipient> Recipients, string? ComposedUpTo);

/// <summary>Decides who gets the mail of alerts and of scheduled tasks, and cuts them into mails.</summary>
public static class Addressees
{
    /// <summary>Who receives alert mail (S2): users with an address and the switch on, and the alert email address.</summary>
    /// <returns>In order of address.</returns>
    public static IReadOnlyList<Addressee> OfAlerts(IEnumerable<User> users, MailSettings settings) =>
        Of(users.Where(user => user.ReceiveAlertMail), settings.AlertEmailAddress is { } address ? [address] : [], settings);

    /// <summary>Users that have an address, and addresses; one address gets one mail, in the language and time zone of the first user by name who has it, else in the system's.</summary>
    /// <returns>In order of address.</returns>
    public static IReadOnlyList<Addressee> Of(IEnumerable<User> users, IEnumerable<string> addresses, MailSettings settings) => users
        .Where(user => user.Email is not null)
        .OrderBy(user => user.Name, StringComparer.Ordinal)
        .Select(user => new Addressee(user.Name, user.Email!, user.Culture ?? settings.Culture) { TimeZone = user.TimeZone?.Id })
        .Concat(addresses.Select(address => new Addressee(null, address, settings.Culture)))
        .DistinctBy(addressee => addressee.Address, EmailAddress.Comparer)
        .OrderBy(addressee => addressee.Address, EmailAddress.Comparer)
        .ToList();

    /// <summary>Those who come after an address: whose mail does not exist yet.</summary>
    public static IReadOnlyList<Addressee> After(this IReadOnlyList<Addressee> addressees, string? composedUpTo) => addressees
        .Where(addressee => composedUpTo is null || EmailAddress.Comparer.Compare(addressee.Address, composedUpTo) > 0)
        .ToList();

    /// <summary>The recipients of the next mail of an outbox row or a task run.</summary>
    /// <param name="left">Who has no mail of it yet.</param>
    /// <param name="source">The row's or run's id.</param>
    /// <param name="composedMails">How many mails it became before.</param>
    /// <param name="now">When the mail is due first.</param>
    public static RecipientPage FirstPage(this IReadOnlyList<Addressee> left, Ulid source, int composedMails, DateTimeOffset now)
    {
        string id = composedMails == 0 ? $"{source}" : $"{source}.{composedMails + 1}";
        List<Recipient> recipients = left.Take(OutgoingMail.MaximumRecipients)
            .Select(addressee => addressee.Of(now))
            .ToList();
        return new RecipientPage(id, recipients, left.Count > OutgoingMail.MaximumRecipients ? recipients[^1].Address : null);
    }
}
