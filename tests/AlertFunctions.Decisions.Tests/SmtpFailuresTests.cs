using System.Net.Sockets;
using AlertFunctions.Core.Mail.Smtp;
using AlertFunctions.Core.Texts;

namespace AlertFunctions.Decisions.Tests;

/// <summary>Which failure is which pattern (S10, S11, S12), and what else follows from the phase, the reply and the exception.</summary>
public sealed class SmtpFailuresTests
{
    public static TheoryData<string, SmtpFailureKind> GreetingsThatNeverCame => new()
    {
        { "closed in good order", SmtpFailureKind.Refused },
        { "reset", SmtpFailureKind.Unreachable },
        { "reset, told by the stream", SmtpFailureKind.Unreachable },
        { "silence", SmtpFailureKind.Unreachable },
        { "the deadline", SmtpFailureKind.Unreachable },
    };

    [Theory]
    [MemberData(nameof(GreetingsThatNeverCame))]
    public void A_server_that_closes_before_its_greeting_refuses_and_one_that_is_silent_or_resets_is_not_reached(string how, SmtpFailureKind kind)
    {
        Exception exception = how switch
        {
            "closed in good order" => new IOException("The server has unexpectedly disconnected."),
            "reset" => new SocketException((int)SocketError.ConnectionReset),
            "reset, told by the stream" => new IOException("Unable to read.", new SocketException((int)SocketError.ConnectionReset)),
            "silence" => new TimeoutException(),
            _ => new OperationCanceledException(),
        };

        Assert.Equal(kind, SmtpFailures.Classify(SmtpPhase.Greeting, null, null, exception).Kind);
    }

    [Theory]
    [InlineData(SmtpFailureKind.Unreachable, "unreachable", 1)]
    [InlineData(SmtpFailureKind.Refused, "refused", 2)]
    [InlineData(SmtpFailureKind.NotAccepted, "not_accepted", 3)]
    [InlineData(SmtpFailureKind.NotConfigured, "not_configured", null)]
    [InlineData(SmtpFailureKind.Internal, "internal", null)]
    public void S10_S11_S12_a_kind_of_failure_has_its_pattern_and_the_name_that_telemetry_knows_it_by(SmtpFailureKind kind, string errorType, int? pattern) =>
        Assert.Equal((errorType, pattern), (kind.ErrorType(), kind.Pattern()));

    [Fact]
    public void Failures_of_the_product_itself_have_no_reply_and_only_a_missing_server_is_everybody_s()
    {
        Assert.Equal(new SmtpFailure(SmtpFailureKind.Internal, -1, "why", OfServer: false, ConnectionLost: false), SmtpFailure.Internal("why"));
        Assert.Equal(new SmtpFailure(SmtpFailureKind.NotConfigured, -1, "No SMTP server is configured.", OfServer: true, ConnectionLost: false), SmtpFailure.NotConfigured);
    }

    [Theory]
    [InlineData(SmtpPhase.Resolve, null, true)]
    [InlineData(SmtpPhase.Greeting, 554, true)]
    [InlineData(SmtpPhase.Hello, 550, true)]
    [InlineData(SmtpPhase.Authenticate, 535, true)]
    [InlineData(SmtpPhase.Sender, 550, false)]
    [InlineData(SmtpPhase.Sender, 399, true)] // no refusal: what failed came after it
    [InlineData(SmtpPhase.Sender, 400, false)]
    [InlineData(SmtpPhase.Recipient, 550, false)]
    [InlineData(SmtpPhase.Recipient, 421, true)]
    [InlineData(SmtpPhase.Recipient, -1, true)]
    [InlineData(SmtpPhase.Recipient, null, true)]
    [InlineData(SmtpPhase.Recipient, 250, true)]
    [InlineData(SmtpPhase.Body, 554, false)]
    [InlineData(SmtpPhase.Body, null, true)]
    public void A_connection_is_of_use_only_after_a_refusal_of_the_envelope(SmtpPhase phase, int? code, bool lost) => Assert.Equal(lost, Classify(phase, code).ConnectionLost);

    [Theory]
    [InlineData(SmtpPhase.Greeting, 250, 250)] // to a greeting, nothing but 220 is a yes
    [InlineData(SmtpPhase.Tls, 220, -1)]
    [InlineData(SmtpPhase.Hello, 250, -1)]
    [InlineData(SmtpPhase.Recipient, 250, -1)]
    [InlineData(SmtpPhase.Recipient, 400, 400)]
    [InlineData(SmtpPhase.Recipient, -1, -1)]
    public void A_positive_reply_is_no_reason(SmtpPhase phase, int code, int told)
    {
        SmtpFailure failure = Classify(phase, code);

        Assert.Equal(told, failure.Code);
        Assert.Equal(phase, failure.Phase);
        Assert.Equal(told == code ? $"{code} text" : $"{phase}: no answer in time", failure.Reply);
        Assert.Equal(told == code, failure.Reason is null);
    }

    [Fact]
    public void S11_a_recipient_that_was_accepted_is_not_refused_by_what_failed_after_it() => Assert.Equal(SmtpFailureKind.Refused, Classify(SmtpPhase.Recipient, 250).Kind);

