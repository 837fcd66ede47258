using AlertFunctions.Core.Texts;
using Microsoft.Extensions.Configuration;

namespace AlertFunctions.Core.Settings;

/// <summary>Every setting of the product, read and checked once at start.</summary>
/// <param name="Storage">Where alerts, mail and events are kept.</param>
/// <param name="Smtp">How mail is sent.</param>
/// <param name="Mail">What mail looks like and who else gets it.</param>
/// <param name="Events">How long events are kept.</param>
/// <param name="Telemetry">Where telemetry goes.</param>
public sealed record AlertFunctionsSettings(StorageSettings Storage, SmtpSettings Smtp, MailSettings Mail, EventSettings Events, TelemetrySettings Telemetry)
{
    /// <summary>Every key that is read here, in the form of configuration keys (levels separated by <c>:</c>).</summary>
    public static IReadOnlyList<string> Keys { get; } = [.. StorageSettings.Keys, .. SmtpSettings.Keys, .. MailSettings.Keys, .. EventSettings.Keys];

    /// <summary>What a host reads itself in the sections that are the product's alone.</summary>
    private static readonly string[] s_keysOfHosts = ["Keys:Events", "Keys:Read", "Keys:Manage"];

    /// <summary>Reads and checks all settings.</summary>
    /// <param name="configuration">The app's configuration.</param>
    /// <param name="systemCulture">The language when <c>Mail__Culture</c> is not set.</param>
    /// <exception cref="SettingsException">At least one setting is wrong; all of them are named.</exception>
    public static AlertFunctionsSettings Read(IConfiguration configuration, MailCulture systemCulture = MailCulture.Ja)
    {
        var reader = new SettingsReader(configuration);
        AlertFunctionsSettings settings = Read(reader, systemCulture, listeningAddress: null);
        reader.ThrowIfRefused();
        return settings;
    }

    /// <summary>Reads and checks all settings, for a host that has read its own with the same reader; what is wrong is noted in it.</summary>
    /// <param name="reader">Reads the app's configuration.</param>
    /// <param name="systemCulture">The language when <c>Mail__Culture</c> is not set.</param>
    /// <param name="listeningAddress">Where the host listens, for the links in mails when <c>Mail__ConsoleUrl</c> is not set; null when unknown.</param>
    public static AlertFunctionsSettings Read(SettingsReader reader, MailCulture systemCulture, string? listeningAddress)
    {
        var settings = new AlertFunctionsSettings(
            StorageSettings.Read(reader),
            SmtpSettings.Read(reader),
            MailSettings.Read(reader, systemCulture, listeningAddress),
            EventSettings.Read(reader),
            TelemetrySettings.Read(reader));
        RefuseUnusedPassword(reader, settings.Smtp);
        StorageConnection.Check(reader, settings.Storage);
        reader.RefuseUnknown([.. Keys, .. s_keysOfHosts], "Smtp", "Mail", "Events", "Keys");
        reader.RefuseWrongLogLevels();
        return settings;
    }

    /// <summary>Whoever gives a password means to sign in with it, and would wonder why the server refuses mail.</summary>
    private static void RefuseUnusedPassword(SettingsReader reader, SmtpSettings smtp)
    {
        if (smtp.Password is not null && smtp.Authentication != SmtpAuthentication.Password && reader.Accepted("Smtp:Authentication"))
        {
            reader.Refuse("Smtp:Password", $"is set, but not used with Smtp__Authentication={smtp.Authentication}; set Smtp__Authentication to Password, or leave the password out.");
        }
    }
}
