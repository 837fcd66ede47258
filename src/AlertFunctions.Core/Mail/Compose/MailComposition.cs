using AlertFunctions.Core.Alerts;
using AlertFunctions.Core.Mail.Queue;
using AlertFunctions.Core.Outbox;
using AlertFunctions.Core.Settings;
using AlertFunctions.Core.Storage;
using AlertFunctions.Core.Texts;
using AlertFunctions.Core.Users;

namespace AlertFunctions.Core.Mail.Compose;

/// <summary>Who gets a mail.</summary>
/// <param name="User">The user's name, or null for the alert email address.</param>
/// <param name="Address">The address.</param>
/// <param name="Culture">The language.</param>
public sealed record Addressee(string? User, string Address, MailCulture Culture)
{
    /// <summary>The IANA zone in which this copy shows times; null for the system's.</summary>
    public string? TimeZone { get; init; }

    /// <summary>Which of a mail's bodies this is for.</summary>
    public MailEdition Edition => new(Culture, TimeZone);

    /// <summary>The recipient of a mail, with what is frozen when it is composed.</summary>
    /// <param name="mailId">The mail.</param>
    /// <param name="dueAt">The first attempt.</param>
    public Recipient Of(string mailId, DateTimeOffset dueAt) => new(mailId, User, Address, Culture, dueAt) { TimeZone = TimeZone };
}

/// <summary>A mail with its recipients, about to be written.</summary>
public sealed record ComposedMail(OutgoingMail Mail, IReadOnlyList<Recipient> Recipients);

/// <summary>Rows that become one.</summary>
/// <param name="Rows">The rows.</param>
/// <param name="Target">The one of them whose place the result takes.</param>
/// <param name="Result">What is left of them; null when nothing is.</param>
public sealed record RowFold(IReadOnlyList<OutboxRow> Rows, OutboxRow Target, OutboxRow? Result);

/// <summary>Decides what mails an outbox becomes, without touching storage.</summary>
public static class MailComposition
{
    /// <summary>Rows that fit one transaction with a mail and its 50 recipients.</summary>
    public const int MaximumRows = 49;

    /// <summary>Rows of one fold: a transaction's 100, less one to spare.</summary>
    private const int MaximumFold = 99;

    /// <summary>Runs at the head of an outbox that become a mail each; a raise and the raise after its clear are two mails (S5).</summary>
    private const int MailedAsTheyAre = 2;

    /// <summary>Who receives alert mail (S2): users with an address and the switch on, and the alert email address.</summary>
    /// <returns>In order of address.</returns>
    public static IReadOnlyList<Addressee> Addressees(IEnumerable<User> users, MailSettings settings) =>
        Addressees(users.Where(user => user.ReceiveAlertMail), settings.AlertEmailAddress is { } address ? [address] : [], settings);

    /// <summary>Users that have an address, and addresses; one address gets one mail, in the language and the time zone of the first user by name who has it, else in the system's.</summary>
    /// <returns>In order of address.</returns>
    public static IReadOnlyList<Addressee> Addressees(IEnumerable<User> users, IEnumerable<string> addresses, MailSettings settings) => users
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

    /// <summary>Whether a type's switch asks for mail about a transition (S1).</summary>
    public static bool IsWanted(AlertType type, TransitionKind kind) => kind == TransitionKind.Raise ? type.MailWhenRaised : type.MailWhenCleared;

    /// <summary>The type of some rows where it has no settings: the defaults, and the severity of its events.</summary>
    public static AlertType Unregistered(string alertType, IReadOnlyList<OutboxRow> rows) => new(alertType) { Severity = rows.Max(row => row.Severity) ?? default };

    /// <summary>
    /// Cuts what waits into what each mail is to tell: a run ends where the other kind begins, or where one of its computers comes again, since that is
    /// another raise (S5).
    /// </summary>
    /// <param name="rows">The rows that mail is wanted about, oldest first.</param>
    public static IReadOnlyList<IReadOnlyList<OutboxRow>> Runs(IReadOnlyList<OutboxRow> rows)
    {
        var runs = new List<List<OutboxRow>>();
        var computers = new HashSet<string>(StringComparer.Ordinal);
        foreach (OutboxRow row in rows)
        {
            if (runs.Count == 0 || runs[^1][0].Kind != row.Kind || row.Computers.Any(computer => computers.Contains(computer.Computer)))
            {
                runs.Add([]);
                computers.Clear();
            }

            runs[^1].Add(row);
            computers.UnionWith(row.Computers.Select(computer => computer.Computer));
        }

        return runs;
    }

