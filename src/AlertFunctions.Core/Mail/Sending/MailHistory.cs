using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;
using AlertFunctions.Core.Mail.Queue;
using AlertFunctions.Core.Storage;
using AlertFunctions.Core.SystemEvents;
using AlertFunctions.Core.Texts;

namespace AlertFunctions.Core.Mail.Sending;

/// <summary>What became of a mail for a recipient.</summary>
public enum MailOutcomeKind
{
    /// <summary>The server accepted it.</summary>
    Sent,

    /// <summary>It was not delivered, and is re-sent.</summary>
    Failed,

    /// <summary>It was refused for the third time, and is not re-sent (S12).</summary>
    GivenUp,
}

/// <summary>One attempt at one recipient, as its system event records it.</summary>
/// <param name="Time">When.</param>
/// <param name="Outcome">The outcome.</param>
/// <param name="User">The user's name, or null for an address of nobody's.</param>
/// <param name="Address">Where it went; null where no server was configured, which is recorded once for all due mail (S14).</param>
/// <param name="Mail">The mail's id.</param>
/// <param name="MessageId">Its Message-ID; null where there was no attempt at sending.</param>
/// <param name="Attempt">Which attempt it was, or null.</param>
/// <param name="Pattern">The pattern of the failure, 1 to 3, or null.</param>
/// <param name="Reply">What the server said, or why nothing could be sent.</param>
/// <param name="Content">What the mail is about; null in events of older versions.</param>
public sealed record MailOutcome(
    DateTimeOffset Time, MailOutcomeKind Outcome, string? User, string? Address, string Mail, string? MessageId, int? Attempt, int? Pattern, string? Reply, RecordedMail? Content);

/// <summary>What a mail is about, as it is recorded with its deliveries and failures.</summary>
/// <param name="Mail">The mail's id.</param>
/// <param name="Kind">What it is about.</param>
/// <param name="Computers">The computers that it names, as many as there is room for.</param>
/// <param name="Alert">The alert type's name; null for scheduled mail.</param>
public sealed record RecordedMail(string Mail, MailKind Kind, IReadOnlyList<string> Computers, string? Alert = null)
{
    /// <summary>Characters of computers' names in one record: 25 mails with a hundred computers each would not fit a row.</summary>
    private const int MaximumCharacters = 16_000;

    /// <summary>Some mails as one record.</summary>
    public static string ToJson(IEnumerable<OutgoingMail> mails)
    {
        int room = MaximumCharacters;
        var recorded = new List<RecordedMail>();
        foreach (OutgoingMail mail in mails.DistinctBy(mail => mail.Id, StringComparer.Ordinal))
        {
            IEnumerable<string> computers = mail.Content is AlertMailContent content ? content.Computers.Select(computer => computer.Computer) : [];
            recorded.Add(new RecordedMail(mail.Id, mail.Kind, computers.TakeWhile(computer => (room -= computer.Length) >= 0).ToList(), mail.AlertType));
        }

        return JsonSerializer.Serialize(recorded, MailHistoryJson.Default.IReadOnlyListRecordedMail);
    }

    /// <summary>The mails of a record.</summary>
    public static IReadOnlyList<RecordedMail> FromJson(string json) => JsonSerializer.Deserialize(json, MailHistoryJson.Default.IReadOnlyListRecordedMail)!;
}

/// <summary>One delivery in the record of several.</summary>
/// <param name="Address">Where it went.</param>
/// <param name="Mail">The mail's id.</param>
/// <param name="MessageId">Its Message-ID.</param>
/// <param name="Attempt">Which attempt it was.</param>
/// <param name="Reply">What the server said.</param>
/// <param name="User">The user's name; null for an address of nobody's.</param>
public sealed record RecordedDelivery(string Address, string Mail, string MessageId, int Attempt, string Reply, string? User = null)
{
    /// <summary>Some deliveries as one record.</summary>
    public static string ToJson(IEnumerable<Attempt> attempts) => JsonSerializer.Serialize(
        attempts.Select(attempt => new RecordedDelivery(attempt.Address, attempt.Mail.Id, attempt.MessageId, attempt.Recipient.Attempts + 1, attempt.Reply, attempt.Recipient.User)).ToList(),
        MailHistoryJson.Default.IReadOnlyListRecordedDelivery);

    /// <summary>The deliveries of a record.</summary>
    public static IReadOnlyList<RecordedDelivery> FromJson(string json) => JsonSerializer.Deserialize(json, MailHistoryJson.Default.IReadOnlyListRecordedDelivery)!;
}

/// <summary>Which outcomes are listed.</summary>
/// <param name="User">Only this user's, or null.</param>
/// <param name="Address">Only those at this address, or null.</param>
/// <param name="Alert">Only those of mail about this alert type, or null.</param>
/// <param name="Computer">Only those of mail that names this computer, or null.</param>
/// <param name="Outcome">Only these, or null.</param>
public sealed record MailHistoryFilter(string? User, string? Address, string? Alert, string? Computer, MailOutcomeKind? Outcome)
{
    /// <summary>Whether an outcome is listed.</summary>
    public bool Matches(MailOutcome outcome) =>
        (User is null || outcome.User == User)
        && (Address is null || EmailAddress.Comparer.Equals(outcome.Address, Address))
        && (Alert is null || outcome.Content?.Alert == Alert)
        && (Computer is null || outcome.Content?.Computers.Contains(Computer, StringComparer.Ordinal) == true)
        && (Outcome is null || outcome.Outcome == Outcome);
}

/// <summary>Tells from the system events what became of mail, per recipient; nothing else is written for it.</summary>
public sealed class MailHistoryReader(SystemEventStore journal)
{
    /// <summary>Between the place of an event and how many of its outcomes the page before showed. No key has it.</summary>
    private const char Separator = '#';

