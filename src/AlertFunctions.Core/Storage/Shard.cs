using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace AlertFunctions.Core.Storage;

/// <summary>One of the eight partitions that the work is spread over; one alert type is always in the same.</summary>
/// <param name="Number">0 to 7.</param>
public readonly record struct Shard(int Number)
{
    /// <summary>How many shards there are. A change would hide what is stored.</summary>
    public const int Count = 8;

    /// <summary>All scheduled tasks and their runs, whatever their names: starting a run is one transaction.</summary>
    public static Shard OfScheduledTasks => new(0);

    /// <summary>All shards in order.</summary>
    public static IEnumerable<Shard> All => Enumerable.Range(0, Count).Select(number => new Shard(number));

    /// <summary>The partition key in table <c>Work</c>.</summary>
    public string Key => Number.ToString(CultureInfo.InvariantCulture);

    /// <summary>The shard of a name; the same for ever, since rows are found by it.</summary>
    public static Shard Of(string name) => new(SHA256.HashData(Encoding.Unicode.GetBytes(name))[0] % Count);
}
