using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using AlertFunctions.Core.Mail.Compose;
using AlertFunctions.Core.Mail.Queue;
using AlertFunctions.Core.Outbox;
using AlertFunctions.Core.Storage;
using AlertFunctions.Testing;
using AlertFunctions.Tests.Failures;
using Azure.Data.Tables;
using StorageFault = AlertFunctions.Testing.StorageFault;

namespace AlertFunctions.Tests.Crashes;

/// <summary>Many requests and handlers at once, in several processes (rule 6).</summary>
public sealed partial class RaceTests(AzuriteServer azurite) : ProductTest(azurite)
{
    private const int Racers = 16;

    [Fact]
    public async Task Sixteen_requests_that_race_in_two_processes_raise_once_and_mail_once_S4_S5_S6()
    {
        await Scenarios.AddUsersAsync(Installation, ["anna@example.com"]);
        ProductProcess[] products = [Installation.Start(), Installation.Start()];

        Assert.Equal(1, await RaceAsync(products, "pc-1", "occurred", "raised")); // S4
        Assert.Equal(1, await RaceAsync(products, "pc-2", "occurred", "raised")); // S6
        Assert.Equal(1, await RaceAsync(products, "pc-1", "cleared", "cleared"));
        Assert.Equal(1, await RaceAsync(products, "pc-1", "occurred", "raised")); // S5

        string raised = Scenarios.Raised("Eicar");
        Assert.Equal(
            Enumerable.Repeat($"anna@example.com {raised}", 3).Concat(Enumerable.Repeat($"ops@example.com {raised}", 3)),
            Smtp.Accepted.Select(mail => $"{mail.Recipients[0]} {mail.Message.Subject}").Order(StringComparer.Ordinal));
        Assert.Equal(4 * Racers, (await Installation.RowsAsync("Work", "event|")).Count);
        Assert.Equal(3, (await Audit.SystemEventsAsync(products[0], 190)).Count);
        Assert.Single(await Audit.SystemEventsAsync(products[0], 192));
        Assert.All(products, product => product.Log.AssertNothingUnexpected());
    }

    [Fact]
    public async Task Sixteen_handlers_of_one_outbox_mail_each_computer_once()
    {
        string[] computers = Enumerable.Range(1, 330).Select(number => $"pc-{number:D4}").ToArray();
        await AddOutboxAsync(computers);
        ProductProcess[] products = [Installation.Start(), Installation.Start(), Installation.Start(), Installation.Start()];

        await Task.WhenAll(Enumerable.Range(0, Racers).Select(racer => Task.Run(() => products[racer % products.Length].HandleAsync("compose|Eicar"))));
        await products[0].SendAllDueAsync();

        var mails = Smtp.Accepted;
        Assert.Equal(computers.Length, mails.Sum(mail => int.Parse(CountInSubject().Match(mail.Message.Subject!).Groups["count"].Value, System.Globalization.CultureInfo.InvariantCulture)));
        List<string> named = mails.SelectMany(mail => NameInBody().Matches(mail.Message.TextBody!).Select(match => match.Groups["name"].Value)).ToList();
        Assert.Equal(named.Distinct(StringComparer.Ordinal), named);
        Assert.Equal(mails.Count, mails.Select(mail => mail.Message.MessageId).Distinct(StringComparer.Ordinal).Count());
        Assert.Equal(computers, (await Audit.SystemEventsAsync(products[0], 190)).SelectMany(Audit.ComputersOf).Order(StringComparer.Ordinal));
        Assert.Empty(await Audit.SystemEventsAsync(products[0], 199));
        Assert.Empty(await Installation.RowsAsync("Work", "outbox|"));
        Assert.Empty(await Installation.RowsAsync("Work", "mail|"));
        Assert.All(products, product => product.Log.AssertNothingUnexpected());
    }

    [Fact]
    public async Task Sixteen_senders_of_one_shard_send_each_mail_to_each_recipient_once()
    {
        Installation.Settings["Smtp:MaxConnections"] = "16";
        ProductProcess[] products = [Installation.Start(), Installation.Start(), Installation.Start(), Installation.Start()];
        IReadOnlyCollection<OutgoingMail> mails = await new Backlog(Installation).AddAsync(mails: 60, _ => Shard.Of("Eicar"), FakeClock.Origin, recipients: number => 1 + (number % 5));
        string[] expected = [.. mails.SelectMany(mail => mail.Recipients.Select(recipient => products[0].Get<MailRenderer>().MessageId(mail, recipient))).Order(StringComparer.Ordinal)];

        await Task.WhenAll(Enumerable.Range(0, Racers).Select(racer => Task.Run(() => products[racer % products.Length].SendAllDueAsync())));
        await products[0].SendAllDueAsync();

        Assert.Equal(expected, Smtp.Accepted.Select(mail => mail.Message.MessageId!).Order(StringComparer.Ordinal));
        Assert.Empty(await Installation.RowsAsync("Work", "mail|"));
        Assert.Equal(
            expected,
            (await Audit.SystemEventsAsync(products[0], 197)).SelectMany(item => item.Data["messageIds"].Split(", ")).Order(StringComparer.Ordinal));
        Assert.All(products, product => product.Log.AssertNothingUnexpected());
    }

