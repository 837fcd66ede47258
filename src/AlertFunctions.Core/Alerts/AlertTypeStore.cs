using System.Collections.Concurrent;
using AlertFunctions.Core.Storage;
using AlertFunctions.Core.SystemEvents;
using AlertFunctions.Core.Texts;
using Azure.Data.Tables;

namespace AlertFunctions.Core.Alerts;

/// <summary>Stores alert types: those with their own settings, and those named by an event.</summary>
public sealed class AlertTypeStore(StorageClients storage, RowReader reader, TimeProvider time)
{
    /// <summary>The maximum number of stored alert types. A sender that puts a number into its alert names cannot create more.</summary>
    public const int MaximumTypes = 1_000;

    private const string Partition = "type";

    /// <summary>Types of one request that are looked up one by one. More take one operation for all types there are.</summary>
    private const int MaximumPointReads = 10;

    /// <summary>Maximum parallel registrations of types that could not be registered together.</summary>
    private const int ParallelRegistrations = 16;

    /// <summary>Registrations have their own time limit instead of the request's token, so that a client that disconnects does not abort them.</summary>
    private static readonly TimeSpan RegistrationLimit = TimeSpan.FromSeconds(15);

    /// <summary>
    /// How long a type that was seen is not looked up again. This saves a read per event. For as long, other processes may still raise a type that was turned
    /// off, or not raise one that was turned on.
    /// </summary>
    private static readonly TimeSpan KnownFor = TimeSpan.FromMinutes(1);

    private static readonly RowType<AlertType> s_rows = new(Read);

    private readonly ConcurrentDictionary<string, KnownType> _known = new(StringComparer.Ordinal);

    /// <summary>
    /// Of the room that a count has found, the part that is taken without another count: the types are counted by reading all of them, and other processes
    /// take their parts of the same room.
    /// </summary>
    private const int PartOfRoom = 10;

    private readonly Lock _room = new();
    private DateTimeOffset _countedAt;
    private int _left;

    /// <summary>Until this time the types are not counted again, so that a sender of ever new type names costs one read per name and no more.</summary>
    private long _fullUntilTicks;

    private static string OfTypes { get; } = TableClient.CreateQueryFilter($"PartitionKey eq {Partition}");

    private RowSet<AlertType> Rows =>
        new(storage.AlertTypes, Partition, OfTypes, reader, s_rows, Keys.Part, type => type.Name, Write) { Maximum = MaximumTypes };

    /// <summary>One alert type, or null if it has no row.</summary>
    /// <inheritdoc cref="RowSet{T}.FindAsync" path="/param"/>
    public Task<AlertType?> FindAsync(string name, CancellationToken cancellationToken) => Rows.FindAsync(name, cancellationToken);

    /// <summary>All alert types with a row, by name.</summary>
    /// <param name="cancellationToken">Cancels the operation.</param>
    public Task<IReadOnlyList<AlertType>> ListAsync(CancellationToken cancellationToken) => Rows.ListAsync(cancellationToken);

    /// <summary>Writes an alert type's settings, unless there are <see cref="MaximumTypes"/> types.</summary>
    /// <inheritdoc cref="RowSet{T}.PutAsync" path="/param"/>
    /// <inheritdoc cref="RowSet{T}.PutAsync" path="/returns"/>
    public async Task<AlertType?> PutAsync(string name, Func<AlertType?, AlertType?> change, CancellationToken cancellationToken)
    {
        AlertType? written = await Rows.PutAsync(name, change, cancellationToken);
        if (written is not null)
        {
            _known[name] = new KnownType(time.GetUtcNow(), written.Enabled);
        }

        return written;
    }

    /// <summary>Deletes an alert type's settings, which restores the defaults.</summary>
    /// <inheritdoc cref="RowSet{T}.DeleteAsync" path="/param"/>
    /// <inheritdoc cref="RowSet{T}.DeleteAsync" path="/returns"/>
    public Task<bool> DeleteAsync(string name, Func<AlertType?, bool> allowed, CancellationToken cancellationToken)
    {
        _known.TryRemove(name, out _);
        Volatile.Write(ref _fullUntilTicks, 0);
        return Rows.DeleteAsync(name, allowed, cancellationToken);
    }