    /// <summary>
    /// What is to become one row before the first run becomes a mail: a run of more rows than a transaction with a mail holds, and all that waits behind
    /// the first <see cref="MailedAsTheyAre"/> runs. So one look at an outbox makes a few mails, however often alerts went up and down meanwhile.
    /// </summary>
    /// <param name="runs">What waits.</param>
    public static IReadOnlyList<RowFold> Folds(IReadOnlyList<IReadOnlyList<OutboxRow>> runs)
    {
        if (runs[0].Count > MaximumRows)
        {
            List<OutboxRow> rows = runs[0].Take(MaximumFold).ToList();
            return [new RowFold(rows, rows[0], Fold(rows))];
        }

        List<OutboxRow> behind = runs.Skip(MailedAsTheyAre).SelectMany(run => run).ToList();
        return behind.GroupBy(row => row.Kind).Any(kind => kind.Count() > 1)
            ? behind.GroupBy(row => row.Kind).Select(kind => FoldToLastStates(kind.ToList(), behind)).ToList()
            : [];
    }

    /// <summary>All rows as one: the oldest with everything added up.</summary>
    public static OutboxRow Fold(IReadOnlyList<OutboxRow> rows) => rows[0] with
    {
        Count = rows.Sum(row => row.Count),
        Computers = rows.SelectMany(row => row.Computers).Take(OutboxRow.MaximumComputers).ToList(),
        Severity = rows.Max(row => row.Severity),
        Folded = rows.Count > 1 || rows[0].Folded,
    };

    /// <summary>
    /// The rows of one kind as the newest of them, so that of the mails about raises and clears the one that tells of the latest comes last. Each computer
    /// is named where its last transition is, and only there: the mails tell how things stand, and each counts a computer once.
    /// </summary>
    /// <param name="rows">The rows of one kind.</param>
    /// <param name="all">The rows of both kinds, oldest first.</param>
    private static RowFold FoldToLastStates(List<OutboxRow> rows, List<OutboxRow> all)
    {
        var last = new Dictionary<string, AffectedComputer>(StringComparer.Ordinal);
        foreach (AffectedComputer computer in all.SelectMany(row => row.Computers))
        {
            last[computer.Computer] = computer;
        }

        List<AffectedComputer> named = rows.SelectMany(row => row.Computers).Where(computer => ReferenceEquals(last[computer.Computer], computer)).ToList();
        int count = named.Count + rows.Sum(row => row.Count - row.Computers.Count);
        return new RowFold(rows, rows[^1], count == 0 ? null : rows[^1] with
        {
            Count = count,
            Computers = named.Take(OutboxRow.MaximumComputers).ToList(),
            Severity = rows.Max(row => row.Severity),
            Folded = true,
        });
    }

    /// <summary>The next mail of some rows, and what is left of them when it has all the recipients that one mail can have.</summary>
    /// <param name="rows">The rows, oldest first; the oldest may have had mails made of it before.</param>
    /// <param name="type">The type's settings at this moment.</param>
    /// <param name="addressees">The recipients at this moment, in order of address.</param>
    /// <param name="timeZone">The zone in which the mail shows times.</param>
    /// <param name="now">The time of composing, at which the mail is due.</param>
    public static (ComposedMail? Mail, OutboxRow? Remainder) Next(IReadOnlyList<OutboxRow> rows, AlertType type, IReadOnlyList<Addressee> addressees, TimeZoneInfo timeZone, DateTimeOffset now)
    {
        OutboxRow all = Fold(rows);
        IReadOnlyList<Addressee> left = addressees.After(all.ComposedUpTo);
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
            .Select(addressee => addressee.Of(id, now))
            .ToList();
        OutboxRow? rest = left.Count <= OutgoingMail.MaximumRecipients ? null
            : all with { ComposedUpTo = recipients[^1].Address, ComposedMails = all.ComposedMails + 1 };
        return (new ComposedMail(mail, recipients), rest);
    }
}
