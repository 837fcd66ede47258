using System.Text;
using AlertFunctions.Core.Mail.Smtp;

namespace AlertFunctions.Decisions.Tests;

/// <summary>What a server says is cut into replies, and their text is made fit to be stored and shown.</summary>
public sealed class ReplyFramerTests
{
    [Theory]
    [InlineData("220 ready\r\n", 220, "220 ready")]
    [InlineData("220 ready\n", 220, "220 ready")]
    [InlineData("220\r\n", 220, "220")]
    [InlineData("220\n", 220, "220")]
    [InlineData("250-a\r\n250-b\r\n250 c\r\n", 250, "250-a\n250-b\n250 c")]
    [InlineData("250-a\r\n250\r\n", 250, "250-a\n250")]
    [InlineData("550-a\r\n250 b\r\n", 550, "550-a\n250 b")]
    [InlineData("550-a\r\nwhat?\r\n", 550, "550-a\nwhat?")]
    [InlineData("250-a\r\n550 b\r\n", -1, "250-a\n550 b")]
    [InlineData("250-a\r\n251 b\r\n", -1, "250-a\n251 b")]
    [InlineData("+OK ready\r\n", -1, "+OK ready")]
    [InlineData("099 a\r\n", -1, "099 a")]
    [InlineData("2500 a\r\n", -1, "2500 a")]
    [InlineData("25\r\n", -1, "25")]
    [InlineData("\r\n", -1, "")]
    [InlineData("550 a\0b\u001B[31mc\td\r\n", 550, "550 a\uFFFDb\uFFFD[31mc d")]
    [InlineData("abc-d\r\n", -1, "abc-d")]
    [InlineData("250-a\n250\n", 250, "250-a\n250")]
    [InlineData("550\0a\r\n", -1, "550\uFFFDa")]
    [InlineData("550 a\rb\r\n", 550, "550 a\uFFFDb")]
    [InlineData("550 利用者不明\r\n", 550, "550 利用者不明")]
    public void A_reply_ends_where_its_last_line_ends(string said, int code, string text)
    {
        SmtpReply reply = Assert.Single(Frame(Encoding.UTF8.GetBytes(said)));

        Assert.Equal((code, text), (reply.Code, reply.Text));
    }

    [Fact]
    public void Replies_that_come_together_are_several()
    {
        List<SmtpReply> replies = Frame("451 4.3.0 no\r\n221 bye\r\n250-a\r\n250 b\r\n2"u8.ToArray());

        Assert.Equal([451, 221, 250], replies.Select(reply => reply.Code));
        Assert.Equal(["451 4.3.0 no", "221 bye", "250-a\n250 b"], replies.Select(reply => reply.Text));
    }

    [Fact]
    public void What_is_not_UTF_8_is_read_as_Latin_1() => Assert.Equal("550 né", Assert.Single(Frame(Encoding.Latin1.GetBytes("550 né\r\n"))).Text);

    [Theory]
    [InlineData("x")]
    [InlineData("é")]
    [InlineData("語")]
    [InlineData("😀")]
    public void A_long_reply_is_cut_between_two_characters(string character)
    {
        for (int shift = 0; shift < 4; shift++)
        {
            string said = $"550-first\r\n550 {new string('y', shift)}{string.Concat(Enumerable.Repeat(character, 5_000))}\r\n";

            SmtpReply reply = Assert.Single(Frame(Encoding.UTF8.GetBytes(said)));

            Assert.Equal(550, reply.Code);
            Assert.InRange(reply.Text.Length, 1_990, 2_000);
            Assert.EndsWith($"{character}…", reply.Text, StringComparison.Ordinal);
            Assert.DoesNotContain('\uFFFD', reply.Text);
        }
    }