    /// <summary>Whatever call a handler stands still at: another does all the work, and then the first goes on.</summary>
    [Fact]
    public async Task A_handler_that_resumes_after_another_finished_its_work_doubles_nothing()
    {
        await Scenarios.AddUsersAsync(Installation, ["anna@example.com"]);
        ProductProcess slow = Installation.Start();
        ProductProcess quick = Installation.Start();
        slow.Log.Expect(203);
        await quick.ReportAsync("pc-0");
        slow.Storage.ForgetCalls();
        await slow.HandleAsync("compose|Eicar");
        List<StorageCall> calls = slow.Storage.Calls.ToList();
        var expected = new List<string> { "anna@example.com pc-0", "ops@example.com pc-0" };

        // The answer to any call is held as well as the next call is; the last, the release of the slot, is nobody's work.
        for (int step = 0; step < calls.Count; step++)
        {
            string computer = $"pc-{step + 1}";
            await quick.ReportAsync(computer);
            StorageFault stop = slow.Storage.AtCall(slow.Storage.Counter.Count + step + 1).Hold();
            Task resuming = slow.HandleAsync("compose|Eicar");
            await Task.WhenAny(stop.Reached, resuming);

            // A claim that the slow one holds is not stolen while it lasts; then a minute's timer finds what is left.
            await quick.HandleAsync("compose|Eicar");
            bool delivered = Delivered().Count(mail => mail.EndsWith($" {computer}", StringComparison.Ordinal)) == 2;
            Installation.Clock.Advance(delivered ? TimeSpan.FromSeconds(1) : TimeSpan.FromMinutes(6));
            await quick.HandleAsync("compose|Eicar");
            stop.Release();
            await resuming;
            expected.AddRange([$"anna@example.com {computer}", $"ops@example.com {computer}"]);
            Assert.True(expected.Order(StringComparer.Ordinal).SequenceEqual(Delivered().Order(StringComparer.Ordinal)), $"Held before call {step + 1}, {calls[step].Label}: {string.Join(", ", Delivered())}");
        }

        await quick.SendAllDueAsync();
        Assert.Equal(expected.Order(StringComparer.Ordinal), Delivered().Order(StringComparer.Ordinal));
        Assert.Empty(await Installation.RowsAsync("Work", "mail|"));
        Assert.Equal(expected.Count / 2, (await Audit.SystemEventsAsync(quick, 190)).Count);
        Assert.Empty(await Audit.SystemEventsAsync(quick, 199));
        slow.Log.AssertNothingUnexpected();
        quick.Log.AssertNothingUnexpected();

        List<string> Delivered() => Smtp.Accepted.Select(mail => $"{mail.Recipients[0]} {NameInBody().Match(mail.Message.TextBody!).Groups["name"].Value}").ToList();
    }

    [Fact]
    public async Task Two_instances_whose_clocks_differ_by_a_minute_send_nothing_twice()
    {
        await Scenarios.AddUsersAsync(Installation, ["anna@example.com"]);
        var fast = new FakeClock();
        fast.Advance(TimeSpan.FromMinutes(1));
        ProductProcess[] products = [Installation.Start(), Installation.Start(clock: fast)];

        for (int round = 0; round < 6; round++)
        {
            ProductProcess reporter = products[round % 2];
            await reporter.ReportAsync("pc-1", state: round % 2 == 0 ? "occurred" : "cleared");

            // One stands still with its envelope on the way, as long as the deadline lets it; the other comes by.
            SmtpRule hold = HoldOne(out TaskCompletionSource release);
            Task sending = products[round / 2 % 2].HandleAsync("compose|Eicar");
            await Task.WhenAny(hold.Reached, sending);
            await products[(round / 2 + 1) % 2].HandleAsync("compose|Eicar");
            release.SetResult();
            await sending;
            hold.Remove();
            foreach (ProductProcess product in products)
            {
                await product.WorkOffQueueAsync();
                await product.SendAllDueAsync();
            }

            Installation.Clock.Advance(TimeSpan.FromMinutes(1));
            fast.Advance(TimeSpan.FromMinutes(1));
        }

        foreach (ProductProcess product in products)
        {
            await product.SendAllDueAsync();
        }

        Assert.Equal(3 * 2, Smtp.Accepted.Count);
        Assert.Equal(3 * 2, Smtp.Accepted.Select(mail => mail.Message.MessageId).Distinct(StringComparer.Ordinal).Count());
        Assert.Empty(await Installation.RowsAsync("Work", "mail|"));
        Assert.All(products, product => product.Log.AssertNothingUnexpected());
    }

    private SmtpRule HoldOne(out TaskCompletionSource release)
    {
        release = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        return Smtp.On(SmtpStep.Body).Once().HoldUntil(release.Task);
    }

    private static async Task<int> RaceAsync(ProductProcess[] products, string computer, string state, string what)
    {
        JsonNode[] answers = await Task.WhenAll(Enumerable.Range(0, Racers).Select(racer => Task.Run(() =>
            products[racer % products.Length].ReportAsync(computer, state: state, id: $"{computer}-{racer}-{Guid.NewGuid()}", time: FakeClock.Origin.ToString("O")))));
        await Task.WhenAll(products.Select(product => product.WorkOffQueueAsync()));
        Assert.All(answers, answer => Assert.Equal(1, answer["recorded"]!.GetValue<int>()));
        return answers.Sum(answer => answer[what]!.AsArray().Count);
    }

    /// <summary>Transitions that wait, each of one computer.</summary>
    private async Task AddOutboxAsync(IEnumerable<string> computers)
    {
        foreach (string[] some in computers.Chunk(TableTransaction.MaximumRows))
        {
            await Installation.Table("Work").SubmitTransactionAsync(some.Select(computer => new TableTransactionAction(
                TableTransactionActionType.Add,
                new OutboxRow("Eicar", Ulid.NewUlid(FakeClock.Origin), TransitionKind.Raise, 1, [new AffectedComputer(computer, FakeClock.Origin, null, null)]).ToRow())));
        }
    }

    [GeneratedRegex("(?<count>[0-9]+)台", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex CountInSubject();

    [GeneratedRegex("■ (?<name>[^\r\n]+)", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex NameInBody();
}
