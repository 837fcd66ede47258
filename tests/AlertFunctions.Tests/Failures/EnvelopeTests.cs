using System.Text.Json.Nodes;
using AlertFunctions.Testing;
using Azure.Data.Tables;

namespace AlertFunctions.Tests.Failures;

/// <summary>What is the server's failure and what is one envelope's (rule 3, rule 4, rule 5), over one connection.</summary>
public sealed class EnvelopeTests(AzuriteServer azurite) : FailureTests(azurite)
{
    private static readonly string[] s_users = ["a", "b", "c", "d", "e"];

    [Fact]
    public async Task Rule_3_a_failing_server_is_dialled_once_and_recorded_once_for_all_mail_of_a_shard()
    {
        await AddUsersAsync();
        SmtpRule down = Server.On(SmtpStep.Sender).Reply("451 4.3.0 not now");
        string[] types = AlertTypesOfOneShard().Take(3).ToArray();
        foreach (string type in types)
        {
            await RaiseAloneAsync(alert: type);
        }

        Assert.Equal(types.Length, (await Product.SystemEventsAsync(569)).Count);
        int before = Server.Connections;

        await PassHourAsync();

        Assert.Equal(before + 1, Server.Connections);
        Assert.Equal(types.Length + 1, (await Product.SystemEventsAsync(569)).Count);
        List<JsonNode> owed = await OwedAsync();
        Assert.Equal(types.Length, owed.Count);
        Assert.All(owed, mail => Assert.Equal(Clock.GetUtcNow() + Hour, Time(mail["nextAttemptAt"])));
        Assert.All(await OwedRecipientsAsync(), recipient => Assert.Equal(2, recipient["attempts"]!.GetValue<int>()));
        down.Remove();
        await PassHourAsync();
        Assert.Equal(types.Length * (s_users.Length + 1), Server.Accepted.Count);
        Assert.Equal(before + 2, Server.Connections);
    }

    [Fact]
    public async Task Rule_3_more_failed_mail_than_a_page_takes_the_result_of_one_dial()
    {
        Server.StopListening();
        var volume = new Backlog(Installation);
        await volume.AddAsync(mails: 700, shards: 1, Clock.GetUtcNow());
        await PassAsync(TimeSpan.FromMinutes(1));

        Assert.Single(await Product.SystemEventsAsync(569));
        Assert.All(await RecipientsAsync(), recipient => Assert.Equal((1, Clock.GetUtcNow() + Hour), (recipient.UnreachableFailures, recipient.DueAt)));
        Server.StartListening();
        await PassHourAsync();
        Assert.Equal(700, Server.Accepted.Select(mail => mail.MessageId).Distinct().Count());
        Assert.Equal(700, Server.Accepted.Count);
        await AssertNothingIsOwedAsync();
    }

    [Theory]
    [InlineData(SmtpStep.Recipient)]
    [InlineData(SmtpStep.Data)]
    [InlineData(SmtpStep.Body)]
    public async Task Rule_4_a_mailbox_that_always_kills_the_connection_keeps_no_mail_from_the_others(SmtpStep step)
    {
        await AddUsersAsync();
        Server.On(step, "c@example.com").Close();

        await RaiseAloneAsync();

        Assert.Equal(["a@example.com", "b@example.com", "d@example.com", "e@example.com", "ops@example.com"], Server.Accepted.Select(mail => mail.Recipient).Order());
        JsonNode failure = Assert.Single(await Product.SystemEventsAsync(569));
        Assert.Equal("c", Data(failure, "user"));
        Assert.Equal(Refused(-1), Description(failure));
        JsonNode left = Assert.Single(await OwedRecipientsAsync());
        Assert.Equal(1, left["failures"]!["2"]!.GetValue<int>());
        Assert.True((await RecipientsAsync()).Single().Lost);
    }

    [Fact]
    public async Task Rule_4_who_lost_the_connection_goes_last()
    {
        await AddUsersAsync();
        SmtpRule busy = Server.On(SmtpStep.Recipient).Reply("450 4.2.1 busy");
        Server.On(SmtpStep.Recipient, "a@example.com").Close();
        await RaiseAloneAsync();
        Assert.Equal(6, (await RecipientsAsync()).Count);
        busy.Remove();
        int connections = Server.Connections;

        await PassHourAsync();

        // All others over one connection, before the one that breaks it.
        Assert.Equal(5, Server.Accepted.Count);
        Assert.Equal(connections + 1, Server.Connections);
        Assert.Equal("a", Assert.Single(await OwedRecipientsAsync())["user"]!.GetValue<string>());
    }

