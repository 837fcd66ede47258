using AlertFunctions.Core.Mail.Queue;
using AlertFunctions.Core.Mail.Smtp;
using AlertFunctions.Core.Outbox;
using AlertFunctions.Core.Storage;
using AlertFunctions.Core.Texts;
using Azure.Data.Tables;

namespace AlertFunctions.Decisions.Tests;

/// <summary>A mail and those who wait for it are one row, whose properties say of them what queries ask for.</summary>
public sealed class MailRowTests
{
    private static readonly DateTimeOffset s_now = new(2026, 11, 24, 2, 0, 0, TimeSpan.Zero);

    [Fact]
    public void Everything_that_is_known_of_a_recipient_is_read_as_it_was_written()
    {
        Recipient tried = Anna() with
        {
            TimeZone = "Europe/Berlin",
            Attempts = 7,
            UnreachableFailures = 3,
            RefusedFailures = 2,
            NotAcceptedFailures = 1,
            LastFailure = SmtpFailureKind.NotAccepted,
            Flush = long.MaxValue,
            FlushTried = true,
            Lost = true,
            LastAttemptAt = s_now.AddTicks(1),
            LastReply = "550 \"nobody\" <東京> 😀",
        };

        AssertSame([tried, Ben()], Read(MailTo(tried, Ben()).ToRow()).Recipients);
    }

    [Fact]
    public void A_recipient_keeps_the_key_that_an_earlier_version_gave() =>
        Assert.Equal("earlier", Read(MailTo(Anna() with { Key = "earlier" }).ToRow()).Recipients.Single().Key);

    [Fact]
    public void A_row_is_found_exactly_when_one_of_its_recipients_is_due()
    {
        const long flush = 3;
        var random = new Random(16);
        int found = 0;
        for (int i = 0; i < 2_000; i++)
        {
            Recipient[] recipients = [.. Enumerable.Range(0, random.Next(1, 4)).Select(_ => Anna() with
            {
                DueAt = s_now.AddMinutes(random.Next(-1, 3)),
                Flush = random.Next(1, 5),
                FlushTried = random.Next(2) == 0,
            })];

            TableEntity row = MailTo(recipients).ToRow();

            bool matches = row.GetDateTimeOffset("DueAt") <= s_now || (row.GetInt64("Flush") < flush && !row.GetBoolean("FlushTried")!.Value);
            Assert.Equal(recipients.Any(recipient => RetryRules.IsDue(recipient, s_now, flush)), matches);
            found += matches ? 1 : 0;
        }

        Assert.InRange(found, 200, 1_800);
    }

    [Theory]
    [InlineData("0", 0, false, false)]
    [InlineData("2", 2, true, false)]
    [InlineData("0 2", 0, true, false)]
    [InlineData("2 2L", 2, true, true)]
    [InlineData("0 1L", 0, true, true)]
    public void A_row_says_whether_anybody_was_never_tried_tried_or_lost(string recipients, int attempts, bool tried, bool lost)
    {
        TableEntity row = MailTo([.. recipients.Split(' ').Select(text => Anna() with { Attempts = text[0] - '0', Lost = text.EndsWith('L') })]).ToRow();

        Assert.Equal((attempts, tried, lost), (row.GetInt32("Attempts"), row.GetBoolean("Tried"), row.GetBoolean("Lost")));
    }

    [Theory]
    [InlineData(-60)]
    [InlineData(60)]
    public void S16_a_time_written_into_a_row_by_hand_is_that_of_all_its_recipients(int minutes)
    {
        TableEntity row = MailTo(Anna() with { DueAt = s_now.AddMinutes(10) }, Ben() with { DueAt = s_now.AddMinutes(40) }).ToRow();
        Assert.Equal([10, 40], Read(row).Recipients.Select(recipient => (recipient.DueAt - s_now).TotalMinutes));

        row["DueAt"] = s_now.AddMinutes(minutes);

        Assert.All(Read(row).Recipients, recipient => Assert.Equal(s_now.AddMinutes(minutes), recipient.DueAt));
    }

    [Fact]
    public void Fifty_recipients_with_the_longest_replies_and_the_longest_content_fit_a_row_of_the_service()
    {
        const int mebibyte = 1024 * 1024;
        string text = new('端', AffectedComputer.MaximumTextLength);
        OutgoingMail mail = MailTo([.. Enumerable.Range(0, OutgoingMail.MaximumRecipients).Select(number => new Recipient(new string('u', 256), $"{number}{new string('a', 250)}@example.com", MailCulture.Ja, s_now)
        {
            LastReply = new string('"', ReplyFramer.MaximumCharacters),
        })]) with
        {
            Content = new AlertMailContent("題", "title", Severity.Critical, 1_000, [.. Enumerable.Range(0, OutboxRow.MaximumComputers).Select(number => new AffectedComputer($"{number}{new string('c', 250)}", s_now, s_now, text))], "Asia/Tokyo"),
        };

        TableEntity row = mail.ToRow();

        // The service counts two bytes a character; the row is read by the properties that queries select.
        Assert.InRange(row.Sum(property => 2 * (property.Key.Length + ((property.Value as string)?.Length ?? 8))), 1, mebibyte);
        Assert.Empty(row.Keys.Where(name => name.StartsWith("To", StringComparison.Ordinal)).Except(OutgoingMail.Properties));
        AssertSame(mail.Recipients, Read(row).Recipients);
    }

    private static OutgoingMail MailTo(params Recipient[] recipients) =>
        new(new Shard(0), "01JDEXAMPLE000000000000000", MailKind.Raised, "Eicar", new AlertMailContent("試験", "Test", Severity.Critical, 1, [], "Asia/Tokyo"), s_now) { Recipients = recipients };

    /// <summary>A key that was never asked for is not there to compare.</summary>
    private static void AssertSame(IEnumerable<Recipient> expected, IEnumerable<Recipient> actual) => Assert.Equal(expected.Select(recipient => recipient with { Key = recipient.Key }), actual);

    private static OutgoingMail Read(TableEntity row) => OutgoingMail.FromRow(row);

    private static Recipient Anna() => new("anna", "anna@example.com", MailCulture.En, s_now);

    private static Recipient Ben() => new(null, "ben@example.com", MailCulture.Ja, s_now);
}
