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
using MimeKit;

namespace AlertFunctions.Tests.Mail;

/// <summary>Subjects and display names, whatever somebody calls an alert: what they say, and how RFC 2047 wants them written.</summary>
public sealed partial class EncodedHeaderTests
{
    private static readonly string[] s_pieces =
    [
        "=?utf-8?B?PD8=?=", "=?utf-8?B?DQpCY2M6IHZAZXhhbXBsZS5jb20=?=", "=?utf-8?Q?=E2=80=AEgpj?=", "=?iso-2022-jp?B?GyRCJCIbKEI=?=", "=?", "?=", "=?=", "=?us-ascii?q?a?=",
        "\r\n", "\r\nBcc: v@example.com\r\n", "\n\n", "\t", "\0", "\u202Egpj.exe", "\u200B", "\uD800", "\uDC00", "\u2028",
        "不正プログラム検出", "テストウイルス", "が", "か\u3099", "e\u0301\u0302\u0303", "👩‍👩‍👧‍👦", "🇯🇵", "😀", "ع", "ก็",
        "Eicar", "server-1.example.com", " ", "  ", "\"", "\\", ",", ";", ":", "<x@example.com>", "(comment)", "@", "'", "%00", "=0D=0A", "&", "_", "?",
        "a very long plain sentence that has to be folded somewhere in its middle because it is longer than a line", new string('x', 120), new string('é', 60), $"z{new string('\u0301', 40)}",
    ];

    public static TheoryData<string> Titles =>
    [
        "Eicar", "テストウイルス", "不正プログラム検出: Eicar_test_file が複数の端末で検出されました (要対応)", "=?utf-8?B?PGI+?=", new string('x', 256), new string('題', 256), string.Concat(Enumerable.Repeat("👩‍👩‍👧‍👦", 23)), $"z{new string('\u0301', 255)}",
    ];

    [Theory]
    [MemberData(nameof(Titles))]
    public void No_encoded_word_is_longer_than_75_characters_and_no_line_longer_than_76(string title)
    {
        foreach (MailCulture culture in Enum.GetValues<MailCulture>())
        {
            string header = HeaderOf(Raw(title, culture, "監視システム東京データセンター運用チーム夜間当番", "ユーザ 田中"));

            Assert.All(EncodedWord().Matches(header), word => Assert.InRange(word.Length, 12, 75));
            Assert.All(header.Split("\r\n").Where(line => EncodedWord().IsMatch(line)), line => Assert.InRange(line.Length, 1, 76));
            Assert.All(header.Split("\r\n").Where(line => !line.StartsWith("Message-Id:", StringComparison.Ordinal)), line => Assert.InRange(line.Length, 1, 78));
            Assert.All(header, c => Assert.True(c is '\r' or '\n' or (>= ' ' and <= '~'), header));
        }
    }

    [Theory]
    [MemberData(nameof(Titles))]
    public void Each_encoded_word_is_whole_characters(string title)
    {
        string subject = MailOf(title).Subject(MailCulture.Ja);

        List<string> words = EncodedWord().Matches(EncodedWords.Of(subject, "Subject: ".Length)).Select(word => Encoding.UTF8.GetString(Convert.FromBase64String(word.Value[10..^2]))).ToList();

        Assert.Equal(subject, string.Concat(words));
        Assert.DoesNotContain(words, word => word.Contains('\uFFFD', StringComparison.Ordinal));
        if (!title.StartsWith('z'))
        {
            Assert.Equal(new StringInfo(subject).LengthInTextElements, words.Sum(word => new StringInfo(word).LengthInTextElements));
        }
    }

    [Fact]
    public void What_looks_like_an_encoded_word_is_read_as_it_was_written()
    {
        MimeMessage message = Load(Raw("=?utf-8?B?DQpCY2M6IHZAZXhhbXBsZS5jb20=?=", MailCulture.En, "=?utf-8?Q?Boss?=", "anna"));

        Assert.Equal("New Alert Raised: =?utf-8?B?DQpCY2M6IHZAZXhhbXBsZS5jb20=?= Alert on 1 Computer(s)", message.Subject);
        Assert.Equal("=?utf-8?Q?Boss?=", message.From.Mailboxes.Single().Name);
    }