    [Fact]
    public async Task Rule_4_two_lost_connections_in_a_row_for_different_recipients_are_the_servers_failure()
    {
        await AddUsersAsync();
        Server.On(SmtpStep.Recipient).Close();

        await RaiseAloneAsync();

        Assert.Equal(2, Server.Connections);
        List<JsonNode> owed = await OwedRecipientsAsync();
        Assert.Equal(6, owed.Count);
        Assert.All(owed, recipient => Assert.Equal("""{"1":0,"2":1,"3":0}""", recipient["failures"]!.ToJsonString()));
        Assert.Equal(2, (await RecipientsAsync()).Count(recipient => recipient.Lost));

        // Two envelopes' own and the server's.
        Assert.All(await FailuresAsync(), failure => Assert.Equal(Refused(-1), failure));
        Assert.Equal(3, (await FailuresAsync()).Count);
        Server.ForgetScript();
        await PassHourAsync();
        Assert.Equal(6, Server.Accepted.Count);
        await AssertNothingIsOwedAsync();
    }

    [Fact]
    public async Task Rule_4_two_mailboxes_that_kill_the_connection_hold_the_others_up_for_an_hour_at_most()
    {
        await AddUsersAsync();
        Server.On(SmtpStep.Recipient, "a@example.com").Close();
        Server.On(SmtpStep.Recipient, "b@example.com").Close();
        await RaiseAloneAsync();
        await PassHourAsync();
        Assert.Equal(["c@example.com", "d@example.com", "e@example.com", "ops@example.com"], Server.Accepted.Select(mail => mail.Recipient).Order());
        Assert.Equal(["a", "b"], (await OwedRecipientsAsync()).Select(recipient => recipient["user"]!.GetValue<string>()).Order());
    }

