using AlertFunctions.Core.Mail.Queue;
using AlertFunctions.Core.Mail.Smtp;
using AlertFunctions.Core.Storage;
using AlertFunctions.Core.SystemEvents;
using Azure.Data.Tables;

namespace AlertFunctions.Core.Mail.Sending;

/// <summary>The part of the due recipients that a page contains. Reading part by part keeps their order, however many there are (rule 4).</summary>
public enum DuePart
{
    /// <summary>All due recipients.</summary>
    Any,

    /// <summary>Recipients never tried.</summary>
    NeverTried,

    /// <summary>Recipients tried before, except those whose own conversation was lost.</summary>
    Tried,

    /// <summary>Recipients whose own conversation was lost the last time.</summary>
    Lost,
}

/// <summary>A page of due mail.</summary>
/// <param name="Mails">The mails with their due recipients, in the order in which to attempt them.</param>
/// <param name="Last">The key of the last row read, after which the next page starts; null if there is no next page.</param>
/// <param name="Now">The time at which mail was found to be due.</param>
/// <param name="Flush">The flush number with which mail was found to be due.</param>
public sealed record DuePage(IReadOnlyList<LoadedMail> Mails, string? Last, DateTimeOffset Now, long Flush)
{
    /// <summary>Whether more mail may be due.</summary>
    public bool IsFull => Last is not null;
}

/// <summary>Finds due mail that no handler has claimed.</summary>
public sealed class DueMailReader(StorageClients storage, RecipientRows recipientRows, FlushStore flushes, SmtpSlots slots, RowReader reader, TimeProvider time)
{
    /// <summary>Due recipients per page: as many as the service returns rows in one response.</summary>
    private const int PageRecipients = Tables.PageSize;

    /// <summary>Characters of content per page: what a response of the service holds at most (4 MiB), so that mails which tell of very much, or wait for very many, fill no memory (rule 9).</summary>
    private const int PageContent = 4 * 1024 * 1024;

    /// <summary>Rows per response when checking whether any mail is due: the first unclaimed row ends the check.</summary>
    private const int LookRows = 100;

    /// <summary>Reads one page of mail that is to be sent.</summary>
    /// <param name="shard">The shard.</param>
    /// <param name="part">The part of the due recipients.</param>
    /// <param name="after">The last row of the previous page, or null for the first page.</param>
    /// <param name="cancellationToken">Cancels the operation.</param>
    public Task<DuePage> ReadAsync(Shard shard, DuePart part, string? after, CancellationToken cancellationToken) =>
        ReadAsync(shard, part, after, OutgoingMail.WholeRows, select: null, cancellationToken);

    /// <summary>Reads one page of mail that cannot be sent now, without the content, which makes up most of a row.</summary>
    /// <param name="shard">The shard.</param>
    /// <param name="after">The last row of the previous page, or null for the first page.</param>
    /// <param name="cancellationToken">Cancels the operation.</param>
    public Task<DuePage> ReadWithoutContentAsync(Shard shard, string? after, CancellationToken cancellationToken) =>
        ReadAsync(shard, DuePart.Any, after, OutgoingMail.Rows, OutgoingMail.Properties, cancellationToken);

    private async Task<DuePage> ReadAsync(Shard shard, DuePart part, string? after, RowType<OutgoingMail> type, IEnumerable<string>? select, CancellationToken cancellationToken)
    {
        long flush = await flushes.ReadAsync(shard, cancellationToken);
        DateTimeOffset now = time.GetUtcNow();
        var mails = new List<LoadedMail>();
        int recipients = 0;
        int content = 0;
        string? last = null;
        await foreach (TableEntity row in storage.Work.QueryAsync<TableEntity>(Filter(shard, now, flush, part, after), Tables.PageSize, select, cancellationToken))
        {
            // Mail claimed by others does not count towards the page, however much there is.
            if (await FindUnclaimedAsync(row, type, now, cancellationToken) is not { } mail
                || mail.Recipients.Where(recipient => RetryRules.IsDue(recipient, now, flush) && IsOf(part, recipient)).Select(recipient => recipient.Key).ToList() is not { Count: > 0 } due)
            {
                continue;
            }

            mails.Add(new LoadedMail(mail, due));
            recipients += due.Count;
            content += OutgoingMail.ContentLength(row);
            if (recipients >= PageRecipients || content >= PageContent)
            {
                last = row.RowKey;
                break;
            }
        }

        return new DuePage([.. mails.OrderBy(mail => mail.Due.Min(due => RetryRules.Order(due.Recipient))).ThenBy(mail => mail.Mail.Id, StringComparer.Ordinal)], last, now, flush);
    }

    /// <summary>
    /// Whether any mail is due. Mail that a flush includes counts as well: the wake-up of the flush may have been lost, or may have found the mail claimed
    /// or no slot free.
    /// </summary>
    public async Task<bool> AnyAsync(Shard shard, CancellationToken cancellationToken)
    {
        DateTimeOffset now = time.GetUtcNow();
        long flush = await flushes.ReadAsync(shard, cancellationToken);
        await foreach (TableEntity row in storage.Work.QueryAsync<TableEntity>(Filter(shard, now, flush, DuePart.Any, after: null), LookRows, OutgoingMail.Properties, cancellationToken))
        {
            if (await FindUnclaimedAsync(row, OutgoingMail.Rows, now, cancellationToken) is { } mail && mail.Recipients.Any(recipient => RetryRules.IsDue(recipient, now, flush)))
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>The same decision as <see cref="RetryRules.IsDue"/>. A row matches if any of the mail's recipients does.</summary>
    private static string Filter(Shard shard, DateTimeOffset now, long flush, DuePart part, string? after)
    {
        string due = Tables.Range(shard.Key, OutgoingMail.RowPrefix) + " and " + TableClient.CreateQueryFilter($"(DueAt le {now} or (Flush lt {flush} and FlushTried eq false))");
        due += part switch
        {
            DuePart.NeverTried => " and Attempts eq 0",
            DuePart.Tried => " and Attempts gt 0", // who was never tried has been by then
            DuePart.Lost => " and Lost eq true",
            _ => "",
        };
        return after is null ? due : due + " and " + TableClient.CreateQueryFilter($"RowKey gt {after}");
    }

    private static bool IsOf(DuePart part, Recipient recipient) => part switch
    {
        DuePart.NeverTried => RetryRules.Order(recipient) == 0,
        DuePart.Tried => RetryRules.Order(recipient) == 1,
        DuePart.Lost => RetryRules.Order(recipient) == 2,
        _ => true,
    };

    /// <summary>The mail of a row; null if another handler is sending it, or if it cannot be read.</summary>
    private async Task<OutgoingMail?> FindUnclaimedAsync(TableEntity row, RowType<OutgoingMail> type, DateTimeOffset now, CancellationToken cancellationToken)
    {
        if (RecipientRows.IsOne(row) || await reader.ReadAsync(storage.Work, row, type, cancellationToken) is not { } mail || await IsClaimedAsync(mail, now, cancellationToken))
        {
            return null;
        }

        return mail.Recipients.Count > 0 ? mail : await recipientRows.TakeOverAsync(row, mail, cancellationToken);
    }

    private async Task<bool> IsClaimedAsync(OutgoingMail mail, DateTimeOffset now, CancellationToken cancellationToken) =>
        mail.ClaimedUntil > now && (mail.ClaimSlot is not { } slot || await slots.IsHeldAsync(slot, mail.Claim, cancellationToken));
}
