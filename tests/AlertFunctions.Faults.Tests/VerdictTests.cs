using AlertFunctions.Faults.Ledger;
using AlertFunctions.Faults.Stage;

namespace AlertFunctions.Faults.Tests;

public sealed class VerdictTests
{
    private static readonly DateTimeOffset s_start = new(2026, 11, 24, 2, 0, 0, TimeSpan.Zero);

    private static readonly Transition s_raise = new("token0x0", TransitionKind.Raise, "Eicar", "web01", 0, Mailed: true) { Acknowledged = true };

    private static readonly Delivery s_delivery = new(0, "real", "ops@example.com", "1@example.com", [s_raise.Token], 1, At(10), At(11), ReplyLost: false);

    private static readonly Evidence s_kept = new()
    {
        Recipients = ["ops@example.com"],
        Sent = [s_raise],
        Deliveries = [s_delivery],
        Lives = [[], []],
        ServerDeaths = [],
        StoredEvents = new HashSet<string>(StringComparer.Ordinal) { s_raise.Token },
        RowsLeft = [],
        Surprises = [],
    };

    [Fact]
    public void The_promise_is_kept_when_each_acknowledged_raise_was_mailed_to_everybody_once() => Assert.Empty(Verdict.Of(s_kept).Broken);

    [Fact]
    public void It_is_broken_by_a_recipient_who_got_nothing() => AssertBroken("Acknowledged, and not mailed to second@example.com", s_kept with { Recipients = ["ops@example.com", "second@example.com"] });

    [Fact]
    public void It_is_broken_by_an_acknowledged_event_that_storage_does_not_hold() => AssertBroken("Acknowledged, and not in storage", s_kept with { StoredEvents = new HashSet<string>(StringComparer.Ordinal) });

    [Fact]
    public void It_is_broken_by_a_row_that_is_left() => AssertBroken("Left over: mail|1", s_kept with { RowsLeft = ["mail|1"] });

    [Fact]
    public void It_is_broken_by_an_answer_that_no_fault_explains() => AssertBroken("Answered 500", s_kept with { Surprises = ["Answered 500"] });

    [Fact]
    public void What_was_never_acknowledged_may_be_mailed_or_not()
    {
        Assert.Empty(Verdict.Of(s_kept with { Sent = [s_raise with { Acknowledged = false }], Deliveries = [] }).Broken);
        Assert.Empty(Verdict.Of(s_kept with { Sent = [s_raise with { Acknowledged = false }] }).Broken);
    }

    [Fact]
    public void A_transition_may_be_left_out_when_one_of_the_same_computer_followed()
    {
        Transition clear = new("token0x1", TransitionKind.Clear, "Eicar", "web01", 1, Mailed: false) { Acknowledged = true };
        Evidence followed = s_kept with { Sent = [s_raise, clear], StoredEvents = new HashSet<string>(StringComparer.Ordinal) { s_raise.Token, clear.Token }, Deliveries = [] };
        Assert.Empty(Verdict.Of(followed).Broken);
        AssertBroken("not mailed", followed with { Sent = [s_raise, clear with { Computer = "web02" }] });
    }

    [Fact]
    public void A_repeat_lets_nothing_be_left_out()
    {
        Transition repeat = new("token0x1", TransitionKind.Repeat, "Eicar", "web01", 1, Mailed: false);
        AssertBroken("not mailed", s_kept with { Sent = [s_raise, repeat], Deliveries = [] });
    }

    [Fact]
    public void It_is_broken_by_a_mail_about_nothing() => AssertBroken("nothing of the kind was reported", s_kept with { Deliveries = [s_delivery, s_delivery with { MessageId = "2@example.com", Tokens = ["token9x9"] }] });

    [Fact]
    public void It_is_broken_by_a_mail_that_counts_more_computers_than_were_reported() => AssertBroken("nothing of the kind was reported", s_kept with { Deliveries = [s_delivery with { Computers = 2 }] });

    [Fact]
    public void It_is_broken_by_a_mail_about_a_repeat()
    {
        Transition repeat = new("token0x1", TransitionKind.Repeat, "Eicar", "web01", 1, Mailed: false);
        AssertBroken("nothing of the kind was reported", s_kept with { Sent = [s_raise, repeat], Deliveries = [s_delivery, s_delivery with { MessageId = "2@example.com", Tokens = [repeat.Token] }] });
    }

    [Fact]
    public void It_is_broken_by_a_mail_to_a_stranger() => AssertBroken("no recipient", s_kept with { Deliveries = [s_delivery, s_delivery with { Recipient = "stranger@example.com" }] });

    [Fact]
    public void It_is_broken_by_two_mails_about_one_raise() => AssertBroken("several Message-IDs", s_kept with { Deliveries = [s_delivery, s_delivery with { MessageId = "2@example.com" }] });

    [Fact]
    public void It_is_broken_by_a_second_copy_without_a_cause() => AssertBroken("twice without a cause", TwiceWith(s_delivery));

    [Theory]
    [InlineData(9, 12, true)] // it has sent the first copy, and died before the second
    [InlineData(9, 40, false)] // it has died after the second
    [InlineData(10.5, 12, false)] // it was started after the first
    public void A_second_copy_is_explained_by_the_death_of_the_process_between_the_two(double started, double killed, bool explained)
    {
        Evidence twice = TwiceWith(s_delivery) with { Lives = [[new LifeTime(At(started), At(killed), At(killed + 0.1))], []] };
        Assert.Equal(explained, Verdict.Of(twice).Broken.Count == 0);
        Assert.Equal(explained ? 1 : 0, Verdict.Of(twice).Copies.Values.Sum());
    }

    [Fact]
    public void The_death_of_the_other_process_explains_nothing() => AssertBroken("twice without a cause", TwiceWith(s_delivery) with { Lives = [[], [new LifeTime(At(9), At(12), At(12))]] });

    [Fact]
    public void A_second_copy_is_explained_by_a_reply_that_was_lost() => Assert.Equal(1, Assert.Single(Verdict.Of(TwiceWith(s_delivery with { ReplyLost = true })).Copies).Value);

    [Theory]
    [InlineData("real", 12, true)]
    [InlineData("real", 10, false)]
    [InlineData("real", 40, false)]
    [InlineData("scripted", 12, false)]
    public void A_second_copy_is_explained_by_the_death_of_its_server_between_the_two(string server, double at, bool explained) =>
        Assert.Equal(explained, Verdict.Of(TwiceWith(s_delivery) with { ServerDeaths = [new ServerDeath(0, server, At(at))] }).Broken.Count == 0);

    private static Evidence TwiceWith(Delivery first) => s_kept with { Deliveries = [first, s_delivery with { Place = 1, ConnectedAt = At(30), AcceptedAt = At(31) }] };

    private static void AssertBroken(string how, Evidence evidence) => Assert.Contains(how, Assert.Single(Verdict.Of(evidence).Broken), StringComparison.Ordinal);

    private static DateTimeOffset At(double seconds) => s_start.AddSeconds(seconds);
}
