namespace AlertFunctions.Core.Mail.Compose;

/// <summary>A label with its value.</summary>
/// <param name="Label">The label.</param>
/// <param name="Value">The value, of one line or several.</param>
public sealed record MailField(string Label, string Value)
{
    /// <summary>What the value looks like, beside what all values look like.</summary>
    public string Style { get; init; } = "";

    /// <summary>The class that gives the value its colour on a dark screen.</summary>
    public string Class { get; init; } = "text";
}
