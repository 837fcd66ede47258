using AlertFunctions.Core.Mail.Queue;
using AlertFunctions.Core.Mail.Smtp;
using AlertFunctions.Core.Storage;
using AlertFunctions.Core.Texts;

namespace AlertFunctions.Decisions.Tests;

/// <summary>When a recipient is attempted again, and what an attempt leaves behind (S8, S10, S11, S12, S16).</summary>
public sealed class RetryRulesTests
{
    private static readonly DateTimeOffset s_now = new(2026, 11, 24, 2, 0, 0, TimeSpan.Zero);

    [Theory]
    [InlineData(-1, 0, false, 0, true)] // S16: its time has come
    [InlineData(0, 0, false, 0, true)]
    [InlineData(1, 0, false, 0, false)]
    [InlineData(1, 1, false, 2, true)] // S8: a flush that it has not been in
    [InlineData(1, 2, false, 2, false)]
    [InlineData(1, 3, false, 2, false)]
    [InlineData(1, 1, true, 2, false)] // rule 7
    [InlineData(-1, 1, true, 1, true)]
    public void A_recipient_is_due_at_its_time_or_in_a_flush_that_has_not_tried_it(int dueInSeconds, long flushOfRecipient, bool flushTried, long flush, bool due) =>
        Assert.Equal(due, RetryRules.IsDue(Anna() with { DueAt = s_now.AddSeconds(dueInSeconds), Flush = flushOfRecipient, FlushTried = flushTried }, s_now, flush));

    [Fact]
    public void First_attempts_come_before_re_sends_and_whose_conversation_was_lost_comes_last() => Assert.Equal(
        [0, 1, 2, 2],
        new[] { Anna(), Anna() with { Attempts = 1 }, Anna() with { Attempts = 1, Lost = true }, Anna() with { Lost = true } }.Select(RetryRules.Order));

    [Theory]
    [InlineData(0, null, true)]
    [InlineData(0, SmtpFailureKind.NotAccepted, true)] // the server answers
    [InlineData(0, SmtpFailureKind.Refused, false)]
    [InlineData(0, SmtpFailureKind.Unreachable, false)]
    [InlineData(0, SmtpFailureKind.NotConfigured, false)]
    [InlineData(1, null, false)]
    [InlineData(1, SmtpFailureKind.NotAccepted, false)]
    public void S8_a_first_attempt_that_shows_that_the_server_answers_starts_a_flush(int attempts, SmtpFailureKind? kind, bool starts) =>
        Assert.Equal(starts, RetryRules.StartsFlush(Anna() with { Attempts = attempts }, kind is { } failed ? Failure(failed) : null));

    [Fact]
    public void An_attempt_leaves_its_count_its_time_and_what_the_server_said()
    {
        Recipient after = RetryRules.After(Anna() with { Attempts = 4, DueAt = s_now.AddMinutes(-1) }, Failure(SmtpFailureKind.Refused), s_now, 0)!;

        Assert.Equal((5, s_now, "reply", SmtpFailureKind.Refused, s_now.AddHours(1)), (after.Attempts, after.LastAttemptAt, after.LastReply, after.LastFailure, after.DueAt));
    }

    [Theory]
    [InlineData(SmtpFailureKind.Refused, 1, 0, 7, 7)] // the flush that the handler read
    [InlineData(SmtpFailureKind.Refused, 1, 9, 7, 9)] // never an earlier one
    [InlineData(SmtpFailureKind.NotAccepted, 0, 0, 7, 8)] // nor the one that the attempt itself starts
    [InlineData(SmtpFailureKind.NotAccepted, 1, 0, 7, 7)]
    public void After_an_attempt_no_flush_up_to_the_present_one_takes_the_recipient_again(SmtpFailureKind kind, int attempts, long before, long flush, long after) =>
        Assert.Equal(after, RetryRules.After(Anna() with { Attempts = attempts, Flush = before }, Failure(kind), s_now, flush)!.Flush);

    [Theory]
    [InlineData(false, false, false, false)]
    [InlineData(false, true, false, true)] // its own conversation was lost
    [InlineData(true, false, false, false)] // it was not, this time
    [InlineData(true, false, true, true)] // the server's failure says nothing of it
    [InlineData(false, true, true, false)]
    public void Whose_own_conversation_was_lost_is_remembered_until_its_next_own_attempt(bool before, bool connectionLost, bool ofServer, bool after) =>
        Assert.Equal(after, RetryRules.After(Anna() with { Lost = before }, new SmtpFailure(SmtpFailureKind.Refused, SmtpReply.NoCode, "reply", ofServer, connectionLost), s_now, 0)!.Lost);

