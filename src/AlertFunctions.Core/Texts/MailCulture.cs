namespace AlertFunctions.Core.Texts;

/// <summary>The languages of mails and system events.</summary>
public enum MailCulture
{
    /// <summary>Japanese.</summary>
    Ja,

    /// <summary>English.</summary>
    En,
}