    /// <summary>The numbers of the system events that record the outcomes of mail.</summary>
    public static IReadOnlyList<int> Numbers { get; } = [197, 198, 199, 567, 568, 569, 570, 571];

    /// <summary>One page of outcomes, newest first. As with system events, a page that is not full may have a continuation.</summary>
    /// <param name="from">Not older than this.</param>
    /// <param name="to">Older than this, or null.</param>
    /// <param name="filter">Which outcomes.</param>
    /// <param name="top">The most that one page holds, 1 to 1,000.</param>
    /// <param name="continuation">What the page before gave, or null for the first.</param>
    /// <param name="cancellationToken">Cancels the operation.</param>
    public async Task<(IReadOnlyList<MailOutcome> Items, string? Continuation)> ListAsync(
        DateTimeOffset from, DateTimeOffset? to, MailHistoryFilter filter, int top, string? continuation, CancellationToken cancellationToken)
    {
        string[] begin = continuation?.Split(Separator) ?? [];
        int shown = begin.Length > 1 ? int.Parse(begin[1], CultureInfo.InvariantCulture) : 0;
        var items = new List<MailOutcome>();
        string? within = null;
        string? next = await journal.ReadJournalBackAsync(from, to, Numbers, begin.FirstOrDefault(), startsAtPlace: shown > 0, Take, cancellationToken);
        return (items, within ?? next);

        bool Take(JournalEntry entry, string place)
        {
            IReadOnlyList<MailOutcome> outcomes = MailOutcomes.Of(entry);
            for (int index = place == begin.FirstOrDefault() ? shown : 0; index < outcomes.Count; index++)
            {
                if (items.Count == top)
                {
                    within = string.Create(CultureInfo.InvariantCulture, $"{place}{Separator}{index}");
                    return true;
                }

                if (filter.Matches(outcomes[index]))
                {
                    items.Add(outcomes[index]);
                }
            }

            return items.Count == top;
        }
    }

    /// <summary>How many outcomes come after a page.</summary>
    /// <param name="from">As of the page.</param>
    /// <param name="to">As of the page.</param>
    /// <param name="filter">As of the page.</param>
    /// <param name="continuation">What the page gave.</param>
    /// <param name="limit">The most that are counted.</param>
    /// <param name="cancellationToken">Cancels the operation.</param>
    /// <returns>The number; null beyond the limit, or beyond what one call may read.</returns>
    public async Task<int?> CountAsync(DateTimeOffset from, DateTimeOffset? to, MailHistoryFilter filter, string continuation, int limit, CancellationToken cancellationToken)
    {
        (IReadOnlyList<MailOutcome> items, string? next) = await ListAsync(from, to, filter, limit + 1, continuation, cancellationToken);
        return next is null ? items.Count : null;
    }

    /// <summary>Whether a text can be the continuation of a page.</summary>
    /// <param name="text">The text.</param>
    public static bool IsContinuation(string text) => text.Split(Separator) switch
    {
        [var place] => SystemEventStore.IsContinuation(place),
        [var place, { Length: 1 or 2 } shown] => SystemEventStore.IsContinuation(place) && shown.All(char.IsAsciiDigit),
        _ => false,
    };
}

/// <summary>Reads what <see cref="MailEvents"/> wrote.</summary>
public static class MailOutcomes
{
    /// <summary>The outcomes that a system event records; none if it is about something else.</summary>
    public static IReadOnlyList<MailOutcome> Of(JournalEntry entry)
    {
        Dictionary<string, RecordedMail> mails = entry.Data.TryGetValue(MailEvents.Mails, out string? recorded)
            ? RecordedMail.FromJson(recorded).ToDictionary(mail => mail.Mail, StringComparer.Ordinal)
            : [];
        if (entry.Data.TryGetValue(MailEvents.Deliveries, out string? deliveries))
        {
            return RecordedDelivery.FromJson(deliveries)
                .Select(delivery => new MailOutcome(
                    entry.Time, MailOutcomeKind.Sent, delivery.User, delivery.Address, delivery.Mail, delivery.MessageId, delivery.Attempt, Pattern: null, delivery.Reply, mails.GetValueOrDefault(delivery.Mail)))
                .ToList();
        }

        // A 199 about anything but mail has none, and neither have records of deliveries by older versions.
        if (entry.Data.GetValueOrDefault("mail") is not { } id)
        {
            return [];
        }

        string? address = entry.Data.GetValueOrDefault("address");
        string? user = entry.Data.GetValueOrDefault("user");
        return
        [
            new MailOutcome(
                entry.Time,
                entry.Data.GetValueOrDefault("resendsLeft") == "0" ? MailOutcomeKind.GivenUp : MailOutcomeKind.Failed,
                user == address ? null : user,
                address,
                id,
                entry.Data.GetValueOrDefault("messageId"),
                NumberOf("attempt"),
                NumberOf("pattern") is >= 1 and <= 3 and var pattern ? pattern : null,
                entry.Data.GetValueOrDefault("reply"),
                mails.GetValueOrDefault(id)),
        ];

        int? NumberOf(string name) => int.TryParse(entry.Data.GetValueOrDefault(name), NumberStyles.None, CultureInfo.InvariantCulture, out int number) ? number : null;
    }
}

/// <summary>How records of mail are written as JSON in system events.</summary>
[JsonSerializable(typeof(IReadOnlyList<RecordedMail>))]
[JsonSerializable(typeof(IReadOnlyList<RecordedDelivery>))]
public sealed partial class MailHistoryJson : JsonSerializerContext
{
    static MailHistoryJson() => Default = new MailHistoryJson(StorageJson.NewOptions());
}
