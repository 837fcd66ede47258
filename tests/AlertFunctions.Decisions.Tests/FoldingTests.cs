using System.Globalization;
using AlertFunctions.Core.Alerts;
using AlertFunctions.Core.Mail.Compose;
using AlertFunctions.Core.Mail.Queue;
using AlertFunctions.Core.Outbox;
using AlertFunctions.Core.Settings;
using AlertFunctions.Core.Storage;
using AlertFunctions.Core.Texts;
using AlertFunctions.Core.Users;

namespace AlertFunctions.Decisions.Tests;

/// <summary>What waits in an outbox becomes few mails that tell how things stand (S5, S6), and who gets them (S2).</summary>
public sealed class FoldingTests
{
    private static readonly DateTimeOffset s_now = new(2026, 11, 24, 2, 0, 0, TimeSpan.Zero);
    private static readonly MailSettings s_settings = new() { Culture = MailCulture.Ja };
    private static readonly AlertType s_type = new("Eicar") { TitleJa = "試験", TitleEn = "Test", Severity = Severity.Critical, MailWhenCleared = true };

    // A row is + for raises or - for clears, and its computers.
    [Theory]
    [InlineData("+A", "+A")]
    [InlineData("+A +B +CD", "+A +B +CD")]
    [InlineData("+A -A", "+A | -A")]
    [InlineData("+A +A", "+A | +A")] // another raise (S5)
    [InlineData("+AB +C +DB +E", "+AB +C | +DB +E")]
    [InlineData("+A -B -A", "+A | -B -A")] // what the run before had does not matter
    [InlineData("+A -A +A -A", "+A | -A | +A | -A")]
    [InlineData("+a +A", "+a +A")]
    public void A_run_ends_where_the_other_kind_begins_or_one_of_its_computers_comes_again(string rows, string runs) =>
        Assert.Equal(runs, string.Join(" | ", MailComposition.Runs(Rows(rows)).Select(run => string.Join(' ', run.Select(Text)))));

    [Fact]
    public void Nothing_that_waits_makes_no_run() => Assert.Empty(MailComposition.Runs([]));

    [Theory]
    [InlineData(1, 0)]
    [InlineData(99, 0)]
    [InlineData(100, 99)]
    [InlineData(120, 99)]
    public void A_run_of_more_rows_than_a_transaction_with_a_mail_holds_is_folded_into_its_oldest_row(int count, int folded)
    {
        List<OutboxRow> rows = [.. Enumerable.Range(0, count).Select(number => Row(number, TransitionKind.Raise, $"pc{number}"))];

        IReadOnlyList<RowFold> folds = MailComposition.Folds([rows]);

        Assert.Equal(folded == 0 ? [] : new[] { folded }, folds.Select(fold => fold.Rows.Count));
        Assert.All(folds, fold => Assert.Equal((rows[0], rows[0].Id, folded, true), (fold.Target, fold.Result!.Id, fold.Result.Count, fold.Result.Folded)));
        Assert.All(folds, fold => Assert.Equal(rows.Take(folded).Select(row => row.Computers[0].Computer), fold.Result!.Computers.Select(computer => computer.Computer)));
    }

    [Theory]
    [InlineData("+A -A", "")] // the first two runs become a mail each
    [InlineData("+A -A +A", "")]
    [InlineData("+A -A +A -A", "")] // one row of each kind behind them: there is nothing to fold
    [InlineData("+A -A +A -A +A", "raises 2,4 at 4: A; clears 3 at 3: none")] // it was raised last
    [InlineData("+A -A +A -A +A -A", "raises 2,4 at 4: none; clears 3,5 at 5: A")]
    [InlineData("+A -A +AB -A +A", "raises 2,4 at 4: B A; clears 3 at 3: none")]
    [InlineData("+A -A +A -A +B -B +C", "raises 2,4,6 at 6: C; clears 3,5 at 5: A B")]
    public void What_waits_behind_the_first_two_runs_becomes_one_row_of_each_kind_that_names_each_computer_where_it_stands_last(string rows, string folds)
    {
        List<OutboxRow> all = Rows(rows);

        IReadOnlyList<RowFold> result = MailComposition.Folds(MailComposition.Runs(all));

        Assert.Equal(folds, string.Join("; ", result.Select(fold => string.Create(
            CultureInfo.InvariantCulture,
            $"{(fold.Target.Kind == TransitionKind.Raise ? "raises" : "clears")} {string.Join(',', fold.Rows.Select(row => all.IndexOf(row)))} at {all.IndexOf(fold.Target)}: {(fold.Result is null ? "none" : string.Join(' ', fold.Result.Computers.Select(computer => computer.Computer)))}"))));
        Assert.All(result, fold => Assert.True(fold.Result is null || (fold.Result.Folded && fold.Result.Id == fold.Target.Id && fold.Result.Count == fold.Result.Computers.Count)));
    }

