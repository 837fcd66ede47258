using System.Buffers.Binary;
using System.Security.Cryptography;

namespace AlertFunctions.Core.Storage;

/// <summary>Makes ULIDs that only grow within a process, whatever the clock does.</summary>
public sealed class UlidSequence(StorageClock clock)
{
    private readonly Lock _lock = new();
    private UInt128 _last;

    /// <summary>The next ULID.</summary>
    /// <param name="after">A ULID that the new one must be greater than: a clear's is always greater than its raise's, even when another process with a faster clock made that.</param>
    public Ulid Next(Ulid after = default)
    {
        Span<byte> bytes = stackalloc byte[16];
        RandomNumberGenerator.Fill(bytes);
        UInt128 random = BinaryPrimitives.ReadUInt128BigEndian(bytes) & ((UInt128.One << 80) - 1);
        UInt128 candidate = ((UInt128)clock.UtcNow.ToUnixTimeMilliseconds() << 80) | random;
        lock (_lock)
        {
            UInt128 floor = UInt128.Max(_last, Value(after));
            _last = candidate > floor ? candidate : floor + 1;
            BinaryPrimitives.WriteUInt128BigEndian(bytes, _last);
        }

        return new Ulid(bytes);
    }

    private static UInt128 Value(Ulid ulid)
    {
        Span<byte> bytes = stackalloc byte[16];
        ulid.TryWriteBytes(bytes);
        return BinaryPrimitives.ReadUInt128BigEndian(bytes);
    }
}
