using System.Text;
using System.Text.RegularExpressions;
using AlertFunctions.Core.Mail.Compose;
using AlertFunctions.Core.Mail.Queue;
using AlertFunctions.Core.Outbox;
using AlertFunctions.Core.Settings;
using AlertFunctions.Core.Storage;
using AlertFunctions.Core.Texts;
using AlertFunctions.Testing;
using MimeKit;

namespace AlertFunctions.Tests.Mail;

/// <summary>What a mail says and how it is made, without storage and without a server.</summary>
public sealed partial class MailTests
{
    private static readonly SmtpSettings s_smtp = new() { Host = "127.0.0.1", Port = 25, From = new MailboxAddress("", "alerts@example.com") };
    private static readonly MailSettings s_mail = new() { ConsoleUrl = "https://alerts.example.com" };

    private static readonly string[] s_hostile =
    [
        "<script>alert(1)</script>",
        "\"><img src=x onerror=alert(1)>",
        "&lt;b&gt; &amp; ' \" `",
        "a\r\nBcc: victim@example.com",
        "a\nContent-Type: text/html\n\n<b>x</b>",
        "a\r\n.\r\nMAIL FROM:<x@example.com>",
        "\u202Egpj.exe\u202C \u2066x\u2069 \u200Fy",
        "zero\u200Bwidth\u2060\uFEFF",
        "\0\u0001\u0007\u001B[31m\u007F\u0085\u009B",
        "lone \uD800 and \uDC00",
        "{title} {n} {computers}",
        "😀👩‍👩‍👧 e\u0301 나 ع",
        new string('x', 4_096),
        new string('あ', 4_096),
        "■ 端末Z\n発生日時: 2000-01-01\n内容: forged",
        "line one\u2028line two\u2029line three\vline four",
    ];

    public static TheoryData<string, string> Golden => new() { { "raise", "ja" }, { "raise", "en" }, { "clear", "ja" }, { "clear", "en" } };

    public static TheoryData<int> Hostile => [.. Enumerable.Range(0, s_hostile.Length)];

    [Theory]
    [MemberData(nameof(Golden))]
    public void The_text_is_that_of_the_golden_file(string kind, string culture)
    {
        OutgoingMail mail = Mail(
            kind == "raise" ? MailKind.Raised : MailKind.Cleared,
            count: 103,
            [
                new AffectedComputer("端末A", FakeClock.Origin, kind == "raise" ? null : FakeClock.Origin.AddHours(-26), kind == "raise" ? "Eicar_test_file\n/home/user/eicar.com" : "駆除しました"),
                new AffectedComputer("server-2.example.com", FakeClock.Origin.AddMinutes(-1), kind == "raise" ? null : FakeClock.Origin.AddHours(-2), null),
            ]);

        MimeMessage message = Render(mail, culture == "ja" ? MailCulture.Ja : MailCulture.En);

        string path = Repository.PathOf("tests", "AlertFunctions.Tests", "Mail", "Golden", $"{kind}.{culture}.txt");
        string actual = $"Subject: {message.Subject}\n\n{message.TextBody!.ReplaceLineEndings("\n")}";
        if (Environment.GetEnvironmentVariable("WRITE_GOLDEN_FILES") == "1")
        {
            File.WriteAllText(path, actual);
        }

        Assert.Equal(File.ReadAllText(path), actual);
    }

    [Theory]
    [MemberData(nameof(Golden))]
    public void The_HTML_is_well_formed_and_says_what_the_text_says(string kind, string culture)
    {
        OutgoingMail mail = Mail(kind == "raise" ? MailKind.Raised : MailKind.Cleared, 2, [new AffectedComputer("端末A", FakeClock.Origin, FakeClock.Origin, "one\ntwo"), new AffectedComputer("端末B", FakeClock.Origin, FakeClock.Origin, null)]);

        MimeMessage message = Render(mail, culture == "ja" ? MailCulture.Ja : MailCulture.En);

        Tags(message.HtmlBody!); // fails when they do not balance
        string shown = System.Net.WebUtility.HtmlDecode(Tag().Replace(message.HtmlBody!.Replace("<br>", "\n", StringComparison.Ordinal), "\n"));
        foreach (string line in message.TextBody!.ReplaceLineEndings("\n").Split('\n', StringSplitOptions.RemoveEmptyEntries))
        {
            string said = line.TrimStart('■', ' ');
            Assert.All(said.Split(": ", 2), part => Assert.Contains(part, shown + "https://alerts.example.com/#alert=Eicar", StringComparison.Ordinal));
        }

        Assert.Contains("""<a href="https://alerts.example.com/#alert=Eicar" """, message.HtmlBody!, StringComparison.Ordinal);
        Assert.DoesNotContain("<script", message.HtmlBody!, StringComparison.OrdinalIgnoreCase);
        Assert.DoesNotContain("<img", message.HtmlBody!, StringComparison.OrdinalIgnoreCase);
    }

