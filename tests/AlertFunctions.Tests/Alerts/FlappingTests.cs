using System.Text.Json.Nodes;
using AlertFunctions.Core.Mail.Compose;
using AlertFunctions.Core.Outbox;
using AlertFunctions.Core.Storage;
using AlertFunctions.Core.Texts;
using AlertFunctions.Testing;

namespace AlertFunctions.Tests.Alerts;

/// <summary>Alerts that go up and down faster than anybody reads mail.</summary>
public sealed class FlappingTests(AzuriteServer azurite) : ProductTest(azurite)
{
    [Theory]
    [InlineData(true, false, "raised raised raised")]
    [InlineData(false, true, "cleared cleared cleared")]
    [InlineData(true, true, "raised cleared raised")]
    [InlineData(false, false, "")]
    public async Task Nine_hundred_and_ninety_nine_alternating_events_make_a_few_transactions_and_mails_and_each_has_its_190_or_192(bool mailRaised, bool mailCleared, string mails)
    {
        await SwitchAsync(mailRaised, mailCleared);
        Product.Storage.ForgetCalls();

        JsonNode answer = await Product.PostEventsAsync(Alternating(999, ids: false));

        Assert.Equal((500, 499), (answer["raised"]!.AsArray().Count, answer["cleared"]!.AsArray().Count));
        Assert.Equal(21, Product.Storage.Count(call => call.Label == "POST $batch")); // 49 transitions each, with their events

        await Product.WorkOffQueueAsync();

        Assert.Equal(mails, string.Join(' ', Smtp.Accepted.Select(KindOf)));
        Assert.All(Smtp.Accepted, mail => Assert.Contains(": 1台", mail.Message.Subject, StringComparison.Ordinal));
        Assert.Equal((500, 499), ((await Product.SystemEventsAsync(190)).Count, (await Product.SystemEventsAsync(192)).Count));
        Assert.Empty(await Installation.RowsAsync("Work", "outbox|"));
    }

    [Fact]
    public async Task With_ids_too_a_transaction_holds_as_many_transitions_as_fit_and_a_repeated_request_changes_nothing()
    {
        Product.Storage.ForgetCalls();
        await Product.PostEventsAsync(Alternating(999, ids: true));
        Assert.Equal(21, Product.Storage.Count(call => call.Label == "POST $batch"));

        JsonNode again = await Product.PostEventsAsync(Alternating(999, ids: true));

        Assert.Equal((0, 999), (again["recorded"]!.GetValue<int>(), again["duplicates"]!.GetValue<int>()));
        Assert.Empty(again["raised"]!.AsArray());
        Assert.Empty(again["cleared"]!.AsArray());
    }

    [Fact]
    public async Task Of_computers_that_flap_each_is_in_the_mail_about_its_last_change_and_the_mail_about_the_latest_comes_last()
    {
        await SwitchAsync(raised: true, cleared: true);
        string[] up = ["A", "B", "C"];
        for (int round = 0; round < 5; round++)
        {
            await Product.PostEventsAsync(Events("occurred", up));
            await Product.PostEventsAsync(Events("cleared", up));
        }

        await Product.PostEventsAsync(Events("occurred", ["A", "B"]));
        await Product.WorkOffQueueAsync();

        Assert.Equal("raised cleared cleared raised", string.Join(' ', Smtp.Accepted.Select(KindOf)));
        Assert.Equal([3, 3, 1, 2], Smtp.Accepted.Select(mail => up.Count(computer => mail.Message.TextBody!.Contains($"■ {computer}", StringComparison.Ordinal))));
        Assert.Contains("■ C", Smtp.Accepted[2].Message.TextBody, StringComparison.Ordinal);
        Assert.Contains(": 2台", Smtp.Accepted[3].Message.Subject, StringComparison.Ordinal);
    }

    [Fact]
    public async Task S5_a_raise_after_a_clear_that_nobody_wants_mail_about_is_a_mail_of_its_own_however_late_both_are_composed()
    {
        await Product.ReportAsync("A");
        await Product.ReportAsync("A", state: "cleared");
        await Product.ReportAsync("A");
        await Product.WorkOffQueueAsync();

        Assert.Equal("raised raised", string.Join(' ', Smtp.Accepted.Select(KindOf)));
    }

    [Fact]
    public async Task A_clear_that_nobody_wants_mail_about_ends_no_run_of_raises()
    {
        await Product.ReportAsync("A");
        await Product.WorkOffQueueAsync();
        await Product.ReportAsync("B");
        await Product.ReportAsync("A", state: "cleared");
        await Product.ReportAsync("C");
        await Product.WorkOffQueueAsync();

        Assert.Equal(2, Smtp.Accepted.Count);
        Assert.Contains(": 2台", Smtp.Accepted[1].Message.Subject, StringComparison.Ordinal);
        Assert.Single(await Product.SystemEventsAsync(192));
    }

