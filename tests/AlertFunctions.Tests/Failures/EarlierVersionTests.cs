using System.Text.Json.Nodes;
using AlertFunctions.Core.Mail.Compose;
using AlertFunctions.Core.Mail.Queue;
using AlertFunctions.Core.Storage;
using AlertFunctions.Testing;
using Azure.Data.Tables;

namespace AlertFunctions.Tests.Failures;

/// <summary>The mail of an earlier version, which kept each recipient in a row of its own, goes out after an upgrade as if nothing had changed.</summary>
public sealed class EarlierVersionTests(AzuriteServer azurite) : FailureTests(azurite)
{
    [Fact]
    public async Task S10_its_recipients_keep_their_counters_their_hour_and_their_message_ids()
    {
        await AddUserAsync("anna");
        Server.StopListening();
        await RaiseAsync();
        OutgoingMail mail = await StoreAsEarlierAsync();
        string[] messageIds = [.. mail.Recipients.Select(recipient => Product.Get<MailRenderer>().MessageId(mail, recipient)).Order(StringComparer.Ordinal)];

        await PassHourAsync();

        List<JsonNode> owed = await OwedRecipientsAsync();
        Assert.Equal(["anna@example.com", "ops@example.com"], owed.Select(recipient => recipient["address"]!.GetValue<string>()));
        Assert.All(owed, recipient => Assert.Equal("""{"1":2,"2":0,"3":0}""", recipient["failures"]!.ToJsonString()));
        Assert.Single(await Installation.RowsAsync("Work", "mail|"));
        Server.StartListening();
        await PassHourAsync();
        Assert.Equal(messageIds, Server.Accepted.Select(accepted => accepted.MessageId).Order(StringComparer.Ordinal));
        await AssertNothingIsOwedAsync();
    }

    [Fact]
    public async Task What_a_handler_of_the_earlier_version_is_sending_is_left_to_it()
    {
        Server.StopListening();
        await RaiseAsync();
        await StoreAsEarlierAsync(claimedUntil: Clock.GetUtcNow().AddHours(2));
        Server.StartListening();

        await PassHourAsync();

        Assert.Empty(Server.Accepted);
        Assert.Equal(2, (await Installation.RowsAsync("Work", "mail|")).Count);
        Clock.Advance(TimeSpan.FromHours(1));
        await PassHourAsync();
        Assert.Single(Server.Accepted);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Rule_2_without_a_recipient_that_can_be_read_it_is_recorded_once_and_kept(bool isThere)
    {
        Server.StopListening();
        await RaiseAsync();
        await StoreAsEarlierAsync();
        TableEntity recipient = (await Installation.RowsAsync("Work", "mail|")).Single(RecipientRows.IsOne);
        TableClient work = Installation.Table("Work");
        await (isThere
            ? work.UpdateEntityAsync(new TableEntity(recipient.PartitionKey, recipient.RowKey) { ["Culture"] = "xx" }, recipient.ETag, TableUpdateMode.Merge)
            : work.DeleteEntityAsync(recipient.PartitionKey, recipient.RowKey, recipient.ETag));
        Server.StartListening();

        await PassHourAsync();
        await PassAsync(TimeSpan.FromMinutes(5));

        Assert.Empty(Server.Accepted);
        Assert.Equal(isThere ? 2 : 1, (await Product.SystemEventsAsync(199)).Count);
        await work.UpsertEntityAsync(recipient, TableUpdateMode.Replace);
        await PassHourAsync();
        Assert.Single(Server.Accepted);
        await AssertNothingIsOwedAsync();
    }

    /// <summary>Stores the only mail as the earlier version did.</summary>
    private async Task<OutgoingMail> StoreAsEarlierAsync(DateTimeOffset? claimedUntil = null)
    {
        TableEntity row = Assert.Single(await Installation.RowsAsync("Work", "mail|"));
        OutgoingMail mail = OutgoingMail.FromRow(row);
        row.Remove("To");
        row.Remove("Tried");
        row.Remove("ClaimSlot"); // or whoever holds the lease of that slot would have to be asked
        row["ClaimedUntil"] = claimedUntil ?? StorageTime.Minimum;
        TableClient work = Installation.Table("Work");
        await work.UpdateEntityAsync(row, row.ETag, TableUpdateMode.Replace);
        foreach (Recipient recipient in mail.Recipients)
        {
            await work.AddEntityAsync(new TableEntity(row.PartitionKey, $"{row.RowKey}|{recipient.Key}")
            {
                ["MailId"] = mail.Id,
                ["User"] = recipient.User,
                ["Address"] = recipient.Address,
                ["Culture"] = recipient.Culture.ToString(),
                ["DueAt"] = recipient.DueAt,
                ["Attempts"] = recipient.Attempts,
                ["UnreachableFailures"] = recipient.UnreachableFailures,
                ["RefusedFailures"] = recipient.RefusedFailures,
                ["NotAcceptedFailures"] = recipient.NotAcceptedFailures,
                ["LastFailure"] = recipient.LastFailure?.ToString(),
                ["Flush"] = recipient.Flush,
                ["FlushTried"] = recipient.FlushTried,
                ["Lost"] = recipient.Lost,
                ["LastAttemptAt"] = recipient.LastAttemptAt,
                ["LastReply"] = recipient.LastReply,
            });
        }

        return mail;
    }
}