    [Theory]
    [MemberData(nameof(Hostile))]
    public void Hostile_text_comes_out_harmless_wherever_it_stands(int index)
    {
        string hostile = s_hostile[index];
        OutgoingMail benign = Mail(MailKind.Raised, 1, [new AffectedComputer("computer", FakeClock.Origin, null, "message")]);
        string name = hostile.Length > 256 ? hostile[..256] : hostile;
        var attack = benign with { AlertType = name, Content = ((AlertMailContent)benign.Content!) with { TitleJa = name, TitleEn = name, Computers = [new AffectedComputer(name, FakeClock.Origin, null, hostile)] } };

        MimeMessage message = Receive(Render(attack, MailCulture.En));

        // No header more, no recipient more, no part more.
        MimeMessage plain = Receive(Render(benign, MailCulture.En));
        Assert.Equal(plain.Headers.Select(header => header.Field), message.Headers.Select(header => header.Field));
        Assert.Equal("ops@example.com", message.To.ToString());
        Assert.Equal(2, Assert.IsType<MultipartAlternative>(message.Body).Count);

        // No line that passes for one of ours, and no tag more than the breaks of its own lines.
        Assert.Equal(Structure(plain.TextBody!), Structure(message.TextBody!));
        Assert.Equal(Tags(plain.HtmlBody!), Tags(message.HtmlBody!).Where(tag => tag != "br"));
        foreach (string text in (string[])[message.Subject!, message.TextBody!.ReplaceLineEndings(""), message.HtmlBody!.ReplaceLineEndings(""), System.Net.WebUtility.HtmlDecode(message.HtmlBody!).ReplaceLineEndings("")])
        {
            Assert.DoesNotContain(text, c => char.IsControl(c));
            Assert.DoesNotContain(text, c => c is >= '\u202A' and <= '\u202E' or >= '\u2066' and <= '\u2069' or '\u200F' or '\u200E' or '\u200B' or '\u2060' or '\uFEFF');
        }
    }

    [Fact]
    public void Hostile_text_stays_readable()
    {
        OutgoingMail mail = Mail(MailKind.Raised, 1, [new AffectedComputer("a\r\nb", FakeClock.Origin, null, "C:\\temp\r\n<b>fett</b> & 😀👩‍👩‍👧\nthird\tcolumn")]);

        string text = Receive(Render(mail, MailCulture.En)).TextBody!.ReplaceLineEndings("\n");

        Assert.Contains("■ a b\n", text, StringComparison.Ordinal);
        Assert.Contains("Details: C:\\temp\n    <b>fett</b> & 😀👩‍👩‍👧\n    third column\n", text, StringComparison.Ordinal);
    }

    [Fact]
    public void Lines_are_short_and_end_in_CRLF_and_all_is_ASCII_however_long_the_text()
    {
        var computers = Enumerable.Range(0, 100).Select(i => new AffectedComputer(new string('あ', 256), FakeClock.Origin, null, new string('x', 500))).ToList();
        OutgoingMail mail = Mail(MailKind.Raised, 100, computers);

        byte[] sent = Transferred(Render(mail with { Content = ((AlertMailContent)mail.Content!) with { TitleJa = new string('題', 256) } }, MailCulture.Ja));

        string text = Encoding.Latin1.GetString(sent);
        Assert.DoesNotContain(text, c => c > '\x7f');
        Assert.Equal(text.Count(c => c == '\n'), Regex.Count(text, "\r\n", RegexOptions.None, TimeSpan.FromSeconds(10)));
        Assert.Equal(text.Count(c => c == '\r'), text.Count(c => c == '\n'));
        Assert.All(text.Split("\r\n"), line => Assert.InRange(line.Length, 0, 998));
        Assert.EndsWith("\r\n", text, StringComparison.Ordinal);
    }

