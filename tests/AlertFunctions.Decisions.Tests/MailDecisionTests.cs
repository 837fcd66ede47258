using AlertFunctions.Core.Alerts;
using AlertFunctions.Core.Mail.Compose;
using AlertFunctions.Core.Mail.Queue;
using AlertFunctions.Core.Mail.Smtp;
using AlertFunctions.Core.Outbox;
using AlertFunctions.Core.Settings;
using AlertFunctions.Core.Texts;
using AlertFunctions.Core.Users;

namespace AlertFunctions.Decisions.Tests;

/// <summary>Who gets which mail, when it is tried again and which pattern a failure is: decisions over values, without storage.</summary>
public sealed class MailDecisionTests
{
    private static readonly DateTimeOffset s_now = new(2026, 11, 24, 2, 0, 0, TimeSpan.Zero);
    private static readonly MailSettings s_settings = new() { Culture = MailCulture.Ja };

    [Fact]
    public void S2_addressees_have_the_switch_on_and_an_address_and_come_in_order_of_address()
    {
        User[] users =
        [
            new("c") { Email = "a@example.com", ReceiveAlertMail = true },
            new("b") { Email = "A@EXAMPLE.com", ReceiveAlertMail = true, Culture = MailCulture.En },
            new("d") { Email = "z@example.com" },
            new("e") { ReceiveAlertMail = true },
            new("f") { Email = "b@example.com", ReceiveAlertMail = true },
        ];

        IReadOnlyList<Addressee> addressees = Addressees.OfAlerts(users, s_settings with { AlertEmailAddress = "B@example.com" });

        Assert.Equal([new Addressee("b", "A@EXAMPLE.com", MailCulture.En), new Addressee("f", "b@example.com", MailCulture.Ja)], addressees);
        Assert.Equal([new Addressee(null, "ops@example.com", MailCulture.Ja)], Addressees.OfAlerts([], s_settings with { AlertEmailAddress = "ops@example.com" }));
        Assert.Empty(Addressees.OfAlerts([], s_settings));
    }

    [Theory]
    [InlineData(true, true)]
    [InlineData(true, false)]
    [InlineData(false, true)]
    [InlineData(false, false)]
    public void S1_each_switch_decides_about_its_own_transition(bool raised, bool cleared)
    {
        var type = new AlertType("Eicar") { MailWhenRaised = raised, MailWhenCleared = cleared };

        Assert.Equal((raised, cleared), (MailComposition.IsWanted(type, TransitionKind.Raise), MailComposition.IsWanted(type, TransitionKind.Clear)));
    }

    [Fact]
    public void Folding_adds_up_the_counts_keeps_the_oldest_row_and_its_first_100_computers()
    {
        OutboxRow[] rows = [.. Enumerable.Range(0, 60).Select(i => Row(i, 3))];

        OutboxRow folded = MailComposition.Fold(rows);

        Assert.Equal((180, 100, rows[0].Id, true), (folded.Count, folded.Computers.Count, folded.Id, folded.Folded));
        Assert.Equal(rows.SelectMany(row => row.Computers).Take(100), folded.Computers);
        Assert.False(MailComposition.Fold([rows[0]]).Folded);
    }

    [Theory]
    [InlineData(0, new int[0])]
    [InlineData(1, new[] { 1 })]
    [InlineData(50, new[] { 50 })]
    [InlineData(51, new[] { 50, 1 })]
    [InlineData(150, new[] { 50, 50, 50 })]
    public void Fifty_recipients_make_a_mail_and_the_rest_make_the_next(int count, int[] sizes)
    {
        Addressee[] addressees = [.. Enumerable.Range(0, count).Select(i => new Addressee($"u{i}", $"u{i:000}@example.com", MailCulture.Ja))];
        var mails = new List<OutgoingMail>();
        for (OutboxRow? row = Row(0, 2); row is not null;)
        {
            (OutgoingMail? mail, row) = MailComposition.Next([row], new AlertType("Eicar"), addressees, TimeZoneInfo.Utc, s_now);
            if (mail is not null)
            {
                mails.Add(mail);
            }
        }

        Assert.Equal(sizes, mails.Select(mail => mail.Recipients.Count));
        Assert.Equal(addressees.Select(addressee => addressee.Address), mails.SelectMany(mail => mail.Recipients.Select(recipient => recipient.Address)));
        Assert.Equal(mails.Select((_, index) => index == 0 ? $"{Row(0, 2).Id}" : $"{Row(0, 2).Id}.{index + 1}"), mails.Select(mail => mail.Id));
        Assert.All(mails.SelectMany(mail => mail.Recipients), recipient => Assert.Equal((s_now, 0), (recipient.DueAt, recipient.Attempts)));
    }

    [Theory]
    [InlineData(SmtpFailureKind.Unreachable)]
    [InlineData(SmtpFailureKind.Refused)]
    [InlineData(SmtpFailureKind.NotConfigured)]
    public void S10_S11_S14_the_server_s_failures_are_retried_every_hour_without_limit(SmtpFailureKind kind)
    {
        Recipient recipient = Anna();
        DateTimeOffset now = s_now;
        for (int attempt = 1; attempt <= 100; attempt++)
        {
            recipient = RetryRules.After(recipient, Failure(kind), now, 0)!;
            now = now.AddHours(1);
            Assert.Equal((attempt, now, null), (recipient.Attempts, recipient.DueAt, recipient.ResendsLeft));
        }

        Assert.Equal(0, recipient.NotAcceptedFailures);
        Assert.Equal((kind == SmtpFailureKind.Unreachable ? 100 : 0, kind == SmtpFailureKind.Refused ? 100 : 0), (recipient.UnreachableFailures, recipient.RefusedFailures));
    }

