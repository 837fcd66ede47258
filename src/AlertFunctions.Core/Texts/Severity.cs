namespace AlertFunctions.Core.Texts;

/// <summary>How serious an alert type is; there are exactly these two (S1).</summary>
public enum Severity
{
    /// <summary>警告.</summary>
    Warning,

    /// <summary>重大.</summary>
    Critical,
}
