using System.Net;
using AlertFunctions.Testing;
using Azure;
using Azure.Core;
using Azure.Data.Tables;
using Azure.Storage.Blobs;
using Azure.Storage.Blobs.Specialized;
using Azure.Storage.Queues;

namespace AlertFunctions.Tests.Infrastructure;

public sealed class StorageFaultsTests(AzuriteServer azurite) : IAsyncLifetime
{
    private readonly FakeClock _clock = new();
    private readonly string _prefix = AzuriteServer.NewNamePrefix();
    private StorageFaults _storage = null!;
    private TableClient _table = null!;
    private string _connectionString = null!;

    public async ValueTask InitializeAsync()
    {
        _connectionString = await azurite.GetConnectionStringAsync();
        _storage = new StorageFaults(_clock, _prefix);
        _table = new TableClient(_connectionString, _prefix + "Work", Quick(new TableClientOptions()));
        await _table.CreateAsync();
        _storage.ForgetCalls();
    }

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    [Fact]
    public async Task Every_call_is_recorded_and_a_transaction_is_one()
    {
        await _table.SubmitTransactionAsync([Add("a"), Add("b")]);
        await _table.AddEntityAsync(new TableEntity("p", "c"));
        await _table.GetEntityIfExistsAsync<TableEntity>("p", "none");
        await foreach (var _ in _table.QueryAsync<TableEntity>(row => row.PartitionKey == "p"))
        {
            // Only the call counts.
        }

        var queue = new QueueClient(_connectionString, _prefix + "-outgoing-mail",
            Quick(new QueueClientOptions(QueueClientOptions.ServiceVersion.V2026_06_06)));
        await queue.CreateAsync();
        var sent = await queue.SendMessageAsync("wake up");
        await queue.DeleteMessageAsync(sent.Value.MessageId, sent.Value.PopReceipt);
        var container = new BlobContainerClient(_connectionString, _prefix + "-smtp-slots", Quick(new BlobClientOptions(BlobClientOptions.ServiceVersion.V2026_06_06)));
        await container.CreateAsync();
        var blob = container.GetBlobClient("1");
        await blob.UploadAsync(BinaryData.Empty);
        await blob.GetBlobLeaseClient().AcquireAsync(TimeSpan.FromSeconds(60));

        Assert.Equal(
            [
                "POST $batch", "POST Work", "GET Work(...)", "GET Work()",
                "PUT outgoing-mail", "POST outgoing-mail/messages", "DELETE outgoing-mail/messages/(...)",
                "PUT smtp-slots", "PUT smtp-slots/1", "PUT smtp-slots/1 lease acquire",
            ],
            _storage.Calls.Select(call => call.Label));
        Assert.Equal([4, 3, 3], Enum.GetValues<StorageService>().Select(service => _storage.Count(call => call.Service == service)));
        Assert.Equal([202, 204, 404, 200], _storage.Calls.Take(4).Select(call => call.Status ?? 0));
    }

    [Fact]
    public async Task The_services_time_is_the_tests()
    {
        _clock.Advance(TimeSpan.FromDays(3));
        var response = await _table.AddEntityAsync(new TableEntity("p", "r"));
        Assert.Equal(FakeClock.Origin.AddDays(3), response.Headers.Date);
    }

    [Fact]
    public async Task A_process_that_dies_before_a_call_has_no_effect_and_is_not_retried()
    {
        _storage.Counter.StopBefore(_storage.Counter.Count + 2);
        await _table.AddEntityAsync(new TableEntity("p", "first"));
        await Assert.ThrowsAsync<ProcessKilledException>(() => _table.AddEntityAsync(new TableEntity("p", "second")));
        await Assert.ThrowsAsync<ProcessKilledException>(() => _table.GetEntityIfExistsAsync<TableEntity>("p", "first"));

        Assert.True(_storage.Counter.Killed);
        Assert.Equal(1, _storage.Count());
        Assert.Equal(["first"], await RowsAsync());
    }

    [Fact]
    public async Task A_process_that_dies_after_a_call_leaves_its_effect_and_is_not_retried()
    {
        _storage.Counter.StopAfter(_storage.Counter.Count + 1);
        await Assert.ThrowsAsync<ProcessKilledException>(() => _table.AddEntityAsync(new TableEntity("p", "first")));
        await Assert.ThrowsAsync<ProcessKilledException>(() => _table.AddEntityAsync(new TableEntity("p", "second")));

        Assert.Equal(1, _storage.Count());
        Assert.Equal(["first"], await RowsAsync());
    }

