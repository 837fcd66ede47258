using System.Text.Json.Nodes;
using AlertFunctions.Core.Mail.Queue;
using AlertFunctions.Core.Mail.Smtp;
using AlertFunctions.Core.Outbox;
using AlertFunctions.Core.Storage;
using AlertFunctions.Core.Texts;
using AlertFunctions.Testing;
using AlertFunctions.Tests.Crashes;
using Azure.Data.Tables;

namespace AlertFunctions.Tests.Performance;

/// <summary>Storage operations per unit of work (rule 9): they are what counts, on the bill and for speed.</summary>
public sealed class StorageOperationsTests(AzuriteServer azurite) : IAsyncLifetime
{
    private Installation _installation = null!;
    private ProductProcess _product = null!;

    public async ValueTask InitializeAsync()
    {
        _installation = await Installation.CreateAsync(azurite);
        _product = _installation.Start();
    }

    public async ValueTask DisposeAsync()
    {
        await _installation.DisposeAsync();
        _product.Log.AssertNothingUnexpected();
    }

    [Fact]
    public async Task A_repeat_takes_2_operations()
    {
        await _product.ReportAsync("pc-1", id: "1", time: FakeClock.Origin.ToString("O"));
        _product.Storage.ForgetCalls();
        await _product.ReportAsync("pc-1", id: "2", time: FakeClock.Origin.ToString("O"));
        AssertCalls("GET Work(...)", "POST Events");
    }

    [Fact]
    public async Task A_hundred_repeats_take_one_read_per_alert_and_at_most_3_operations_per_shard_of_events()
    {
        await _product.PostEventsAsync(Batch("first"));
        _product.Storage.ForgetCalls();
        await _product.PostEventsAsync(Batch("second"));

        Assert.Equal(10, _product.Storage.Count(call => call.Label == "GET Work(...)"));
        int shards = Enumerable.Range(0, 10).Select(number => Shard.Of($"pc-{number}")).Distinct().Count();
        Assert.InRange(_product.Storage.Count() - 10, shards, 3 * shards);
        Report("Repeats, batch of 100 of 10 alerts");

        static string Batch(string name) => new JsonArray([.. Enumerable.Range(0, 100).Select(number => (JsonNode)new JsonObject
        {
            ["id"] = $"{name}-{number}",
            ["time"] = FakeClock.Origin.ToString("O"),
            ["computer"] = $"pc-{number % 10}",
            ["alert"] = "Eicar",
            ["message"] = new string('x', 200),
        })]).ToJsonString();
    }

    [Fact]
    public async Task A_raise_takes_at_most_5_operations()
    {
        await _product.ReportAsync("pc-1");
        _product.Storage.ForgetCalls();
        await _product.ReportAsync("pc-2", id: "1", time: FakeClock.Origin.ToString("O"));
        AssertCalls("GET Work(...)", "GET Events(...)", "POST $batch", "POST Events", "POST outgoing-mail/messages");
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(50)]
    public async Task A_raises_mail_takes_at_most_12_operations(int recipients)
    {
        await Scenarios.AddUsersAsync(_installation, Enumerable.Range(1, recipients - 1).Select(number => $"user{number}@example.com"));
        await _product.ReportAsync("pc-1");
        _product.Storage.ForgetCalls();
        await _product.HandleAsync("compose|Eicar");

        Assert.Equal(recipients, _installation.Smtp.Accepted.Count);
        int operations = _product.Storage.Count(call => call.Service == StorageService.Table);
        Report($"A raise's mail to {recipients}");
        Assert.InRange(operations, 1, 12);
    }

    [Theory]
    [InlineData(1_000)]
    public async Task Failed_mails_of_a_flush_take_at_most_0_15_operations_each(int mails)
    {
        await Scenarios.AddUsersAsync(_installation, ["anna@example.com"]);
        await AddFailedMailsAsync(mails);
        await _product.HandleAsync("flush");
        _product.Storage.ForgetCalls();
        await _product.HandleAsync($"send|{Shard.Of("Eicar").Key}|{FakeClock.Origin.ToUnixTimeSeconds()}");

        Assert.Equal(mails, _installation.Smtp.Accepted.Count);
        Assert.Empty(await _installation.RowsAsync("Work", "mail|"));
        Report($"Failed mails of a flush, {mails} mails");
        Assert.InRange(_product.Storage.Count() / (double)mails, 0, 0.15);
    }

    private void AssertCalls(params string[] expected)
    {
        Report("Calls");
        Assert.Equal(expected.Order(StringComparer.Ordinal), _product.Storage.Calls.Select(call => call.Label).Order(StringComparer.Ordinal));
    }

    private void Report(string what) => TestContext.Current.TestOutputHelper?.WriteLine(
        $"{what}: {_product.Storage.Count()} operations: {string.Join(", ", _product.Storage.Calls.CountBy(call => call.Label).Select(label => $"{label.Value} {label.Key}"))}");

    /// <summary>Mails that failed by pattern 1 and are due in half an hour, each to one recipient, as raises on that many computers leave them.</summary>
    private async Task AddFailedMailsAsync(int count)
    {
        IEnumerable<TableTransactionAction> rows = Enumerable.Range(0, count).SelectMany(number =>
        {
            string id = $"{Ulid.NewUlid(FakeClock.Origin.AddMinutes(-30))}";
            var mail = new OutgoingMail(
                Shard.Of("Eicar"),
                id,
                MailKind.Raised,
                "Eicar",
                new AlertMailContent("Eicar", "Eicar", Severity.Warning, 1, [new AffectedComputer($"pc-{number}", FakeClock.Origin.AddMinutes(-30), null, null)], "Asia/Tokyo"),
                FakeClock.Origin.AddMinutes(-30));
            var recipient = new Recipient(id, "anna", "anna@example.com", MailCulture.Ja, FakeClock.Origin.AddMinutes(30))
            {
                Attempts = 1,
                UnreachableFailures = 1,
                LastFailure = SmtpFailureKind.Unreachable,
                FailingSince = FakeClock.Origin.AddMinutes(-30),
                LastAttemptAt = FakeClock.Origin.AddMinutes(-30),
            };
            return (TableEntity[])[mail.ToRow([recipient]), recipient.ToRow(mail.Shard)];
        }).Select(row => new TableTransactionAction(TableTransactionActionType.Add, row));
        foreach (TableTransactionAction[] some in rows.Chunk(100))
        {
            await _installation.Table("Work").SubmitTransactionAsync(some);
        }
    }
}
