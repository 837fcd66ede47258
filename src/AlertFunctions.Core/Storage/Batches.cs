namespace AlertFunctions.Core.Storage;

/// <summary>Splits work into batches small enough for one transaction or claim.</summary>
public static class Batches
{
    /// <summary>Splits the items, in order, into batches of at most <paramref name="maximum"/> weight. An item heavier than that gets a batch of its own.</summary>
    /// <param name="items">The items.</param>
    /// <param name="weight">The weight of an item.</param>
    /// <param name="maximum">The maximum weight of a batch.</param>
    public static IEnumerable<IReadOnlyList<T>> InBatches<T>(this IEnumerable<T> items, Func<T, int> weight, int maximum)
    {
        var batch = new List<T>();
        int sum = 0;
        foreach (T item in items)
        {
            int more = weight(item);
            if (batch.Count > 0 && sum + more > maximum)
            {
                yield return batch;
                batch = [];
                sum = 0;
            }

            batch.Add(item);
            sum += more;
        }

        if (batch.Count > 0)
        {
            yield return batch;
        }
    }
}