    [Fact]
    public async Task Two_parsers_read_400_hostile_names_as_they_were_written()
    {
        var random = new Random(20261124);
        List<string> names = Enumerable.Range(0, 400).Select(_ => string.Concat(Enumerable.Range(0, random.Next(1, 7)).Select(_ => s_pieces[random.Next(s_pieces.Length)]))).ToList();
        MailCulture CultureOf(int index) => index % 2 == 0 ? MailCulture.Ja : MailCulture.En;
        List<byte[]> raw = names.Select((name, index) => Raw(name, CultureOf(index), name, name)).ToList();
        byte[] harmless = Raw("Eicar", MailCulture.Ja, "Alerts", "anna");

        IReadOnlyList<ReadMail> read = await MailReader.ReadAsync([.. raw, harmless]);

        Assert.Equal(names.Count + 1, read.Count);
        for (int i = 0; i < names.Count; i++)
        {
            string subject = MailOf(names[i]).Subject(CultureOf(i));
            string name = HarmlessText.OneLine(names[i]);
            MimeMessage message = Load(raw[i]);
            Assert.Equal(Spaced(subject), Spaced(message.Subject!));
            Assert.Equal(Spaced(subject), Spaced(read[i].Subject));
            Assert.Equal((Spaced(name), "alerts@example.com"), (Spaced(message.From.Mailboxes.Single().Name ?? ""), message.From.Mailboxes.Single().Address));
            Assert.Equal((Spaced(name), "ops@example.com"), (Spaced(message.To.Mailboxes.Single().Name ?? ""), message.To.Mailboxes.Single().Address));
            Assert.Equal([new ReadMailbox(Spaced(name), "alerts@example.com")], read[i].From.Select(mailbox => mailbox with { Name = Spaced(mailbox.Name) }));
            Assert.Equal([new ReadMailbox(Spaced(name), "ops@example.com")], read[i].To.Select(mailbox => mailbox with { Name = Spaced(mailbox.Name) }));
            Assert.Equal(Load(harmless).Headers.Select(header => header.Field), message.Headers.Select(header => header.Field));
            Assert.Equal(read[^1].Headers, read[i].Headers);
        }
    }

    private static OutgoingMail MailOf(string title) => new(
        new Shard(0),
        "01JDEXAMPLE000000000000000",
        MailKind.Raised,
        "Eicar",
        new AlertMailContent(title, title, Severity.Critical, 1, [new AffectedComputer("端末A", FakeClock.Origin)], "Asia/Tokyo"),
        FakeClock.Origin);

    private static byte[] Raw(string title, MailCulture culture, string from, string user)
    {
        OutgoingMail mail = MailOf(title);
        var smtp = new SmtpSettings { Host = "mx.example.com", Port = 25, From = new MailboxAddress(from, "alerts@example.com") };
        var settings = new MailSettings { ConsoleUrl = "https://alerts.example.com" };
        var recipient = new Recipient(user, "ops@example.com", culture, FakeClock.Origin);
        using MimeMessage message = new MailRenderer(smtp, settings, new ConsoleLinks(settings, smtp), new FakeClock()).Render(mail, recipient, "ops@example.com");
        FormatOptions options = FormatOptions.Default.Clone();
        options.NewLineFormat = NewLineFormat.Dos;
        using var stream = new MemoryStream();
        message.Prepare(EncodingConstraint.SevenBit);
        message.WriteTo(options, stream);
        return stream.ToArray();
    }

    private static MimeMessage Load(byte[] raw) => MimeMessage.Load(new MemoryStream(raw));

    private static string HeaderOf(byte[] raw)
    {
        string text = Encoding.Latin1.GetString(raw);
        return text[..text.IndexOf("\r\n\r\n", StringComparison.Ordinal)];
    }

    /// <summary>Plain text in a header is folded at its spaces, and readers differ in how many they make of a fold.</summary>
    private static string Spaced(string text) => Spaces().Replace(text, " ").Trim();

    [GeneratedRegex(@"=\?utf-8\?B\?[A-Za-z0-9+/=]*\?=", RegexOptions.None, matchTimeoutMilliseconds: 10_000)]
    private static partial Regex EncodedWord();

    [GeneratedRegex(" +", RegexOptions.None, matchTimeoutMilliseconds: 10_000)]
    private static partial Regex Spaces();
}