    [Fact]
    public void Computers_that_a_row_counts_and_does_not_name_are_counted_on()
    {
        List<OutboxRow> rows = Rows("+A -A +BC -C +D");
        rows[2] = rows[2] with { Count = 7, Severity = Severity.Warning };
        rows[4] = rows[4] with { Count = 3, Severity = Severity.Critical };

        RowFold raises = MailComposition.Folds(MailComposition.Runs(rows))[0];

        Assert.Equal((9, Severity.Critical), (raises.Result!.Count, raises.Result.Severity)); // B and D, the five and the two
        Assert.Equal(["B", "D"], raises.Result.Computers.Select(computer => computer.Computer));
    }

    [Fact]
    public void A_row_names_at_most_100_computers_and_counts_the_rest()
    {
        string[] many = [.. Enumerable.Range(0, 70).Select(number => $"pc{number}")];
        List<OutboxRow> rows = [.. Rows("+A -A"), Row(2, TransitionKind.Raise, many), Row(3, TransitionKind.Clear, "A"), Row(4, TransitionKind.Raise, [.. many.Select(name => $"{name}-2")])];

        OutboxRow raises = MailComposition.Folds(MailComposition.Runs(rows))[0].Result!;

        Assert.Equal((140, 100), (raises.Count, raises.Computers.Count));
    }

    [Fact]
    public void A_fold_has_the_highest_severity_and_a_row_that_was_one_stays_one()
    {
        OutboxRow warning = Rows("+A")[0] with { Severity = Severity.Warning };
        OutboxRow critical = Rows("+B")[0] with { Severity = Severity.Critical };

        Assert.Equal(Severity.Critical, MailComposition.Fold([warning, critical, warning]).Severity);
        Assert.Null(MailComposition.Fold(Rows("+A +B")).Severity);
        Assert.True(MailComposition.Fold([warning with { Folded = true }]).Folded);
        Assert.False(MailComposition.Fold([warning]).Folded);
    }

    [Fact]
    public void A_type_without_settings_has_the_defaults_and_the_highest_severity_of_its_events()
    {
        List<OutboxRow> rows = Rows("+A +B");
        Assert.Equal(new AlertType("Eicar"), MailComposition.Unregistered("Eicar", rows));

        rows[0] = rows[0] with { Severity = Severity.Warning };
        rows[1] = rows[1] with { Severity = Severity.Critical };
        Assert.Equal(new AlertType("Eicar") { Severity = Severity.Critical }, MailComposition.Unregistered("Eicar", rows));
    }

    [Theory]
    [InlineData("+A +B", MailKind.Raised)]
    [InlineData("-A -B", MailKind.Cleared)]
    public void A_mail_says_what_its_rows_say_with_the_type_s_titles_and_severity_of_this_moment(string rows, MailKind kind)
    {
        List<OutboxRow> waiting = Rows(rows);

        (OutgoingMail? mail, OutboxRow? remainder) = MailComposition.Next(waiting, s_type, [Anna()], TimeZoneInfo.Utc, s_now);

        Assert.Null(remainder);
        Assert.Equal((Shard.Of("Eicar"), $"{waiting[0].Id}", kind, "Eicar", s_now), (mail!.Shard, mail.Id, mail.Kind, mail.AlertType, mail.CreatedAt));
        AlertMailContent content = Assert.IsType<AlertMailContent>(mail.Content);
        Assert.Equal(("試験", "Test", Severity.Critical, 2, "UTC"), (content.TitleJa, content.TitleEn, content.Severity, content.Count, content.TimeZone));
        Assert.Equal(["A", "B"], content.Computers.Select(computer => computer.Computer));
        Assert.Equal(("anna", "anna@example.com", s_now), (mail.Recipients.Single().User, mail.Recipients.Single().Address, mail.Recipients.Single().DueAt));
    }