    /// <summary>Four minutes of an alert that changes each second, with a wake-up for each change.</summary>
    [Fact]
    public async Task With_CollectSeconds_a_type_makes_at_most_three_mails_in_that_time_with_one_switch_on()
    {
        Installation.Settings["Mail:CollectSeconds"] = "60";
        int looks = 0;
        for (int second = 0; second < 240; second++)
        {
            await Product.ReportAsync("A", state: second % 2 == 0 ? "occurred" : "cleared");
            Installation.Clock.Advance(TimeSpan.FromSeconds(1));

            // The wake-up of the change a minute ago.
            if (second >= 59)
            {
                await Product.HandleAsync("compose|Eicar");
                looks++;
            }
        }

        Assert.Equal(181, looks);
        Assert.Equal(8, Smtp.Accepted.Count);
    }

    [Fact]
    public async Task A_change_that_is_still_being_collected_waits_for_its_own_wake_up_and_a_process_that_looked_too_early_sees_to_it_once()
    {
        Installation.Settings["Mail:CollectSeconds"] = "10";
        ProductProcess other = Installation.Start();
        await Product.ReportAsync("A");
        Installation.Clock.Advance(TimeSpan.FromSeconds(4));
        foreach (ProductProcess process in new[] { Product, other, Product, other })
        {
            await process.HandleAsync("outbox|4");
        }

        Assert.Equal((1, 1), (Product.Storage.Count(IsWakeUp), other.Storage.Count(IsWakeUp)));
        Installation.Clock.Advance(TimeSpan.FromSeconds(5.5));
        await other.HandleAsync("outbox|4|later");
        Assert.Equal(2, other.Storage.Count(IsWakeUp));
        Assert.Empty(Smtp.Accepted);

        Installation.Clock.Advance(TimeSpan.FromSeconds(0.5));
        await other.WorkOffQueueAsync();
        Assert.Single(Smtp.Accepted);

        static bool IsWakeUp(StorageCall call) => call.Label == "POST outgoing-mail/messages";
    }

    [Fact]
    public async Task Each_type_of_a_shard_is_collected_from_its_own_first_change_on()
    {
        Installation.Settings["Mail:CollectSeconds"] = "10";
        string neighbour = Enumerable.Range(0, 100).Select(number => $"Type {number}").First(name => Shard.Of(name) == Shard.Of("Eicar"));
        await Product.ReportAsync("A");
        Installation.Clock.Advance(TimeSpan.FromSeconds(6));
        await Product.ReportAsync("A", neighbour);
        Product.Storage.ForgetCalls();

        Installation.Clock.Advance(TimeSpan.FromSeconds(4));
        await Product.HandleAsync("outbox|4|later");
        Assert.Contains("Eicar", Assert.Single(Smtp.Accepted).Message.Subject, StringComparison.Ordinal);
        Assert.Single(Product.Storage.Calls, call => call.Uri.Query.Contains("visibilitytimeout=6&", StringComparison.Ordinal));

        Installation.Clock.Advance(TimeSpan.FromSeconds(6));
        await Product.HandleAsync("outbox|4|later");
        Assert.Equal(2, Smtp.Accepted.Count);
    }

    [Fact]
    public void Folding_what_is_behind_two_runs_keeps_the_newest_row_of_each_kind_and_what_was_not_listed_is_only_counted()
    {
        OutboxRow[] rows =
        [
            Row(0, TransitionKind.Raise, 1, "A"),
            Row(1, TransitionKind.Clear, 1, "A"),
            Row(2, TransitionKind.Raise, 1, "A"),
            Row(3, TransitionKind.Clear, 1, "A") with { Severity = Severity.Critical },
            Row(4, TransitionKind.Raise, 7, "A", "B"),
        ];

        IReadOnlyList<RowFold> folds = MailComposition.Folds(MailComposition.Runs(rows));

        Assert.Equal([rows[4], rows[3]], folds.Select(fold => fold.Target));
        Assert.Equal((7, "A B", true), (folds[0].Result!.Count, string.Join(' ', folds[0].Result!.Computers.Select(computer => computer.Computer)), folds[0].Result!.Folded));
        Assert.Null(folds[1].Result);
        Assert.Empty(MailComposition.Folds(MailComposition.Runs(rows[..4])));
    }

    private static OutboxRow Row(int second, TransitionKind kind, int count, params string[] computers) =>
        new("Eicar", Ulid.NewUlid(FakeClock.Origin.AddSeconds(second)), kind, count, [.. computers.Select(computer => new AffectedComputer(computer, FakeClock.Origin.AddSeconds(second), null, null))]);

    private static string KindOf(ReceivedMail mail) => mail.Message.Subject!.StartsWith("アラートの解消", StringComparison.Ordinal) ? "cleared" : "raised";

    private static string Alternating(int count, bool ids) => $"[{string.Join(',', Enumerable.Range(0, count).Select(i =>
        $$"""{"computer":"A","alert":"Eicar","state":"{{(i % 2 == 0 ? "occurred" : "cleared")}}"{{(ids ? $",\"id\":\"{i}\",\"time\":\"2026-11-24T01:00:00Z\"" : "")}}}"""))}]";

    private static string Events(string state, IEnumerable<string> computers) =>
        $"[{string.Join(',', computers.Select(computer => $$"""{"computer":"{{computer}}","alert":"Eicar","state":"{{state}}"}"""))}]";

    private Task SwitchAsync(bool raised, bool cleared) =>
        PutAsync("/api/alert-types", new JsonObject { ["alert"] = "Eicar", ["mailWhenRaised"] = raised, ["mailWhenCleared"] = cleared }.ToJsonString());
}
