using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;
using AlertFunctions.Core.Mail.Compose;
using AlertFunctions.Core.Mail.Queue;
using AlertFunctions.Core.Outbox;
using AlertFunctions.Core.Settings;
using AlertFunctions.Core.Storage;
using AlertFunctions.Core.Texts;
using AlertFunctions.Testing;

namespace AlertFunctions.Tests.Mail;

/// <summary>What readers see of an alert mail: of one computer and of many, cleared and by whom, and where its link leads.</summary>
public sealed class AlertMailTests
{
    private static readonly SmtpSettings s_remote = new() { Host = "mx.example.com" };

    public static TheoryData<MailKind, string, string> LargeMails => new()
    {
        { MailKind.Raised, "server", "Eicar_test_file" },
        { MailKind.Cleared, "server", "駆除しました" },
        { MailKind.Raised, new string('題', 250), new string('あ', 500) },
        { MailKind.Cleared, string.Concat(Enumerable.Repeat("😀", 125)), new string('"', 500) },
    };

    [Theory]
    [MemberData(nameof(LargeMails))]
    public void A_mail_about_150_computers_stays_below_what_Gmail_cuts_off_and_says_first_what_it_leaves_out(MailKind kind, string name, string text)
    {
        string title = name.Length > 100 ? name : "Eicar";
        var computers = Enumerable.Range(0, 100).Select(i => new AffectedComputer($"{i:000}{name}", FakeClock.Origin, FakeClock.Origin.AddDays(-1), $"{i:000}{text}")).ToList();

        string html = Write(kind, 150, computers, MailCulture.En, title).ToHtml();

        Assert.InRange(Encoding.UTF8.GetByteCount(html), 10_000, 80_000);
        int listed = Regex.Count(html, """<span class="soft" """, RegexOptions.None, TimeSpan.FromSeconds(10));
        int first = html.IndexOf("""<span class="soft" """, StringComparison.Ordinal);
        Assert.InRange(listed, 20, 100);
        Assert.InRange(html.IndexOf("150 computers", StringComparison.Ordinal), 1, first);
        Assert.InRange(html.IndexOf(string.Create(CultureInfo.InvariantCulture, $"{listed} listed below, {150 - listed} more not listed"), StringComparison.Ordinal), 1, first);
        Assert.InRange(html.IndexOf("<a href=", StringComparison.Ordinal), 1, first);
    }

    [Theory]
    [InlineData(20, true)]
    [InlineData(21, false)]
    public void Up_to_20_computers_have_a_card_each_and_more_are_rows(int count, bool areCards)
    {
        var computers = Enumerable.Range(0, count).Select(i => new AffectedComputer($"server-{i}", FakeClock.Origin, RaisedAt: null, "one\ntwo")).ToList();

        string html = Write(MailKind.Raised, count, computers, MailCulture.En).ToHtml();

        Assert.Equal(areCards, html.Contains("one<br>two", StringComparison.Ordinal));
        Assert.Equal(!areCards, html.Contains("11:00:00 &#x2B;09:00 · one two", StringComparison.Ordinal));
        Assert.All(computers, computer => Assert.Contains($">{computer.Computer}<", html, StringComparison.Ordinal));
    }

    [Fact]
    public void Twenty_cards_of_the_longest_texts_stay_below_what_Gmail_cuts_off()
    {
        var computers = Enumerable.Range(0, 20).Select(i => new AffectedComputer(new string('"', 256), FakeClock.Origin, RaisedAt: null, new string('"', 500))).ToList();

        Assert.InRange(Encoding.UTF8.GetByteCount(Write(MailKind.Raised, 20, computers, MailCulture.Ja, new string('"', 256)).ToHtml()), 60_000, 80_000);
    }

    [Fact]
    public void A_clear_says_by_whom_and_how_long_the_alert_was_open()
    {
        string text = PlainText(Write(MailKind.Cleared, 1, [new AffectedComputer("server-1", FakeClock.Origin, FakeClock.Origin.AddHours(-26), "removed", "anna")], MailCulture.En));

        Assert.Contains("■ server-1\nRaised: 2026-11-23 09:00:00 +09:00\nCleared: 2026-11-24 11:00:00 +09:00\nOpen for: 1 d 2 h\nCleared by: anna\nNote: removed\n", text, StringComparison.Ordinal);
    }

    [Fact]
    public void A_note_about_several_computers_stands_once()
    {
        AffectedComputer[] computers = [new("server-1", FakeClock.Origin, FakeClock.Origin, "removed", "anna"), new("server-2", FakeClock.Origin, FakeClock.Origin, "removed", "anna")];

        string text = PlainText(Write(MailKind.Cleared, 2, computers, MailCulture.En));

        Assert.Contains("Affected: 2 computers\nCleared by: anna\nNote: removed\n", text, StringComparison.Ordinal);
        Assert.Single(Regex.Matches(text, "removed", RegexOptions.None, TimeSpan.FromSeconds(10)));
        Assert.Single(Regex.Matches(text, "anna", RegexOptions.None, TimeSpan.FromSeconds(10)));
    }