    [Fact]
    public void S1_without_anybody_to_get_it_or_with_the_switch_off_there_is_no_mail_and_nothing_is_left()
    {
        Assert.Equal((null, null), MailComposition.Next(Rows("+A"), s_type, [], TimeZoneInfo.Utc, s_now));
        Assert.Equal((null, null), MailComposition.Next(Rows("+A"), s_type with { MailWhenRaised = false }, [Anna()], TimeZoneInfo.Utc, s_now));
        Assert.Equal((null, null), MailComposition.Next(Rows("-A"), s_type with { MailWhenCleared = false }, [Anna()], TimeZoneInfo.Utc, s_now));
    }

    [Fact]
    public void A_row_whose_first_mail_was_made_goes_on_after_its_last_address_whatever_its_case()
    {
        OutboxRow row = Rows("+A")[0] with { ComposedUpTo = "ANNA@example.com", ComposedMails = 1 };

        (OutgoingMail? mail, OutboxRow? remainder) = MailComposition.Next([row], s_type, [Anna(), new Addressee("ben", "ben@example.com", MailCulture.En)], TimeZoneInfo.Utc, s_now);

        Assert.Equal((null, $"{row.Id}.2", "ben@example.com"), (remainder, mail!.Id, mail.Recipients.Single().Address));
    }

    [Fact]
    public void More_than_fifty_recipients_leave_a_row_that_says_who_has_a_mail()
    {
        Addressee[] addressees = [.. Enumerable.Range(0, 51).Select(number => new Addressee(null, $"u{number:00}@example.com", MailCulture.En))];

        (OutgoingMail? mail, OutboxRow? remainder) = MailComposition.Next(Rows("+A"), s_type, addressees, TimeZoneInfo.Utc, s_now);

        Assert.Equal((50, "u49@example.com", 1), (mail!.Recipients.Count, remainder!.ComposedUpTo, remainder.ComposedMails));
        Assert.Null(MailComposition.Next(Rows("+A"), s_type, addressees[..50], TimeZoneInfo.Utc, s_now).Remainder);
    }

    [Theory]
    [InlineData("+A +B", false, "", "A B", false)]
    [InlineData("+A -A", false, "-A", "A", false)] // nobody wants mail about clears
    [InlineData("-A -B", false, "-A -B", null, false)]
    [InlineData("-A -B", true, "-A -B", null, true)]
    [InlineData("+A", true, "", "A", true)]
    [InlineData("+A +A", false, "", "A", true)] // the second is a mail of its own (S5)
    public void A_step_uses_up_what_nobody_wants_together_with_the_first_mail_and_says_whether_more_waits(string rows, bool cut, string unwanted, string? computers, bool more)
    {
        List<OutboxRow> waiting = Rows(rows);

        OutboxStep step = MailComposition.Step(waiting, cut, s_type with { MailWhenCleared = false }, [Anna()], TimeZoneInfo.Utc, s_now);

        Assert.Equal(waiting.Count, step.Events.Count);
        Assert.Equal(unwanted, string.Join(' ', step.Changes.Where(change => change.Row.Kind == TransitionKind.Clear).Select(change => Text(change.Row))));
        Assert.All(step.Changes, change => Assert.Null(change.Result));
        Assert.Equal(computers, (step.Mail?.Content as AlertMailContent)?.Computers.Aggregate("", (all, computer) => $"{all} {computer.Computer}").Trim());
        Assert.Equal(more, step.More);
    }

    [Theory]
    [InlineData(90, 9, true)]
    [InlineData(90, 10, false)]
    [InlineData(9, 90, true)]
    [InlineData(10, 90, false)]
    public void A_step_fits_a_transaction_with_its_mail_so_more_rows_than_that_are_used_up_before_the_mail(int unwanted, int wanted, bool together)
    {
        OutboxRow[] rows = [.. Enumerable.Range(0, unwanted + wanted).Select(number => Row(number, number < unwanted ? TransitionKind.Clear : TransitionKind.Raise, $"{number}"))];
        Addressee[] addressees = [.. Enumerable.Range(0, 50).Select(number => new Addressee(null, $"u{number:00}@example.com", MailCulture.En))];

        OutboxStep step = MailComposition.Step(rows, cut: false, s_type with { MailWhenCleared = false }, addressees, TimeZoneInfo.Utc, s_now);

        Assert.Equal((together, !together), (step.Mail is not null, step.More));
        Assert.InRange(step.Changes.Count + (step.Mail is null ? 0 : 1), unwanted, 100);
    }

