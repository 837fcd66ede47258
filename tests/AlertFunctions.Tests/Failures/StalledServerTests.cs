using System.Text.Json.Nodes;
using AlertFunctions.Testing;

namespace AlertFunctions.Tests.Failures;

/// <summary>A server that says nothing holds nobody up for longer than <c>Smtp__TimeoutSeconds</c>, at whatever step it falls silent; ten times that where it has a body to look at.</summary>
public sealed class StalledServerTests(AzuriteServer azurite) : FailureTests(azurite)
{
    // Longer than the test waits in real time, so that only the fake clock can end the wait; shorter than a slot lasts without renewal.
    private static readonly TimeSpan s_deadline = TimeSpan.FromSeconds(40);

    // Ten times the shortest Smtp__TimeoutSeconds.
    private static readonly TimeSpan s_bodyDeadline = TimeSpan.FromSeconds(50);

    [Theory]
    [InlineData(SmtpStep.Greeting, 1)]
    [InlineData(SmtpStep.Ehlo, 2)]
    [InlineData(SmtpStep.Authenticate, 2)]
    [InlineData(SmtpStep.Sender, 2)]
    [InlineData(SmtpStep.Recipient, 2)]
    [InlineData(SmtpStep.Data, 2)]
    [InlineData(SmtpStep.Body, 2)]
    public async Task A_server_that_falls_silent_ends_at_the_deadline(SmtpStep step, int pattern)
    {
        UseDeadlineFor(step);
        if (step == SmtpStep.Authenticate)
        {
            Installation.Settings["Smtp:Authentication"] = "Password";
            Installation.Settings["Smtp:UserName"] = "alerts";
            Installation.Settings["Smtp:Password"] = "password";
            Server.Capabilities = Server.Capabilities.Add("AUTH PLAIN");
        }

        SmtpRule stalls = Server.On(step).Stall();
        await (step == SmtpStep.Body ? EndsAtBodyDeadlineAsync(stalls) : EndsAtDeadlineAsync(stalls));

        JsonNode failure = Assert.Single(await Product.SystemEventsAsync(569));
        Assert.Equal($"{pattern}", Data(failure, "pattern"));
        Assert.Equal(pattern == 1 ? Unreachable : Refused(-1), Description(failure));
        Assert.EndsWith("no answer in time", Data(failure, "reply"), StringComparison.Ordinal);
        if (step >= SmtpStep.Recipient)
        {
            Assert.Equal(step == SmtpStep.Body ? "true" : "false", Data(failure, "outcomeUnknown"));
        }

        stalls.Remove();
        await PassHourAsync();
        Assert.Single(Server.Accepted);
    }

    [Fact]
    public async Task A_server_that_falls_silent_in_the_TLS_handshake_ends_at_the_deadline()
    {
        UseLongDeadline();
        Installation.Settings["Smtp:Security"] = "StartTls";
        Server.Capabilities = Server.Capabilities.Add("STARTTLS");
        await EndsAtDeadlineAsync(Server.On(SmtpStep.TlsHandshake).Stall());
        Assert.Equal([Refused(-1)], await FailuresAsync());
    }

    [Fact]
    public async Task A_server_that_falls_silent_at_RSET_has_refused_the_recipient_all_the_same()
    {
        UseLongDeadline();
        Server.On(SmtpStep.Recipient).Reply("550 5.1.1 no such user");
        await EndsAtDeadlineAsync(Server.On(SmtpStep.Reset).Stall());
        Assert.Equal([NotAccepted("ops@example.com", 2)], await FailuresAsync());
    }

    [Fact]
    public async Task A_server_that_accepted_and_never_said_so_is_an_unknown_outcome()
    {
        UseDeadlineFor(SmtpStep.Body);
        await EndsAtBodyDeadlineAsync(Server.On(SmtpStep.Body).Once().AcceptAndStall());
        await PassHourAsync();
        Assert.Equal(2, Server.Accepted.Count);
        Assert.Equal(Server.Accepted[0].MessageId, Server.Accepted[1].MessageId);
    }

    [Fact]
    public async Task A_server_that_takes_its_time_over_a_body_gets_it_once()
    {
        UseDeadlineFor(SmtpStep.Body);
        var scanned = new TaskCompletionSource();
        SmtpRule scans = Server.On(SmtpStep.Body).HoldUntil(scanned.Task);
        await Product.ReportAsync("web01");
        Task handling = Product.HandleAsync("compose|Eicar");
        await scans.Reached.WaitAsync(Soon);
        await Clock.WaitForPauseAsync(s_bodyDeadline);
        await Clock.PassWithSlotAsync(s_bodyDeadline - TimeSpan.FromSeconds(1));
        scanned.SetResult();
        await handling.WaitAsync(Soon);

        Assert.Single(Server.Accepted);
        Assert.Empty(await FailuresAsync());
        await AssertNothingIsOwedAsync();
    }

