namespace AlertFunctions.Core.Storage;

/// <summary>Cuts work into pieces that a transaction or a claim can hold.</summary>
public static class Batches
{
    /// <summary>The items in order, in batches of at most a weight; an item that is heavier is a batch of its own.</summary>
    /// <param name="items">The items.</param>
    /// <param name="weight">What an item weighs.</param>
    /// <param name="maximum">The most that a batch weighs.</param>
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
