using AlertFunctions.Core.Mail.Queue;
using AlertFunctions.Core.Mail.Smtp;
using AlertFunctions.Core.Outbox;
using AlertFunctions.Core.Storage;
using AlertFunctions.Core.Texts;
using AlertFunctions.Testing;
using Azure.Data.Tables;

namespace AlertFunctions.Console.Tests;

/// <summary>Mail that waits for a server which is down, written into a queue as the product writes it: thousands of failures by themselves would take minutes.</summary>
internal static class WaitingMail
{
    private const int RowsOfTransaction = 100;

    /// <summary>Puts mail into the queue, each to one recipient who was attempted once; the next attempt is in 40 minutes, and no flush comes before it.</summary>
    /// <param name="installation">Whose queue.</param>
    /// <param name="count">How many.</param>
    /// <param name="reply">What the last attempt came to, given the recipient's address.</param>
    public static async Task AddAsync(Installation installation, int count, Func<string, string> reply)
    {
        DateTimeOffset now = DateTimeOffset.UtcNow;
        IEnumerable<TableEntity> rows = Enumerable.Range(0, count).Select(number => RowOf(number, now, reply));
        TableClient work = installation.Table("Work");
        foreach (IGrouping<string, TableEntity> shard in rows.GroupBy(row => row.PartitionKey, StringComparer.Ordinal))
        {
            foreach (TableEntity[] some in shard.Chunk(RowsOfTransaction))
            {
                await work.SubmitTransactionAsync(some.Select(row => new TableTransactionAction(TableTransactionActionType.Add, row)));
            }
        }
    }

    private static TableEntity RowOf(int number, DateTimeOffset now, Func<string, string> reply)
    {
        string alert = $"Alert {number % 40}";
        string address = $"user{number}@example.com";
        DateTimeOffset failedAt = now.AddMinutes(-20);
        var mail = new OutgoingMail(
            Shard.Of(alert), $"{Ulid.NewUlid(failedAt.AddSeconds(number / 100.0))}", MailKind.Raised, alert, new AlertMailContent(alert, alert, Severity.Warning, 1, [new AffectedComputer($"pc-{number}", failedAt)], "UTC"), failedAt);
        var recipient = new Recipient(User: null, address, MailCulture.En, now.AddMinutes(40))
        {
            Attempts = 1,
            UnreachableFailures = 1,
            LastFailure = SmtpFailureKind.Unreachable,
            LastAttemptAt = failedAt,
            LastReply = reply(address),
            FlushTried = true, // so that the next alert's mail leaves it where the test has put it (S8)
        };
        return (mail with { Recipients = [recipient] }).ToRow();
    }
}
