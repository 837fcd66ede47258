using System.Text;
using AlertFunctions.Core.Texts;

namespace AlertFunctions.Decisions.Tests;

/// <summary>When a header needs the encoded-words of RFC 2047, and where they are cut.</summary>
public sealed class EncodedWordsTests
{
    private const int Column = 9; // "Subject: "
    private const int FirstWord = 39; // bytes beside the header's name: (76 - 9 - 12) / 4 * 3
    private const int NextWord = 45; // bytes of a word of 75 characters: (75 - 12) / 4 * 3

    [Theory]
    [InlineData("", false)]
    [InlineData("New Alert Raised: Eicar (1)~", false)]
    [InlineData("a = b ?= c", false)]
    [InlineData("=?utf-8?B?PD8=?=", true)] // it would be decoded
    [InlineData("a=?b", true)]
    [InlineData("caf\u00E9", true)]
    [InlineData("\u007F", true)]
    [InlineData("a\tb", true)]
    [InlineData("a\u0000", true)]
    public void Text_that_is_not_plain_or_could_be_taken_for_an_encoded_word_needs_them(string text, bool needed) => Assert.Equal(needed, EncodedWords.AreNeededFor(text));

    [Theory]
    [InlineData(60, false)]
    [InlineData(61, true)]
    public void A_word_that_cannot_be_folded_needs_them(int length, bool needed)
    {
        Assert.Equal(needed, EncodedWords.AreNeededFor(new string('x', length)));
        Assert.Equal(needed, EncodedWords.AreNeededFor($"a {new string('x', length)} b"));
        Assert.False(EncodedWords.AreNeededFor(string.Join(' ', Enumerable.Repeat(new string('x', 60), 5))));
    }

    [Fact]
    public void A_short_text_is_one_word() => Assert.Equal("=?utf-8?B?w6k=?=", EncodedWords.Of("\u00E9", Column));

    [Theory]
    [InlineData(FirstWord, new[] { FirstWord })]
    [InlineData(FirstWord + 1, new[] { FirstWord, 1 })]
    [InlineData(FirstWord + NextWord, new[] { FirstWord, NextWord })]
    [InlineData(FirstWord + NextWord + 1, new[] { FirstWord, NextWord, 1 })]
    public void Each_word_is_filled_before_the_next_begins(int length, int[] words) => Assert.Equal(words, WordsOf(new string('x', length)).Select(word => word.Length));

    [Fact]
    public void Each_word_but_the_first_is_on_a_line_of_its_own() =>
        Assert.Equal($"=?utf-8?B?{Base64(new string('x', FirstWord))}?=\r\n =?utf-8?B?{Base64("x")}?=", EncodedWords.Of(new string('x', FirstWord + 1), Column));

    [Fact]
    public void A_full_first_line_has_76_characters_at_most_with_the_header_s_name_and_the_next_75()
    {
        string[] lines = EncodedWords.Of(new string('x', 200), Column).Split("\r\n ");

        Assert.InRange(Column + lines[0].Length, 73, EncodedWords.MaximumLineLength);
        Assert.All(lines[1..^1], line => Assert.InRange(line.Length, 72, EncodedWords.MaximumWordLength));
    }

    [Fact]
    public void A_character_that_does_not_fit_goes_whole_into_the_next_word()
    {
        string character = $"z{new string('\u0301', (FirstWord - 1) / 2)}"; // of as many bytes as the first word holds

        Assert.Equal([character], WordsOf(character));
        Assert.Equal(["a", character], WordsOf($"a{character}"));
    }

    [Fact]
    public void A_character_that_fits_no_word_is_cut_between_its_code_points()
    {
        string character = $"z{new string('\u0301', FirstWord)}";

        string[] words = WordsOf($"a{character}");

        Assert.Equal($"a{character}", string.Concat(words));
        Assert.Equal(2 + ((FirstWord - 2) / 2), words[0].Length); // the word is filled with them
        Assert.DoesNotContain(words, word => word.Contains('\uFFFD', StringComparison.Ordinal));
    }

    [Fact]
    public void What_would_not_be_harmless_to_show_is_replaced_before_it_is_encoded() => Assert.Equal(["a b\uFFFDc"], WordsOf("a\r\nb\u202Ec"));

    private static string[] WordsOf(string text) =>
        [.. EncodedWords.Of(text, Column).Split("\r\n ").Select(word => Encoding.UTF8.GetString(Convert.FromBase64String(word["=?utf-8?B?".Length..^"?=".Length])))];

    private static string Base64(string text) => Convert.ToBase64String(Encoding.UTF8.GetBytes(text));
}
