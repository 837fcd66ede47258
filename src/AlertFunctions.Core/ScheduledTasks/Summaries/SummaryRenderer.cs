using System.Text;
using AlertFunctions.Core.Mail.Compose;
using AlertFunctions.Core.Settings;
using AlertFunctions.Core.Texts;
using MimeKit;

namespace AlertFunctions.Core.ScheduledTasks.Summaries;

/// <summary>Makes the mail of an outstanding-alert summary.</summary>
public sealed class SummaryRenderer(MailSettings settings, ConsoleLinks links)
{
    /// <summary>Computers that the page names, shared among its alert types.</summary>
    private const int MaximumRows = 120;

    /// <summary>What a type has of them however many types there are, as long as there is room.</summary>
    private const int MinimumRowsOfType = 5;

    /// <summary>The subject.</summary>
    public static string Subject(OutstandingAlerts alerts, MailCulture culture) => alerts.Count == 0
        ? Sentences.Get("SummarySubjectNone", culture)
        : Sentences.Get("SummarySubject", culture, ("n", Sentences.Of(alerts.Count)));

    /// <summary>The body: plain text and HTML.</summary>
    /// <param name="alerts">The outstanding alerts.</param>
    /// <param name="culture">The language.</param>
    /// <param name="timeZone">The zone in which times are shown; null for the system's.</param>
    public MimeEntity Render(OutstandingAlerts alerts, MailCulture culture, TimeZoneInfo? timeZone = null)
    {
        TimeZoneInfo zone = timeZone ?? settings.TimeZone;
        return MailRenderer.Body(ToPlainText(alerts, zone, culture), ToHtml(alerts, zone, culture));
    }

    private string ToPlainText(OutstandingAlerts alerts, TimeZoneInfo zone, MailCulture culture)
    {
        var text = new StringBuilder();
        text.AppendLine(Sentence(alerts, zone, culture));
        if (links.ToConsole(culture) is { } link)
        {
            text.AppendLine().Append(link.Label).Append(": ").AppendLine(link.Value);
        }

        foreach (OutstandingType type in alerts.Types)
        {
            text.AppendLine().Append("■ ").AppendLine(Heading(type, culture));
            foreach (OutstandingComputer computer in type.Oldest)
            {
                text.AppendLine(Sentences.Get("SummaryComputer", culture, ("computer", HarmlessText.OneLine(computer.Computer)), ("raised", Raised(computer, zone)), ("duration", Durations.Of(alerts.At - computer.RaisedAt, culture))));
            }

            if (type.Count > type.Oldest.Count)
            {
                text.AppendLine(MailText.More(type.Count - type.Oldest.Count, culture));
            }
        }

        return text.AppendLine().AppendLine(Sentences.Get("Footer", culture)).ToString();
    }

    /// <summary>The page. Where it cannot name all computers, it says so before the first, and leads to them.</summary>
    private string ToHtml(OutstandingAlerts alerts, TimeZoneInfo zone, MailCulture culture)
    {
        (List<string> cards, int listed) = Cards(alerts, zone, culture);
        string accent = alerts.Count == 0 ? MailHtml.Green : alerts.CountOf(Severity.Critical) > 0 ? MailHtml.Red : MailHtml.Amber;
        string sentence = Sentence(alerts, zone, culture);
        var html = new MailHtml(Sentences.Get("SummaryHeading", culture), sentence, culture, accent);
        html.Paragraph(sentence);
        if (alerts.Count > listed)
        {
            html.Paragraph(Sentences.Get("ListedAlerts", culture, ("k", Sentences.Grouped(listed)), ("m", Sentences.Grouped(alerts.Count - listed))));
        }

        if (links.ToConsole(culture) is { } link)
        {
            html.Link(link.Label, link.Value);
        }

        foreach (string card in cards)
        {
            html.Raw(card);
        }

        return html.End(Sentences.Get("Footer", culture));
    }

    /// <summary>A card for each alert type, as long as there is room, and how many alerts are in them.</summary>
    private static (List<string> Cards, int Listed) Cards(OutstandingAlerts alerts, TimeZoneInfo zone, MailCulture culture)
    {
        var cards = new List<string>();
        int listed = 0;
        int room = MailHtml.MaximumListSize;
        int rowsOfType = Math.Max(MinimumRowsOfType, MaximumRows / Math.Max(1, alerts.Types.Count));
        foreach (OutstandingType type in alerts.Types)
        {
            string begin = MailHtml.BeginCard(Heading(type, culture), type.Type.Severity == Severity.Critical ? MailHtml.Red : MailHtml.Amber);
            room -= MailHtml.SizeOf(begin);
            List<string> rows = type.Oldest.Take(rowsOfType).Select(computer => Row(alerts.At, computer, zone, culture)).TakeWhile(row => (room -= MailHtml.SizeOf(row)) > 0).ToList();
            if (room <= 0)
            {
                break;
            }

            string more = type.Count > rows.Count
                ? $"""<tr><td colspan="2" class="line" style="padding:5px 0;{MailHtml.Line}font-weight:bold;">{MailHtml.E(MailText.More(type.Count - rows.Count, culture))}</td></tr>"""
                : "";
            cards.Add($"{begin}\n{string.Join('\n', rows)}\n{more}{MailHtml.EndCard}");
            listed += rows.Count;
        }

        return (cards, listed);
    }

    private static string Row(DateTimeOffset at, OutstandingComputer computer, TimeZoneInfo zone, MailCulture culture) =>
        $"""<tr><td valign="top" dir="auto" class="line" style="padding:5px 12px 5px 0;{MailHtml.Line}{MailHtml.Breakable}">{MailHtml.E(HarmlessText.OneLine(computer.Computer))}<br><span class="soft" style="{MailHtml.Soft}">{MailHtml.E(Sentences.Get("RaisedAt", culture, ("raised", Raised(computer, zone))))}</span></td><td valign="top" align="right" class="line" style="padding:5px 0;{MailHtml.Line}white-space:nowrap;">{MailHtml.E(Durations.Of(at - computer.RaisedAt, culture))}</td></tr>""";

    private static string Sentence(OutstandingAlerts alerts, TimeZoneInfo zone, MailCulture culture) => Sentences.Get(
        "SummarySentence",
        culture,
        ("time", Sentences.Of(alerts.At, zone)),
        ("n", Sentences.Grouped(alerts.Count)),
        ("c", Sentences.Grouped(alerts.CountOf(Severity.Critical))),
        ("w", Sentences.Grouped(alerts.CountOf(Severity.Warning))));

    private static string Raised(OutstandingComputer computer, TimeZoneInfo zone) => Sentences.Of(computer.RaisedAt, zone);

    private static string Heading(OutstandingType type, MailCulture culture) => Sentences.Counted(
        "SummaryType",
        culture,
        type.Count,
        ("title", type.Type.Title(culture)),
        ("severity", Sentences.Of(type.Type.Severity, culture)),
        ("k", Sentences.Grouped(type.Count)));
}