    [Fact]
    public async Task After_a_lost_answer_the_SDK_meets_its_own_work()
    {
        _storage.When(call => call.Label == "POST Work").Once().LoseResponse();
        var conflict = await Assert.ThrowsAsync<RequestFailedException>(() => _table.AddEntityAsync(new TableEntity("p", "r")));
        Assert.Equal(409, conflict.Status);
        Assert.Equal([null, 409], _storage.Calls.Select(call => call.Status));
    }

    [Fact]
    public async Task A_busy_service_is_tried_again()
    {
        _storage.When(call => call.Service == StorageService.Table).Times(2).Fail(HttpStatusCode.ServiceUnavailable);
        await _table.AddEntityAsync(new TableEntity("p", "r"));
        Assert.Equal([503, 503, 204], _storage.Calls.Select(call => call.Status ?? 0));
    }

    [Fact]
    public async Task An_unreachable_service_fails_until_it_heals()
    {
        _storage.When(_ => true).FailToConnect();
        await Assert.ThrowsAsync<AggregateException>(() => _table.AddEntityAsync(new TableEntity("p", "r")));
        _storage.Heal();
        await _table.AddEntityAsync(new TableEntity("p", "r"));
    }

    [Fact]
    public async Task A_fault_can_name_the_number_of_its_call()
    {
        _storage.AtCall(_storage.Counter.Count + 2).Fail(HttpStatusCode.Conflict, "EntityAlreadyExists");
        await _table.AddEntityAsync(new TableEntity("p", "a"));
        var conflict = await Assert.ThrowsAsync<RequestFailedException>(() => _table.AddEntityAsync(new TableEntity("p", "b")));
        Assert.Equal("EntityAlreadyExists", conflict.ErrorCode);
    }

    [Fact]
    public async Task The_SDK_reads_the_error_of_each_service()
    {
        _storage.When(_ => true).Fail(HttpStatusCode.Conflict, "SomethingElse");
        var queue = new QueueClient(_connectionString, _prefix + "-outgoing-mail", Quick(new QueueClientOptions(QueueClientOptions.ServiceVersion.V2026_06_06)));
        var container = new BlobContainerClient(_connectionString, _prefix + "-smtp-slots", Quick(new BlobClientOptions(BlobClientOptions.ServiceVersion.V2026_06_06)));
        foreach (Func<Task> call in (Func<Task>[])[() => _table.AddEntityAsync(new TableEntity("p", "r")), () => queue.SendMessageAsync("wake up"), () => container.CreateAsync()])
        {
            var error = await Assert.ThrowsAsync<RequestFailedException>(call);
            Assert.Equal((409, "SomethingElse"), (error.Status, error.ErrorCode));
            Assert.Contains("Injected.", error.Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task A_race_can_be_staged_by_holding_one_side()
    {
        await _table.AddEntityAsync(new TableEntity("p", "r"));
        TableEntity read = await _table.GetEntityAsync<TableEntity>("p", "r");
        var hold = _storage.When(call => call.Label == "PUT Work(...)").Once().Hold();
        var slow = _table.UpdateEntityAsync(read, read.ETag, TableUpdateMode.Replace);
        await hold.Reached;
        await _table.UpdateEntityAsync(read, read.ETag, TableUpdateMode.Replace);
        Assert.False(slow.IsCompleted);

        hold.Release();
        Assert.Equal(412, (await Assert.ThrowsAsync<RequestFailedException>(() => slow)).Status);
    }

    [Fact]
    public async Task An_answer_can_be_held_after_its_effect()
    {
        var hold = _storage.When(call => call.Label == "POST Work").HoldResponse();
        var adding = _table.AddEntityAsync(new TableEntity("p", "r"));
        await hold.Reached;
        Assert.Equal(["r"], await RowsAsync());
        Assert.False(adding.IsCompleted);

        hold.Release();
        await adding;
    }

    private static TableTransactionAction Add(string rowKey) => new(TableTransactionActionType.Add, new TableEntity("p", rowKey));

    private T Quick<T>(T options)
        where T : ClientOptions
    {
        options.Transport = _storage.Transport;
        options.Retry.Delay = TimeSpan.FromMilliseconds(1);
        return options;
    }

    /// <summary>What is really there, past every fault.</summary>
    private async Task<List<string>> RowsAsync()
    {
        var rows = new List<string>();
        await foreach (var row in new TableClient(_connectionString, _prefix + "Work").QueryAsync<TableEntity>())
        {
            rows.Add(row.RowKey);
        }

        return rows;
    }
}
