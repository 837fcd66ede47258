using AlertFunctions.Core.Outbox;
using AlertFunctions.Core.Texts;

namespace AlertFunctions.Api.Events.Formats.DeepSecurity;

/// <summary>
/// What a system event of Deep Security means here. Its manager says by two of them that an alert began or ended; all others are only recorded. So its reports
/// about mail (197, 198, 569) never raise an alert, which would be mailed and reported again.
/// </summary>
/// <param name="Alert">The alert, or what happened.</param>
/// <param name="Kind">Whether it raises or clears the alert.</param>
/// <param name="RecordOnly">Whether it does neither.</param>
/// <param name="Severity">The alert's severity, or null.</param>
internal sealed record DeepSecuritySystemEvent(string Alert, TransitionKind Kind, bool RecordOnly, Severity? Severity)
{
    private const string AlertStarted = "190";
    private const string AlertEnded = "192";

    /// <summary>A manager writes its events in its own language.</summary>
    private static readonly string[] s_alertLabels = ["Alert:", "アラート:"];

    private static readonly string[] s_severityLabels = ["Severity:", "重要度:"];

    /// <summary>Reads a system event.</summary>
    /// <param name="number">Its number.</param>
    /// <param name="title">Its title.</param>
    /// <param name="description">Its description, in which lines name the alert and its severity, or null.</param>
    public static DeepSecuritySystemEvent Of(string? number, string title, string? description) => number is AlertStarted or AlertEnded
        ? new(LineOf(description, s_alertLabels) ?? title, number == AlertStarted ? TransitionKind.Raise : TransitionKind.Clear, RecordOnly: false, ForeignSeverity.Of(LineOf(description, s_severityLabels)))
        : new(title, TransitionKind.Raise, RecordOnly: true, Severity: null);

    private static string? LineOf(string? description, string[] labels)
    {
        foreach (ReadOnlySpan<char> line in (description ?? "").EnumerateLines())
        {
            ReadOnlySpan<char> text = line.Trim();
            foreach (string label in labels)
            {
                if (text.StartsWith(label, StringComparison.Ordinal) && text[label.Length..].Trim() is { IsEmpty: false } value)
                {
                    return value.ToString();
                }
            }
        }

        return null;
    }
}
