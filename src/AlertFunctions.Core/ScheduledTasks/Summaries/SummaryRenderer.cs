using System.Text;
using AlertFunctions.Core.Mail.Compose;
using AlertFunctions.Core.Settings;
using AlertFunctions.Core.Texts;
using MimeKit;

namespace AlertFunctions.Core.ScheduledTasks.Summaries;

/// <summary>Makes the mail of an outstanding-alert summary.</summary>
public sealed class SummaryRenderer(MailSettings settings)
{
    /// <summary>The subject.</summary>
    public static string Subject(OutstandingAlerts alerts, MailCulture culture) => alerts.Count == 0
        ? Sentences.Get("SummarySubjectNone", culture)
        : Sentences.Get("SummarySubject", culture, ("n", Sentences.Of(alerts.Count)));

    /// <summary>The body: plain text and HTML.</summary>
    public MimeEntity Render(OutstandingAlerts alerts, MailCulture culture) => MailRenderer.Body(ToPlainText(alerts, culture), ToHtml(alerts, culture));

    private string ToPlainText(OutstandingAlerts alerts, MailCulture culture)
    {
        var text = new StringBuilder();
        text.AppendLine(Sentence(alerts, culture));
        foreach (OutstandingType type in alerts.Types)
        {
            text.AppendLine().Append("■ ").AppendLine(Heading(type, culture));
            foreach (OutstandingComputer computer in type.Oldest)
            {
                text.AppendLine(Sentences.Get("SummaryComputer", culture, ("computer", HarmlessText.OneLine(computer.Computer)), ("raised", Raised(computer)), ("duration", Durations.Of(alerts.At - computer.RaisedAt, culture))));
            }

            if (type.Count > type.Oldest.Count)
            {
                text.AppendLine(Sentences.Get("More", culture, ("m", Sentences.Of(type.Count - type.Oldest.Count))));
            }
        }

        if (settings.ConsoleUrl is { } address)
        {
            text.AppendLine().Append(Sentences.Get("OpenConsole", culture)).Append(": ").AppendLine(address);
        }

        return text.AppendLine().AppendLine(Sentences.Get("Footer", culture)).ToString();
    }

    private string ToHtml(OutstandingAlerts alerts, MailCulture culture)
    {
        const string cell = "padding:3px 12px 3px 0;border-top:1px solid #eef0f3;";
        const string name = "word-break:break-word;overflow-wrap:anywhere;";
        const string label = "padding:4px 12px 2px 0;color:#616e7c;font-size:12px;white-space:nowrap;";
        string accent = alerts.Count == 0 ? MailHtml.Green : alerts.CountOf(Severity.Critical) > 0 ? MailHtml.Red : MailHtml.Amber;
        var html = new MailHtml(Sentences.Get("SummaryHeading", culture), culture, accent);
        html.Paragraph(Sentence(alerts, culture), "padding:8px 28px 16px 28px;");
        foreach (OutstandingType type in alerts.Types)
        {
            html.BeginCard(Heading(type, culture), type.Type.Severity == Severity.Critical ? MailHtml.Red : MailHtml.Amber);
            if (type.Oldest.Count > 0)
            {
                html.Raw($"""<tr><td style="{label}">{MailHtml.E(Sentences.Get("LabelComputer", culture))}</td><td style="{label}">{MailHtml.E(Sentences.Get("LabelRaised", culture))}</td><td style="{label}padding-right:0;">{MailHtml.E(Sentences.Get("LabelOpenFor", culture))}</td></tr>""");
            }

            foreach (OutstandingComputer computer in type.Oldest)
            {
                html.Raw($"""<tr><td valign="top" dir="auto" style="{cell}{name}">{MailHtml.E(HarmlessText.OneLine(computer.Computer))}</td><td valign="top" width="190" style="{cell}width:190px;white-space:nowrap;">{MailHtml.E(Raised(computer))}</td><td valign="top" width="90" style="{cell}width:90px;padding-right:0;white-space:nowrap;">{MailHtml.E(Durations.Of(alerts.At - computer.RaisedAt, culture))}</td></tr>""");
            }

            if (type.Count > type.Oldest.Count)
            {
                html.Raw($"""<tr><td colspan="3" style="{cell}font-weight:bold;">{MailHtml.E(Sentences.Get("More", culture, ("m", Sentences.Of(type.Count - type.Oldest.Count))))}</td></tr>""");
            }

            html.EndCard();
        }

        if (settings.ConsoleUrl is { } address)
        {
            html.Raw("""<tr><td style="height:8px;line-height:8px;font-size:0;">&nbsp;</td></tr>""").Link(Sentences.Get("OpenConsole", culture), address);
        }

        return html.End(Sentences.Get("Footer", culture));
    }

    private string Sentence(OutstandingAlerts alerts, MailCulture culture) => Sentences.Get(
        "SummarySentence",
        culture,
        ("time", Sentences.Of(alerts.At, settings.TimeZone)),
        ("n", Sentences.Of(alerts.Count)),
        ("c", Sentences.Of(alerts.CountOf(Severity.Critical))),
        ("w", Sentences.Of(alerts.CountOf(Severity.Warning))));

    private string Raised(OutstandingComputer computer) => Sentences.Of(computer.RaisedAt, settings.TimeZone);

    private static string Heading(OutstandingType type, MailCulture culture) => Sentences.Get(
        "SummaryType",
        culture,
        ("title", type.Type.Title(culture)),
        ("severity", Sentences.Of(type.Type.Severity, culture)),
        ("k", Sentences.Of(type.Count)));
}
