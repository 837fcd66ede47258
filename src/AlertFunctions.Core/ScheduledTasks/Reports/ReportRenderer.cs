using System.Globalization;
using System.Text;
using AlertFunctions.Core.Mail.Compose;
using AlertFunctions.Core.Texts;
using MimeKit;

namespace AlertFunctions.Core.ScheduledTasks.Reports;

/// <summary>Makes the mail of a report: text and HTML with its chart, and attached the figures as CSV and the whole as one HTML file.</summary>
public sealed class ReportRenderer(ConsoleLinks links)
{
    /// <summary>The first places of a ranking.</summary>
    private const int Places = 10;

    private const string ChartId = "chart@report";
    private const string Cell = $"padding:4px 0 4px 12px;{MailHtml.Line}";
    private const string NameCell = $"padding:4px 0;{MailHtml.Line}{MailHtml.Breakable}";
    private const string Head = $"padding:2px 0 4px 12px;{MailHtml.Soft}white-space:nowrap;";

    /// <summary>The subject.</summary>
    public static string Subject(ReportFigures figures, MailCulture culture) =>
        Sentences.Get("ReportSubject", culture, ("from", ReportFigures.Day(figures.FirstDay)), ("to", ReportFigures.Day(figures.LastDay)));

    /// <summary>The body: plain text, HTML, charts and the CSV file.</summary>
    public MimeEntity Render(ReportFigures figures, MailCulture culture)
    {
        // A picture of nothing says less than a sentence.
        byte[]? chart = figures.IsQuiet ? null : DailyChart.Draw(DailyChart.Bars(figures.Days));
        string name = $"alert-report-{ReportFigures.Day(figures.FirstDay)}-{ReportFigures.Day(figures.LastDay)}";
        var page = new TextPart("html") { Text = ToHtml(figures, culture, $"cid:{ChartId}", isWhole: false), ContentTransferEncoding = ContentEncoding.QuotedPrintable };
        return new Multipart("mixed")
        {
            new MultipartAlternative
            {
                new TextPart("plain") { Text = ToPlainText(figures, culture), ContentTransferEncoding = ContentEncoding.QuotedPrintable },
                chart is null ? page : new MultipartRelated { page, Inline(chart) },
            },
            Attachment("csv", $"{name}.csv", ReportCsv.Write(figures, culture)),
            Attachment("html", $"{name}.html", Encoding.UTF8.GetBytes(ToHtml(figures, culture, $"data:image/png;base64,{Convert.ToBase64String(chart ?? [])}", isWhole: true))),
        };
    }

    private static MimePart Inline(byte[] chart) => new("image", "png")
    {
        ContentId = ChartId,
        Content = new MimeContent(new MemoryStream(chart)),
        ContentDisposition = new ContentDisposition(ContentDisposition.Inline) { FileName = "chart.png" },
        ContentTransferEncoding = ContentEncoding.Base64,
    };

    private static MimePart Attachment(string subtype, string fileName, byte[] content) => new("text", subtype)
    {
        ContentType = { Charset = "utf-8" },
        Content = new MimeContent(new MemoryStream(content)),
        ContentDisposition = new ContentDisposition(ContentDisposition.Attachment) { FileName = fileName },
        ContentTransferEncoding = ContentEncoding.Base64,
    };

    private string ToPlainText(ReportFigures figures, MailCulture culture)
    {
        string text = Sentences.Get(
            "ReportText",
            culture,
            ("from", ReportFigures.Day(figures.FirstDay)),
            ("to", ReportFigures.Day(figures.LastDay)),
            ("zone", figures.TimeZone.Id),
            ("r", Sentences.Grouped(figures.Raised)),
            ("c", Sentences.Grouped(figures.Cleared)),
            ("o", Sentences.Grouped(figures.OpenAtEnd)),
            ("avg", Duration(figures.MeanTimeToClear, culture)),
            ("max", Duration(figures.LongestTimeToClear, culture)),
            ("s", Sentences.Grouped(figures.Mail.Sent)),
            ("t", Sentences.Grouped(figures.Mail.Resent)),
            ("g", Sentences.Grouped(figures.Mail.GivenUp)));
        var mail = new StringBuilder().AppendLine(text);
        if (links.ToConsole(culture) is { } link)
        {
            mail.AppendLine().Append(link.Label).Append(": ").AppendLine(link.Value);
        }

        return mail.AppendLine().AppendLine(Sentences.Get("Footer", culture)).ToString();
    }