    [Fact]
    public void The_headers_say_that_a_machine_wrote_it_when_and_what_it_belongs_to()
    {
        OutgoingMail raise = Mail(MailKind.Raised, 1, []);
        OutgoingMail clear = Mail(MailKind.Cleared, 1, []) with { Id = "01JDEXAMPLE000000000000001" };

        MimeMessage first = Receive(Render(raise, MailCulture.Ja));
        MimeMessage second = Receive(Render(clear, MailCulture.Ja));
        MimeMessage other = Receive(Render(raise with { AlertType = "Malware" }, MailCulture.Ja));

        Assert.Equal("auto-generated", first.Headers[HeaderId.AutoSubmitted]);
        Assert.Equal("All", first.Headers["X-Auto-Response-Suppress"]);
        Assert.Equal(FakeClock.Origin, first.Date);
        Assert.Equal(TimeSpan.FromHours(9), first.Date.Offset);
        Assert.Equal("alerts@example.com", first.From.ToString());
        Assert.Equal(first.References, second.References);
        Assert.Equal(first.References.Single(), first.InReplyTo);
        Assert.Equal("AlertFunctions <alertfunctions.alerts.example.com>", first.Headers[HeaderId.ListId]);
        Assert.NotEqual(first.References, other.References);
        Assert.NotEqual(first.MessageId, second.MessageId);
        Assert.EndsWith("@example.com", first.MessageId, StringComparison.Ordinal);
        Assert.Single(first.Headers, header => header.Id == HeaderId.MessageId);
    }

    [Fact]
    public void A_re_sent_mail_has_the_date_of_its_attempt_and_tells_in_its_body_when_things_happened()
    {
        var clock = new FakeClock();
        clock.Advance(TimeSpan.FromDays(8));

        MimeMessage message = NewRenderer(clock: clock).Render(Mail(MailKind.Raised, 1, [new AffectedComputer("端末A", FakeClock.Origin)]), Anybody(MailCulture.En), "ops@example.com");

        Assert.Equal(FakeClock.Origin.AddDays(8), message.Date);
        Assert.Contains("Time: 2026-11-24 11:00:00 +09:00", message.TextBody!, StringComparison.Ordinal);
    }

    [Fact]
    public void Each_recipient_has_a_message_id_that_no_attempt_and_no_new_address_changes()
    {
        OutgoingMail mail = Mail(MailKind.Raised, 1, []);
        var renderer = NewRenderer();
        var anna = new Recipient("anna", "anna@example.com", MailCulture.En, FakeClock.Origin);

        string first = renderer.Render(mail, anna, "anna@example.com").MessageId!;
        string again = renderer.Render(mail, anna with { Attempts = 3, Culture = MailCulture.En, DueAt = FakeClock.Origin.AddHours(1), Address = "new@example.com" }, "new@example.com").MessageId!;
        string address = renderer.Render(mail, anna with { User = null }, "anna@example.com").MessageId!;
        string otherMail = renderer.Render(mail with { Id = $"{mail.Id}.2" }, anna, "anna@example.com").MessageId!;

        Assert.Equal(first, again);
        Assert.Equal(3, new[] { first, address, otherMail }.Distinct(StringComparer.Ordinal).Count());
    }

    [Theory]
    [InlineData("alerts@例え.jp")]
    [InlineData("Alerts of 東京 <alerts@example.com>")]
    [InlineData("Alerts (Tokyo), Inc. <alerts@example.com>")]
    [InlineData("alerts@[127.0.0.1]")]
    [InlineData("alerts@localhost")]
    public void Any_From_address_that_the_settings_accept_makes_a_mail(string from)
    {
        Assert.True(AlertFunctions.Core.Texts.EmailAddress.TryParseMailbox(from, out MailboxAddress? mailbox, out _));

        MimeMessage message = Receive(NewRenderer(s_smtp with { From = mailbox }).Render(Mail(MailKind.Raised, 1, []), Anybody(MailCulture.Ja), "ops@example.com"));

        Assert.NotNull(message.MessageId);
        Assert.Single(message.References);
        Assert.Equal("AlertFunctions <alertfunctions.alerts.example.com>", message.Headers[HeaderId.ListId]);
        Assert.Equal((mailbox.Name, mailbox.Address), Assert.Single(message.From.Mailboxes.Select(sender => (sender.Name ?? "", sender.Address))));
    }

