using System.Collections.Concurrent;
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
    /// <summary>Adds mails to one recipient each.</summary>
    /// <param name="mails">How many.</param>
    /// <param name="shards">Over how many shards, evenly.</param>
    /// <param name="dueAt">When they are due.</param>
    /// <param name="failed">Whether pattern 1 has met each of them once.</param>
    public Task AddAsync(int mails, int shards, DateTimeOffset dueAt, bool failed = false) => AddAsync(mails, batch => new Shard(batch % shards), dueAt, failed);

    /// <summary>Adds mails.</summary>
    /// <param name="mails">How many.</param>
    /// <param name="shard">The shard of each transaction of mails, by its number.</param>
    /// <param name="dueAt">When they are due.</param>
    /// <param name="failed">Whether pattern 1 has met each of them once.</param>
    /// <param name="recipients">How many recipients each mail has, by its number.</param>
    /// <param name="computers">How many computers each mail names.</param>
    /// <returns>The mails.</returns>
    public async Task<IReadOnlyCollection<OutgoingMail>> AddAsync(int mails, Func<int, Shard> shard, DateTimeOffset dueAt, bool failed = false, Func<int, int>? recipients = null, int computers = 1)
    {
        recipients ??= _ => 1;
        DateTimeOffset created = installation.Clock.GetUtcNow();
        TableClient work = installation.Table("Work");
        var all = new ConcurrentBag<OutgoingMail>();
        int batch = TableTransaction.MaximumRows / (1 + Enumerable.Range(0, mails).Max(recipients));
        await Parallel.ForAsync(0, (mails + batch - 1) / batch, async (number, cancellationToken) =>
        {
            var rows = new List<TableEntity>();
            for (int i = number * batch; i < Math.Min(mails, (number + 1) * batch); i++)
            {
                var empty = new OutgoingMail(shard(number), $"{Ulid.NewUlid(created.AddMilliseconds(i))}", MailKind.Raised, "Eicar",
                    new AlertMailContent("Eicar", "Eicar", Severity.Critical, computers, [.. Enumerable.Range(i, computers).Select(pc => new AffectedComputer($"pc{pc}", created, RaisedAt: null, Text(computers)))], "Asia/Tokyo"), created);
                List<Recipient> owed = [.. Enumerable.Range(0, recipients(i)).Select(who => NewRecipient($"user{i}.{who}@example.com", created, dueAt, failed))];
                OutgoingMail mail = empty with { Recipients = owed };
                rows.Add(mail.ToRow());
                all.Add(mail);
            }

            await work.SubmitTransactionAsync(rows.Select(row => new TableTransactionAction(TableTransactionActionType.Add, row)), cancellationToken);
        });
        return all;
    }

    /// <summary>A mail that names many computers says as much of each as it may.</summary>
    private static string Text(int computers) => computers == 1 ? "Eicar_test_file" : new string('x', AffectedComputer.MaximumTextLength);

    private static Recipient NewRecipient(string address, DateTimeOffset created, DateTimeOffset dueAt, bool failed)
    {
        var recipient = new Recipient(User: null, address, MailCulture.Ja, dueAt);
        return failed
            ? recipient with { Attempts = 1, UnreachableFailures = 1, LastFailure = SmtpFailureKind.Unreachable, LastAttemptAt = created }
            : recipient;
    }
}
