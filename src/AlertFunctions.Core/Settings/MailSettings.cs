using AlertFunctions.Core.Texts;

namespace AlertFunctions.Core.Settings;

/// <summary>What mail looks like and who else gets it.</summary>
public sealed record MailSettings
{
    /// <summary>The keys that are read here.</summary>
    public static IReadOnlyList<string> Keys { get; } =
    [
        "Mail:Culture",
        "Mail:TimeZone",
        "Mail:AlertEmailAddress",
        "Mail:ConsoleUrl",
        "Mail:CollectSeconds",
    ];

    /// <summary>The language where no user's own applies.</summary>
    public MailCulture Culture { get; init; } = MailCulture.Ja;

    /// <summary>The zone in which times are shown.</summary>
    public TimeZoneInfo TimeZone { get; init; } = TimeZoneInfo.Utc;

    /// <summary>One address that gets all alert mail, or null (S2).</summary>
    public string? AlertEmailAddress { get; init; }

    /// <summary>Where links in mails lead, without a slash at its end; null leaves the link out.</summary>
    public string? ConsoleUrl { get; init; }

    /// <summary>How long raises of one alert type are collected into one mail, 0 to 60 seconds.</summary>
    public TimeSpan Collect { get; init; }

    /// <summary>Reads the settings of mails; what is wrong is noted in the reader.</summary>
    /// <param name="reader">Reads the app's configuration.</param>
    /// <param name="systemCulture">The language when none is configured.</param>
    /// <param name="listeningAddress">Where the host listens; null when unknown.</param>
    public static MailSettings Read(SettingsReader reader, MailCulture systemCulture, string? listeningAddress)
    {
        MailCulture culture = reader.Choice("Mail:Culture", systemCulture);
        return new MailSettings
        {
            Culture = culture,
            TimeZone = ReadTimeZone(reader, culture),
            AlertEmailAddress = reader.Address("Mail:AlertEmailAddress"),
            ConsoleUrl = ReadConsoleUrl(reader, listeningAddress),
            Collect = TimeSpan.FromSeconds(reader.Number("Mail:CollectSeconds", 0, 60, 0)),
        };
    }

    private static TimeZoneInfo ReadTimeZone(SettingsReader reader, MailCulture culture)
    {
        string id = reader.Text("Mail:TimeZone") ?? (culture == MailCulture.Ja ? "Asia/Tokyo" : "UTC");
        if (TimeZones.TryFind(id, out TimeZoneInfo? zone))
        {
            return zone;
        }

        reader.Refuse("Mail:TimeZone", $"is '{id}', but {TimeZones.Accepted}");
        return TimeZoneInfo.Utc;
    }

    private static string? ReadConsoleUrl(SettingsReader reader, string? listeningAddress)
    {
        if (reader.Text("Mail:ConsoleUrl") is not { } text)
        {
            return reader.Text("WEBSITE_HOSTNAME") is not { } websiteHostName ? listeningAddress?.TrimEnd('/')
                : websiteHostName.StartsWith("localhost", StringComparison.OrdinalIgnoreCase) ? $"http://{websiteHostName}" : $"https://{websiteHostName}";
        }

        // Everybody who gets mail reads it, so that a password or a key in it would be anybody's.
        if (Uri.TryCreate(text, UriKind.Absolute, out Uri? uri) && (uri.Scheme == Uri.UriSchemeHttps || uri.Scheme == Uri.UriSchemeHttp) && uri is { UserInfo: "", Query: "" })
        {
            return text.TrimEnd('/');
        }

        reader.Refuse("Mail:ConsoleUrl", $"is {SettingsReader.Shown(text)}, but must be an http or https address such as https://alerts.example.com, without a user name or a query.");
        return null;
    }
}