    /// <summary>The page.</summary>
    /// <param name="figures">The figures.</param>
    /// <param name="culture">The language.</param>
    /// <param name="chart">Where the chart is.</param>
    /// <param name="isWhole">Whether it is the file that tells all, each day among it.</param>
    private string ToHtml(ReportFigures figures, MailCulture culture, string chart, bool isWhole)
    {
        string period = $"{Sentences.Get("LabelPeriod", culture)}: {figures.Period} ({figures.TimeZone.Id})";
        (string Key, int Count)[] counts = [("ReportRaised", figures.Raised), ("ReportCleared", figures.Cleared), ("ReportOpenAtEnd", figures.OpenAtEnd)];
        string preview = string.Join(" / ", counts.Select(count => $"{Sentences.Get(count.Key, culture)}: {Sentences.Grouped(count.Count)}"));
        var html = new MailHtml(Sentences.Get("ReportHeading", culture), preview, culture, MailHtml.Blue);
        html.Paragraph(period, "padding-top:0;color:#616e7c;", "soft");
        AddTiles(html, figures, culture);
        if (links.ToConsole(culture) is { } link)
        {
            html.Link(link.Label, link.Value);
        }

        if (figures.IsQuiet)
        {
            html.Paragraph(Sentences.Get("ReportNothing", culture));
        }
        else
        {
            html.Section(Sentences.Get(DailyChart.IsWeekly(figures.Days) ? "ReportPerWeek" : "ReportPerDay", culture));
            AddChart(html, figures, chart, culture);
        }

        AddRanking(html, Sentences.Get("ReportTopTypes", culture), Sentences.Get("LabelAlert", culture), figures.AlertTypes.Select(type => type with { Name = figures.TitleOf(type.Name, culture) }), culture);
        AddRanking(html, Sentences.Get("ReportTopComputers", culture), Sentences.Get("LabelComputer", culture), figures.Computers.Select(computer => computer with { Name = HarmlessText.OneLine(computer.Name) }), culture);
        AddMail(html, figures.Mail, culture);
        if (isWhole)
        {
            AddDays(html, figures, culture);
        }

        return html.End(Sentences.Get("Footer", culture));
    }

    /// <summary>The chart with its words around it: the scale to the left, the days below, and what the colours mean.</summary>
    private static void AddChart(MailHtml html, ReportFigures figures, string chart, MailCulture culture)
    {
        const string label = "color:#616e7c;font-size:11px;line-height:1;white-space:nowrap;";
        IReadOnlyList<DayFigures> bars = DailyChart.Bars(figures.Days);
        string alternative = Sentences.Get("ReportChartText", culture, ("r", Sentences.Grouped(figures.Raised)), ("c", Sentences.Grouped(figures.Cleared)));
        string Day(int index) => ReportFigures.Day(bars[index].Day);
        string days = bars.Count == 1
            ? $"""<td align="center" class="soft" style="{label}padding:6px 0;">{Day(0)}</td>"""
            : $"""<td align="left" class="soft" style="{label}padding:6px 0;">{Day(0)}</td>{(bars.Count % 2 == 0 ? "" : $"""<td align="center" class="soft" style="{label}padding:6px 0;">{Day(bars.Count / 2)}</td>""")}<td align="right" class="soft" style="{label}padding:6px 0;">{Day(bars.Count - 1)}</td>""";
        html.Raw($"""
            <tr><td style="padding:0 20px 12px 20px;">{MailHtml.Table()}
            <tr><td></td><td style="padding:0 0 10px 0;font-size:12px;">{Legend(DailyChart.RaisedColour, "ChartRaised")}&nbsp;&nbsp;&nbsp;{Legend(DailyChart.ClearedColour, "ChartCleared")}</td></tr>
            <tr><td valign="top" align="right" class="soft" style="{label}padding:0 8px 0 0;">{Sentences.Grouped(DailyChart.Scale(bars))}</td><td rowspan="2" width="100%"><img src="{chart}" width="{Sentences.Of(DailyChart.ShownWidth)}" height="{Sentences.Of(DailyChart.ShownHeight)}" alt="{MailHtml.E(alternative)}" style="display:block;width:100%;height:auto;border:0;"></td></tr>
            <tr><td valign="bottom" align="right" class="soft" style="{label}padding:0 8px 0 0;">0</td></tr>
            <tr><td></td><td>{MailHtml.Table()}<tr>{days}</tr></table></td></tr>
            </table></td></tr>
            """);

        string Legend(string colour, string key) => $"""<span style="background-color:{colour};font-size:10px;">&nbsp;&nbsp;&nbsp;</span>&nbsp;{MailHtml.E(Sentences.Get(key, culture))}""";
    }