    [Fact]
    public void A_row_whose_first_mail_was_made_is_a_step_of_its_own_and_is_not_recorded_again()
    {
        List<OutboxRow> rows = Rows("+A +B +C +D");
        rows[2] = rows[2] with { ComposedUpTo = "a@example.com", ComposedMails = 1 };

        OutboxStep before = MailComposition.Step(rows, cut: false, s_type, [Anna()], TimeZoneInfo.Utc, s_now);
        OutboxStep itself = MailComposition.Step(rows[2..], cut: false, s_type, [Anna()], TimeZoneInfo.Utc, s_now);

        Assert.Equal((2, 2, true), (before.Events.Count, before.Changes.Count, before.More));
        Assert.Equal((0, 1, true), (itself.Events.Count, itself.Changes.Count, itself.More));
    }

    [Theory]
    [InlineData("+A", false, false)]
    [InlineData("+A", true, true)]
    [InlineData("+A +B", false, true)]
    [InlineData("+A +B", true, true)]
    public void After_a_row_whose_first_mail_was_made_and_that_nobody_is_left_for_comes_what_waits_behind_it(string rows, bool cut, bool more)
    {
        List<OutboxRow> waiting = Rows(rows);
        waiting[0] = waiting[0] with { ComposedUpTo = "z@example.com", ComposedMails = 1 };

        OutboxStep step = MailComposition.Step(waiting, cut, s_type, [Anna()], TimeZoneInfo.Utc, s_now);

        Assert.Equal([new RowChange(waiting[0])], step.Changes);
        Assert.Equal((0, null, more), (step.Events.Count, step.Mail, step.More));
    }

    [Fact]
    public void S5_a_step_with_something_to_fold_records_it_and_folds_it_before_anything_becomes_mail()
    {
        List<OutboxRow> rows = Rows("+A -A +A -A +B -B +C");

        OutboxStep step = MailComposition.Step(rows, cut: false, s_type, [Anna()], TimeZoneInfo.Utc, s_now);

        Assert.Equal((7, null, true), (step.Events.Count, step.Mail, step.More));
        Assert.Equal("2 4 6 +C 3 5 -AB", string.Join(' ', step.Changes.Select(change => $"{rows.IndexOf(change.Row)}{(change.Result is null ? "" : $" {Text(change.Result)}")}")));
    }

    [Fact]
    public void A_step_with_more_rows_than_fit_beside_a_mail_and_nothing_else_to_do_folds_them()
    {
        List<OutboxRow> rows = [.. Enumerable.Range(0, 100).Select(number => Row(number, TransitionKind.Raise, $"{number}"))];

        OutboxStep step = MailComposition.Step(rows, cut: false, s_type, [Anna()], TimeZoneInfo.Utc, s_now);

        Assert.Equal((99, null, true), (step.Changes.Count, step.Mail, step.More));
        Assert.Equal(99, step.Changes[0].Result!.Count);
    }

    [Fact]
    public void S2_a_step_with_more_recipients_than_a_mail_has_keeps_the_oldest_of_its_rows_for_the_others()
    {
        List<OutboxRow> rows = Rows("+A +B");
        Addressee[] addressees = [.. Enumerable.Range(0, 51).Select(number => new Addressee(null, $"u{number:00}@example.com", MailCulture.En))];

        OutboxStep step = MailComposition.Step(rows, cut: false, s_type, addressees, TimeZoneInfo.Utc, s_now);

        Assert.Equal(rows, step.Changes.Select(change => change.Row));
        Assert.Equal((rows[0].Id, 2, "u49@example.com"), (step.Changes[0].Result!.Id, step.Changes[0].Result!.Count, step.Changes[0].Result!.ComposedUpTo));
        Assert.Equal((null, true), (step.Changes[1].Result, step.More));
    }

