using AlertFunctions.Core.Mail.Queue;
using AlertFunctions.Core.Mail.Smtp;
using AlertFunctions.Core.Outbox;
using AlertFunctions.Core.Storage;
using AlertFunctions.Core.Texts;
using AlertFunctions.Testing;
using Azure.Data.Tables;

namespace AlertFunctions.Tests.Failures;

/// <summary>Mail that waits in large numbers, put into storage as the product would have left it.</summary>
internal sealed class Backlog(Installation installation)
{
    /// <summary>Mails of one transaction, each a row and its recipient's.</summary>
    private const int Batch = 50;

    /// <summary>Adds mails to one recipient each.</summary>
    /// <param name="mails">How many.</param>
    /// <param name="shards">Over how many shards, evenly.</param>
    /// <param name="dueAt">When they are due.</param>
    /// <param name="failed">Whether pattern 1 has met each of them once.</param>
    public async Task AddAsync(int mails, int shards, DateTimeOffset dueAt, bool failed = false)
    {
        DateTimeOffset created = installation.Clock.GetUtcNow();
        TableClient work = installation.Table("Work");
        await Parallel.ForAsync(0, (mails + Batch - 1) / Batch, async (batch, cancellationToken) =>
        {
            var shard = new Shard(batch % shards);
            var rows = new List<TableTransactionAction>();
            for (int i = batch * Batch; i < Math.Min(mails, (batch + 1) * Batch); i++)
            {
                var mail = new OutgoingMail(shard, $"{Ulid.NewUlid(created.AddMilliseconds(i))}", MailKind.Raised, "Eicar",
                    new AlertMailContent("Eicar", "Eicar", Severity.Critical, 1, [new AffectedComputer($"pc{i}", created, RaisedAt: null, "Eicar_test_file")], "Asia/Tokyo"), created);
                var recipient = new Recipient(mail.Id, User: null, $"user{i}@example.com", MailCulture.Ja, dueAt);
                if (failed)
                {
                    recipient = recipient with { Attempts = 1, UnreachableFailures = 1, LastFailure = SmtpFailureKind.Unreachable, FailingSince = created, LastAttemptAt = created };
                }

                rows.Add(new TableTransactionAction(TableTransactionActionType.Add, (mail with { Recipients = 1 }).ToRow([recipient])));
                rows.Add(new TableTransactionAction(TableTransactionActionType.Add, recipient.ToRow(shard)));
            }

            await work.SubmitTransactionAsync(rows, cancellationToken);
        });
    }
}
