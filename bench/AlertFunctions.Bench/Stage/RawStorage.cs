using AlertFunctions.Core.Storage;
using Azure.Data.Tables;

namespace AlertFunctions.Bench.Stage;

/// <summary>What the library alone can do with storage: the least that the work needs, without a rule.</summary>
internal sealed class RawStorage
{
    private readonly TableClient _table;

    private RawStorage(TableClient table) => _table = table;

    public static async Task<RawStorage> CreateAsync(TableServiceClient tables)
    {
        TableClient table = tables.GetTableClient("Raw" + Guid.NewGuid().ToString("N")[..8]);
        await table.CreateAsync();
        await table.AddEntityAsync(Row("0", "read"));
        return new RawStorage(table);
    }

    /// <summary>A point read and an insert, by all clients at once.</summary>
    public Task ReadAndInsertAsync(int times) => RunAsync(times, async number =>
    {
        await _table.GetEntityIfExistsAsync<TableEntity>("0", "read");
        await _table.AddEntityAsync(Row($"{number % Shard.Count}", NewKey()));
    });

    /// <summary>Some point reads and a transaction of a hundred rows, by all clients at once.</summary>
    public Task WriteBatchesAsync(int times, int reads) => RunAsync(times, async number =>
    {
        await Task.WhenAll(Enumerable.Range(0, reads).Select(_ => _table.GetEntityIfExistsAsync<TableEntity>("0", "read")));
        string partition = $"{number % Shard.Count}";
        await _table.SubmitTransactionAsync(Enumerable.Range(0, TableTransaction.MaximumRows).Select(_ => new TableTransactionAction(TableTransactionActionType.Add, Row(partition, NewKey()))));
    });

    private static Task RunAsync(int times, Func<int, Task> work) =>
        Parallel.ForAsync(0, times, new ParallelOptions { MaxDegreeOfParallelism = Scene.Clients }, async (number, _) => await work(number));

    private static TableEntity Row(string partition, string key) => new(partition, key) { ["Text"] = new string('x', 300), ["Time"] = DateTimeOffset.UtcNow, ["Operation"] = Guid.NewGuid() };

    private static string NewKey() => Guid.NewGuid().ToString("N");
}
