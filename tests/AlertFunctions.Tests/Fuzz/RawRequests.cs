using System.Globalization;
using System.Text;

namespace AlertFunctions.Tests.Fuzz;

/// <summary>Makes what no HTTP client sends: broken request lines, headers, lengths and chunks, and several requests at once.</summary>
/// <param name="key">The key that opens everything.</param>
/// <param name="chance">Decides.</param>
internal sealed class RawRequests(string key, Chance chance)
{
    private const string Event = """{"computer":"pc1","alert":"Eicar"}""";

    /// <summary>The bytes of one connection, of which each character is one.</summary>
    public byte[] Next()
    {
        string text = chance.Below(12) switch
        {
            0 => $"{chance.OneOf("GET", "G\0T", "", "GET GET", new string('A', 9_000), "\u00ff")} {chance.OneOf("/api/alerts", "api", "*", "http://x/api/alerts", "/api/\u00e3", new string('/', 9_000), "")} {chance.OneOf("HTTP/1.1", "HTTP/1.0", "HTTP/9.9", "HTTP/1.1\r", "")}\r\nHost: localhost\r\n\r\n",
            1 => Post("Transfer-Encoding: chunked", $"{chance.OneOf("5", "FFFFFFFFFFFFFFFFF", "-1", "z", "", "5;x=y", "0x5")}\r\n{Event}\r\n0\r\n\r\n"),
            2 => Post("Transfer-Encoding: chunked", $"{Event.Length:x}\r\n{Event}\r\n{chance.OneOf("", "0", "0\r\n", "0\r\nX: y\r\n\r\n", "\r\n")}"),
            3 => Post($"Content-Length: {chance.OneOf("-1", "1e3", "99999999999999999999", "5, 5", "", "3", (Event.Length + 10).ToString(CultureInfo.InvariantCulture))}", Event),
            4 => Post($"Content-Length: {Event.Length}\r\nContent-Length: {Event.Length + 1}", Event),
            5 => Post($"Content-Length: {Event.Length}\r\nTransfer-Encoding: {chance.OneOf("chunked", "gzip, chunked", "identity", "x")}", Event),
            6 => Get($"X: {new string('x', chance.OneOf(8_000, 40_000))}"),
            7 => Get(string.Join("\r\n", Enumerable.Range(0, chance.OneOf(50, 200)).Select(number => $"X-{number}: x"))),
            8 => Get(chance.OneOf("No colon", ": no name", "Two words: x", "X: a\0b", "X: \u00ff", " folded: x", "Host: other", "Expect: 100-continue", "Upgrade: h2c\r\nConnection: Upgrade", "Connection: close", "X:")),
            9 => string.Concat(Enumerable.Range(0, 1 + chance.Below(10)).Select(_ => chance.In100(50) ? Get("X: y") : Post($"Content-Length: {Event.Length}", Event))),
            10 => chance.OneOf("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", "\u0016\u0003\u0001\u0002\0\u0001\0", "CONNECT example.com:443 HTTP/1.1\r\nHost: example.com\r\n\r\n", "\r\n\r\n\r\n", "GET /api/alerts\r\n"),
            _ => Encoding.Latin1.GetString(chance.Bytes(chance.Below(300))),
        };
        return Encoding.Latin1.GetBytes(chance.In100(85) ? text : text[..chance.Below(text.Length + 1)]);
    }

    private string Get(string header) => $"GET /api/alerts?top=1 HTTP/1.1\r\nHost: localhost\r\nx-functions-key: {key}\r\n{header}\r\n\r\n";

    private string Post(string header, string body) => $"POST /api/events HTTP/1.1\r\nHost: localhost\r\nx-functions-key: {key}\r\nContent-Type: application/json\r\n{header}\r\n\r\n{body}";
}
