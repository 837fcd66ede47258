using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace AlertFunctions.Core.Storage;

/// <summary>One of the eight partitions that work is spread over. All rows of one alert type are in the same shard.</summary>
/// <param name="Number">0 to 7.</param>
public readonly record struct Shard(int Number)
{
    /// <summary>The number of shards. Must never change: existing rows would no longer be found.</summary>
    public const int Count = 8;

    /// <summary>The shard of all scheduled tasks and their runs, so that starting a run is one transaction.</summary>
    public static Shard OfScheduledTasks => new(0);

    /// <summary>All shards in order.</summary>
    public static IEnumerable<Shard> All => Enumerable.Range(0, Count).Select(number => new Shard(number));

    /// <summary>The partition key in table <c>Work</c>.</summary>
    public string Key => Number.ToString(CultureInfo.InvariantCulture);

    /// <summary>The shard of a name. Must never change, since stored rows are found by it.</summary>
    public static Shard Of(string name) => new(SHA256.HashData(Encoding.Unicode.GetBytes(name))[0] % Count);
}