    [Fact]
    public void Notes_that_differ_stand_with_their_computers()
    {
        AffectedComputer[] computers = [new("server-1", FakeClock.Origin, FakeClock.Origin, "removed", "anna"), new("server-2", FakeClock.Origin, FakeClock.Origin)];

        string text = PlainText(Write(MailKind.Cleared, 2, computers, MailCulture.En));

        Assert.Contains("Open for: 0 s\nCleared by: anna\nNote: removed\n\n■ server-2\n", text, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(1, "Affected: 1 computer\n")]
    [InlineData(2, "Affected: 2 computers\n")]
    [InlineData(1234, "Affected: 1,234 computers\n")]
    public void Computers_are_counted_as_people_write_it(int count, string line) =>
        Assert.Contains(line, PlainText(Write(MailKind.Raised, count, [], MailCulture.En)), StringComparison.Ordinal);

    [Fact]
    public void What_inboxes_show_beside_the_subject_names_the_alert_and_its_computers()
    {
        AffectedComputer[] computers = [.. Enumerable.Range(1, 4).Select(i => new AffectedComputer($"server-{i}", FakeClock.Origin))];

        Assert.Equal("Test virus (Critical): server-1, server-2, server-3, … and 9 more", Write(MailKind.Raised, 12, computers, MailCulture.En).Preview);
    }

    [Fact]
    public void A_table_says_how_its_text_looks_since_without_a_DOCTYPE_it_inherits_none_of_it()
    {
        string html = Write(MailKind.Cleared, 1, [new AffectedComputer("server-1", FakeClock.Origin, FakeClock.Origin, "removed", "anna")], MailCulture.Ja).ToHtml();

        MatchCollection tables = Regex.Matches(html, "<table [^>]*>", RegexOptions.None, TimeSpan.FromSeconds(10));
        Assert.True(tables.Count > 4);
        Assert.All(tables.Skip(1), table => Assert.Contains("font-size:14px;line-height:1.6;", table.Value, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("Eicar", "server-1", "#alert=Eicar&computer=server-1")]
    [InlineData("a b&c=d#e", "端末A", "#alert=a%20b%26c%3Dd%23e&computer=%E7%AB%AF%E6%9C%ABA")]
    [InlineData("Eicar", null, "#alert=Eicar")]
    public void The_link_leads_to_the_alert(string alert, string? computer, string fragment) =>
        Assert.Equal($"https://alerts.example.com/{fragment}", Links("https://alerts.example.com", s_remote).ToAlert(alert, computer, MailCulture.En)?.Value);

    [Fact]
    public void A_link_too_long_for_a_client_leads_less_far()
    {
        ConsoleLinks links = Links("https://alerts.example.com", s_remote);

        Assert.Equal("https://alerts.example.com/#alert=Eicar", links.ToAlert("Eicar", new string('あ', 256), MailCulture.En)?.Value);
        Assert.Equal("https://alerts.example.com", links.ToAlert(new string('あ', 256), null, MailCulture.En)?.Value);
    }

    [Theory]
    [InlineData("http://localhost:7071")]
    [InlineData("http://LOCALHOST:7071")]
    [InlineData("http://127.0.0.1:7071")]
    [InlineData("http://[::1]:7071")]
    [InlineData("http://0.0.0.0:8080")]
    [InlineData("http://[::]:8080")]
    [InlineData("http://+:8080")]
    public void No_mail_to_somebody_else_has_a_link_to_the_reader_s_own_machine(string console)
    {
        Assert.Null(Links(console, s_remote).Console);
        Assert.Null(Links(console, s_remote).ToAlert("Eicar", null, MailCulture.En));
    }

    [Fact]
    public void A_developer_s_inbox_has_links_to_the_developer_s_machine() =>
        Assert.Equal("http://localhost:7071", Links("http://localhost:7071", new SmtpSettings { Host = "127.0.0.1" }).Console);

    private static ConsoleLinks Links(string console, SmtpSettings smtp) => new(new MailSettings { ConsoleUrl = console }, smtp);

    private static string PlainText(MailText text) => text.ToPlainText().ReplaceLineEndings("\n");

    private static MailText Write(MailKind kind, int count, IReadOnlyList<AffectedComputer> computers, MailCulture culture, string title = "Test virus")
    {
        var content = new AlertMailContent(title, title, Severity.Critical, count, computers, "Asia/Tokyo");
        return AlertMailText.Of(new OutgoingMail(new Shard(0), "01JDEXAMPLE000000000000000", kind, title, content, FakeClock.Origin), content, TimeZoneInfo.FindSystemTimeZoneById("Asia/Tokyo"), Links("https://alerts.example.com", s_remote), culture);
    }
}
