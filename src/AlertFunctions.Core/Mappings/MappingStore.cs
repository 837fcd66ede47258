using AlertFunctions.Core.Storage;
using AlertFunctions.Core.SystemEvents;
using Azure.Data.Tables;

namespace AlertFunctions.Core.Mappings;

/// <summary>Stores mappings. Nothing of them is cached: a change is in force for the next request, in every process.</summary>
public sealed class MappingStore(StorageClients storage, RowReader reader)
{
    /// <summary>The maximum number of mappings.</summary>
    public const int MaximumMappings = 200;

    private const string Prefix = "mapping";

    private static readonly string s_partition = Shard.Of(Prefix).Key;

    private static readonly RowType<Mapping> s_rows = new(Read);

    private readonly RowSet<Mapping> _rows =
        new(storage.Work, s_partition, Tables.Range(s_partition, Prefix), reader, s_rows, RowKey, mapping => mapping.Name, Write) { Maximum = MaximumMappings };

    /// <summary>All mappings, by name.</summary>
    /// <param name="cancellationToken">Cancels the operation.</param>
    public Task<IReadOnlyList<Mapping>> ListAsync(CancellationToken cancellationToken) => _rows.ListAsync(cancellationToken);

    /// <summary>One mapping, or null.</summary>
    /// <inheritdoc cref="RowSet{T}.FindAsync" path="/param"/>
    public Task<Mapping?> FindAsync(string name, CancellationToken cancellationToken) => _rows.FindAsync(name, cancellationToken);

    /// <summary>Writes a mapping, unless there are <see cref="MaximumMappings"/>.</summary>
    /// <inheritdoc cref="RowSet{T}.PutAsync" path="/param"/>
    /// <inheritdoc cref="RowSet{T}.PutAsync" path="/returns"/>
    public Task<Mapping?> PutAsync(string name, Func<Mapping?, Mapping?> change, CancellationToken cancellationToken) => _rows.PutAsync(name, change, cancellationToken);

    /// <summary>Removes a mapping.</summary>
    /// <inheritdoc cref="RowSet{T}.DeleteAsync" path="/param"/>
    /// <inheritdoc cref="RowSet{T}.DeleteAsync" path="/returns"/>
    public Task<bool> DeleteAsync(string name, Func<Mapping?, bool> allowed, CancellationToken cancellationToken) => _rows.DeleteAsync(name, allowed, cancellationToken);

    /// <summary>Adds and replaces many mappings, and removes others.</summary>
    /// <inheritdoc cref="RowSet{T}.ChangeAsync" path="/param"/>
    /// <inheritdoc cref="RowSet{T}.ChangeAsync" path="/returns"/>
    public Task<RowSetChange?> ChangeAllAsync(Func<IReadOnlyList<Mapping>, IReadOnlyList<Mapping>?> decide, bool removesOthers, bool dryRun, CancellationToken cancellationToken) =>
        _rows.ChangeAsync(decide, removesOthers, dryRun, cancellationToken);

    private static string RowKey(string name) => $"{Prefix}{Keys.Separator}{Keys.Part(name)}";

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
