using System.Buffers.Binary;
using System.Globalization;
using System.Text;
using AlertFunctions.Core.Alerts;
using AlertFunctions.Core.Mail.Compose;
using AlertFunctions.Core.ScheduledTasks;
using AlertFunctions.Core.ScheduledTasks.Reports;
using AlertFunctions.Core.ScheduledTasks.Summaries;
using AlertFunctions.Core.Settings;
using AlertFunctions.Core.Texts;
using AlertFunctions.Testing;
using MimeKit;

namespace AlertFunctions.Tests.ScheduledTasks;

/// <summary>What scheduled mail says. Golden files hold every word of it in both languages.</summary>
public sealed class ScheduledMailTests
{
    private static readonly TimeZoneInfo s_tokyo = TimeZoneInfo.FindSystemTimeZoneById("Asia/Tokyo");
    private static readonly MailSettings s_settings = new() { TimeZone = s_tokyo, ConsoleUrl = "https://alerts.example.com" };
    private static readonly ConsoleLinks s_links = new(s_settings, new SmtpSettings());

    /// <summary>A summary with two types, one of which is on more computers than it names.</summary>
    private static readonly OutstandingAlerts s_outstanding = new(FakeClock.Origin,
    [
        new OutstandingType(
            new AlertType("Eicar") { Severity = Severity.Critical, TitleJa = "不正プログラム検出: Eicar", TitleEn = "Malware Detected: Eicar" },
            102,
            [new OutstandingComputer("端末A", FakeClock.Origin.AddDays(-3).AddHours(-4)), new OutstandingComputer("server-2.example.com", FakeClock.Origin.AddHours(-5).AddMinutes(-7))]),
        new OutstandingType(new AlertType("disk"), 3, [new OutstandingComputer("<b>&\"", FakeClock.Origin.AddMinutes(-12)), new OutstandingComputer("端末C", FakeClock.Origin.AddSeconds(-9)), new OutstandingComputer("未来", FakeClock.Origin.AddHours(1))]),
    ]);

    public static TheoryData<string> Cultures => ["ja", "en"];

    [Theory]
    [MemberData(nameof(Cultures))]
    public void The_summary_is_that_of_the_golden_file(string culture)
    {
        MailCulture language = CultureOf(culture);
        MimeEntity body = new SummaryRenderer(s_settings, s_links).Render(s_outstanding, language);
        AssertGolden($"summary.{culture}.txt", $"Subject: {SummaryRenderer.Subject(s_outstanding, language)}\n\n{Part(body, "plain").Text}");
        AssertGolden($"summary.{culture}.html", Part(body, "html").Text);
    }

    [Theory]
    [MemberData(nameof(Cultures))]
    public void A_summary_says_that_nothing_is_open(string culture)
    {
        MailCulture language = CultureOf(culture);
        var nothing = new OutstandingAlerts(FakeClock.Origin, []);
        MimeEntity body = new SummaryRenderer(s_settings, s_links).Render(nothing, language);
        AssertGolden($"summary-none.{culture}.txt", $"Subject: {SummaryRenderer.Subject(nothing, language)}\n\n{Part(body, "plain").Text}");
        AssertGolden($"summary-none.{culture}.html", Part(body, "html").Text);
    }

    [Theory]
    [MemberData(nameof(Cultures))]
    public void The_report_is_that_of_the_golden_files(string culture)
    {
        MailCulture language = CultureOf(culture);
        ReportFigures figures = Figures(7);
        MimeEntity body = new ReportRenderer(s_links).Render(figures, language);
        AssertGolden($"report.{culture}.txt", $"Subject: {ReportRenderer.Subject(figures, language)}\n\n{Part(body, "plain").Text}");
        AssertGolden($"report.{culture}.html", Part(body, "html").Text);
        AssertGolden($"report.{culture}.csv", Encoding.UTF8.GetString(Decode(Attachment(body, ".csv"))), keepLineEndings: true);
    }

