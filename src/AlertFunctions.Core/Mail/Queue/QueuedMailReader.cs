using System.Globalization;
using System.Runtime.CompilerServices;
using AlertFunctions.Core.Mail.Smtp;
using AlertFunctions.Core.Storage;
using AlertFunctions.Core.SystemEvents;
using AlertFunctions.Core.Texts;
using Azure.Data.Tables;

namespace AlertFunctions.Core.Mail.Queue;

/// <summary>An undelivered mail, as shown to people.</summary>
/// <param name="Id">Its id.</param>
/// <param name="Kind">The kind of mail.</param>
/// <param name="AlertType">The alert type's name; null for scheduled mail.</param>
/// <param name="Subject">Its subject in the reader's language.</param>
/// <param name="CreatedAt">When it was composed.</param>
/// <param name="NextAttemptAt">The earliest scheduled attempt for any recipient.</param>
/// <param name="Recipients">The recipients still waiting for it.</param>
public sealed record QueuedMail(string Id, MailKind Kind, string? AlertType, string Subject, DateTimeOffset CreatedAt, DateTimeOffset NextAttemptAt, IReadOnlyList<QueuedRecipient> Recipients);

/// <summary>A recipient still waiting for a mail, as shown to people.</summary>
/// <param name="User">The user's name, or null.</param>
/// <param name="Address">The last known address.</param>
/// <param name="Pattern">The pattern of the last failure, 1 to 3; null before the first attempt, or if no server was configured.</param>
/// <param name="Attempts">The number of attempts so far.</param>
/// <param name="Unreachable">The number of failures of pattern 1.</param>
/// <param name="Refused">The number of failures of pattern 2.</param>
/// <param name="NotAccepted">The number of failures of pattern 3.</param>
/// <param name="ResendsLeft">The number of re-sends left; null for no limit.</param>
/// <param name="LastAttemptAt">When it was last attempted, or null.</param>
/// <param name="LastReply">The server's last reply, or null.</param>
public sealed record QueuedRecipient(
    string? User, string Address, int? Pattern, int Attempts, int Unreachable, int Refused, int NotAccepted, int? ResendsLeft, DateTimeOffset? LastAttemptAt, string? LastReply);

/// <summary>Lists undelivered mail. Nothing here deletes or changes it (S9).</summary>
public sealed class QueuedMailReader(StorageClients storage, RowReader reader)
{
    /// <summary>Minimum rows per response of the service. Rows read beyond the requested page are wasted.</summary>
    private const int MinimumRows = 20;

    /// <summary>How many recipients wait for mail, and since when the oldest mail waits; the count is null beyond <paramref name="limit"/>.</summary>
    public async Task<(int? Recipients, DateTimeOffset? Since)> CountWaitingAsync(int limit, CancellationToken cancellationToken)
    {
        IReadOnlyList<TableEntity>[] shards = await Task.WhenAll(Shard.All.Select(shard => storage.Work.FirstAsync(Tables.Range(shard.Key, OutgoingMail.RowPrefix), limit + 1, cancellationToken, ["RowKey", "Recipients"])));
        int recipients = shards.Sum(shard => shard.Sum(row => row["Recipients"] is int waiting ? waiting : 0));

        // Mail is in the order of its ids, which tell when what it is about happened.
        DateTimeOffset[] oldest = [.. shards.Where(shard => shard.Count > 0).Select(shard => TimeOf(shard[0].RowKey)).OfType<DateTimeOffset>()];
        return (recipients <= limit ? recipients : null, oldest.Length > 0 ? oldest.Min() : null);
    }

    private static DateTimeOffset? TimeOf(string mailKey) =>
        mailKey.Split(Keys.Separator)[1].Split('.')[0] is { Length: 26 } id && Ulid.TryParse(id, CultureInfo.InvariantCulture, out Ulid ulid) ? ulid.Time : null;

