using System.Collections.Concurrent;
using AlertFunctions.Core.Storage;
using AlertFunctions.Core.SystemEvents;
using AlertFunctions.Core.Texts;
using Azure.Data.Tables;

namespace AlertFunctions.Core.Alerts;

/// <summary>The alert types that have settings of their own or were seen in an event.</summary>
public sealed class AlertTypeStore(StorageClients storage, RowReader reader, TimeProvider time)
{
    /// <summary>Alert types that have settings of their own; a sender that puts a number into its alert names makes no more of them.</summary>
    public const int MaximumTypes = 1_000;

    private const string Partition = "type";

    /// <summary>Registrations under way at once for one request that brings many new types.</summary>
    private const int ParallelRegistrations = 16;

    /// <summary>Registrations have a time limit of their own and no request's token: a client that goes away does not undo the work on them.</summary>
    private static readonly TimeSpan RegistrationLimit = TimeSpan.FromSeconds(15);

    /// <summary>
    /// How long a type once seen is not looked up again; it saves a read per event. So long may other processes go on raising a type that was turned off,
    /// or not raise one that was turned on.
    /// </summary>
    private static readonly TimeSpan KnownFor = TimeSpan.FromMinutes(1);

    private static readonly RowType<AlertType> s_rows = new(Read);

    private readonly ConcurrentDictionary<string, KnownType> _known = new(StringComparer.Ordinal);

    /// <summary>Until then the types are not counted again, so that a sender of ever new types costs a read each and no more.</summary>
    private long _fullUntilTicks;

    /// <summary>One alert type, or null when it has no row.</summary>
    /// <param name="name">The type's name.</param>
    /// <param name="cancellationToken">Cancels the operation.</param>
    public async Task<AlertType?> FindAsync(string name, CancellationToken cancellationToken) =>
        await storage.AlertTypes.FindAsync(Partition, Keys.Part(name), cancellationToken) is { } row ? await ReadAsync(row, cancellationToken) : null;

    /// <summary>Every alert type with a row, by name.</summary>
    /// <param name="cancellationToken">Cancels the operation.</param>
    public async Task<IReadOnlyList<AlertType>> ListAsync(CancellationToken cancellationToken)
    {
        IReadOnlyList<TableEntity> rows = await storage.AlertTypes.FirstAsync(TableClient.CreateQueryFilter($"PartitionKey eq {Partition}"), int.MaxValue, cancellationToken);
        return (await reader.ReadAllAsync(storage.AlertTypes, rows, s_rows, cancellationToken)).OrderBy(type => type.Name, StringComparer.Ordinal).ToList();
    }

    /// <summary>Writes an alert type's settings.</summary>
    /// <param name="name">The type's name.</param>
    /// <param name="change">Makes the new settings of those in force.</param>
    /// <param name="cancellationToken">Cancels the operation.</param>
    /// <returns>The settings now in force, or null when there are <see cref="MaximumTypes"/> already.</returns>
    public async Task<AlertType?> PutAsync(string name, Func<AlertType, AlertType> change, CancellationToken cancellationToken)
    {
        for (int attempt = 0; attempt < 10; attempt++)
        {
            TableEntity? row = await storage.AlertTypes.FindAsync(Partition, Keys.Part(name), cancellationToken);

            // A row that cannot be read is replaced by what is written now.
            AlertType changed = change((row is null ? null : await ReadAsync(row, cancellationToken)) ?? new AlertType(name));
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

    /// <summary>Removes an alert type's settings, so that it has the defaults again.</summary>
    /// <param name="name">The type's name.</param>
    /// <param name="cancellationToken">Cancels the operation.</param>
    public async Task DeleteAsync(string name, CancellationToken cancellationToken)
    {
        _known.TryRemove(name, out _);
        Volatile.Write(ref _fullUntilTicks, 0);
        if (await storage.AlertTypes.FindAsync(Partition, Keys.Part(name), cancellationToken) is { } row)
        {
            await storage.AlertTypes.TryDeleteAsync(row, cancellationToken);
        }
    }

    /// <summary>Registers the types of a request that were never seen, with the defaults of S1 and the event's severity.</summary>
    /// <param name="types">The types, each once.</param>
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

    /// <summary>Whether there are as many types as there may be.</summary>
    public async Task<bool> IsFullAsync(CancellationToken cancellationToken) => await CountAsync(cancellationToken) >= MaximumTypes;

    private async Task<int> CountAsync(CancellationToken cancellationToken) =>
        (await storage.AlertTypes.FirstAsync(TableClient.CreateQueryFilter($"PartitionKey eq {Partition}"), MaximumTypes, cancellationToken, ["RowKey"])).Count;

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