    [Theory]
    [InlineData(0, 0, 1, 60)] // S12: the first refusal counts, whatever woke the handler
    [InlineData(0, 1, 2, 60)] // a scheduled attempt
    [InlineData(30, 0, 1, 60)]
    public void S12_a_refusal_that_counts_waits_an_hour(int dueInMinutes, int refusals, int counted, int minutes)
    {
        Recipient after = RetryRules.After(Anna() with { DueAt = s_now.AddMinutes(dueInMinutes), NotAcceptedFailures = refusals }, Failure(SmtpFailureKind.NotAccepted), s_now, 0)!;

        Assert.Equal((counted, s_now.AddMinutes(minutes), false), (after.NotAcceptedFailures, after.DueAt, after.FlushTried));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void Rule_7_another_refusal_before_its_time_does_not_count_and_keeps_its_time(int refusals)
    {
        Recipient after = RetryRules.After(Anna() with { DueAt = s_now.AddMinutes(30), NotAcceptedFailures = refusals, Attempts = 1 }, Failure(SmtpFailureKind.NotAccepted), s_now, 0)!;

        Assert.Equal((refusals, s_now.AddMinutes(30), true, 2), (after.NotAcceptedFailures, after.DueAt, after.FlushTried, after.Attempts));
    }

    [Theory]
    [InlineData(true, -1, false)] // its time had come: the next flush may take it
    [InlineData(true, 30, true)]
    [InlineData(false, 30, false)]
    public void A_scheduled_attempt_opens_the_recipient_for_flushes_again(bool before, int dueInMinutes, bool after) =>
        Assert.Equal(after, RetryRules.After(Anna() with { FlushTried = before, DueAt = s_now.AddMinutes(dueInMinutes) }, Failure(SmtpFailureKind.Refused), s_now, 0)!.FlushTried);

    [Theory]
    [InlineData(0, 30, 60)] // S10, S11: an hour from the attempt
    [InlineData(1, 30, 30)] // a recipient that was refused keeps its time in a flush
    [InlineData(1, 0, 60)]
    public void A_failure_of_the_server_in_a_flush_does_not_put_off_a_refused_recipient(int refusals, int dueInMinutes, int minutes) =>
        Assert.Equal(s_now.AddMinutes(minutes), RetryRules.After(Anna() with { NotAcceptedFailures = refusals, DueAt = s_now.AddMinutes(dueInMinutes) }, Failure(SmtpFailureKind.Unreachable), s_now, 0)!.DueAt);

    [Fact]
    public void Rule_3_a_failure_of_the_server_holds_for_all_that_is_due_and_keeps_the_users_present_addresses()
    {
        Recipient first = Anna();
        Recipient again = Anna() with { User = "ben", Address = "ben@example.com", Attempts = 1 };
        var mail = new LoadedMail(new OutgoingMail(new Shard(0), "01JDEXAMPLE000000000000000", MailKind.Raised, "Eicar", null, s_now) { Recipients = [first, again] }, [first.Key, again.Key]);

        RecipientOutcome[] outcomes = [.. RetryRules.AfterServerFailure(
            [new DueRecipient(mail, first.Key), new DueRecipient(mail, again.Key)],
            Failure(SmtpFailureKind.Unreachable),
            s_now,
            3,
            new Dictionary<string, string>(StringComparer.Ordinal) { ["anna"] = "moved@example.com", ["ben"] = "moved-ben@example.com" })];

        Assert.Equal([first.Key, again.Key], outcomes.Select(outcome => outcome.Key));
        Assert.All(outcomes, outcome => Assert.Equal((mail, 1, s_now.AddHours(1), 3L), (outcome.Mail, outcome.After!.UnreachableFailures, outcome.After.DueAt, outcome.After.Flush)));

        // A first attempt goes to the address that the mail was composed for.
        Assert.Equal(["anna@example.com", "moved-ben@example.com"], outcomes.Select(outcome => outcome.After!.Address));
    }

    private static Recipient Anna() => new("anna", "anna@example.com", MailCulture.En, s_now);

    private static SmtpFailure Failure(SmtpFailureKind kind) => new(kind, SmtpReply.NoCode, "reply", OfServer: kind != SmtpFailureKind.NotAccepted, ConnectionLost: false);
}