    [Theory]
    [MemberData(nameof(Cultures))]
    public void The_attached_file_holds_the_whole_report_and_needs_nothing_else(string culture)
    {
        ReportFigures figures = Figures(31);
        MimeEntity body = new ReportRenderer(s_links).Render(figures, CultureOf(culture));
        MimePart file = Attachment(body, ".html");
        string html = Encoding.UTF8.GetString(Decode(file));

        Assert.Equal("utf-8", file.ContentType.Charset);
        Assert.Contains("""<img src="data:image/png;base64,iVBOR""", html, StringComparison.Ordinal);
        Assert.DoesNotContain("cid:", html, StringComparison.Ordinal);
        Assert.DoesNotContain("<script", html, StringComparison.OrdinalIgnoreCase);
        Assert.All(figures.Days, day => Assert.Contains($">{ReportFigures.Day(day.Day)}<", html, StringComparison.Ordinal));
    }

    [Fact]
    public void A_report_of_nothing_is_a_report()
    {
        var figures = new ReportTally(FakeClock.Origin.AddDays(-1), FakeClock.Origin, TimeZoneInfo.Utc).ToFigures(0, new Dictionary<string, AlertType>(StringComparer.Ordinal));
        MimeEntity body = new ReportRenderer(s_links).Render(figures, MailCulture.En);
        Assert.Contains("Raised: 0 / Cleared: 0 / Outstanding at end: 0", Part(body, "plain").Text, StringComparison.Ordinal);
        Assert.Contains("average -, longest -", Part(body, "plain").Text, StringComparison.Ordinal);
        Assert.Contains("No alerts were raised or cleared in this period.", Part(body, "html").Text, StringComparison.Ordinal);
        Assert.DoesNotContain("<img", Part(body, "html").Text, StringComparison.Ordinal);
        Assert.DoesNotContain(Parts(body), part => part.ContentType.IsMimeType("image", "png"));
    }

    [Fact]
    public void The_chart_has_no_ground_of_its_own_so_that_it_stands_on_a_dark_page()
    {
        using SkiaSharp.SKBitmap chart = SkiaSharp.SKBitmap.Decode(DailyChart.Draw(DailyChart.Bars(Figures(7).Days)));

        // Between the lines, left of the first bar.
        Assert.Equal(0, chart.GetPixel(2, 20).Alpha);
    }

