using AlertFunctions.Faults.Stage;
using AlertFunctions.Testing;
using Azure;
using Azure.Data.Tables;

namespace AlertFunctions.Faults.Tests;

public sealed class StorageLinkTests(AzuriteServer azurite) : IAsyncLifetime
{
    private readonly string _name = AzuriteServer.NewNamePrefix();
    private StorageLink _link = null!;
    private TableClient _direct = null!;
    private TableClient _table = null!;

    public async ValueTask InitializeAsync()
    {
        _direct = new TableClient(await azurite.GetConnectionStringAsync(), _name);
        await _direct.CreateAsync();
        _link = await StorageLink.OpenAsync(azurite.Endpoints, seed: 1);
        _table = new TableClient(_link.ConnectionString, _name, new TableClientOptions { Retry = { MaxRetries = 0, NetworkTimeout = TimeSpan.FromSeconds(2) } });
    }

    public ValueTask DisposeAsync() => _link.DisposeAsync();

    [Fact]
    public async Task Without_trouble_storage_is_as_it_is()
    {
        await _table.AddEntityAsync(new TableEntity("p", "a") { ["Text"] = "アラート" });
        await _table.SubmitTransactionAsync([new(TableTransactionActionType.Add, new TableEntity("p", "b")), new(TableTransactionActionType.Add, new TableEntity("p", "c"))]);
        Assert.Equal("アラート", (await _table.GetEntityAsync<TableEntity>("p", "a")).Value.GetString("Text"));
        Assert.Equal(3, await CountAsync());
    }

    [Theory]
    [InlineData(nameof(StorageTrouble.Busy), 503, false)]
    [InlineData(nameof(StorageTrouble.Unauthorized), 401, false)]
    [InlineData(nameof(StorageTrouble.Silence), null, false)]
    [InlineData(nameof(StorageTrouble.Cut), null, false)]
    [InlineData(nameof(StorageTrouble.AppliedFailure), 500, true)]
    [InlineData(nameof(StorageTrouble.AppliedSilence), null, true)]
    [InlineData(nameof(StorageTrouble.AppliedCut), null, true)]
    public async Task A_request_that_meets_a_trouble_fails_and_was_applied_or_not(string trouble, int? status, bool applied)
    {
        await _link.TroubleAsync(Enum.Parse<StorageTrouble>(trouble), share: 1, async () =>
        {
            Exception failure = await Assert.ThrowsAnyAsync<Exception>(() => _table.AddEntityAsync(new TableEntity("p", "a")));
            Assert.Equal(status ?? 0, (failure as RequestFailedException)?.Status ?? 0);
        });
        Assert.Equal(applied ? 1 : 0, await CountAsync());
    }

    [Fact]
    public async Task A_row_whose_ETag_is_taken_to_be_old_is_refused_by_storage_itself()
    {
        Response added = await _table.AddEntityAsync(new TableEntity("p", "a"));
        ETag etag = added.Headers.ETag!.Value;
        var change = new TableEntity("p", "a") { ["Text"] = "changed" };
        await _link.TroubleAsync(StorageTrouble.Stale, share: 1, async () =>
        {
            Assert.Equal(412, (await Assert.ThrowsAsync<RequestFailedException>(() => _table.UpdateEntityAsync(change, etag))).Status);
            Assert.Equal(412, (await Assert.ThrowsAsync<TableTransactionFailedException>(() => _table.SubmitTransactionAsync([new(TableTransactionActionType.UpdateReplace, change, etag)]))).Status);
        });
        await _table.SubmitTransactionAsync([new(TableTransactionActionType.UpdateReplace, change, etag)]);
    }

    [Fact]
    public async Task A_closed_link_lets_nothing_through_until_it_is_opened()
    {
        await _link.CloseAsync();
        await Assert.ThrowsAnyAsync<Exception>(() => _table.AddEntityAsync(new TableEntity("p", "a")));
        Assert.Equal(0, await CountAsync());
        _link.Open();
        await _table.AddEntityAsync(new TableEntity("p", "a"));
    }

    private async Task<int> CountAsync() => await _direct.QueryAsync<TableEntity>().CountAsync();
}
