using AlertFunctions.Core.Alerts;
using AlertFunctions.Core.Outbox;
using AlertFunctions.Core.Settings;
using AlertFunctions.Core.Users;

namespace AlertFunctions.Core.Mail.Compose;

/// <summary>Why a user would not get a mail.</summary>
public enum NoMailReason
{
    /// <summary>The user does not receive alert mail (S2).</summary>
    AlertMailOff,

    /// <summary>The user has no address (S2).</summary>
    NoAddress,

    /// <summary>Another user has the same address, and one address gets one mail (S2).</summary>
    SameAddress,

    /// <summary>The alert type's switch for such mail is off (S1).</summary>
    MailSwitchOff,
}

/// <summary>A mail that would be sent, or that a switch keeps from being sent.</summary>
/// <param name="AlertType">The alert type's name.</param>
/// <param name="Kind">Whether it is about raises or clears.</param>
/// <param name="Computers">The computers that it would name.</param>
/// <param name="Recipients">Who would get it.</param>
/// <param name="Others">The users who would not, and why.</param>
public sealed record MailPreview(
    string AlertType, TransitionKind Kind, IReadOnlyList<string> Computers, IReadOnlyList<Addressee> Recipients, IReadOnlyList<(string User, NoMailReason Reason)> Others);

/// <summary>Tells what mail would follow from transitions that were not made, if nothing else waited to be mailed.</summary>
public sealed class MailPreviewer(UserStore users, MailSettings settings)
{
    /// <summary>The mails that would follow from an alert type's transitions.</summary>
    public async Task<IReadOnlyList<MailPreview>> PreviewAsync(IEnumerable<(AlertType Type, IReadOnlyList<Transition> Transitions)> changes, CancellationToken cancellationToken)
    {
        IReadOnlyList<User> all = await users.ListAsync(cancellationToken);
        IReadOnlyList<Addressee> recipients = Addressees.OfAlerts(all, settings);
        return changes
            .SelectMany(change => MailsOf(change.Type, change.Transitions))
            .Select(mail => mail.Wanted
                ? new MailPreview(mail.Row.AlertType, mail.Row.Kind, ComputersOf(mail.Row), recipients, Others(all, recipients))
                : new MailPreview(mail.Row.AlertType, mail.Row.Kind, ComputersOf(mail.Row), [], all.Select(user => (user.Name, NoMailReason.MailSwitchOff)).ToList()))
            .ToList();
    }

    private static List<string> ComputersOf(OutboxRow row) => row.Computers.Select(computer => computer.Computer).ToList();

    /// <summary>Why each user who is no recipient is none.</summary>
    private static List<(string, NoMailReason)> Others(IReadOnlyList<User> users, IReadOnlyList<Addressee> recipients)
    {
        HashSet<string?> named = recipients.Select(recipient => recipient.User).ToHashSet(StringComparer.Ordinal);
        return users
            .Where(user => !named.Contains(user.Name))
            .Select(user => (user.Name, !user.ReceiveAlertMail ? NoMailReason.AlertMailOff : user.Email is null ? NoMailReason.NoAddress : NoMailReason.SameAddress))
            .ToList();
    }

    /// <summary>The mails that the composer would make of the transitions, and what it would drop because a switch is off.</summary>
    private static IEnumerable<(OutboxRow Row, bool Wanted)> MailsOf(AlertType type, IReadOnlyList<Transition> transitions)
    {
        List<OutboxRow> rows = RowsOf(type.Name, transitions);
        List<OutboxRow> unwanted = rows.Where(row => !MailComposition.IsWanted(type, row.Kind)).ToList();
        rows.RemoveAll(unwanted.Contains);
        while (rows.Count > 0)
        {
            IReadOnlyList<IReadOnlyList<OutboxRow>> runs = MailComposition.Runs(rows);
            IReadOnlyList<RowFold> folds = MailComposition.Folds(runs);
            if (folds.Count > 0)
            {
                rows = rows.Select(row => FoldOf(row, folds)).OfType<OutboxRow>().ToList();
                continue;
            }

            yield return (MailComposition.Fold(runs[0]), true);
            rows.RemoveAll(runs[0].Contains);
        }

        if (unwanted.Count > 0)
        {
            yield return (MailComposition.Fold(unwanted), false);
        }
    }

    /// <summary>What folds leave of a row: the result in the place of their target, and nothing in that of the others.</summary>
    private static OutboxRow? FoldOf(OutboxRow row, IReadOnlyList<RowFold> folds) =>
        folds.FirstOrDefault(fold => fold.Rows.Contains(row)) is not { } its ? row : its.Target == row ? its.Result : null;

    /// <summary>The outbox rows of transitions: a row ends where the other kind begins, where a computer comes again, and where it is full.</summary>
    private static List<OutboxRow> RowsOf(string alertType, IReadOnlyList<Transition> transitions)
    {
        var rows = new List<OutboxRow>();
        foreach (Transition transition in transitions)
        {
            AffectedComputer computer = transition.Computer;
            if (rows.Count > 0 && rows[^1].Kind == transition.Report.Kind && rows[^1].Count < OutboxRow.MaximumComputers && !rows[^1].Computers.Any(other => other.Computer == computer.Computer))
            {
                rows[^1] = rows[^1] with { Count = rows[^1].Count + 1, Computers = [.. rows[^1].Computers, computer] };
            }
            else
            {
                rows.Add(new OutboxRow(alertType, Ulid.NewUlid(), transition.Report.Kind, 1, [computer]));
            }
        }

        return rows;
    }
}