    [Fact]
    public void A_link_to_the_console_is_left_out_where_no_address_of_it_is_known()
    {
        MimeMessage message = NewRenderer(settings: new MailSettings()).Render(Mail(MailKind.Raised, 1, []), Anybody(MailCulture.En), "ops@example.com");

        Assert.DoesNotContain("console", message.TextBody!, StringComparison.OrdinalIgnoreCase);
        Assert.DoesNotContain("href", message.HtmlBody!, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("alerts@例え.jp", "alertfunctions.xn--r8jz45g.jp")]
    [InlineData("Alerts <alerts@example.com>", "alertfunctions.example.com")]
    public void An_installation_whose_console_has_no_name_goes_by_its_sender_s_domain(string from, string listId)
    {
        Assert.True(AlertFunctions.Core.Texts.EmailAddress.TryParseMailbox(from, out MailboxAddress? mailbox, out _));
        MailRenderer renderer = NewRenderer(s_smtp with { From = mailbox }, new MailSettings { ConsoleUrl = "http://127.0.0.1:7071" });

        Assert.Equal($"AlertFunctions <{listId}>", Receive(renderer.Render(Mail(MailKind.Raised, 1, []), Anybody(MailCulture.Ja), "ops@example.com")).Headers[HeaderId.ListId]);
    }

    [Fact]
    public void No_message_stays_in_memory_once_it_is_sent()
    {
        var renderer = NewRenderer();

        WeakReference sent = RenderAndForget(renderer);
        GC.Collect();

        Assert.False(sent.IsAlive);
    }

    [System.Runtime.CompilerServices.MethodImpl(System.Runtime.CompilerServices.MethodImplOptions.NoInlining)]
    private static WeakReference RenderAndForget(MailRenderer renderer)
    {
        using MimeMessage message = renderer.Render(Mail(MailKind.Raised, 1, []), Anybody(MailCulture.Ja), "ops@example.com");
        return new WeakReference(message);
    }

    private static OutgoingMail Mail(MailKind kind, int count, IReadOnlyList<AffectedComputer> computers) => new(
        new Shard(0),
        "01JDEXAMPLE000000000000000",
        kind,
        "Eicar",
        new AlertMailContent("テストウイルス", "Test virus", Severity.Critical, count, computers, "Asia/Tokyo"),
        FakeClock.Origin);

    private static Recipient Anybody(MailCulture culture) => new(null, "ops@example.com", culture, FakeClock.Origin);

    private static MimeMessage Render(OutgoingMail mail, MailCulture culture) => NewRenderer().Render(mail, Anybody(culture), "ops@example.com");

    private static MailRenderer NewRenderer(SmtpSettings? smtp = null, MailSettings? settings = null, FakeClock? clock = null) =>
        new(smtp ?? s_smtp, settings ?? s_mail, new ConsoleLinks(settings ?? s_mail, smtp ?? s_smtp), clock ?? new FakeClock());

    private static byte[] Transferred(MimeMessage message)
    {
        FormatOptions options = FormatOptions.Default.Clone();
        options.NewLineFormat = NewLineFormat.Dos;
        options.EnsureNewLine = true;
        using var stream = new MemoryStream();
        message.Prepare(EncodingConstraint.SevenBit);
        message.WriteTo(options, stream);
        return stream.ToArray();
    }

    private static MimeMessage Receive(MimeMessage message) => MimeMessage.Load(new MemoryStream(Transferred(message)));

    /// <summary>What each line begins with, up to its label; indented lines belong to the one before.</summary>
    private static List<string> Structure(string text) => text.ReplaceLineEndings("\n").Split('\n')
        .Where(line => !line.StartsWith("    ", StringComparison.Ordinal))
        .Select(line => line.Contains(" the console: ", StringComparison.Ordinal) ? "link" : line.StartsWith("■ ", StringComparison.Ordinal) ? "■" : line.Contains(": ", StringComparison.Ordinal) ? line[..line.IndexOf(": ", StringComparison.Ordinal)] : line)
        .ToList();

    /// <summary>The tags in order, after making sure that they balance and that nothing else looks like one.</summary>
    private static List<string> Tags(string html)
    {
        var tags = new List<string>();
        var open = new Stack<string>();
        string rest = Tag().Replace(html.Replace("<!DOCTYPE html>", "", StringComparison.Ordinal), match =>
        {
            string name = match.Groups["name"].Value;
            tags.Add(match.Value.StartsWith("</", StringComparison.Ordinal) ? $"/{name}" : name);
            if (match.Value.StartsWith("</", StringComparison.Ordinal))
            {
                Assert.Equal(open.Pop(), name);
            }
            else if (name is not ("meta" or "br"))
            {
                open.Push(name);
            }

            return "";
        });
        Assert.Empty(open);
        Assert.DoesNotContain(rest, c => c is '<' or '>');
        Assert.DoesNotMatch(@"&(?!#x?[0-9A-Fa-f]+;|[a-z]+;)", rest);
        return tags;
    }

    [GeneratedRegex("""</?(?<name>[a-z]+)(?<attributes>(?: [a-z-]+="[^"<>]*")*)>""", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 10_000)]
    private static partial Regex Tag();
}
