using System.Buffers;
using System.Globalization;
using System.Text;

namespace AlertFunctions.Core.Texts;

/// <summary>
/// Writes subjects and display names as the encoded-words of RFC 2047. MimeKit's own are up to 80 characters long, which some readers show undecoded, and it
/// leaves as it is what already looks like one: whoever may name an alert would choose what the reader's client decodes.
/// </summary>
public static class EncodedWords
{
    /// <summary>The most characters of an encoded-word (RFC 2047, 2).</summary>
    public const int MaximumWordLength = 75;

    /// <summary>The most characters of a line that holds one.</summary>
    public const int MaximumLineLength = 76;

    /// <summary>A plain word that is longer could not be folded.</summary>
    private const int MaximumPlainWordLength = 60;

    private const string Start = "=?utf-8?B?";
    private const string End = "?=";
    private static readonly SearchValues<char> Plain = SearchValues.Create([.. Enumerable.Range(' ', '~' - ' ' + 1).Select(c => (char)c)]);

    /// <summary>Whether a text cannot stand in a header as it is: it is not plain ASCII, could be taken for an encoded-word, or has a word too long to fold.</summary>
    public static bool AreNeededFor(string text) =>
        text.AsSpan().ContainsAnyExcept(Plain)
        || text.Contains("=?", StringComparison.Ordinal)
        || text.Split(' ').Any(word => word.Length > MaximumPlainWordLength);

    /// <summary>The words of a text, each but the first on a line of its own. No character that people see as one is cut in two, unless it is longer than a word.</summary>
    /// <param name="text">The text.</param>
    /// <param name="column">How much of the first line is taken: by the header's name.</param>
    public static string Of(string text, int column)
    {
        var words = new StringBuilder();
        var word = new StringBuilder();
        int first = BytesIn(MaximumLineLength - column);
        int room = first;
        foreach (string piece in Pieces(HarmlessText.OneLine(text), first))
        {
            int size = Encoding.UTF8.GetByteCount(piece);
            if (size > room)
            {
                EndWord();
                words.Append("\r\n ");
                room = BytesIn(MaximumWordLength);
            }

            word.Append(piece);
            room -= size;
        }

        EndWord();
        return words.ToString();

        void EndWord()
        {
            words.Append(Start).Append(Convert.ToBase64String(Encoding.UTF8.GetBytes(word.ToString()))).Append(End);
            word.Clear();
        }
    }

    /// <summary>The bytes that a word of so many characters holds.</summary>
    private static int BytesIn(int length) => (length - Start.Length - End.Length) / 4 * 3;

    /// <summary>What people see as single characters; of one that fits no word, its code points.</summary>
    private static IEnumerable<string> Pieces(string text, int maximumBytes)
    {
        TextElementEnumerator elements = StringInfo.GetTextElementEnumerator(text);
        while (elements.MoveNext())
        {
            string element = elements.GetTextElement();
            if (Encoding.UTF8.GetByteCount(element) <= maximumBytes)
            {
                yield return element;
                continue;
            }

            foreach (Rune rune in element.EnumerateRunes())
            {
                yield return rune.ToString();
            }
        }
    }
}
