using AlertFunctions.Core.Mail.Queue;
using AlertFunctions.Core.Mail.Smtp;
using AlertFunctions.Core.Outbox;
using AlertFunctions.Core.Storage;
using AlertFunctions.Core.Texts;
using Azure;
using Azure.Data.Tables;

namespace AlertFunctions.Bench.Stage;

/// <summary>Mail that failed, put into storage as the product would have left it.</summary>
internal static class Backlog
{
    /// <summary>Adds mails that pattern 1 has met once; the next attempt is due in an hour.</summary>
    /// <param name="work">The table.</param>
    /// <param name="mails">How many.</param>
    /// <param name="types">Of how many alert types.</param>
    public static async Task AddAsync(TableClient work, int mails, int types)
    {
        DateTimeOffset now = DateTimeOffset.UtcNow;
        await Parallel.ForAsync(0, types, new ParallelOptions { MaxDegreeOfParallelism = 4 }, async (type, cancellationToken) =>
        {
            string alert = $"Alert {type}";

            // What an earlier flush has not finished must not begin with these before the clock runs.
            NullableResponse<TableEntity> flush = await work.GetEntityIfExistsAsync<TableEntity>(Shard.Of(alert).Key, "flush", cancellationToken: cancellationToken);
            long number = flush.HasValue ? flush.Value!.GetInt64("Number")!.Value : 0;
            int count = (mails / types) + (type < mails % types ? 1 : 0);
            foreach (int[] some in Enumerable.Range(0, count).Chunk(TableTransaction.MaximumRows))
            {
                await work.SubmitTransactionAsync(some.Select(mail => Row(alert, mail, number, now)).Select(row => new TableTransactionAction(TableTransactionActionType.Add, row)), cancellationToken);
            }
        });
    }

    private static TableEntity Row(string alert, int number, long flush, DateTimeOffset now)
    {
        var mail = new OutgoingMail(Shard.Of(alert), $"{Ulid.NewUlid(now)}", MailKind.Raised, alert,
            new AlertMailContent(alert, alert, Severity.Critical, 1, [new AffectedComputer($"computer{number}", now, RaisedAt: null, "Eicar_test_file")], "Asia/Tokyo"), now);
        var recipient = new Recipient(User: null, $"user{number}@example.com", MailCulture.Ja, now.AddHours(1))
        {
            Attempts = 1,
            Flush = flush,
            UnreachableFailures = 1,
            LastFailure = SmtpFailureKind.Unreachable,
            LastAttemptAt = now,
            LastReply = "Connection refused",
        };
        return (mail with { Recipients = [recipient] }).ToRow();
    }
}