    [Theory]
    [InlineData("220-and so on\r\n")]
    [InlineData("2")]
    public void A_reply_without_end_is_none_after_64_KiB_and_costs_little(string said)
    {
        byte[] block = Encoding.ASCII.GetBytes(said);
        var framer = new ReplyFramer();
        long before = GC.GetAllocatedBytesForCurrentThread();
        int taken = 0;
        SmtpReply? reply = null;
        while (reply is null)
        {
            reply = framer.Take(block[taken++ % block.Length]);
        }

        Assert.Equal((64 * 1024) + 1, taken);
        Assert.Equal(-1, reply.Value.Code);
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 256 * 1024);
    }

    [Theory]
    [InlineData(0, 550)]
    [InlineData(1, -1)]
    public void A_reply_of_exactly_64_KiB_is_one(int more, int code)
    {
        string said = $"550 {new string('x', ReplyFramer.MaximumBytes - 6 + more)}\r\n";

        Assert.Equal(code, Frame(Encoding.ASCII.GetBytes(said))[0].Code);
    }

    [Theory]
    [InlineData(2_000, false)]
    [InlineData(2_001, true)]
    [InlineData(8_000, true)]
    public void A_text_of_2_000_characters_is_kept_and_a_longer_one_ends_in_an_ellipsis(int length, bool cut)
    {
        string text = $"550 {new string('x', length - 4)}";

        SmtpReply reply = Assert.Single(Frame(Encoding.ASCII.GetBytes($"{text}\r\n")));

        Assert.Equal(cut ? $"{text[..1_999]}…" : text, reply.Text);
    }

    [Theory]
    [InlineData(8_000, "550 a")]
    [InlineData(8_001, "550 a…")]
    public void A_reply_of_more_than_8_000_bytes_ends_in_an_ellipsis_even_if_they_show_little(int bytes, string text) =>
        Assert.Equal(text, Assert.Single(Frame(Encoding.ASCII.GetBytes($"550 a{new string('\r', bytes - 6)}\n"))).Text);

    [Theory]
    [InlineData(0x80)] // what a character of several bytes ends with
    [InlineData('\r')]
    public void A_long_reply_of_which_nothing_can_be_shown_is_none(byte value)
    {
        byte[] said = [.. Enumerable.Repeat(value, 9_000), (byte)'\n'];

        Assert.Equal(new SmtpReply(SmtpReply.NoCode, "…"), Assert.Single(Frame(said)));
    }

    [Fact]
    public void A_cut_leaves_no_half_of_a_character_of_two_halves()
    {
        // 1,999 characters are kept: the last of them would be the first half.
        SmtpReply reply = Assert.Single(Frame(Encoding.UTF8.GetBytes($"550 {new string('x', 1_994)}\U0001F600{new string('y', 100)}\r\n")));

        Assert.Equal($"550 {new string('x', 1_994)}…", reply.Text);
    }

    [Theory]
    [InlineData(399, false)]
    [InlineData(400, true)]
    [InlineData(599, true)]
    [InlineData(600, false)]
    [InlineData(SmtpReply.NoCode, false)]
    public void A_refusal_is_a_4xx_or_a_5xx(int code, bool refusal) => Assert.Equal(refusal, new SmtpReply(code, "").IsRefusal);

    [Fact]
    public void The_column_counts_the_bytes_of_the_present_line_alone()
    {
        var framer = new ReplyFramer();
        var columns = new List<int>();
        foreach (byte value in "250-a\n25"u8)
        {
            framer.Take(value);
            columns.Add(framer.Column);
        }

        Assert.Equal([1, 2, 3, 4, 5, 0, 1, 2], columns);
    }

    [Theory]
    [InlineData("399-a\r\n250 b\r\n", -1)] // no refusal, so that its first word does not stand
    [InlineData("400-a\r\n250 b\r\n", 400)]
    [InlineData("599-a\r\n250 b\r\n", 599)]
    [InlineData("600-a\r\n250 b\r\n", -1)]
    public void The_first_word_of_a_server_that_changes_its_mind_stands_if_it_is_a_refusal(string said, int code) => Assert.Equal(code, Assert.Single(Frame(Encoding.ASCII.GetBytes(said))).Code);

    [Fact]
    public void Nothing_of_one_reply_is_left_in_the_next()
    {
        var framer = new ReplyFramer();
        byte[] endless = new byte[ReplyFramer.MaximumBytes + 1];
        Array.Fill(endless, (byte)'2');
        Assert.Equal(SmtpReply.NoCode, Assert.Single(endless.Select(value => framer.Take(value)).OfType<SmtpReply>()).Code);

        Assert.Equal([new SmtpReply(220, "220 ready")], "220 ready\r\n"u8.ToArray().Select(value => framer.Take(value)).OfType<SmtpReply>());
    }

    private static List<SmtpReply> Frame(byte[] said)
    {
        var framer = new ReplyFramer();
        return [.. said.Select(value => framer.Take(value)).OfType<SmtpReply>()];
    }
}
