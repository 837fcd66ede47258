using System.Globalization;
using System.Text;

namespace AlertFunctions.Tests.Fuzz;

/// <summary>What a request is made of by chance. The same seed makes the same request.</summary>
/// <param name="seed">The seed.</param>
internal sealed class Chance(int seed)
{
    private static readonly string[] s_oddTexts =
    [
        "", " ", "\u3000", "\0", "\r\n", "\t", "\u007f", "\u0085", "\u2028", "\u200b\u202e", "\ufeff", "\uffff", "\ud83d\ude00", "\ud800", "\udc00", "e\u0301", "\ufdfa", "Ａ", "İı", "ß",
        ".", "..", "/", "\\", "a/b", "a|b", "#", "?", "%", "%00", "%zz", "'", "\"", "' or '' eq '", "<script>", "{{7*7}}", "${jndi:ldap://x}", "=1+1", "@SUM(A1)", "null", "true", "-1", "0", "1e400", "NaN",
        "99999999999999999999999999", "0001-01-01T00:00:00Z", "9999-12-31T23:59:59-14:00", "2026-02-30T00:00:00Z", "P999999999Y", "* * * * *", "60 * * * *", "@every 1s", "Etc/GMT+12", "a@b", "<a@b>", "a@[127.0.0.1]", "あ@例え.jp",
    ];

    private readonly Random _random = new(seed);

    /// <summary>A whole number below a limit.</summary>
    public int Below(int limit) => _random.Next(limit);

    /// <summary>Whether something of so many in a hundred cases is the case.</summary>
    public bool In100(int cases) => _random.Next(100) < cases;

    /// <summary>One of some things.</summary>
    public T OneOf<T>(params IReadOnlyList<T> things) => things[_random.Next(things.Count)];

    /// <summary>Bytes without any sense.</summary>
    public byte[] Bytes(int length)
    {
        byte[] bytes = new byte[length];
        _random.NextBytes(bytes);
        return bytes;
    }

    /// <summary>A text that nobody means well with.</summary>
    public string OddText() => Below(8) switch
    {
        0 => new string(OneOf('a', 'あ', '\u0301', '\0'), OneOf(64, 65, 256, 257, 4_096, 4_097, 33_000)),
        1 => string.Concat(Enumerable.Repeat("😀", OneOf(64, 65, 256, 257))),
        2 => Encoding.Latin1.GetString(Bytes(Below(40))),
        3 => string.Concat(Enumerable.Range(0, Below(20)).Select(_ => (char)Below(0x10000))),
        4 => Below(int.MaxValue).ToString(CultureInfo.InvariantCulture),
        _ => OneOf(s_oddTexts),
    };
}