    [Theory]
    [InlineData(SmtpPhase.Body, null, true)]
    [InlineData(SmtpPhase.Body, -1, true)]
    [InlineData(SmtpPhase.Body, 354, true)]
    [InlineData(SmtpPhase.Body, 451, false)]
    [InlineData(SmtpPhase.Transfer, null, false)]
    [InlineData(SmtpPhase.Data, -1, false)]
    public void An_outcome_is_unknown_when_the_body_was_sent_and_no_refusal_came(SmtpPhase phase, int? code, bool unknown) => Assert.Equal(unknown, Classify(phase, code).OutcomeUnknown);

    [Theory]
    [InlineData(SmtpPhase.Data, 499, SmtpFailureKind.Refused)]
    [InlineData(SmtpPhase.Data, 500, SmtpFailureKind.NotAccepted)]
    [InlineData(SmtpPhase.Transfer, 500, SmtpFailureKind.NotAccepted)]
    [InlineData(SmtpPhase.Transfer, 451, SmtpFailureKind.Refused)]
    [InlineData(SmtpPhase.Body, 530, SmtpFailureKind.Refused)]
    [InlineData(SmtpPhase.Hello, 552, SmtpFailureKind.Refused)]
    [InlineData(SmtpPhase.Sender, 421, SmtpFailureKind.Refused)]
    [InlineData(SmtpPhase.Connect, 550, SmtpFailureKind.Unreachable)]
    public void S12_what_refuses_the_mail_for_good_is_pattern_3(SmtpPhase phase, int code, SmtpFailureKind kind) => Assert.Equal(kind, Classify(phase, code).Kind);

    [Fact]
    public void The_first_line_of_an_exception_stands_in_for_a_reply_that_never_came()
    {
        SmtpFailure failure = SmtpFailures.Classify(SmtpPhase.Recipient, null, null, new IOException("Lost.\r\nMore."));

        Assert.Equal(("Recipient: Lost.", null), (failure.Reply, failure.Reason));
        Assert.Equal((SmtpFailureKind.Internal, SmtpReply.NoCode, "Cannot.", false, false), Parts(SmtpFailures.CannotBeSent(new InvalidOperationException("Cannot.\rBecause."))));
    }

    [Fact]
    public void A_reply_to_the_body_that_came_too_early_proves_nothing()
    {
        SmtpFailure failure = SmtpFailures.AnsweredEarly("250 ok");

        Assert.Equal((SmtpFailureKind.Refused, SmtpReply.NoCode, "Body: the server spoke out of turn: 250 ok", false, true), Parts(failure));
        Assert.True(failure.OutcomeUnknown);
    }

    [Fact]
    public void S14_without_a_server_the_attempt_is_nobody_s_but_the_server_s()
    {
        Assert.Equal((SmtpFailureKind.NotConfigured, SmtpReply.NoCode, "No SMTP server is configured.", true, false), Parts(SmtpFailure.NotConfigured));
        Assert.False(SmtpFailure.NotConfigured.OutcomeUnknown);
    }

    [Theory]
    [InlineData(399, false)]
    [InlineData(400, true)]
    [InlineData(499, true)]
    [InlineData(500, false)]
    [InlineData(-1, false)]
    public void A_refusal_for_now_is_a_4xx(int code, bool temporary) => Assert.Equal(temporary, Failure(code).IsTemporary);

    [Theory]
    [InlineData(SmtpPhase.Greeting, 421, true)]
    [InlineData(SmtpPhase.Hello, 450, true)]
    [InlineData(SmtpPhase.Greeting, 554, false)]
    [InlineData(SmtpPhase.Authenticate, 454, false)]
    [InlineData(SmtpPhase.Sender, 421, false)]
    public void Rule_3_a_connection_is_turned_away_by_a_4xx_to_its_greeting_or_EHLO(SmtpPhase phase, int code, bool turnedAway) => Assert.Equal(turnedAway, (Failure(code) with { Phase = phase }).TurnedAway);

    [Theory]
    [InlineData(-1, false, true, true)]
    [InlineData(421, false, true, true)]
    [InlineData(550, false, true, false)] // a server that refuses and hangs up has answered
    [InlineData(-1, true, true, false)]
    [InlineData(-1, false, false, false)]
    public void Rule_4_an_envelope_s_own_conversation_is_lost_when_the_connection_ends_without_an_answer(int code, bool ofServer, bool connectionLost, bool lost) =>
        Assert.Equal(lost, (Failure(code) with { OfServer = ofServer, ConnectionLost = connectionLost }).ConversationLost);

    [Fact]
    public void A_reader_gets_the_reason_in_the_reader_s_language_and_else_the_server_s_own_words()
    {
        SmtpFailure failure = Failure(-1) with { Reason = new FailureReason("理由", "reason") };

        Assert.Equal(("理由", "reason", "reply"), (failure.Text(MailCulture.Ja), failure.Text(MailCulture.En), Failure(550).Text(MailCulture.En)));
    }

    private static SmtpFailure Classify(SmtpPhase phase, int? code) => SmtpFailures.Classify(phase, code, code is null ? null : $"{code} text", new OperationCanceledException());

    private static SmtpFailure Failure(int code) => new(SmtpFailureKind.Refused, code, "reply", OfServer: false, ConnectionLost: false);

    private static (SmtpFailureKind, int, string, bool, bool) Parts(SmtpFailure failure) => (failure.Kind, failure.Code, failure.Reply, failure.OfServer, failure.ConnectionLost);
}
