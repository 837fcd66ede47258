using AlertFunctions.Core.Alerts;
using AlertFunctions.Core.Settings;
using AlertFunctions.Core.Storage;
using AlertFunctions.Core.Users;

namespace AlertFunctions.Core.Mail;

/// <summary>Who gets a mail.</summary>
/// <param name="User">The user's name, or null for the alert email address.</param>
/// <param name="Address">The address.</param>
/// <param name="Culture">The language.</param>
internal sealed record Addressee(string? User, string Address, MailCulture Culture);

/// <summary>A mail with its recipients, about to be written.</summary>
internal sealed record ComposedMail(OutgoingMail Mail, IReadOnlyList<Recipient> Recipients);

/// <summary>Decides what mails an outbox becomes, without touching storage.</summary>
internal static class MailComposition
{
    /// <summary>Rows that fit one transaction with a mail and its 50 recipients.</summary>
    public const int MaximumRows = 49;

    /// <summary>Who receives alert mail (S2): users with an address and the switch on, and the alert email address.</summary>
    /// <returns>In order of address.</returns>
    public static IReadOnlyList<Addressee> Addressees(IEnumerable<User> users, MailSettings settings) =>
        Addressees(users.Where(user => user.ReceiveAlertMail), settings.AlertEmailAddress is { } address ? [address] : [], settings);

    /// <summary>Users that have an address, and addresses; one address gets one mail, in the language of the first user by name who has it, else in the system's.</summary>
    /// <returns>In order of address.</returns>
    public static IReadOnlyList<Addressee> Addressees(IEnumerable<User> users, IEnumerable<string> addresses, MailSettings settings) => users
        .Where(user => user.Email is not null)
        .OrderBy(user => user.Name, StringComparer.Ordinal)
        .Select(user => new Addressee(user.Name, user.Email!, user.Culture ?? settings.Culture))
        .Concat(addresses.Select(address => new Addressee(null, address, settings.Culture)))
        .DistinctBy(addressee => addressee.Address, StringComparer.OrdinalIgnoreCase)
        .OrderBy(addressee => addressee.Address, StringComparer.OrdinalIgnoreCase)
        .ToList();

    /// <summary>Those who come after an address: whose mail does not exist yet.</summary>
    public static List<Addressee> After(this IReadOnlyList<Addressee> addressees, string? composedUpTo) => addressees
        .Where(addressee => composedUpTo is null || StringComparer.OrdinalIgnoreCase.Compare(addressee.Address, composedUpTo) > 0)
        .ToList();

    /// <summary>Whether a type's switch asks for mail about a transition (S1).</summary>
    public static bool IsWanted(AlertType type, TransitionKind kind) => kind == TransitionKind.Raise ? type.MailWhenRaised : type.MailWhenCleared;

    /// <summary>All rows as one: the oldest with everything added up.</summary>
    public static OutboxRow Fold(IReadOnlyList<OutboxRow> rows) => rows[0] with
    {
        Count = rows.Sum(row => row.Count),
        Computers = rows.SelectMany(row => row.Computers).Take(OutboxRow.MaximumComputers).ToList(),
        Folded = rows.Count > 1 || rows[0].Folded,
    };

    /// <summary>The next mail of some rows, and what is left of them when it has all the recipients that one mail can have.</summary>
    /// <param name="rows">The rows, oldest first; the oldest may have had mails made of it before.</param>
    /// <param name="type">The type's settings at this moment.</param>
    /// <param name="addressees">The recipients at this moment, in order of address.</param>
    /// <param name="timeZone">The zone in which the mail shows times.</param>
    /// <param name="now">The time of composing, at which the mail is due.</param>
    public static (ComposedMail? Mail, OutboxRow? Remainder) Next(IReadOnlyList<OutboxRow> rows, AlertType type, IReadOnlyList<Addressee> addressees, TimeZoneInfo timeZone, DateTimeOffset now)
    {
        OutboxRow all = Fold(rows);
        List<Addressee> left = addressees.After(all.ComposedUpTo);
        if (left.Count == 0 || !IsWanted(type, all.Kind))
        {
            return (null, null);
        }

        string id = all.ComposedMails == 0 ? $"{all.Id}" : $"{all.Id}.{all.ComposedMails + 1}";
        var mail = new OutgoingMail(
            Shard.Of(all.AlertType),
            id,
            all.Kind == TransitionKind.Raise ? MailKind.Raised : MailKind.Cleared,
            all.AlertType,
            new AlertMailContent(type.TitleJa, type.TitleEn, type.Severity, all.Count, all.Computers, timeZone.Id),
            now);
        List<Recipient> recipients = left.Take(OutgoingMail.MaximumRecipients)
            .Select(addressee => new Recipient(id, addressee.User, addressee.Address, addressee.Culture, now))
            .ToList();
        OutboxRow? rest = left.Count <= OutgoingMail.MaximumRecipients ? null
            : all with { ComposedUpTo = recipients[^1].Address, ComposedMails = all.ComposedMails + 1 };
        return (new ComposedMail(mail, recipients), rest);
    }
}
