using AlertFunctions.Core.Texts;

namespace AlertFunctions.Api.Events.Formats;

/// <summary>Severities as other systems name them, which have more than two.</summary>
internal static class ForeignSeverity
{
    private static readonly string[] s_critical = ["critical", "emergency", "fatal", "page", "重大", "重要"];

    /// <summary>The severity of a word; null without one.</summary>
    public static Severity? Of(string? word) =>
        word is null ? null
        : s_critical.Contains(word.Trim(), StringComparer.OrdinalIgnoreCase) ? Severity.Critical
        : Severity.Warning;
}
