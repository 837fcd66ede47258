using System.Diagnostics.CodeAnalysis;

namespace AlertFunctions.Core.Texts;

/// <summary>Which time zones are accepted.</summary>
public static class TimeZones
{
    /// <summary>The longest name that is looked up, in characters; no zone has as long a one.</summary>
    public const int MaximumLength = 200;

    /// <summary>What is accepted, in words.</summary>
    public const string Accepted = "must be an IANA time zone such as Asia/Tokyo, Europe/Berlin or UTC.";

    /// <summary>Finds a zone by its IANA name: one of Windows is not known on every machine that the product runs on.</summary>
    /// <param name="name">The name, such as <c>Asia/Tokyo</c>.</param>
    /// <param name="timeZone">The zone.</param>
    public static bool TryFind(string name, [NotNullWhen(true)] out TimeZoneInfo? timeZone) =>
        TimeZoneInfo.TryFindSystemTimeZoneById(name, out timeZone) && timeZone.HasIanaId;
}
