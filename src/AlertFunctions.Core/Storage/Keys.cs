using System.Buffers.Binary;
using System.Globalization;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text;

namespace AlertFunctions.Core.Storage;

/// <summary>
/// The one place that makes table keys of names. A name may hold any Unicode and be long; a key may not hold <c>/ \ # ?</c> or control characters,
/// ours may not hold the separator either, and it ends at 512 UTF-16 units. Two names never share a key.
/// </summary>
public static class Keys
{
    /// <summary>What stands between the parts of a key.</summary>
    public const char Separator = '|';

    /// <summary>The character after <see cref="Separator"/>: a range up to it holds every key that begins with a prefix and the separator.</summary>
    public const char AfterSeparator = '}';

    /// <summary>The widest key of two names, a time and a hash, <c>COMPUTER|inverted TIME|ID|HASH</c>, stays below 512 units.</summary>
    private const int MaximumPartLength = 220;

    private const char Escape = '!';
    private const int HashLength = 32;

    /// <summary>A name as one part of a key.</summary>
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

        // "!~" cannot come from an escape, so a cut name never equals a short one.
        return encoded.Length <= MaximumPartLength ? encoded.ToString() : $"{encoded.ToString(0, lengthBeforeHash)}{Escape}~{HashOfName(name)}";
    }

    /// <summary>128 bits of SHA-256 over the parts, as 32 hexadecimal digits. Each part's length goes before it, so that no two lists of parts are hashed alike.</summary>
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

    /// <summary>The hash at the end of a name that was cut. It is of one part, and the same for ever, since rows are found by it: it ends as it did when <see cref="Hash"/> ended parts so.</summary>
    private static string HashOfName(string name) => Digits(SHA256.HashData([.. Encoding.Unicode.GetBytes(name), 0xFF, 0xFF, 0, 0]));

    private static string Digits(byte[] hash) => Convert.ToHexStringLower(hash.AsSpan(0, HashLength / 2));

    /// <summary>A count of ticks as a key part: sorted as text it is sorted by time.</summary>
    public static string Ticks(DateTimeOffset time) => time.UtcTicks.ToString("D19", CultureInfo.InvariantCulture);

    /// <summary>As <see cref="Ticks"/>, but the newest first.</summary>
    public static string InvertedTicks(DateTimeOffset time) => (DateTime.MaxValue.Ticks - time.UtcTicks).ToString("D19", CultureInfo.InvariantCulture);

    /// <summary>The UTC day as <c>yyyyMMdd</c>.</summary>
    public static string Day(DateTimeOffset time) => time.UtcDateTime.ToString("yyyyMMdd", CultureInfo.InvariantCulture);

    private static bool MustEscape(char c) =>
        c is Separator or Escape or '/' or '\\' or '#' or '?' or '%' or '\uFFFE' or '\uFFFF' || char.IsControl(c) || char.IsSurrogate(c);
}
