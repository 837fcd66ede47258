using AlertFunctions.Core.Texts;

namespace AlertFunctions.Core.Alerts;

/// <summary>A kind of alert with its settings (S1).</summary>
/// <param name="Name">What events call it; compared ordinally.</param>
public sealed record AlertType(string Name)
{
    /// <summary>How serious it is.</summary>
    public Severity Severity { get; init; }

    /// <summary>Its title in Japanese mails.</summary>
    public string TitleJa { get; init; } = Name;

    /// <summary>Its title in English mails.</summary>
    public string TitleEn { get; init; } = Name;

    /// <summary>Its title in a language, harmless to show.</summary>
    public string Title(MailCulture culture) => HarmlessText.OneLine(culture == MailCulture.Ja ? TitleJa : TitleEn);

    /// <summary>Whether its events raise it; those of a type that is off are recorded and raise nothing, and what is outstanding can still be cleared.</summary>
    public bool Enabled { get; init; } = true;

    /// <summary>「このアラート発令時、通知のメールを送信する」.</summary>
    public bool MailWhenRaised { get; init; } = true;

    /// <summary>「このアラートが存在しなくなったとき、通知のメールを送信する」.</summary>
    public bool MailWhenCleared { get; init; }
}
