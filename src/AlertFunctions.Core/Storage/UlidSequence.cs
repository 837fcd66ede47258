using System.Buffers.Binary;
using System.Security.Cryptography;

namespace AlertFunctions.Core.Storage;

/// <summary>Generates ULIDs that only increase within a process, even if its clock jumps back.</summary>
public sealed class UlidSequence(StorageClock clock)
{
    private readonly Lock _lock = new();
    private UInt128 _last;

    /// <summary>The next ULID.</summary>
    /// <param name="after">A ULID that the new one must exceed: a clear always sorts after its raise, even if another process with a faster clock created the raise's.</param>
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
