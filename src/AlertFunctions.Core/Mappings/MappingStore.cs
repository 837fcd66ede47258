using AlertFunctions.Core.Storage;
using AlertFunctions.Core.SystemEvents;
using Azure.Data.Tables;

namespace AlertFunctions.Core.Mappings;

/// <summary>Stores mappings. Nothing of them is cached: a change is in force for the next request, in every process.</summary>
public sealed class MappingStore(StorageClients storage, RowReader reader)
{
    /// <summary>The maximum number of mappings.</summary>
    public const int MaximumMappings = 200;

    private const int MaximumConflicts = 10;

    private const string Prefix = "mapping";

    private static readonly string s_partition = Shard.Of(Prefix).Key;

    private static readonly RowType<Mapping> s_rows = new(Read);

    /// <summary>All mappings, by name.</summary>
    /// <param name="cancellationToken">Cancels the operation.</param>
    public async Task<IReadOnlyList<Mapping>> ListAsync(CancellationToken cancellationToken)
    {
        IReadOnlyList<TableEntity> rows = await storage.Work.FirstAsync(AllMappings, int.MaxValue, cancellationToken);
        return (await reader.ReadAllAsync(storage.Work, rows, s_rows, cancellationToken)).OrderBy(mapping => mapping.Name, StringComparer.Ordinal).ToList();
    }

    /// <summary>One mapping, or null.</summary>
    /// <param name="name">The mapping's name.</param>
    /// <param name="cancellationToken">Cancels the operation.</param>
    public async Task<Mapping?> FindAsync(string name, CancellationToken cancellationToken) =>
        await FindRowAsync(name, cancellationToken) is { } row ? await ReadAsync(row, cancellationToken) : null;

    /// <summary>Writes a mapping.</summary>
    /// <param name="name">The mapping's name.</param>
    /// <param name="change">Makes the new mapping of the one there is, or of null; null leaves everything as it is.</param>
    /// <param name="cancellationToken">Cancels the operation.</param>
    /// <returns>The mapping as written; null if nothing was, or if there are <see cref="MaximumMappings"/> mappings already.</returns>
    public async Task<Mapping?> PutAsync(string name, Func<Mapping?, Mapping?> change, CancellationToken cancellationToken)
    {
        for (int attempt = 0; attempt < MaximumConflicts; attempt++)
        {
            TableEntity? row = await FindRowAsync(name, cancellationToken);

            // A row that cannot be read is replaced by what is written now.
            if (change(row is null ? null : await ReadAsync(row, cancellationToken)) is not { } changed)
            {
                return null;
            }

            if (row is null && (await storage.Work.FirstAsync(AllMappings, MaximumMappings, cancellationToken, ["RowKey"])).Count == MaximumMappings)
            {
                return null;
            }

            if (row is null ? await storage.Work.TryAddAsync(Write(changed), cancellationToken) : await storage.Work.TryReplaceAsync(Write(changed), row.ETag, cancellationToken))
            {
                return changed;
            }
        }

        throw new StorageContentionException();
    }

    /// <summary>Removes a mapping.</summary>
    /// <param name="name">The mapping's name.</param>
    /// <param name="allowed">Whether the one there is, null if it cannot be read, may be removed.</param>
    /// <param name="cancellationToken">Cancels the operation.</param>
    /// <returns>Whether there was one that was removed.</returns>
    public async Task<bool> DeleteAsync(string name, Func<Mapping?, bool> allowed, CancellationToken cancellationToken)
    {
        for (int attempt = 0; attempt < MaximumConflicts; attempt++)
        {
            if (await FindRowAsync(name, cancellationToken) is not { } row || !allowed(await ReadAsync(row, cancellationToken)))
            {
                return false;
            }

            if (await storage.Work.TryDeleteAsync(row, cancellationToken))
            {
                return true;
            }
        }

        throw new StorageContentionException();
    }

    /// <summary>Adds and replaces many mappings, and removes others.</summary>
    /// <inheritdoc cref="RowSet{T}.ChangeAsync" path="/param"/>
    /// <inheritdoc cref="RowSet{T}.ChangeAsync" path="/returns"/>
    public Task<RowSetChange?> ChangeAllAsync(Func<IReadOnlyList<Mapping>, IReadOnlyList<Mapping>?> decide, bool removesOthers, bool dryRun, CancellationToken cancellationToken) =>
        new RowSet<Mapping>(storage.Work, s_partition, AllMappings, reader, s_rows, mapping => mapping.Name, (_, mapping) => Write(mapping)).ChangeAsync(decide, removesOthers, dryRun, cancellationToken);

    private static string AllMappings => Tables.Range(s_partition, Prefix);

    private static string RowKey(string name) => $"{Prefix}{Keys.Separator}{Keys.Part(name)}";

    private Task<TableEntity?> FindRowAsync(string name, CancellationToken cancellationToken) => storage.Work.FindAsync(s_partition, RowKey(name), cancellationToken);

    private Task<Mapping?> ReadAsync(TableEntity row, CancellationToken cancellationToken) => reader.ReadAsync(storage.Work, row, s_rows, cancellationToken);

    private static TableEntity Write(Mapping mapping)
    {
        var row = new TableEntity(s_partition, RowKey(mapping.Name)) { ["Name"] = mapping.Name, ["Computer"] = mapping.Computer, ["Alert"] = mapping.Alert };
        row.SetOptionalText("Items", mapping.Items);
        row.SetOptionalText("State", mapping.State);
        row.SetOptionalText("Id", mapping.Id);
        row.SetOptionalText("Time", mapping.Time);
        row.SetOptionalText("Severity", mapping.Severity);
        row.SetOptionalText("Message", mapping.Message);
        return row;
    }

    private static Mapping Read(TableEntity row) => new(row.RequiredText("Name"))
    {
        Items = row.GetString("Items"),
        Computer = row.RequiredText("Computer"),
        Alert = row.RequiredText("Alert"),
        State = row.GetString("State"),
        Id = row.GetString("Id"),
        Time = row.GetString("Time"),
        Severity = row.GetString("Severity"),
        Message = row.GetString("Message"),
    };
}
