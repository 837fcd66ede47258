using AlertFunctions.Core.Storage;
using Azure.Data.Tables;

namespace AlertFunctions.Core.SystemEvents;

/// <summary>All rows of one kind, which stand in one partition and can be changed one by one and together.</summary>
/// <param name="table">Their table.</param>
/// <param name="partitionKey">Their partition.</param>
/// <param name="filter">Finds all of them.</param>
/// <param name="reader">Reads them.</param>
/// <param name="type">How each is read.</param>
/// <param name="keyOf">Makes the row key of a name.</param>
/// <param name="nameOf">What an item is called.</param>
/// <param name="write">Makes the row of an item.</param>
public sealed class RowSet<T>(TableClient table, string partitionKey, string filter, RowReader reader, RowType<T> type, Func<string, string> keyOf, Func<T, string> nameOf, Func<T, TableEntity> write)
    where T : class
{
    /// <summary>A conflict means that somebody else changed the same item, which people do now and then.</summary>
    private const int MaximumConflicts = 10;

    /// <summary>The most items that single changes lead to.</summary>
    public int Maximum { get; init; } = int.MaxValue;

    /// <summary>Makes the item that is written, of the one that is there, or null, and the one that is wanted. Without it, that is the wanted one.</summary>
    public Func<T?, T, T> Merge { get; init; } = (_, wanted) => wanted;

    /// <summary>Every item that can be read, by name.</summary>
    /// <param name="cancellationToken">Cancels the operation.</param>
    public async Task<IReadOnlyList<T>> ListAsync(CancellationToken cancellationToken)
    {
        IReadOnlyList<TableEntity> rows = await table.FirstAsync(filter, int.MaxValue, cancellationToken);
        return (await reader.ReadAllAsync(table, rows, type, cancellationToken)).OrderBy(nameOf, StringComparer.Ordinal).ToList();
    }

    /// <summary>How many there are, readable or not; at most <see cref="Maximum"/>.</summary>
    /// <param name="cancellationToken">Cancels the operation.</param>
    public async Task<int> CountAsync(CancellationToken cancellationToken) => (await table.FirstAsync(filter, Maximum, cancellationToken, ["RowKey"])).Count;

    /// <summary>One item, or null if there is none that can be read.</summary>
    /// <param name="name">The item's name.</param>
    /// <param name="cancellationToken">Cancels the operation.</param>
    public async Task<T?> FindAsync(string name, CancellationToken cancellationToken) => (await FindStoredAsync(name, cancellationToken))?.Item;

    /// <summary>Adds or replaces an item. One that cannot be read is replaced by what is written now.</summary>
    /// <param name="name">The item's name.</param>
    /// <param name="change">Makes the wanted item of the one that is there, or of null; null leaves everything as it is. Called again when somebody else was faster.</param>
    /// <param name="cancellationToken">Cancels the operation.</param>
    /// <returns>The item as written; null if nothing was, or if there are <see cref="Maximum"/> already.</returns>
    public async Task<T?> PutAsync(string name, Func<T?, T?> change, CancellationToken cancellationToken)
    {
        for (int attempt = 0; attempt < MaximumConflicts; attempt++)
        {
            Stored? stored = await FindStoredAsync(name, cancellationToken);
            if (change(stored?.Item) is not { } wanted || (stored is null && Maximum < int.MaxValue && await CountAsync(cancellationToken) == Maximum))
            {
                return null;
            }

            T changed = Merge(stored?.Item, wanted);
            if (stored is null ? await table.TryAddAsync(write(changed), cancellationToken) : await table.TryReplaceAsync(write(changed), stored.Row.ETag, cancellationToken))
            {
                return changed;
            }
        }

        throw new StorageContentionException();
    }

    /// <summary>Removes an item.</summary>
    /// <param name="name">The item's name.</param>
    /// <param name="allowed">Whether the one that is there, null if it cannot be read, may be removed.</param>
    /// <param name="cancellationToken">Cancels the operation.</param>
    /// <returns>Whether there was one that was removed.</returns>
    public async Task<bool> DeleteAsync(string name, Func<T?, bool> allowed, CancellationToken cancellationToken)
    {
        for (int attempt = 0; attempt < MaximumConflicts; attempt++)
        {
            if (await FindStoredAsync(name, cancellationToken) is not { } stored || !allowed(stored.Item))
            {
                return false;
            }

            if (await table.TryDeleteAsync(stored.Row, cancellationToken))
            {
                return true;
            }
        }

        throw new StorageContentionException();
    }

    /// <summary>
    /// Adds and replaces many items, and removes others. What fits in one transaction (100 rows, 3 MiB) is done as a whole or not at all. More is done in several, additions
    /// before removals; if the process dies between them, repeating the change does the rest.
    /// </summary>
    /// <param name="decide">Says what is wanted, given the items that are there, by name; null leaves everything as it is. Called again when somebody else was faster.</param>
    /// <param name="removesOthers">Whether what is not wanted is removed. A row that cannot be read is left alone: it may be readable elsewhere.</param>
    /// <param name="dryRun">Whether nothing is written.</param>
    /// <param name="cancellationToken">Cancels the operation.</param>
    /// <returns>What is different now from what was there at first; null when nothing was wanted.</returns>
    public async Task<RowSetChange?> ChangeAsync(Func<IReadOnlyList<T>, IReadOnlyList<T>?> decide, bool removesOthers, bool dryRun, CancellationToken cancellationToken)
    {
        IReadOnlyList<Stored>? before = null;
        for (int attempt = 0; attempt < MaximumConflicts; attempt++)
        {
            IReadOnlyList<Stored> now = await ReadAsync(cancellationToken);
            before ??= now;
            if (decide([.. now.Select(stored => stored.Item).OfType<T>().OrderBy(nameOf, StringComparer.Ordinal)]) is not { } wanted)
            {
                return null;
            }

            if (dryRun || await TryWriteAsync(StepsTo(wanted, now, removesOthers), cancellationToken))
            {
                // Seen from the beginning: also what a transaction did whose answer was lost, or one before another that conflicted.
                List<Step> steps = StepsTo(wanted, before, removesOthers);
                return new RowSetChange(
                    Names(steps, step => step.Before is null),
                    Names(steps, step => step is { Before: not null, After: not null }),
                    Names(steps, step => step.After is null),
                    wanted.Count - steps.Count(step => step.After is not null));
            }
        }

        throw new StorageContentionException();
    }

    /// <summary>
    /// Adds the items that are not there. What is there stays as it is, readable or not. More than fits in one transaction is added in several; if the process dies between
    /// them, repeating the call adds the rest.
    /// </summary>
    /// <param name="items">The items, each with a name of its own.</param>
    /// <param name="cancellationToken">Cancels the operation.</param>
    /// <returns>What is different now from what was there at first; null when it would lead to more than <see cref="Maximum"/>, and then nothing was added.</returns>
    public async Task<RowSetChange?> AddMissingAsync(IReadOnlyList<T> items, CancellationToken cancellationToken)
    {
        IReadOnlyList<Step> all = [.. items.Select(item => new Step(nameOf(item), Before: null, write(Merge(null, item))))];
        List<Step>? missingAtFirst = null;
        for (int attempt = 0; attempt < MaximumConflicts; attempt++)
        {
            HashSet<string> there = (await table.FirstAsync(filter, int.MaxValue, cancellationToken, ["RowKey"])).Select(row => row.RowKey).ToHashSet(StringComparer.Ordinal);
            List<Step> missing = [.. all.Where(step => !there.Contains(step.After!.RowKey))];
            missingAtFirst ??= missing;
            if (missing.Count > 0 && there.Count + missing.Count > Maximum)
            {
                return null;
            }

            if (await TryWriteAsync(missing, cancellationToken))
            {
                return new RowSetChange(Names(missingAtFirst, _ => true), [], [], items.Count - missingAtFirst.Count);
            }
        }

        throw new StorageContentionException();
    }

    private static List<string> Names(IEnumerable<Step> steps, Func<Step, bool> isWanted) => [.. steps.Where(isWanted).Select(step => step.Name).Order(StringComparer.Ordinal)];

    private static bool AreSame(TableEntity one, TableEntity other) => one.Count == other.Count && one.All(property => other.TryGetValue(property.Key, out object? value) && Equals(property.Value, value));

    private async Task<Stored?> FindStoredAsync(string name, CancellationToken cancellationToken) =>
        await table.FindAsync(partitionKey, keyOf(name), cancellationToken) is { } row ? new Stored(row, await reader.ReadAsync(table, row, type, cancellationToken)) : null;

    private async Task<IReadOnlyList<Stored>> ReadAsync(CancellationToken cancellationToken)
    {
        var all = new List<Stored>();
        foreach (TableEntity row in await table.FirstAsync(filter, int.MaxValue, cancellationToken))
        {
            all.Add(new Stored(row, await reader.ReadAsync(table, row, type, cancellationToken)));
        }

        return all;
    }

    /// <summary>The changes that lead from what is there to what is wanted, additions first. An unreadable row is replaced by what is written now.</summary>
    private List<Step> StepsTo(IReadOnlyList<T> wanted, IReadOnlyList<Stored> there, bool removesOthers)
    {
        Dictionary<string, Stored> left = there.ToDictionary(stored => stored.Row.RowKey, StringComparer.Ordinal);
        var steps = new List<Step>();
        foreach (T item in wanted)
        {
            TableEntity row = write(Merge(null, item));
            if (!left.Remove(row.RowKey, out Stored? stored))
            {
                steps.Add(new Step(nameOf(item), Before: null, row));
                continue;
            }

            row = write(Merge(stored.Item, item));
            if (stored.Item is not { } current || !AreSame(write(current), row))
            {
                steps.Add(new Step(nameOf(item), stored.Row, row));
            }
        }

        return removesOthers ? [.. steps, .. left.Values.Where(stored => stored.Item is not null).Select(stored => new Step(nameOf(stored.Item!), stored.Row, After: null))] : steps;
    }

    private async Task<bool> TryWriteAsync(IEnumerable<Step> steps, CancellationToken cancellationToken)
    {
        var transaction = new TableTransaction(table, partitionKey);
        foreach (Step step in steps)
        {
            if (!transaction.HasRoomFor(1, step.After is null ? 0 : TableTransaction.EstimateBytes(step.After)))
            {
                if (!(await transaction.SubmitAsync(cancellationToken)).Committed)
                {
                    return false;
                }

                transaction = new TableTransaction(table, partitionKey);
            }

            step.AddTo(transaction);
        }

        return transaction.Rows == 0 || (await transaction.SubmitAsync(cancellationToken)).Committed;
    }

    /// <summary>A row and its item; null when it cannot be read.</summary>
    private sealed record Stored(TableEntity Row, T? Item);

    /// <summary>The change of one row: an addition without a row before, a removal without one after.</summary>
    private sealed record Step(string Name, TableEntity? Before, TableEntity? After)
    {
        public void AddTo(TableTransaction transaction)
        {
            if (Before is null)
            {
                transaction.Add(After!);
            }
            else if (After is null)
            {
                transaction.Delete(Before.RowKey, Before.ETag);
            }
            else
            {
                transaction.Replace(After, Before.ETag);
            }
        }
    }
}

/// <summary>What a change of many items did, or would do.</summary>
/// <param name="Added">The names of the items that were not there.</param>
/// <param name="Changed">The names of those that were there and are different now.</param>
/// <param name="Removed">The names of those that are not there any more.</param>
/// <param name="Unchanged">How many of the wanted items were there already.</param>
public sealed record RowSetChange(IReadOnlyList<string> Added, IReadOnlyList<string> Changed, IReadOnlyList<string> Removed, int Unchanged);
