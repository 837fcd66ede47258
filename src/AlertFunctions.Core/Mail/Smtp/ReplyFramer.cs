using System.Buffers;
using System.Globalization;
using System.Text;
using System.Text.Unicode;

namespace AlertFunctions.Core.Mail.Smtp;

/// <summary>One reply of the server, of one line or several.</summary>
/// <param name="Code">Its code, the first one where the lines disagree; -1 when it is no SMTP reply.</param>
/// <param name="Text">Its text with the codes, readable and cut to a length that can be stored.</param>
public readonly record struct SmtpReply(int Code, string Text)
{
    /// <summary>The code of a reply that is none.</summary>
    public const int NoCode = -1;

    /// <summary>The server says no: for now (4xx) or for good (5xx).</summary>
    public bool IsRefusal => Code is >= 400 and < 600;
}

/// <summary>Cuts what a server says into replies, exactly where MailKit cuts it. It holds a few KiB, however much the server says.</summary>
public sealed class ReplyFramer
{
    /// <summary>A reply that is longer is none: a server that never ends it would fill the memory.</summary>
    public const int MaximumBytes = 64 * 1024;

    /// <summary>What is kept of a reply's text.</summary>
    public const int MaximumCharacters = 2_000;

    private const int CodeLength = 3;
    private const int MaximumKeptBytes = 4 * MaximumCharacters;

    private readonly ArrayBufferWriter<byte> _kept = new();
    private readonly byte[] _head = new byte[CodeLength + 1];
    private int _length;
    private int? _firstCode;

    /// <summary>How many bytes of the present line were taken.</summary>
    public int Column { get; private set; }

    /// <summary>Takes the next byte; gives the reply that it completes, or null.</summary>
    public SmtpReply? Take(byte value)
    {
        if (_length < MaximumKeptBytes)
        {
            _kept.Write([value]);
        }

        if (++_length > MaximumBytes)
        {
            return Complete(SmtpReply.NoCode);
        }

        if (value == '\n')
        {
            return EndLine();
        }

        if (Column < _head.Length)
        {
            _head[Column] = value;
        }

        Column++;
        return null;
    }

    private SmtpReply? EndLine()
    {
        int code = CodeOf(_head.AsSpan(0, Math.Min(Column, _head.Length)));
        bool goesOn = code != SmtpReply.NoCode && Column > CodeLength && _head[CodeLength] == '-';
        int first = _firstCode ??= code;
        Column = 0;
        if (code != first)
        {
            // The server's first word stands when it is a refusal; a yes that turns into something else is neither.
            return Complete(new SmtpReply(first, "").IsRefusal ? first : SmtpReply.NoCode);
        }

        return goesOn ? null : Complete(code);
    }

    /// <summary>The code that a line begins with, as MailKit reads it.</summary>
    private static int CodeOf(ReadOnlySpan<byte> head)
    {
        bool isReply = head.Length >= CodeLength
            && !head[..CodeLength].ContainsAnyExceptInRange((byte)'0', (byte)'9')
            && head[0] != '0'
            && (head.Length == CodeLength || head[CodeLength] is (byte)' ' or (byte)'-' or (byte)'\r');
        return isReply ? int.Parse(head[..CodeLength], CultureInfo.InvariantCulture) : SmtpReply.NoCode;
    }

    private SmtpReply Complete(int code)
    {
        var reply = new SmtpReply(code, Readable());
        _kept.ResetWrittenCount();
        _length = 0;
        _firstCode = null;
        Column = 0;
        return reply;
    }

    /// <summary>The text as UTF-8, or as Latin-1 where it is not; a control character could change what a screen or a log shows, so it is replaced.</summary>
    private string Readable()
    {
        ReadOnlySpan<byte> bytes = _kept.WrittenSpan;
        if (_length > bytes.Length)
        {
            bytes = bytes[..EndOfWholeCharacters(bytes)];
        }

        string decoded = (Utf8.IsValid(bytes) ? Encoding.UTF8 : Encoding.Latin1).GetString(bytes);
        var text = new StringBuilder(decoded.Length);
        foreach (string line in decoded.TrimEnd('\n').Split('\n'))
        {
            text.Append(text.Length == 0 ? "" : "\n");
            foreach (char c in line.TrimEnd('\r'))
            {
                text.Append(c == '\t' ? ' ' : char.IsControl(c) ? '\uFFFD' : c);
            }
        }

        if (text.Length > MaximumCharacters || _length > MaximumKeptBytes)
        {
            int length = Math.Min(text.Length, MaximumCharacters - 1);
            text.Length = length > 0 && char.IsHighSurrogate(text[length - 1]) ? length - 1 : length;
            text.Append('…');
        }

        return text.ToString();
    }

    private static int EndOfWholeCharacters(ReadOnlySpan<byte> bytes)
    {
        int end = bytes.Length;
        while (end > 0 && (bytes[end - 1] & 0xC0) == 0x80)
        {
            end--;
        }

        return end > 0 && bytes[end - 1] >= 0xC0 ? end - 1 : end;
    }
}
