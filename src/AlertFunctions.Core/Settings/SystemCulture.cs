using System.Globalization;
using AlertFunctions.Core.Texts;

namespace AlertFunctions.Core.Settings;

/// <summary>The language of an installation that names none in <c>Mail__Culture</c>.</summary>
public static class SystemCulture
{
    /// <summary>
    /// A developer's machine speaks the developer's language: Japanese, or else English. Everywhere else it is Japanese, the specification's, since a server's locale
    /// says nothing about who reads its mail.
    /// </summary>
    /// <param name="isDevelopment">Whether the host runs on a developer's machine.</param>
    /// <param name="ofMachine">The language of the operating system's user interface.</param>
    public static MailCulture Of(bool isDevelopment, CultureInfo ofMachine) =>
        isDevelopment && ofMachine.TwoLetterISOLanguageName != "ja" ? MailCulture.En : MailCulture.Ja;
}