    [Fact]
    public void A_summary_of_thousands_stays_below_what_Gmail_cuts_off_and_says_first_what_it_leaves_out()
    {
        var types = Enumerable.Range(0, 200).Select(type => new OutstandingType(
            new AlertType($"alert {type} {new string('題', 200)}"),
            1_000,
            Enumerable.Range(0, 10).Select(computer => new OutstandingComputer($"{computer}{new string('"', 255)}", FakeClock.Origin.AddHours(-type))).ToList())).ToList();

        string html = Part(new SummaryRenderer(s_settings, s_links).Render(new OutstandingAlerts(FakeClock.Origin, types), MailCulture.En), "html").Text;

        Assert.InRange(Encoding.UTF8.GetByteCount(html), 40_000, 80_000);
        int listed = System.Text.RegularExpressions.Regex.Count(html, ">raised ", System.Text.RegularExpressions.RegexOptions.None, TimeSpan.FromSeconds(10));
        string remainder = string.Create(CultureInfo.InvariantCulture, $"{listed} listed below, {200_000 - listed:N0} more not listed.");
        Assert.InRange(html.IndexOf(remainder, StringComparison.Ordinal), 1, html.IndexOf(">raised ", StringComparison.Ordinal));
        Assert.InRange(html.IndexOf("""<a href="https://alerts.example.com" """, StringComparison.Ordinal), 1, html.IndexOf(">raised ", StringComparison.Ordinal));
    }

    [Fact]
    public void One_computer_is_not_computer_s()
    {
        var one = new OutstandingAlerts(FakeClock.Origin, [new OutstandingType(new AlertType("disk"), 1, [new OutstandingComputer("server-1", FakeClock.Origin)])]);
        Assert.Contains("■ disk (Warning, 1 computer)\n", Part(new SummaryRenderer(s_settings, s_links).Render(one, MailCulture.En), "plain").Text.ReplaceLineEndings("\n"), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(7)]
    [InlineData(31)]
    [InlineData(366)]
    public void The_chart_is_a_picture_of_twice_its_shown_size(int days)
    {
        byte[] png = DailyChart.Draw(DailyChart.Bars(Figures(days).Days));

        Assert.Equal([0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A], png[..8]);
        Assert.Equal(DailyChart.ShownWidth * 2, BinaryPrimitives.ReadInt32BigEndian(png.AsSpan(16)));
        Assert.Equal(DailyChart.ShownHeight * 2, BinaryPrimitives.ReadInt32BigEndian(png.AsSpan(20)));
        Assert.InRange(png.Length, 1_000, 100_000);
    }

    internal static MailCulture CultureOf(string culture) => culture == "ja" ? MailCulture.Ja : MailCulture.En;

    internal static TextPart Part(MimeEntity body, string subtype) => Parts(body).OfType<TextPart>().First(part => part.ContentType.IsMimeType("text", subtype) && !part.IsAttachment);

    internal static MimePart Attachment(MimeEntity body, string ending) => Parts(body).OfType<MimePart>().Single(part => part.FileName?.EndsWith(ending, StringComparison.Ordinal) == true);

    internal static byte[] Decode(MimePart part)
    {
        using var bytes = new MemoryStream();
        part.Content!.DecodeTo(bytes);
        return bytes.ToArray();
    }

    private static IEnumerable<MimeEntity> Parts(MimeEntity entity) => entity is Multipart multipart ? multipart.SelectMany(Parts) : [entity];

    private static ReportFigures Figures(int days)
    {
        DateOnly first = new DateOnly(2026, 11, 24).AddDays(-days);
        return new ReportFigures(
            LocalDays.StartOf(first, s_tokyo),
            LocalDays.StartOf(first.AddDays(days), s_tokyo),
            s_tokyo,
            Enumerable.Range(0, days).Select(day => new DayFigures(first.AddDays(day), day * 37 % 23, day * 29 % 19)).ToList(),
            OpenAtEnd: 12,
            TimeSpan.FromMinutes(143),
            TimeSpan.FromHours(77),
            [new NameFigures("Eicar", 31, 24), new NameFigures("=HYPERLINK(\"http://evil\")", 5, 6), new NameFigures("only cleared", 0, 2)],
            [
                new NameFigures("端末A", 14, 12),
                new NameFigures("<script>alert(1)</script>", 9, 9),
                .. Enumerable.Range(1, 11).Select(number => new NameFigures(string.Create(CultureInfo.InvariantCulture, $"server-{number:00}.tokyo.example.com"), 8, 5)),
            ],
            new MailFigures(118, 7, 2, [14, 3, 6], [("550 5.1.1 <gone@example.com>: no such user", 1), ("554 5.7.1 \"spam\", refused", 1)]),
            new Dictionary<string, AlertType>(StringComparer.Ordinal) { ["Eicar"] = new("Eicar") { TitleJa = "不正プログラム検出: Eicar", TitleEn = "Malware Detected: Eicar" } });
    }

    /// <summary>Compares with a golden file; <c>WRITE_GOLDEN_FILES=1</c> writes it instead, for a person to read before it is committed.</summary>
    private static void AssertGolden(string name, string text, bool keepLineEndings = false)
    {
        string path = Repository.PathOf("tests", "AlertFunctions.Tests", "ScheduledTasks", "Golden", name);
        string actual = keepLineEndings ? text : text.ReplaceLineEndings("\n");
        if (Environment.GetEnvironmentVariable("WRITE_GOLDEN_FILES") == "1")
        {
            File.WriteAllText(path, actual);
        }

        Assert.Equal(Encoding.UTF8.GetString(File.ReadAllBytes(path)), actual);
    }
}
