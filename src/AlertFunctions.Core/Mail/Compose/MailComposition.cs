using AlertFunctions.Core.Alerts;
using AlertFunctions.Core.Mail.Queue;
using AlertFunctions.Core.Outbox;
using AlertFunctions.Core.Storage;
using AlertFunctions.Core.SystemEvents;

namespace AlertFunctions.Core.Mail.Compose;

/// <summary>Rows that become one.</summary>
/// <param name="Rows">The rows.</param>
/// <param name="Target">The one of them whose place the result takes.</param>
/// <param name="Result">What is left of them; null when nothing is.</param>
public sealed record RowFold(IReadOnlyList<OutboxRow> Rows, OutboxRow Target, OutboxRow? Result);

/// <summary>What becomes of a row.</summary>
/// <param name="Row">The row as it was read.</param>
/// <param name="Result">The row as it stays; null when it is used up.</param>
public sealed record RowChange(OutboxRow Row, OutboxRow? Result = null);

/// <summary>What is to be done next with the outbox of a type, in one transaction.</summary>
/// <param name="Events">The system events of what was not recorded yet.</param>
/// <param name="Changes">What becomes of the rows.</param>
/// <param name="Mail">The mail that takes their place; null where there is none.</param>
/// <param name="More">Whether something is left to do then.</param>
public sealed record OutboxStep(IReadOnlyList<SystemEvent> Events, IReadOnlyList<RowChange> Changes, OutgoingMail? Mail, bool More);

/// <summary>Decides what mails an outbox becomes, without touching storage.</summary>
public static class MailComposition
{
    /// <summary>Rows that fit one transaction with the mail that is made of them.</summary>
    public const int MaximumRows = TableTransaction.MaximumRows - 1;

    /// <summary>Runs at the head of an outbox that become a mail each; a raise and the raise after its clear are two mails (S5).</summary>
    private const int MailedAsTheyAre = 2;

    /// <summary>What is to be done next with what waits of a type.</summary>
    /// <param name="rows">Its oldest rows, at most 100, oldest first.</param>
    /// <param name="cut">Whether there may be more behind them.</param>
    /// <param name="settings">The type's settings at this moment; null if it has none.</param>
    /// <param name="addressees">The recipients at this moment, in order of address.</param>
    /// <param name="timeZone">The zone in which the mail shows times.</param>
    /// <param name="now">The time of composing, at which the mail is due.</param>
    public static OutboxStep Step(IReadOnlyList<OutboxRow> rows, bool cut, AlertType? settings, IReadOnlyList<Addressee> addressees, TimeZoneInfo timeZone, DateTimeOffset now)
    {
        // A row that already became a mail for some recipients is handled alone, with the totals of that mail.
        bool more = cut;
        if (rows.Any(row => row.ComposedUpTo is not null))
        {
            more |= rows.Count > 1;
            rows = rows[0].ComposedUpTo is not null ? [rows[0]] : [.. rows.TakeWhile(row => row.ComposedUpTo is null)];
        }

        AlertType type = settings ?? Unregistered(rows[0].AlertType, rows);
        List<SystemEvent> events = rows.Where(row => !row.Folded && row.ComposedUpTo is null).Select(row => TransitionEvents.Of(row, type)).ToList();

        // What nobody wants mail about is recorded, and stands between no others (S1).
        List<RowChange> changes = rows.Where(row => !IsWanted(type, row.Kind)).Select(row => new RowChange(row)).ToList();
        rows = rows.Where(row => IsWanted(type, row.Kind)).ToList();
        if (rows.Count == 0 || (changes.Count > 0 && changes.Count + rows.Count > MaximumRows))
        {
            return new OutboxStep(events, changes, Mail: null, more || rows.Count > 0);
        }

        IReadOnlyList<IReadOnlyList<OutboxRow>> runs = Runs(rows);
        IReadOnlyList<RowFold> folds = Folds(runs);
        if (folds.Count > 0)
        {
            changes.AddRange(folds.SelectMany(fold => fold.Rows.Select(row => new RowChange(row, row == fold.Target ? fold.Result : null))));
            return new OutboxStep(events, changes, Mail: null, More: true);
        }

        (OutgoingMail? mail, OutboxRow? rest) = Next(runs[0], type, addressees, timeZone, now);
        changes.AddRange(runs[0].Select(row => new RowChange(row, row.Id == rest?.Id ? rest : null)));
        return new OutboxStep(events, changes, mail, more || runs.Count > 1 || rest is not null);
    }

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
            List<OutboxRow> rows = runs[0].Take(MaximumRows).ToList();
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
    public static (OutgoingMail? Mail, OutboxRow? Remainder) Next(IReadOnlyList<OutboxRow> rows, AlertType type, IReadOnlyList<Addressee> addressees, TimeZoneInfo timeZone, DateTimeOffset now)
    {
        OutboxRow all = Fold(rows);
        IReadOnlyList<Addressee> left = addressees.After(all.ComposedUpTo);
        if (left.Count == 0 || !IsWanted(type, all.Kind))
        {
            return (null, null);
        }

        RecipientPage page = left.FirstPage(all.Id, all.ComposedMails, now);
        var mail = new OutgoingMail(
            Shard.Of(all.AlertType),
            page.MailId,
            all.Kind == TransitionKind.Raise ? MailKind.Raised : MailKind.Cleared,
            all.AlertType,
            new AlertMailContent(type.TitleJa, type.TitleEn, type.Severity, all.Count, all.Computers, timeZone.Id),
            now)
        {
            Recipients = page.Recipients,
            Trace = all.Trace,
        };
        OutboxRow? rest = page.ComposedUpTo is { } upTo ? all with { ComposedUpTo = upTo, ComposedMails = all.ComposedMails + 1 } : null;
        return (mail, rest);
    }
}
