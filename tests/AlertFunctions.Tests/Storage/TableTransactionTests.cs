using AlertFunctions.Core.Storage;
using AlertFunctions.Testing;
using Azure.Data.Tables;

namespace AlertFunctions.Tests.Storage;

/// <summary>Changes of several rows at once.</summary>
public sealed class TableTransactionTests(AzuriteServer azurite) : ProductTest(azurite)
{
    [Theory]
    [InlineData("A", 1)]
    [InlineData("B", 2)]
    [InlineData("C", 3)]
    public async Task A_conflict_names_its_first_row_and_changes_nothing(string existing, int number)
    {
        Assert.True((await AddAsync(existing)).Committed);

        TransactionResult result = await AddAsync("A", "B", "C");

        Assert.Equal((false, number - 1), (result.Committed, result.FailedRow));
        Assert.Equal([existing], (await Installation.RowsAsync("Work")).Select(row => row.RowKey));
    }

    [Fact]
    public async Task A_single_row_is_added_without_an_envelope_and_its_conflict_told_the_same_way()
    {
        TransactionResult first = await AddAsync("A");
        TransactionResult second = await AddAsync("A");

        Assert.Equal(["POST Work", "POST Work"], Product.Storage.Calls.Select(call => call.Label));
        Assert.Equal(Assert.Single(await Installation.RowsAsync("Work")).ETag, Assert.Single(first.ETags!));
        Assert.Equal((false, 0), (second.Committed, second.FailedRow));
    }

    private Task<TransactionResult> AddAsync(params string[] keys)
    {
        var transaction = new TableTransaction(Product.Get<StorageClients>().Work, "0");
        foreach (string key in keys)
        {
            transaction.Add(new TableEntity("0", key));
        }

        return transaction.SubmitAsync(CancellationToken.None);
    }
}