    /// <summary>Adds and replaces the settings of many alert types, and removes others, which restores their defaults.</summary>
    /// <inheritdoc cref="RowSet{T}.ChangeAsync" path="/param"/>
    /// <inheritdoc cref="RowSet{T}.ChangeAsync" path="/returns"/>
    public async Task<RowSetChange?> ChangeAllAsync(Func<IReadOnlyList<AlertType>, IReadOnlyList<AlertType>?> decide, bool removesOthers, bool dryRun, CancellationToken cancellationToken)
    {
        try
        {
            return await Rows.ChangeAsync(decide, removesOthers, dryRun, cancellationToken);
        }
        finally
        {
            // Also after a failure: a part may have been written.
            _known.Clear();
            Volatile.Write(ref _fullUntilTicks, 0);
        }
    }

    /// <summary>Registers the types that are not there; the settings of those that are stay.</summary>
    /// <inheritdoc cref="RowSet{T}.AddMissingAsync" path="/param"/>
    /// <inheritdoc cref="RowSet{T}.AddMissingAsync" path="/returns"/>
    public Task<RowSetChange?> AddMissingAsync(IReadOnlyList<AlertType> items, CancellationToken cancellationToken) => Rows.AddMissingAsync(items, cancellationToken);

    /// <summary>Registers the types of a request that are new, with the defaults of S1 and the event's severity.</summary>
    /// <param name="types">The types, without duplicates.</param>
    /// <param name="cancellationToken">Cancels the operation.</param>
    public async Task<RegisteredTypes> RegisterAsync(IReadOnlyList<AlertType> types, CancellationToken cancellationToken)
    {
        DateTimeOffset now = time.GetUtcNow();
        List<AlertType> unseen = types.Where(type => !_known.TryGetValue(type.Name, out KnownType? known) || now - known.Since > KnownFor).ToList();
        HashSet<string> off = types.Except(unseen).Select(type => type.Name).Where(name => _known.TryGetValue(name, out KnownType? known) && !known.Enabled).ToHashSet(StringComparer.Ordinal);
        var unregistered = new HashSet<string>(StringComparer.Ordinal);
        if (unseen.Count == 0)
        {
            return new RegisteredTypes(unregistered, off);
        }

        TableEntity?[] rows = await FindAllAsync(unseen.Select(type => Keys.Part(type.Name)).ToList(), cancellationToken);
        foreach (AlertType type in await reader.ReadAllAsync(storage.AlertTypes, rows.OfType<TableEntity>(), s_rows, cancellationToken))
        {
            if (!type.Enabled)
            {
                off.Add(type.Name);
            }
        }

        List<AlertType> missing = unseen.Where((_, index) => rows[index] is null).ToList();
        if (missing.Count > 0)
        {
            int free = await TakeRoomAsync(missing.Count, now, cancellationToken);
            await StorageDeadline.RunAsync(time, RegistrationLimit, async deadline =>
            {
                foreach (IReadOnlyList<AlertType> some in missing.Take(free).InBatches(_ => 1, TableTransaction.MaximumRows))
                {
                    await AddAsync(some, deadline);
                }
            });

            if (missing.Count > free)
            {
                Volatile.Write(ref _fullUntilTicks, (now + KnownFor).UtcTicks);
                unregistered.UnionWith(missing.Skip(free).Select(type => type.Name));
            }
        }

        foreach (AlertType type in unseen.Where(type => !unregistered.Contains(type.Name)))
        {
            _known[type.Name] = new KnownType(now, !off.Contains(type.Name));
        }

        return new RegisteredTypes(unregistered, off);
    }

