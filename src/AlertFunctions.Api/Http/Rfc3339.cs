using System.Globalization;
using System.Text.RegularExpressions;

namespace AlertFunctions.Api.Http;

/// <summary>Times as RFC 3339 writes them: always with an offset, since a time without one is another instant to each reader.</summary>
internal static partial class Rfc3339
{
    public static bool TryParse(string text, out DateTimeOffset time)
    {
        time = default;
        Match match = Pattern().Match(text);
        if (!match.Success)
        {
            return false;
        }

        string fraction = match.Groups["fraction"].Value;
        string ticks = (fraction + "0000000")[..7]; // a tick is 100 nanoseconds; what is finer is dropped
        string offset = match.Groups["offset"].Value.ToUpperInvariant() is "Z" ? "+00:00" : match.Groups["offset"].Value;
        return DateTimeOffset.TryParseExact(
                $"{match.Groups["date"].Value}T{match.Groups["time"].Value}.{ticks}{offset}",
                "yyyy-MM-dd'T'HH:mm:ss.fffffffzzz",
                CultureInfo.InvariantCulture,
                DateTimeStyles.AdjustToUniversal,
                out time);
    }

    [GeneratedRegex(@"^(?<date>\d{4}-\d{2}-\d{2})[Tt](?<time>\d{2}:\d{2}:\d{2})(\.(?<fraction>[0-9]{1,20}))?(?<offset>[Zz]|[+-]\d{2}:\d{2})\z", RegexOptions.ExplicitCapture | RegexOptions.CultureInvariant, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Pattern();
}