    /// <summary>One page of undelivered mail, oldest first.</summary>
    /// <param name="culture">The language of the subjects.</param>
    /// <param name="top">The maximum number of mails on the page, 1 to 1,000.</param>
    /// <param name="continuation">The continuation of the previous page, or null for the first.</param>
    /// <param name="alertType">Only mail about this alert type, or null.</param>
    /// <param name="cancellationToken">Cancels the operation.</param>
    public async Task<(IReadOnlyList<QueuedMail> Items, string? Continuation)> ListAsync(MailCulture culture, int top, string? continuation, string? alertType, CancellationToken cancellationToken)
    {
        List<Shard> shards = alertType is null ? [.. Shard.All] : [Shard.Of(alertType)];
        int rows = Math.Clamp(top / shards.Count, MinimumRows, Tables.PageSize);
        List<IAsyncEnumerator<OutgoingMail>> oldest = shards.Select(shard => ReadAsync(shard, continuation, rows, cancellationToken).GetAsyncEnumerator(cancellationToken)).ToList();
        try
        {
            // Merge the shards by age: each shard is read only as far as its mail is on the page.
            var left = new List<IAsyncEnumerator<OutgoingMail>>();
            bool[] any = await Task.WhenAll(oldest.Select(shard => shard.MoveNextAsync().AsTask()));
            left.AddRange(oldest.Where((_, index) => any[index]));
            var items = new List<OutgoingMail>();
            while (left.Count > 0 && items.Count < top)
            {
                IAsyncEnumerator<OutgoingMail> next = left.MinBy(shard => shard.Current.Id, StringComparer.Ordinal)!;
                if (alertType is null || next.Current.AlertType == alertType)
                {
                    items.Add(next.Current);
                }

                if (!await next.MoveNextAsync())
                {
                    left.Remove(next);
                }
            }

            // A mail whose recipients are still rows of their own is not shown but counts, so a page shortened by it is not taken for the last.
            return (items.Where(mail => mail.Recipients.Count > 0).Select(mail => Show(mail, culture)).ToList(), items.Count < top ? null : items[^1].Id);
        }
        finally
        {
            foreach (IAsyncEnumerator<OutgoingMail> shard in oldest)
            {
                await shard.DisposeAsync();
            }
        }
    }

    /// <summary>How many undelivered mails come after a page.</summary>
    /// <param name="continuation">The continuation of the page.</param>
    /// <param name="limit">The most that are counted.</param>
    /// <param name="cancellationToken">Cancels the operation.</param>
    /// <returns>The number; null beyond the limit.</returns>
    public async Task<int?> CountAsync(string continuation, int limit, CancellationToken cancellationToken)
    {
        int count = 0;
        foreach (Shard shard in Shard.All)
        {
            IReadOnlyList<TableEntity> rows = await storage.Work.FirstAsync(After(shard, continuation), limit + 1 - count, cancellationToken, ["RowKey"]);
            count += rows.Count(row => !RecipientRows.IsOne(row));
            if (count > limit)
            {
                return null;
            }
        }

        return count;
    }

    private static string After(Shard shard, string? continuation) =>
        Tables.Range(shard.Key, OutgoingMail.RowPrefix) + (continuation is null ? "" : " and " + TableClient.CreateQueryFilter($"RowKey gt {OutgoingMail.RowKeyOf(continuation)}"));

    /// <summary>A shard's mails, oldest first, without their content.</summary>
    private async IAsyncEnumerable<OutgoingMail> ReadAsync(Shard shard, string? after, int rows, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await foreach (TableEntity row in storage.Work.QueryAsync<TableEntity>(After(shard, after), rows, OutgoingMail.Properties, cancellationToken))
        {
            if (!RecipientRows.IsOne(row) && await reader.ShowAsync(storage.Work, row, OutgoingMail.Rows, cancellationToken) is { } mail)
            {
                yield return mail;
            }
        }
    }

    /// <summary>Whether a text has the form of a page's continuation: the id of a mail.</summary>
    /// <param name="text">The text.</param>
    public static bool IsContinuation(string text) =>
        text.Split('.') is [{ Length: 26 } ulid, ..] and { Length: <= 2 } && Ulid.TryParse(ulid, CultureInfo.InvariantCulture, out _) && text.All(char.IsAscii) && !text.Any(char.IsControl);

    private static QueuedMail Show(OutgoingMail mail, MailCulture culture) => new(
        mail.Id,
        mail.Kind,
        mail.AlertType,
        mail.Subject(culture),
        mail.CreatedAt,
        mail.Recipients.Min(recipient => recipient.DueAt),
        mail.Recipients.OrderBy(recipient => recipient.Address, StringComparer.OrdinalIgnoreCase).Select(Show).ToList());

    private static QueuedRecipient Show(Recipient recipient) => new(
        recipient.User,
        recipient.Address,
        recipient.LastFailure is SmtpFailureKind.Unreachable or SmtpFailureKind.Refused or SmtpFailureKind.NotAccepted ? (int)recipient.LastFailure : null,
        recipient.Attempts,
        recipient.UnreachableFailures,
        recipient.RefusedFailures,
        recipient.NotAcceptedFailures,
        recipient.ResendsLeft,
        recipient.LastAttemptAt,
        recipient.LastReply);
}