    /// <summary>The figures in two rows of two: four in a row are too narrow for a phone.</summary>
    private static void AddTiles(MailHtml html, ReportFigures figures, MailCulture culture)
    {
        string longest = Sentences.Get("ReportLongest", culture, ("max", Duration(figures.LongestTimeToClear, culture)));
        html.Raw($"""
            <tr><td style="padding:0 16px 8px 16px;">{MailHtml.Table(spacing: 4)}
            <tr>{Tile("ReportRaised", Sentences.Grouped(figures.Raised))}{Tile("ReportCleared", Sentences.Grouped(figures.Cleared))}</tr>
            <tr>{Tile("ReportOpenAtEnd", Sentences.Grouped(figures.OpenAtEnd))}{Tile("ReportMean", Duration(figures.MeanTimeToClear, culture), longest)}</tr>
            </table></td></tr>
            """);

        string Tile(string key, string value, string note = "") =>
            $"""<td width="50%" valign="top" class="tile" style="width:50%;background-color:#f3f6fa;padding:10px 12px;"><div class="soft" style="{MailHtml.Soft}">{MailHtml.E(Sentences.Get(key, culture))}</div><div style="font-size:20px;font-weight:bold;line-height:1.5;">{MailHtml.E(value)}</div><div class="soft" style="{MailHtml.Soft}">{MailHtml.E(note)}</div></td>""";
    }

    private static void AddRanking(MailHtml html, string heading, string label, IEnumerable<NameFigures> names, MailCulture culture)
    {
        List<NameFigures> first = names.Where(name => name.Raised > 0).Take(Places).ToList();
        if (first.Count == 0)
        {
            return;
        }

        BeginTable(html, heading, label, Sentences.Get("ReportRaised", culture), Sentences.Get("ReportCleared", culture));
        foreach (NameFigures name in first)
        {
            AddRow(html, name.Name, Sentences.Grouped(name.Raised), Sentences.Grouped(name.Cleared));
        }

        html.EndFields();
    }

    private static void AddMail(MailHtml html, MailFigures mail, MailCulture culture)
    {
        BeginTable(html, Sentences.Get("ReportMail", culture), "", Sentences.Get("LabelRecipients", culture));
        AddRow(html, Sentences.Get("CsvSent", culture), Sentences.Grouped(mail.Sent));
        AddRow(html, Sentences.Get("CsvResent", culture), Sentences.Grouped(mail.Resent));
        AddRow(html, Sentences.Get("CsvGivenUp", culture), Sentences.Grouped(mail.GivenUp));
        foreach ((string reply, int count) in mail.Reasons)
        {
            AddRow(html, $"— {reply}", Sentences.Grouped(count));
        }

        html.EndFields();
        if (mail.Failures.All(count => count == 0))
        {
            return;
        }

        BeginTable(html, Sentences.Get("ReportFailures", culture), "", Sentences.Get("LabelAttempts", culture));
        for (int pattern = 1; pattern <= mail.Failures.Count; pattern++)
        {
            AddRow(html, Sentences.Get($"CsvFailures{Sentences.Of(pattern)}", culture), Sentences.Grouped(mail.Failures[pattern - 1]));
        }

        html.EndFields();
    }

    private static void AddDays(MailHtml html, ReportFigures figures, MailCulture culture)
    {
        BeginTable(html, Sentences.Get("ReportDays", culture), Sentences.Get("LabelDay", culture), Sentences.Get("ReportRaised", culture), Sentences.Get("ReportCleared", culture));
        foreach (DayFigures day in figures.Days)
        {
            AddRow(html, ReportFigures.Day(day.Day), Sentences.Grouped(day.Raised), Sentences.Grouped(day.Cleared));
        }

        html.EndFields();
    }

    private static void BeginTable(MailHtml html, string heading, string label, params ReadOnlySpan<string> columns)
    {
        html.Section(heading).BeginFields();
        var row = new StringBuilder();
        row.Append(CultureInfo.InvariantCulture, $"""<tr><td class="soft" style="{Head}padding-left:0;">{MailHtml.E(label)}</td>""");
        foreach (string column in columns)
        {
            row.Append(CultureInfo.InvariantCulture, $"""<td align="right" width="60" class="soft" style="{Head}width:60px;">{MailHtml.E(column)}</td>""");
        }

        html.Raw(row.Append("</tr>").ToString());
    }

    private static void AddRow(MailHtml html, string name, params ReadOnlySpan<string> values)
    {
        var row = new StringBuilder();
        row.Append(CultureInfo.InvariantCulture, $"""<tr><td valign="top" dir="auto" class="line" style="{NameCell}">{MailHtml.E(name)}</td>""");
        foreach (string value in values)
        {
            row.Append(CultureInfo.InvariantCulture, $"""<td align="right" valign="top" class="line" style="{Cell}">{MailHtml.E(value)}</td>""");
        }

        html.Raw(row.Append("</tr>").ToString());
    }

    private static string Duration(TimeSpan? time, MailCulture culture) => time is { } known ? Durations.Of(known, culture) : "-";
}
