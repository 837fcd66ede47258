using AlertFunctions.Core.Events;
using AlertFunctions.Core.Outbox;
using AlertFunctions.Core.Storage;
using AlertFunctions.Core.Texts;
using Azure.Data.Tables;

namespace AlertFunctions.Tests.Storage;

/// <summary>How strangers' names become keys, texts and addresses.</summary>
public sealed class KeysTests
{
    public static TheoryData<string> Names => [.. AllNames()];

    [Theory]
    [MemberData(nameof(Names))]
    public void A_key_holds_nothing_that_tables_or_the_separator_forbid_and_is_never_too_long(string name)
    {
        string key = Keys.Part(name);

        Assert.InRange(key.Length, 1, 220);
        Assert.DoesNotContain(key, c => c is '/' or '\\' or '#' or '?' or '%' or '|' or '\uFFFE' or '\uFFFF' || char.IsControl(c));
        Assert.Equal(key, System.Text.Encoding.UTF8.GetString(System.Text.Encoding.UTF8.GetBytes(key))); // no half of a pair was cut off
    }

    [Fact]
    public void Two_names_never_share_a_key()
    {
        List<string> names = AllNames().Distinct(StringComparer.Ordinal).ToList();

        Assert.Equal(names.Count, names.Select(Keys.Part).Distinct(StringComparer.Ordinal).Count());
        Assert.NotEqual(Keys.Hash("a", "bc"), Keys.Hash("ab", "c"));
        Assert.NotEqual(Keys.Hash("a", ""), Keys.Hash("a"));
        Assert.NotEqual(Keys.Hash("a\uFFFF\0b"), Keys.Hash("a", "b"));
        Assert.NotEqual(Keys.Hash("a\uFFFF\0", ""), Keys.Hash("a", "\uFFFF\0"));
    }

    [Fact]
    public void The_longest_key_fits_into_a_row()
    {
        var name = new string('|', Event.MaximumNameLength);

        Assert.InRange(EventStore.ToRow(new Event(name, name, TransitionKind.Raise, DateTimeOffset.MaxValue) { Id = name }).RowKey.Length, 1, 512);
    }

