using System.Net;
using AlertFunctions.Core.Mail.Compose;
using AlertFunctions.Core.Storage;
using AlertFunctions.Testing;
using Azure;

namespace AlertFunctions.Tests.Failures;

/// <summary>The mail of all alert types of a shard is composed together, and what one of them meets is no other's matter.</summary>
public sealed class SharedOutboxTests(AzuriteServer azurite) : FailureTests(azurite)
{
    private static readonly string[] s_types = [.. AlertTypesOfOneShard().Take(3)];

    [Fact]
    public async Task What_storage_refuses_of_one_type_stops_no_other_types_mail_and_comes_again()
    {
        await RaiseAllAsync();

        // The system events, then the mail of all, then that of the first alone.
        Testing.StorageFault refusal = Product.Storage.When(call => call.Label == "POST $batch").After(1).Times(2).Fail(HttpStatusCode.BadRequest, "PropertyValueTooLarge");
        RequestFailedException refused = await Assert.ThrowsAnyAsync<RequestFailedException>(() => Product.HandleAsync("outbox|4"));
        Assert.Equal("PropertyValueTooLarge", refused.ErrorCode);
        await refusal.Reached;
        Assert.Equal(2, Server.Accepted.Count);

        await Product.HandleAsync("outbox|4");
        Assert.Equal(3, Server.Accepted.Count);
        Assert.Equal(3, (await Product.SystemEventsAsync(190)).Count);
        await AssertNothingIsOwedAsync();
    }

    [Fact]
    public async Task What_one_type_meets_that_nobody_thought_of_stops_no_other_types_mail()
    {
        await RaiseAllAsync();
        int before = Product.Storage.Counter.Labels.Count(IsTransaction);
        Product.Storage.Counter.Surprise = _ => IsTransaction(Product.Storage.Counter.Labels[^1]) && Product.Storage.Counter.Labels.Count(IsTransaction) - before is 2 or 3 ? new NotImplementedException("Injected.") : null;
        await Assert.ThrowsAnyAsync<Exception>(() => Product.HandleAsync("outbox|4"));
        Assert.Equal(2, Server.Accepted.Count);

        static bool IsTransaction(string label) => label == "POST $batch";
    }

    [Fact]
    public async Task When_storage_fails_the_look_ends_and_no_type_is_tried_on_its_own()
    {
        await RaiseAllAsync();
        Product.Storage.ForgetCalls();
        Product.Storage.When(call => call.Label == "POST $batch").After(1).Fail();
        await Assert.ThrowsAnyAsync<RequestFailedException>(() => Product.HandleAsync("outbox|4"));
        int tries = Product.Storage.Count(call => call.Label == "POST $batch");

        Product.Storage.ForgetCalls();
        await Assert.ThrowsAnyAsync<RequestFailedException>(() => Product.HandleAsync("outbox|4"));
        Assert.Equal(tries - 1, Product.Storage.Count(call => call.Label == "POST $batch"));
        Product.Storage.Heal();
        await Product.HandleAsync("outbox|4");
        Assert.Equal(3, Server.Accepted.Count);
    }

    [Fact]
    public async Task A_handler_that_comes_while_another_composes_is_done_at_once_and_what_it_came_for_is_seen()
    {
        await Product.ReportAsync("web01", s_types[0]);
        Testing.StorageFault held = Product.Storage.When(call => call.Label == "GET Work()").Once().HoldResponse();
        Task first = Product.HandleAsync("outbox|4");
        await held.Reached.WaitAsync(Soon);
        await Product.ReportAsync("web01", s_types[1]);
        int calls = Product.Storage.Calls.Count;

        await Product.HandleAsync("outbox|4").WaitAsync(Soon);
        Assert.Equal(calls, Product.Storage.Calls.Count);
        await Product.Get<StorageClients>().OutgoingMail.ClearMessagesAsync();
        held.Release();
        await first.WaitAsync(Soon);
        Assert.Single(Server.Accepted);

        await Product.WorkOffQueueAsync();
        Assert.Equal(2, Server.Accepted.Count);
    }

    [Fact]
    public async Task More_than_a_page_of_types_is_composed_at_one_look_each_type_once()
    {
        string[] types = [.. AlertTypesOfOneShard().Take(130)];
        foreach (string[] some in types.Chunk(65))
        {
            await Product.PostEventsAsync(string.Concat("[", string.Join(',', some.Select(type => $$"""{"computer":"a","alert":"{{type}}"}""")), "]"));
            await Product.PostEventsAsync(string.Concat("[", string.Join(',', some.Select(type => $$"""{"computer":"b","alert":"{{type}}"}""")), "]"));
        }

        Composed? composed = await Product.Get<MailComposer>().ComposeAsync(Shard.Of(types[0]), CancellationToken.None);

        Assert.Null(composed!.Failure);
        Assert.True(composed.Any);
        await Product.SendAllDueAsync();
        Assert.Equal(130, Server.Accepted.Count);
        Assert.Equal(260, (await Product.SystemEventsAsync(190)).Count);
    }

    private async Task RaiseAllAsync()
    {
        foreach (string type in s_types)
        {
            await Product.ReportAsync("web01", type);
        }
    }
}
