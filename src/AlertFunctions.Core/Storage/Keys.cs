using System.Buffers.Binary;
using System.Globalization;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text;

namespace AlertFunctions.Core.Storage;

/// <summary>
/// The only place that turns names into table keys. A name may be long and contain any Unicode. A key must not contain <c>/ \ # ?</c>, control
/// characters or our separator, and is limited to 512 UTF-16 units. Two different names never get the same key.
/// </summary>
public static class Keys
{
    /// <summary>Separates the parts of a key.</summary>
    public const char Separator = '|';

    /// <summary>Upper bound for a range over all keys that start with a prefix and <see cref="Separator"/>.</summary>
    public const char AfterSeparator = '}';

    /// <summary>Keeps the longest key, <c>event|DAY|COMPUTER|inverted TIME|ID|HASH</c> with two names, below 512 units.</summary>
    private const int MaximumPartLength = 220;

    private const char Escape = '!';
    private const int HashLength = 32;

    /// <summary>Encodes a name as one part of a key.</summary>
    public static string Part(string name)
    {
        var encoded = new StringBuilder(name.Length);
        int lengthBeforeHash = 0;
        for (int i = 0; i < name.Length; i++)
        {
            if (encoded.Length <= MaximumPartLength - HashLength - 2)
            {
                lengthBeforeHash = encoded.Length;
            }

            if (char.IsSurrogatePair(name, i))
            {
                encoded.Append(name[i]).Append(name[++i]);
            }
            else if (MustEscape(name[i]))
            {
                encoded.Append(Escape).Append(((int)name[i]).ToString("X4", CultureInfo.InvariantCulture));
            }
            else
            {
                encoded.Append(name[i]);
            }
        }

        // "!~" is never produced by escaping, so a truncated name cannot equal a short one.
        return encoded.Length <= MaximumPartLength ? encoded.ToString() : $"{encoded.ToString(0, lengthBeforeHash)}{Escape}~{HashOfName(name)}";
    }

    /// <summary>
    /// The first 128 bits of a SHA-256 over the parts, as 32 hexadecimal digits. Each part is prefixed by its length, so that ("ab", "c") and
    /// ("a", "bc") differ.
    /// </summary>
    public static string Hash(params ReadOnlySpan<string> parts)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        Span<byte> length = stackalloc byte[sizeof(int)];
        foreach (string part in parts)
        {
            BinaryPrimitives.WriteInt32LittleEndian(length, part.Length);
            hash.AppendData(length);
            hash.AppendData(MemoryMarshal.AsBytes(part.AsSpan()));
        }

        return Digits(hash.GetHashAndReset());
    }

    /// <summary>
    /// The hash at the end of a truncated name. It must never change, since stored rows are found by it: the trailing bytes are the terminator that
    /// <see cref="Hash"/> once appended to each part.
    /// </summary>
    private static string HashOfName(string name) => Digits(SHA256.HashData([.. Encoding.Unicode.GetBytes(name), 0xFF, 0xFF, 0, 0]));

    private static string Digits(byte[] hash) => Convert.ToHexStringLower(hash.AsSpan(0, HashLength / 2));

    /// <summary>A time as a key part that sorts oldest first.</summary>
    public static string Ticks(DateTimeOffset time) => time.UtcTicks.ToString("D19", CultureInfo.InvariantCulture);

    /// <summary>A time as a key part that sorts newest first.</summary>
    public static string InvertedTicks(DateTimeOffset time) => (DateTime.MaxValue.Ticks - time.UtcTicks).ToString("D19", CultureInfo.InvariantCulture);

    /// <summary>The UTC day as <c>yyyyMMdd</c>.</summary>
    public static string Day(DateTimeOffset time) => time.UtcDateTime.ToString("yyyyMMdd", CultureInfo.InvariantCulture);

    private static bool MustEscape(char c) =>
        c is Separator or Escape or '/' or '\\' or '#' or '?' or '%' or '\uFFFE' or '\uFFFF' || char.IsControl(c) || char.IsSurrogate(c);
}
