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
public sealed class DueMailReader(StorageClients storage, MailStore mails, FlushStore flushes, SmtpSlots slots, RowReader reader, TimeProvider time)
{
    /// <summary>Rows per page: as many as the service returns in one response.</summary>
    private const int PageRows = Tables.PageSize;

    /// <summary>Characters of content per page: what a response of the service holds at most (4 MiB), so that mails which tell of very much fill no memory (rule 9).</summary>
    private const int PageContent = 4 * 1024 * 1024;

    /// <summary>Rows per response when checking whether any mail is due: the first unclaimed row ends the check.</summary>
    private const int LookRows = 100;

    private static readonly string[] s_withoutContent = [.. OutgoingMail.Properties.Union(Recipient.Properties, StringComparer.Ordinal)];

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
        ReadAsync(shard, DuePart.Any, after, OutgoingMail.Rows, s_withoutContent, cancellationToken);

    private async Task<DuePage> ReadAsync(Shard shard, DuePart part, string? after, RowType<OutgoingMail> type, string[]? select, CancellationToken cancellationToken)
    {
        long flush = await flushes.ReadAsync(shard, cancellationToken);
        DateTimeOffset now = time.GetUtcNow();
        var known = new Dictionary<string, OutgoingMail?>(StringComparer.Ordinal);
        var due = new List<(Recipient Recipient, TableEntity Row)>();
        int rows = 0;
        int content = 0;
        string? last = null;
        await foreach (TableEntity row in storage.Work.QueryAsync<TableEntity>(Filter(shard, now, flush, part, after), PageRows, select, cancellationToken))
        {
            if (!OutgoingMail.IsRecipientKey(row.RowKey))
            {
                if (await reader.ReadAsync(storage.Work, row, type, cancellationToken) is { } mail)
                {
                    known[mail.Id] = await IsClaimedAsync(mail, now, cancellationToken) ? null : mail;
                    rows += known[mail.Id] is null ? 0 : 1;
                    content += known[mail.Id] is null ? 0 : OutgoingMail.ContentLength(row);
                }
            }
            else if (await reader.ReadAsync(storage.Work, row, Recipient.Rows, cancellationToken) is { } recipient
                && RetryRules.IsDue(recipient, now, flush)
                && !(known.TryGetValue(recipient.MailId, out OutgoingMail? mail) && mail is null))
            {
                due.Add((recipient, row));
                rows++;
            }

            // Mail claimed by others does not count towards the page, however much there is.
            if (rows >= PageRows || content >= PageContent)
            {
                last = row.RowKey;
                break;
            }
        }

        await FindMissingMailsAsync(shard, due, known, type, now, cancellationToken);
        List<LoadedMail> inHand = due
            .Where(item => known.GetValueOrDefault(item.Recipient.MailId) is not null)
            .GroupBy(item => item.Recipient.MailId, item => item.Recipient, StringComparer.Ordinal)
            .Select(group => new LoadedMail(known[group.Key]!, group))
            .OrderBy(mail => mail.Recipients.Values.Min(RetryRules.Order))
            .ThenBy(mail => mail.Mail.Id, StringComparer.Ordinal)
            .ToList();
        return new DuePage(inHand, last, now, flush);
    }

    /// <summary>
    /// Whether any mail is due. Mail that a flush includes counts as well: the wake-up of the flush may have been lost, or may have found the mail claimed
    /// or no slot free.
    /// </summary>
    public async Task<bool> AnyAsync(Shard shard, CancellationToken cancellationToken)
    {
        DateTimeOffset now = time.GetUtcNow();
        var claimed = new HashSet<string>(StringComparer.Ordinal);
        string filter = Filter(shard, now, await flushes.ReadAsync(shard, cancellationToken), DuePart.Any, after: null);
        await foreach (TableEntity row in storage.Work.QueryAsync<TableEntity>(filter, LookRows, OutgoingMail.Properties.Append("MailId"), cancellationToken))
        {
            if (OutgoingMail.IsRecipientKey(row.RowKey))
            {
                if (row["MailId"] is not string id || !claimed.Contains(id))
                {
                    return true;
                }
            }
            else if (await reader.ReadAsync(storage.Work, row, OutgoingMail.Rows, cancellationToken) is { } mail && await IsClaimedAsync(mail, now, cancellationToken))
            {
                claimed.Add(mail.Id);
            }
        }

        return false;
    }

    /// <summary>The same decision as <see cref="RetryRules.IsDue"/>. A mail's own row matches if any of its recipients does.</summary>
    private static string Filter(Shard shard, DateTimeOffset now, long flush, DuePart part, string? after)
    {
        string due = Tables.Range(shard.Key, OutgoingMail.RowPrefix) + " and " + TableClient.CreateQueryFilter($"(DueAt le {now} or (Flush lt {flush} and FlushTried eq false))");
        due += part switch
        {
            DuePart.NeverTried => " and Attempts eq 0",
            DuePart.Tried => " and Attempts gt 0 and Lost eq false",
            DuePart.Lost => " and Lost eq true",
            _ => "",
        };
        return after is null ? due : due + " and " + TableClient.CreateQueryFilter($"RowKey gt {after}");
    }

    private async Task<bool> IsClaimedAsync(OutgoingMail mail, DateTimeOffset now, CancellationToken cancellationToken) =>
        mail.ClaimedUntil > now && (mail.ClaimSlot is not { } slot || await slots.IsHeldAsync(slot, mail.Claim, cancellationToken));

    /// <summary>
    /// Finds the mails that are not on the page: because the page started after them, because a recipient was changed by hand, or because the mail is
    /// damaged. A damaged mail cannot be sent, so its recipients are postponed with it.
    /// </summary>
    private async Task FindMissingMailsAsync(Shard shard, List<(Recipient Recipient, TableEntity Row)> due, Dictionary<string, OutgoingMail?> known, RowType<OutgoingMail> type, DateTimeOffset now, CancellationToken cancellationToken)
    {
        List<string> missing = due.Select(item => item.Recipient.MailId).Where(id => !known.ContainsKey(id)).Distinct(StringComparer.Ordinal).ToList();
        TableEntity?[] rows = await storage.Work.FindAllAsync(shard.Key, missing.Select(OutgoingMail.RowKeyOf).ToList(), cancellationToken);
        for (int i = 0; i < missing.Count; i++)
        {
            List<(Recipient Recipient, TableEntity Row)> recipients = due.Where(item => item.Recipient.MailId == missing[i]).ToList();
            if (rows[i] is not { } row)
            {
                foreach ((Recipient recipient, TableEntity orphan) in recipients)
                {
                    await reader.QuarantineAsync(storage.Work, orphan, Recipient.Rows, $"Its mail {recipient.MailId} does not exist.", cancellationToken);
                }
            }
            else if (await reader.ReadAsync(storage.Work, row, type, cancellationToken) is { } mail)
            {
                known[mail.Id] = await IsClaimedAsync(mail, now, cancellationToken) ? null : mail;
            }
            else
            {
                await mails.PostponeAsync(shard, recipients.Select(item => item.Recipient), now + RowReader.QuarantineFor, cancellationToken);
            }
        }
    }
}
