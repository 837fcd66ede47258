using AlertFunctions.Core.Mail.Queue;
using AlertFunctions.Core.Outbox;
using AlertFunctions.Core.Texts;

namespace AlertFunctions.Core.Mail.Compose;

/// <summary>Writes what an alert mail says (S3).</summary>
public static class AlertMailText
{
    /// <summary>Computers that the line beside the subject names.</summary>
    private const int PreviewedComputers = 3;

    /// <summary>The mail in a language, with times of a zone.</summary>
    public static MailText Of(OutgoingMail mail, AlertMailContent content, TimeZoneInfo zone, ConsoleLinks links, MailCulture culture)
    {
        bool isRaise = mail.Kind == MailKind.Raised;
        bool isCritical = content.Severity == Severity.Critical;
        string title = content.Title(culture);
        string severity = Sentences.Of(content.Severity, culture);
        var fields = new List<MailField>
        {
            new(Sentences.Get("LabelAlert", culture), title) { Style = "font-weight:bold;" },
            new(Sentences.Get("LabelSeverity", culture), severity) { Style = $"font-weight:bold;color:{(isCritical ? MailHtml.Red : MailHtml.Amber)};", Class = isCritical ? "critical" : "warning" },
            new(Sentences.Get("LabelAffected", culture), Sentences.Counted("AffectedComputers", culture, content.Count, ("n", Sentences.Grouped(content.Count)))),
        };

        // Who clears many alerts at once says so, and why, once.
        string? by = isRaise ? null : Shared(content.Computers, computer => computer.By);
        string? note = isRaise ? null : Shared(content.Computers, computer => computer.Text);
        AddIfSaid(fields, Sentences.Get("LabelClearedBy", culture), by);
        AddIfSaid(fields, Sentences.Get("LabelNote", culture), note);

        List<ComputerText> computers = content.Computers
            .Select(computer => isRaise
                ? Raised(computer, zone, culture)
                : Cleared(computer with { By = by is null ? computer.By : null, Text = note is null ? computer.Text : null }, zone, culture))
            .ToList();
        string names = string.Join(", ", computers.Take(PreviewedComputers).Select(computer => computer.Name));
        int unnamed = content.Count - Math.Min(PreviewedComputers, computers.Count);
        string prefix = isRaise ? "Raise" : "Clear";
        return new MailText(
            Sentences.Get($"{prefix}Heading", culture),
            $"{title} ({severity}): {names}{(unnamed > 0 ? $", {MailText.More(unnamed, culture)}" : "")}",
            fields,
            !isRaise ? MailHtml.Green : isCritical ? MailHtml.Red : MailHtml.Amber,
            links.ToAlert(mail.AlertType!, content is { Count: 1, Computers: [var only] } ? only.Computer : null, culture),
            culture)
        {
            Count = content.Count,
            Computers = computers,
            Closing = Sentences.Get($"{prefix}Closing", culture),
        };
    }

    private static ComputerText Raised(AffectedComputer computer, TimeZoneInfo zone, MailCulture culture)
    {
        string time = Sentences.Of(computer.Time, zone);
        var fields = new List<MailField> { new(Sentences.Get("LabelTime", culture), time) };
        AddIfSaid(fields, Sentences.Get("LabelDetails", culture), computer.Text);
        return ComputerText.Of(computer.Computer, fields, time, computer.Text);
    }

    private static ComputerText Cleared(AffectedComputer computer, TimeZoneInfo zone, MailCulture culture)
    {
        DateTimeOffset raisedAt = computer.RaisedAt ?? computer.Time;
        string raised = Sentences.Of(raisedAt, zone);
        string cleared = Sentences.Of(computer.Time, zone);
        string duration = Durations.Of(computer.Time - raisedAt, culture);
        var fields = new List<MailField>
        {
            new(Sentences.Get("LabelRaised", culture), raised),
            new(Sentences.Get("LabelCleared", culture), cleared),
            new(Sentences.Get("LabelClearedAfter", culture), duration),
        };
        AddIfSaid(fields, Sentences.Get("LabelClearedBy", culture), computer.By);
        AddIfSaid(fields, Sentences.Get("LabelNote", culture), computer.Text);
        return ComputerText.Of(computer.Computer, fields, Sentences.Get("ClearedSpan", culture, ("raised", raised), ("cleared", cleared), ("duration", duration)), computer.By, computer.Text);
    }

    /// <summary>What all of several computers have; null where they differ, and for a single one, which says it itself.</summary>
    private static string? Shared(IReadOnlyList<AffectedComputer> computers, Func<AffectedComputer, string?> text) =>
        computers.Count > 1 && computers.Select(text).Distinct(StringComparer.Ordinal).ToList() is [var only] ? only : null;

    private static void AddIfSaid(List<MailField> fields, string label, string? text)
    {
        if (!string.IsNullOrWhiteSpace(text))
        {
            fields.Add(new MailField(label, HarmlessText.Lines(text)));
        }
    }
}