    /// <summary>The rows with some keys: few one by one, many by reading all.</summary>
    private async Task<TableEntity?[]> FindAllAsync(List<string> keys, CancellationToken cancellationToken)
    {
        if (keys.Count <= MaximumPointReads)
        {
            return await storage.AlertTypes.FindAllAsync(Partition, keys, cancellationToken);
        }

        var all = new Dictionary<string, TableEntity>(StringComparer.Ordinal);
        await foreach (TableEntity row in storage.AlertTypes.AllAsync(OfTypes, cancellationToken: cancellationToken))
        {
            all[row.RowKey] = row;
        }

        return [.. keys.Select(key => all.GetValueOrDefault(key))];
    }

    /// <summary>Adds the rows of new types: together, or one by one where another request or process was faster with one of them.</summary>
    private async Task AddAsync(IReadOnlyList<AlertType> types, CancellationToken cancellationToken)
    {
        var transaction = new TableTransaction(storage.AlertTypes, Partition);
        foreach (AlertType type in types)
        {
            transaction.Add(Write(type));
        }

        if (!(await transaction.SubmitAsync(cancellationToken)).Committed && types.Count > 1)
        {
            await Parallel.ForEachAsync(
                types,
                new ParallelOptions { MaxDegreeOfParallelism = ParallelRegistrations, CancellationToken = cancellationToken },
                async (type, token) => await storage.AlertTypes.TryAddAsync(Write(type), token));
        }
    }

    /// <summary>Takes room for new types.</summary>
    /// <returns>For how many there is room.</returns>
    private async Task<int> TakeRoomAsync(int wanted, DateTimeOffset now, CancellationToken cancellationToken)
    {
        if (now.UtcTicks < Volatile.Read(ref _fullUntilTicks))
        {
            return 0;
        }

        lock (_room)
        {
            if (_left >= wanted && now - _countedAt <= KnownFor)
            {
                _left -= wanted;
                return wanted;
            }
        }

        int free = Math.Max(0, MaximumTypes - await Rows.CountAsync(cancellationToken));
        int taken = Math.Min(wanted, free);
        lock (_room)
        {
            _countedAt = now;
            _left = (free - taken) / PartOfRoom;
        }

        return taken;
    }

    /// <summary>Whether the maximum number of types is reached.</summary>
    public async Task<bool> IsFullAsync(CancellationToken cancellationToken) => await Rows.CountAsync(cancellationToken) >= MaximumTypes;

    private static TableEntity Write(AlertType type) => new(Partition, Keys.Part(type.Name))
    {
        ["Name"] = type.Name,
        ["Severity"] = type.Severity.ToString(),
        ["TitleJa"] = type.TitleJa,
        ["TitleEn"] = type.TitleEn,
        ["MailWhenRaised"] = type.MailWhenRaised,
        ["MailWhenCleared"] = type.MailWhenCleared,
        ["Enabled"] = type.Enabled,
    };

    private static AlertType Read(TableEntity row) => new(row.RequiredText("Name"))
    {
        Severity = row.RequiredEnum<Severity>("Severity"),
        TitleJa = row.RequiredText("TitleJa"),
        TitleEn = row.RequiredText("TitleEn"),
        MailWhenRaised = row.RequiredBoolean("MailWhenRaised"),
        MailWhenCleared = row.RequiredBoolean("MailWhenCleared"),
        Enabled = row["Enabled"] is null || row.RequiredBoolean("Enabled"), // rows of older versions have no such property
    };

    /// <summary>What this process knows of a type.</summary>
    /// <param name="Since">When it was looked up.</param>
    /// <param name="Enabled">Whether its events raise it.</param>
    private sealed record KnownType(DateTimeOffset Since, bool Enabled);
}

/// <summary>What became of the types of a request.</summary>
/// <param name="Unregistered">Those that there was no room for: they have the defaults, and the severity of their events.</param>
/// <param name="Off">Those whose events raise nothing.</param>
public sealed record RegisteredTypes(IReadOnlySet<string> Unregistered, IReadOnlySet<string> Off);
