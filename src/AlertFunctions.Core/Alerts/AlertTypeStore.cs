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

    /// <summary>Maximum parallel registrations for one request with many new types.</summary>
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

    /// <summary>Until this time the types are not counted again, so that a sender of ever new type names costs one read per name and no more.</summary>
    private long _fullUntilTicks;

    /// <summary>One alert type, or null if it has no row.</summary>
    /// <param name="name">The type's name.</param>
    /// <param name="cancellationToken">Cancels the operation.</param>
    public async Task<AlertType?> FindAsync(string name, CancellationToken cancellationToken) =>
        await storage.AlertTypes.FindAsync(Partition, Keys.Part(name), cancellationToken) is { } row ? await ReadAsync(row, cancellationToken) : null;

    /// <summary>All alert types with a row, by name.</summary>
    /// <param name="cancellationToken">Cancels the operation.</param>
    public async Task<IReadOnlyList<AlertType>> ListAsync(CancellationToken cancellationToken)
    {
        IReadOnlyList<TableEntity> rows = await storage.AlertTypes.FirstAsync(AllTypes, int.MaxValue, cancellationToken);
        return (await reader.ReadAllAsync(storage.AlertTypes, rows, s_rows, cancellationToken)).OrderBy(type => type.Name, StringComparer.Ordinal).ToList();
    }

    /// <summary>Writes an alert type's settings.</summary>
    /// <param name="name">The type's name.</param>
    /// <param name="change">Returns the new settings, given the current ones or null; null leaves everything as it is.</param>
    /// <param name="cancellationToken">Cancels the operation.</param>
    /// <returns>The settings as written; null if nothing was, or if there are <see cref="MaximumTypes"/> types already.</returns>
    public async Task<AlertType?> PutAsync(string name, Func<AlertType?, AlertType?> change, CancellationToken cancellationToken)
    {
        for (int attempt = 0; attempt < 10; attempt++)
        {
            TableEntity? row = await storage.AlertTypes.FindAsync(Partition, Keys.Part(name), cancellationToken);

            // An unreadable row is replaced by what is written now.
            if (change(row is null ? null : await ReadAsync(row, cancellationToken)) is not { } changed)
            {
                return null;
            }

            if (row is null && await IsFullAsync(cancellationToken))
            {
                return null;
            }

            if (row is null ? await storage.AlertTypes.TryAddAsync(Write(changed), cancellationToken) : await storage.AlertTypes.TryReplaceAsync(Write(changed), row.ETag, cancellationToken))
            {
                _known[name] = new KnownType(time.GetUtcNow(), changed.Enabled);
                return changed;
            }
        }

        throw new StorageContentionException();
    }

    /// <summary>Deletes an alert type's settings, which restores the defaults.</summary>
    /// <param name="name">The type's name.</param>
    /// <param name="allowed">Whether those there are, null if they cannot be read, may be removed.</param>
    /// <param name="cancellationToken">Cancels the operation.</param>
    /// <returns>Whether there were settings that were removed.</returns>
    public async Task<bool> DeleteAsync(string name, Func<AlertType?, bool> allowed, CancellationToken cancellationToken)
    {
        _known.TryRemove(name, out _);
        Volatile.Write(ref _fullUntilTicks, 0);
        for (int attempt = 0; attempt < 10; attempt++)
        {
            if (await storage.AlertTypes.FindAsync(Partition, Keys.Part(name), cancellationToken) is not { } row
                || !allowed(await ReadAsync(row, cancellationToken)))
            {
                return false;
            }

            if (await storage.AlertTypes.TryDeleteAsync(row, cancellationToken))
            {
                return true;
            }
        }

        throw new StorageContentionException();
    }

    /// <summary>Adds and replaces the settings of many alert types, and removes others, which restores their defaults.</summary>
    /// <inheritdoc cref="RowSet{T}.ChangeAsync" path="/param"/>
    /// <inheritdoc cref="RowSet{T}.ChangeAsync" path="/returns"/>
    public async Task<RowSetChange?> ChangeAllAsync(Func<IReadOnlyList<AlertType>, IReadOnlyList<AlertType>?> decide, bool removesOthers, bool dryRun, CancellationToken cancellationToken)
    {
        var all = new RowSet<AlertType>(storage.AlertTypes, Partition, AllTypes, reader, s_rows, type => type.Name, (_, type) => Write(type));
        try
        {
            return await all.ChangeAsync(decide, removesOthers, dryRun, cancellationToken);
        }
        finally
        {
            // Also after a failure: a part may have been written.
            _known.Clear();
            Volatile.Write(ref _fullUntilTicks, 0);
        }
    }

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

        TableEntity?[] rows = await storage.AlertTypes.FindAllAsync(Partition, unseen.Select(type => Keys.Part(type.Name)).ToList(), cancellationToken);
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
            int free = now.UtcTicks < Volatile.Read(ref _fullUntilTicks) ? 0 : Math.Max(0, MaximumTypes - await CountAsync(cancellationToken));
            await StorageDeadline.RunAsync(time, RegistrationLimit, deadline => Parallel.ForEachAsync(
                missing.Take(free),
                new ParallelOptions { MaxDegreeOfParallelism = ParallelRegistrations, CancellationToken = deadline },
                async (type, token) => await storage.AlertTypes.TryAddAsync(Write(type), token)));

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

    /// <summary>Whether the maximum number of types is reached.</summary>
    public async Task<bool> IsFullAsync(CancellationToken cancellationToken) => await CountAsync(cancellationToken) >= MaximumTypes;

    private static string AllTypes => TableClient.CreateQueryFilter($"PartitionKey eq {Partition}");

    private async Task<int> CountAsync(CancellationToken cancellationToken) =>
        (await storage.AlertTypes.FirstAsync(AllTypes, MaximumTypes, cancellationToken, ["RowKey"])).Count;

    private Task<AlertType?> ReadAsync(TableEntity row, CancellationToken cancellationToken) => reader.ReadAsync(storage.AlertTypes, row, s_rows, cancellationToken);

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