    [Fact]
    public void A_long_name_keeps_the_key_that_its_rows_have_had_from_the_beginning()
    {
        Assert.Equal($"{new string('a', 186)}!~2dba5c3c08591c39485db463b0c3d09d", Keys.Part(new string('a', 256)));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    public void A_text_of_any_length_is_cut_between_characters_and_put_together_again(int before)
    {
        string text = new string('x', before) + string.Concat(Enumerable.Repeat("😀", 50_000)) + "end";
        var row = new TableEntity("p", "r");

        row.SetLongText("Text", text);

        Assert.All(row.Keys.Where(name => name.StartsWith("Text", StringComparison.Ordinal)), name =>
        {
            string part = row.GetString(name);
            Assert.InRange(part.Length, 1, 32_768);
            Assert.Equal(part, System.Text.Encoding.UTF8.GetString(System.Text.Encoding.UTF8.GetBytes(part)));
        });
        Assert.Equal(text, row.GetLongText("Text"));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(32_767)]
    [InlineData(32_768)]
    [InlineData(32_769)]
    [InlineData(65_536)]
    public void A_text_as_long_as_a_property_is_read_as_it_was_written(int length)
    {
        var row = new TableEntity("p", "r");
        row.SetLongText("Text", new string('x', length));
        Assert.Equal(new string('x', length), row.GetLongText("Text"));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(32_767)]
    [InlineData(32_768)]
    [InlineData(65_536)]
    public void A_shorter_text_merged_into_a_row_of_a_longer_one_ends_where_it_ends(int length)
    {
        var row = new TableEntity("p", "r");
        row.SetLongText("Text", new string('y', 100_000));
        row.SetLongText("Text", new string('x', length));
        Assert.Equal(new string('x', length), row.GetLongText("Text"));
    }

    [Theory]
    [InlineData("ops@example.com", true)]
    [InlineData("a.b+c_d-e@sub.example.co.jp", true)]
    [InlineData("root@localhost", true)]
    [InlineData("hanako@例え.jp", true)]
    [InlineData("a@[127.0.0.1]", true)]
    [InlineData("", false)]
    [InlineData("@example.com", false)]
    [InlineData("a@", false)]
    [InlineData("a", false)]
    [InlineData("a@@example.com", false)]
    [InlineData("a@b@example.com", false)]
    [InlineData(".a@example.com", false)]
    [InlineData("a.@example.com", false)]
    [InlineData("a..b@example.com", false)]
    [InlineData("a b@example.com", false)]
    [InlineData("a@exa mple.com", false)]
    [InlineData("a@-example.com", false)]
    [InlineData("a@example-.com", false)]
    [InlineData("a@example..com", false)]
    [InlineData("a@.example.com", false)]
    [InlineData("a@example.com.", false)]
    [InlineData("a@exa_mple.com", false)]
    [InlineData("a@[999.0.0.1]", false)]
    [InlineData("花子@example.com", false)]
    [InlineData("A <a@example.com>", false)]
    [InlineData("a@example.com>", false)]
    [InlineData("a@example.com, b@example.com", false)]
    [InlineData("a@example.com\r\n", false)]
    [InlineData("a\0@example.com", false)]
    [InlineData("a@example.com (comment)", false)]
    public void An_address_is_one_that_mail_can_be_delivered_to(string address, bool deliverable)
    {
        Assert.Equal(deliverable, EmailAddress.FaultOf(address) is null);
        Assert.False(EmailAddress.FaultOf($"{new string('a', 65)}@example.com") is null);
        Assert.False(EmailAddress.FaultOf($"a@{string.Join('.', Enumerable.Repeat(new string('b', 60), 5))}") is null);
    }

    [Theory]
    [InlineData("a\r\nb\nc\rd", "a b c d")]
    [InlineData("a\u0085b\u2028c\u2029d\fe", "a b c d e")]
    [InlineData("\u202Egpj.exe", "\uFFFDgpj.exe")]
    [InlineData("a\u200Bb\u2066c\uFEFFd\u00ADe", "a\uFFFDb\uFFFDc\uFFFDd\uFFFDe")]
    [InlineData("a\0b\u001B[31mc\u009Bd\u007F", "a\uFFFDb\uFFFD[31mc\uFFFDd\uFFFD")]
    [InlineData("a\tb", "a b")]
    [InlineData("😀👩‍👩‍👧 が é", "😀👩‍👩‍👧 が é")]
    [InlineData("\U000E0041x", "\uFFFDx")]
    [InlineData("  a  ", "a")]
    [InlineData("", "")]
    public void Text_in_one_line_has_nothing_that_hides_turns_or_breaks_it(string text, string shown)
    {
        Assert.Equal(shown, HarmlessText.OneLine(text));
    }

    [Fact]
    public void Half_of_a_surrogate_pair_is_replaced()
    {
        Assert.Equal("a\uFFFDb\uFFFD", HarmlessText.OneLine("a\uD83Db\uDE00"));
        Assert.Equal("a\nb", HarmlessText.Lines("a\r\nb\r\n"));
    }

    private static IEnumerable<string> AllNames()
    {
        foreach (char c in "aA/\\#?%|!~'\" \0\u0001\u007F\u0085あ\uFFFD\uFFFE\uFFFF")
        {
            yield return $"{c}";
            yield return $"x{c}y";
            yield return $"{c}{c}";
            yield return new string(c, 256);
            yield return new string(c, 255) + "x";
            yield return new string(c, 220);
            yield return new string(c, 219) + "x";
        }

        for (int emoji = 90; emoji <= 128; emoji++)
        {
            yield return "x" + string.Concat(Enumerable.Repeat("😀", emoji));
            yield return string.Concat(Enumerable.Repeat("😀", emoji));
        }

        foreach (string trick in (string[])["!002F", "/", "!0021002F", "!~", "a!~", "!"])
        {
            yield return trick;
        }
    }
}