    [Fact]
    public async Task Rule_4_a_server_that_refuses_and_hangs_up_has_refused_and_not_failed()
    {
        await AddUsersAsync();
        foreach (string user in s_users)
        {
            Server.On(SmtpStep.Recipient, $"{user}@example.com").ReplyAndClose("550 5.1.1 no such user");
        }

        await RaiseAloneAsync();

        Assert.Equal("ops@example.com", Assert.Single(Server.Accepted).Recipient);
        Assert.Equal(s_users.Select(user => NotAccepted(user, 2)), (await FailuresAsync()).Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task Rule_4_421_at_a_recipient_is_its_own_and_the_rest_goes_over_a_fresh_connection()
    {
        await AddUsersAsync();
        Server.On(SmtpStep.Recipient, "c@example.com").ReplyAndClose("421 4.7.0 too much for this one");
        await RaiseAloneAsync();
        Assert.Equal(5, Server.Accepted.Count);
        Assert.Equal([Refused(421)], await FailuresAsync());
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Rule_5_an_unknown_outcome_is_sent_again_under_the_same_Message_ID(bool accepted)
    {
        SmtpRule lost = Server.On(SmtpStep.Body).Once();
        _ = accepted ? lost.AcceptAndAbort() : lost.Close();
        await RaiseAloneAsync();

        JsonNode failure = Assert.Single(await Product.SystemEventsAsync(569));
        Assert.Equal("true", Data(failure, "outcomeUnknown"));
        await PassHourAsync();
        Assert.Equal(accepted ? 2 : 1, Server.Accepted.Count);
        Assert.All(Server.Accepted, mail => Assert.Equal(Data(failure, "messageId"), mail.MessageId));
        Assert.Equal(Data(failure, "messageId"), Data(Assert.Single(await Product.SystemEventsAsync(197)), "messageIds"));
        await AssertNothingIsOwedAsync();
    }

    [Fact]
    public async Task Rule_5_a_connection_lost_before_the_body_is_no_unknown_outcome()
    {
        Server.On(SmtpStep.Data).Once().Abort();
        await RaiseAloneAsync();
        Assert.Equal("false", Data(Assert.Single(await Product.SystemEventsAsync(569)), "outcomeUnknown"));
        await PassHourAsync();
        Assert.Single(Server.Accepted);
    }

    [Theory]
    [InlineData(null)]
    [InlineData("421 4.4.2 idle for too long")]
    public async Task A_connection_found_dead_between_two_envelopes_is_replaced_and_the_envelope_repeated(string? reply)
    {
        await AddUsersAsync();
        SmtpRule dead = Server.On(SmtpStep.Sender).When(session => session is { ConnectionNumber: 1, MessageNumber: 3 });
        _ = reply is null ? dead.Close() : dead.ReplyAndClose(reply);

        await RaiseAloneAsync();

        Assert.Equal(6, Server.Accepted.Count);
        Assert.Equal([1, 1, 2, 2, 2, 2], Server.Accepted.Select(mail => mail.ConnectionNumber));
        Assert.Empty(await FailuresAsync());
        await AssertNothingIsOwedAsync();
    }

    [Fact]
    public async Task An_envelope_is_repeated_only_once_and_then_the_server_has_failed()
    {
        await AddUsersAsync();
        Server.On(SmtpStep.Sender).When(session => session is { ConnectionNumber: 1, MessageNumber: 2 } or { ConnectionNumber: > 1 }).ReplyAndClose("421 4.3.2 closing");
        await RaiseAloneAsync();
        Assert.Single(Server.Accepted);
        Assert.Equal(2, Server.Connections);
        Assert.Equal([Refused(421)], await FailuresAsync());
        Assert.All(await OwedRecipientsAsync(), recipient => Assert.Equal(1, recipient["failures"]!["2"]!.GetValue<int>()));
    }

    [Fact]
    public async Task One_connection_carries_all_envelopes_of_a_message()
    {
        await AddUsersAsync();
        await RaiseAloneAsync();
        Assert.Equal(6, Server.Accepted.Count);
        Assert.Equal(1, Server.Connections);
        Assert.Equal(1, Server.CountOf("QUIT"));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_server_that_breaks_off_at_QUIT_turns_nothing_into_a_failure(bool abort)
    {
        SmtpRule rule = Server.On(SmtpStep.Quit);
        _ = abort ? rule.Abort() : rule.Close();
        await RaiseAloneAsync();
        Assert.Single(Server.Accepted);
        Assert.Empty(await FailuresAsync());
        await AssertNothingIsOwedAsync();
    }

    [Fact]
    public async Task S12_claims_on_refused_mail_are_given_back_at_once_however_many_mails_there_are()
    {
        Server.On(SmtpStep.Recipient).Reply("450 4.2.1 busy");
        await new Backlog(Installation).AddAsync(mails: 60, shards: 1, Clock.GetUtcNow());
        await PassAsync(TimeSpan.FromMinutes(1));

        List<Azure.Data.Tables.TableEntity> mails = (await Installation.RowsAsync("Work", "mail|")).Where(row => row.ContainsKey("Content")).ToList();
        Assert.Equal(60, mails.Count);
        Assert.All(mails, row => Assert.True(row.GetDateTimeOffset("ClaimedUntil") < Clock.GetUtcNow()));
    }

    private async Task AddUsersAsync()
    {
        foreach (string user in s_users)
        {
            await AddUserAsync(user);
        }
    }

    [Fact]
    public async Task Rule_2_a_mail_whose_row_was_damaged_is_a_199_and_the_others_go_on()
    {
        Product.Log.Expect(entry => entry.Level == Microsoft.Extensions.Logging.LogLevel.Error);
        Server.On(SmtpStep.Greeting).Once().Reply("421 4.3.2 not now");
        await RaiseAloneAsync("web01");
        TableEntity row = (await Installation.RowsAsync("Work", "mail|")).Single(row => row.ContainsKey("Content"));
        await Installation.Table("Work").UpdateEntityAsync(new TableEntity(row.PartitionKey, row.RowKey) { ["Content"] = "{" }, row.ETag, TableUpdateMode.Merge);
        await Installation.MakeAllMailDueAsync();

        await RaiseAloneAsync("web02");

        Assert.Contains("web02", Assert.Single(Server.Accepted).Message.TextBody!, StringComparison.Ordinal);
        Assert.Single(await Product.SystemEventsAsync(199));
        JsonNode waiting = Assert.Single(await OwedAsync());
        Assert.Equal(Clock.GetUtcNow().AddHours(1), Time(waiting["nextAttemptAt"]));
    }
}
