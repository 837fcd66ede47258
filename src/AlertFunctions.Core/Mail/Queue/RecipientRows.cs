using AlertFunctions.Core.Mail.Smtp;
using AlertFunctions.Core.Storage;
using AlertFunctions.Core.SystemEvents;
using AlertFunctions.Core.Texts;
using Azure.Data.Tables;

namespace AlertFunctions.Core.Mail.Queue;

/// <summary>Takes over the mail of earlier versions, which kept each recipient in a row of its own, <c>mail|ULID|KEY</c>.</summary>
public sealed class RecipientRows(StorageClients storage, RowReader reader)
{
    private static readonly RowType<Recipient> s_rows = new(FromRow, (mark, until) => mark["DueAt"] = until);

    /// <summary>Whether a row in the range of mails is a recipient's, whose key has one more part.</summary>
    public static bool IsOne(TableEntity row) => row.RowKey.Count(c => c == Keys.Separator) > 1;

    /// <summary>
    /// Moves the recipients of a mail into its row, in one transaction. Nobody may be sending it: a handler of the earlier version that finds a mail
    /// without recipients' rows takes it for delivered.
    /// </summary>
    /// <param name="row">The mail's row.</param>
    /// <param name="mail">The mail, without recipients.</param>
    /// <param name="cancellationToken">Cancels the operation.</param>
    /// <returns>The mail with its recipients; null if one of them cannot be read, or if somebody has changed it meanwhile.</returns>
    public async Task<OutgoingMail?> TakeOverAsync(TableEntity row, OutgoingMail mail, CancellationToken cancellationToken)
    {
        var recipients = new List<Recipient>();
        var transaction = new TableTransaction(storage.Work, mail.Shard.Key);
        await foreach (TableEntity recipientRow in storage.Work.AllAsync(Tables.Range(mail.Shard.Key, mail.RowKey), cancellationToken: cancellationToken))
        {
            if (await reader.ReadAsync(storage.Work, recipientRow, s_rows, cancellationToken) is not { } recipient)
            {
                await reader.QuarantineAsync(storage.Work, row, OutgoingMail.Rows, $"Row {recipientRow.RowKey} of a recipient cannot be read.", cancellationToken);
                return null;
            }

            recipients.Add(recipient);
            transaction.Delete(recipientRow.RowKey, recipientRow.ETag);
        }

        if (recipients.Count == 0)
        {
            await reader.QuarantineAsync(storage.Work, row, OutgoingMail.Rows, "Property To is missing, and there is no row of a recipient.", cancellationToken);
            return null;
        }

        OutgoingMail whole = mail with { Recipients = recipients };
        transaction.Merge(whole.ToChanges(), mail.ETag);
        return (await transaction.SubmitAsync(cancellationToken)).ETags is { } etags ? whole with { ETag = etags[^1] } : null;
    }

    private static Recipient FromRow(TableEntity row) => new(row.GetString("User"), row.RequiredText("Address"), row.RequiredEnum<MailCulture>("Culture"), row.RequiredTime("DueAt"))
    {
        Key = row.RowKey[(row.RowKey.LastIndexOf(Keys.Separator) + 1)..],
        TimeZone = row.GetString("TimeZone"),
        Attempts = row.RequiredInt32("Attempts"),
        UnreachableFailures = row.RequiredInt32("UnreachableFailures"),
        RefusedFailures = row.RequiredInt32("RefusedFailures"),
        NotAcceptedFailures = row.RequiredInt32("NotAcceptedFailures"),
        LastFailure = row.OptionalEnum<SmtpFailureKind>("LastFailure"),
        Flush = row.RequiredInt64("Flush"),
        FlushTried = row.RequiredBoolean("FlushTried"),
        Lost = row.RequiredBoolean("Lost"),
        LastAttemptAt = row.GetDateTimeOffset("LastAttemptAt"),
        LastReply = row.GetString("LastReply"),
    };
}
