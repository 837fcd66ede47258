using AlertFunctions.Core.Mail.Queue;
using AlertFunctions.Core.Mail.Smtp;
using AlertFunctions.Core.Outbox;
using AlertFunctions.Core.Storage;
using AlertFunctions.Core.Texts;
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
            int count = (mails / types) + (type < mails % types ? 1 : 0);
            foreach (int[] some in Enumerable.Range(0, count).Chunk(TableTransaction.MaximumRows / 2))
            {
                await work.SubmitTransactionAsync(some.SelectMany(number => Rows(alert, number, now)).Select(row => new TableTransactionAction(TableTransactionActionType.Add, row)), cancellationToken);
            }
        });
    }

    private static IEnumerable<TableEntity> Rows(string alert, int number, DateTimeOffset now)
    {
        var mail = new OutgoingMail(Shard.Of(alert), $"{Ulid.NewUlid(now)}", MailKind.Raised, alert,
            new AlertMailContent(alert, alert, Severity.Critical, 1, [new AffectedComputer($"computer{number}", now, RaisedAt: null, "Eicar_test_file")], "Asia/Tokyo"), now);
        var recipient = new Recipient(mail.Id, User: null, $"user{number}@example.com", MailCulture.Ja, now.AddHours(1))
        {
            Attempts = 1,
            UnreachableFailures = 1,
            LastFailure = SmtpFailureKind.Unreachable,
            LastAttemptAt = now,
            LastReply = "Connection refused",
        };
        return [(mail with { Recipients = 1 }).ToRow([recipient]), recipient.ToRow(mail.Shard)];
    }
}