    [Fact]
    public void S1_a_step_of_a_type_without_settings_mails_its_raises_with_the_severity_of_its_events()
    {
        List<OutboxRow> rows = [.. Rows("+A -A").Select(row => row with { Severity = Severity.Critical })];

        OutboxStep step = MailComposition.Step(rows, cut: false, settings: null, [Anna()], TimeZoneInfo.Utc, s_now);

        AlertMailContent content = Assert.IsType<AlertMailContent>(step.Mail!.Content);
        Assert.Equal((MailKind.Raised, "Eicar", Severity.Critical), (step.Mail.Kind, content.TitleEn, content.Severity));
        Assert.Equal((2, 2, false), (step.Events.Count, step.Changes.Count, step.More));
    }

    [Fact]
    public void A_mail_goes_on_with_the_trace_of_the_request_that_made_its_oldest_row()
    {
        List<OutboxRow> rows = Rows("+A +B");
        rows[0] = rows[0] with { Trace = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01" };

        Assert.Equal(rows[0].Trace, MailComposition.Next(rows, s_type, [Anna()], TimeZoneInfo.Utc, s_now).Mail!.Trace);
    }

    [Theory]
    [InlineData("a a b c", true, "aa b", 2, false)] // c may have more rows on the next page
    [InlineData("a a b c", false, "aa b c", null, false)]
    [InlineData("a a a", true, "aaa", 2, true)]
    [InlineData("a a a", false, "aaa", null, false)]
    [InlineData("", true, "", 0, true)] // none of a full page can be read
    [InlineData("", false, "", null, false)]
    public void The_last_type_of_a_full_page_waits_for_the_next_one_unless_it_is_alone(string types, bool full, string waiting, int? last, bool cut)
    {
        List<OutboxRow> rows = [.. types.Split(' ', StringSplitOptions.RemoveEmptyEntries).Select((type, index) => Row(index, TransitionKind.Raise, "A") with { AlertType = type })];
        string[] keys = [.. rows.Select(row => row.Key).DefaultIfEmpty("damaged")];

        OutboxPage page = OutboxPage.Of(rows, full ? keys[^1] : null);

        Assert.Equal(waiting, string.Join(' ', page.Waiting.Select(type => string.Concat(type.Select(row => row.AlertType)))));
        Assert.Equal((last is { } index ? keys[index] : null, cut), (page.Last, page.Cut));
    }

    [Fact]
    public void S2_an_address_gets_one_mail_in_the_language_and_zone_of_the_first_user_by_name_who_has_it()
    {
        TimeZoneInfo tokyo = TimeZoneInfo.FindSystemTimeZoneById("Asia/Tokyo");
        User[] users =
        [
            new("zoe") { Email = "shared@example.com", Culture = MailCulture.Ja },
            new("Bob") { Email = "Shared@example.com", Culture = MailCulture.En, TimeZone = tokyo },
            new("anna") { Email = "anna@example.com" },
            new("none"),
        ];

        IReadOnlyList<Addressee> addressees = Addressees.Of(users, ["SHARED@example.com", "aaron@example.com"], s_settings);

        Assert.Equal(
            [new Addressee(null, "aaron@example.com", MailCulture.Ja), new Addressee("anna", "anna@example.com", MailCulture.Ja), new Addressee("Bob", "Shared@example.com", MailCulture.En) { TimeZone = "Asia/Tokyo" }],
            addressees);
    }

    private static Addressee Anna() => new("anna", "anna@example.com", MailCulture.En);

    private static List<OutboxRow> Rows(string rows) => [.. rows.Split(' ').Select((text, index) =>
        Row(index, text[0] == '+' ? TransitionKind.Raise : TransitionKind.Clear, [.. text[1..].Select(name => $"{name}")]))];

    private static OutboxRow Row(int number, TransitionKind kind, params string[] computers) => new(
        "Eicar", new Ulid([.. new byte[15], (byte)number]), kind, computers.Length, [.. computers.Select(name => new AffectedComputer(name, s_now.AddSeconds(number)))]);

    private static string Text(OutboxRow row) => $"{(row.Kind == TransitionKind.Raise ? '+' : '-')}{string.Concat(row.Computers.Select(computer => computer.Computer))}";
}
