using AlertFunctions.Core.Texts;

namespace AlertFunctions.Core.Alerts;

/// <summary>A kind of alert with its settings (S1).</summary>
/// <param name="Name">The name that events use; compared ordinally.</param>
public sealed record AlertType(string Name)
{
    /// <summary>The severity of its alerts.</summary>
    public Severity Severity { get; init; }

    /// <summary>The title in Japanese mail.</summary>
    public string TitleJa { get; init; } = Name;

    /// <summary>The title in English mail.</summary>
    public string TitleEn { get; init; } = Name;

    /// <summary>The title in a language, harmless to show.</summary>
    public string Title(MailCulture culture) => HarmlessText.OneLine(culture == MailCulture.Ja ? TitleJa : TitleEn);

    /// <summary>Whether its events raise it; those of a type that is off are recorded and raise nothing, and what is outstanding can still be cleared.</summary>
    public bool Enabled { get; init; } = true;

    /// <summary>「このアラート発令時、通知のメールを送信する」.</summary>
    public bool MailWhenRaised { get; init; } = true;

    /// <summary>「このアラートが存在しなくなったとき、通知のメールを送信する」.</summary>
    public bool MailWhenCleared { get; init; }
}