    [Fact]
    public void S12_pattern_3_leaves_two_re_sends_then_one_then_none_and_other_patterns_use_none_up()
    {
        Recipient first = RetryRules.After(Anna(), Failure(SmtpFailureKind.NotAccepted), s_now, 0)!;
        Recipient between = RetryRules.After(first, Failure(SmtpFailureKind.Unreachable), s_now.AddHours(1), 0)!;
        Recipient second = RetryRules.After(between, Failure(SmtpFailureKind.NotAccepted), s_now.AddHours(2), 0)!;

        Assert.Equal([2, 2, 1], new[] { first, between, second }.Select(recipient => recipient.ResendsLeft!.Value));
        Assert.Equal(s_now.AddHours(3), second.DueAt);
        Assert.Null(RetryRules.After(second, Failure(SmtpFailureKind.NotAccepted), s_now.AddHours(3), 0));
    }

    [Fact]
    public void S8_a_flush_uses_up_no_re_send_of_a_refused_recipient_and_tries_it_once_until_the_next_scheduled_attempt()
    {
        Recipient refused = RetryRules.After(Anna(), Failure(SmtpFailureKind.NotAccepted), s_now, 0)!;
        Assert.False(RetryRules.IsDue(refused, s_now.AddMinutes(1), 0));
        Assert.False(RetryRules.IsDue(refused, s_now.AddMinutes(1), 1)); // the flush that its own attempt started
        Assert.True(RetryRules.IsDue(refused, s_now.AddMinutes(1), 2));

        Recipient flushed = RetryRules.After(refused, Failure(SmtpFailureKind.NotAccepted), s_now.AddMinutes(1), 2)!;

        Assert.Equal((2, s_now.AddHours(1), true), (flushed.ResendsLeft, flushed.DueAt, flushed.FlushTried));
        Assert.False(RetryRules.IsDue(flushed, s_now.AddMinutes(2), 3));
        Recipient scheduled = RetryRules.After(flushed, Failure(SmtpFailureKind.NotAccepted), s_now.AddHours(1), 3)!;
        Assert.Equal((1, false), (scheduled.ResendsLeft, scheduled.FlushTried));
        Assert.True(RetryRules.IsDue(scheduled, s_now.AddHours(1).AddMinutes(1), 4));
    }

    [Theory]
    [InlineData(SmtpPhase.Resolve, null, 1)]
    [InlineData(SmtpPhase.Connect, null, 1)] // TCP connect timed out
    [InlineData(SmtpPhase.Greeting, null, 1)] // no greeting in time
    [InlineData(SmtpPhase.Greeting, 554, 2)]
    [InlineData(SmtpPhase.Greeting, -1, 2)]
    [InlineData(SmtpPhase.Hello, 550, 2)]
    [InlineData(SmtpPhase.Tls, 454, 2)]
    [InlineData(SmtpPhase.Tls, null, 2)]
    [InlineData(SmtpPhase.Authenticate, 535, 2)]
    [InlineData(SmtpPhase.Sender, 550, 2)]
    [InlineData(SmtpPhase.Sender, 552, 3)]
    [InlineData(SmtpPhase.Sender, null, 2)]
    [InlineData(SmtpPhase.Recipient, 450, 3)]
    [InlineData(SmtpPhase.Recipient, 550, 3)]
    [InlineData(SmtpPhase.Recipient, 421, 2)]
    [InlineData(SmtpPhase.Recipient, 530, 2)]
    [InlineData(SmtpPhase.Recipient, null, 2)]
    [InlineData(SmtpPhase.Data, 451, 2)]
    [InlineData(SmtpPhase.Data, 554, 3)]
    [InlineData(SmtpPhase.Body, 451, 2)]
    [InlineData(SmtpPhase.Body, 552, 3)]
    [InlineData(SmtpPhase.Body, null, 2)]
    public void A_failure_s_phase_and_code_decide_its_pattern(SmtpPhase phase, int? code, int pattern)
    {
        SmtpFailure failure = SmtpFailures.Classify(phase, code, code is null ? null : $"{code} text", new OperationCanceledException())!;

        Assert.Equal(pattern, (int)failure.Kind);
        Assert.Equal(code ?? -1, failure.Code);
        Assert.Equal(phase < SmtpPhase.Sender || (phase == SmtpPhase.Sender && code != 552), failure.OfServer);
        Assert.Equal(phase == SmtpPhase.Body && code is null, failure.OutcomeUnknown);
        Assert.Equal(code is null ? $"{phase}: no answer in time" : $"{code} text", failure.Reply);
    }

    private static OutboxRow Row(int number, int computers) => new(
        "Eicar",
        new Ulid(new byte[15].Append((byte)number).ToArray()),
        TransitionKind.Raise,
        computers,
        [.. Enumerable.Range(0, computers).Select(i => new AffectedComputer($"pc{number}-{i}", s_now, null, null))]);

    private static Recipient Anna() => new("anna", "anna@example.com", MailCulture.En, s_now);

    private static SmtpFailure Failure(SmtpFailureKind kind) => new(kind, -1, "reply", OfServer: kind != SmtpFailureKind.NotAccepted, ConnectionLost: false);
}