    [Fact]
    public async Task A_server_that_is_silent_at_QUIT_turns_nothing_into_a_failure()
    {
        UseLongDeadline();
        SmtpRule stalls = Server.On(SmtpStep.Quit).Stall();
        await Product.ReportAsync("web01");
        Task handling = Product.HandleAsync("compose|Eicar");
        await stalls.Reached.WaitAsync(Soon);
        Clock.Advance(TimeSpan.FromSeconds(3));
        await handling.WaitAsync(Soon);

        Assert.Single(Server.Accepted);
        Assert.Empty(await FailuresAsync());
        Assert.Single(await Product.SystemEventsAsync(197));
        await AssertNothingIsOwedAsync();
    }

    [Fact]
    public async Task What_was_accepted_is_recorded_while_the_server_takes_its_time_over_the_next()
    {
        UseLongDeadline();
        await AddUserAsync("a");
        SmtpRule stalls = Server.On(SmtpStep.Recipient).When(session => session.MessageNumber == 2).Stall();
        await Product.ReportAsync("web01");
        Task handling = Product.HandleAsync("compose|Eicar");
        await stalls.Reached.WaitAsync(Soon);
        Assert.Empty(await Product.SystemEventsAsync(197));
        int records = Product.Storage.Count(call => call.Label == "POST $batch");

        Clock.Advance(TimeSpan.FromSeconds(1));
        await Product.Storage.WaitUntilAsync(() => Product.Storage.Count(call => call is { Label: "POST $batch", Status: not null }) > records);
        Assert.Single(await Product.SystemEventsAsync(197));
        Assert.Single(await RecipientsAsync());
        Clock.Advance(s_deadline);
        await handling.WaitAsync(Soon);
        Assert.Single(await FailuresAsync());
    }

    [Fact]
    public async Task A_slow_server_keeps_a_handler_for_two_minutes_and_then_it_gives_back_what_it_has_not_attempted()
    {
        Installation.Settings["Smtp:TimeoutSeconds"] = "60";
        for (int i = 0; i < 5; i++)
        {
            await AddUserAsync($"user{i}");
        }

        await Product.ReportAsync("web01");
        ProductProcess other = Start();
        var held = new List<(SmtpRule Rule, TaskCompletionSource Released)>();
        for (int i = 1; i <= 3; i++)
        {
            int number = i;
            var released = new TaskCompletionSource();
            held.Add((Server.On(SmtpStep.Body).When(session => session is { ConnectionNumber: 1 } && session.MessageNumber == number).HoldUntil(released.Task), released));
        }

        int renewals = 0;
        Task handling = Product.HandleAsync("compose|Eicar");
        foreach ((SmtpRule rule, TaskCompletionSource released) in held)
        {
            await rule.Reached.WaitAsync(Soon);
            for (int i = 0; i < 2; i++)
            {
                // The slot is renewed meanwhile.
                Clock.Advance(TimeSpan.FromSeconds(20));
                renewals++;
                await Product.Storage.WaitForRenewalsAsync(renewals);
            }

            await other.SendAllDueAsync();
            released.SetResult();
        }

        await handling.WaitAsync(Soon);
        Assert.Equal(3, Server.Accepted.Count);

        // Others have the slot first: the wake-up for the rest is visible in five seconds.
        Assert.Contains(Product.Storage.Calls, call => call.Label == "POST outgoing-mail/messages" && call.Uri.Query.Contains("visibilitytimeout=5", StringComparison.Ordinal));
        await Product.SendAllDueAsync();
        Assert.Equal(6, Server.Accepted.Count);
        Assert.Equal(6, Server.Accepted.Select(mail => mail.Recipient).Distinct().Count());
        await AssertNothingIsOwedAsync();
    }

    private void UseDeadlineFor(SmtpStep step) => Installation.Settings["Smtp:TimeoutSeconds"] = step == SmtpStep.Body ? "5" : "40";

    private void UseLongDeadline() => Installation.Settings["Smtp:TimeoutSeconds"] = "40";

    private async Task EndsAtDeadlineAsync(SmtpRule stalls)
    {
        await Product.ReportAsync("web01");
        Task handling = Product.HandleAsync("compose|Eicar");
        await stalls.Reached.WaitAsync(Soon);
        Clock.Advance(s_deadline - TimeSpan.FromSeconds(1));
        Assert.False(handling.IsCompleted);
        Clock.Advance(TimeSpan.FromSeconds(2));
        await handling.WaitAsync(Soon);
    }

    /// <summary>The reply to the body may take ten times as long as any other.</summary>
    private async Task EndsAtBodyDeadlineAsync(SmtpRule stalls)
    {
        await Product.ReportAsync("web01");
        Task handling = Product.HandleAsync("compose|Eicar");
        await stalls.Reached.WaitAsync(Soon);
        await Clock.WaitForPauseAsync(s_bodyDeadline);
        await Clock.PassWithSlotAsync(s_bodyDeadline - TimeSpan.FromSeconds(1));
        Assert.False(handling.IsCompleted);
        Clock.Advance(TimeSpan.FromSeconds(2));
        await handling.WaitAsync(Soon);
    }
}
