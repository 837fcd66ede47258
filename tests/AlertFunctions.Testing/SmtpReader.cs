using System.Buffers;
using System.Text;

namespace AlertFunctions.Testing;

/// <summary>Reads what an SMTP client says, line by line, however it arrives: a pipelining client sends several at once.</summary>
internal sealed class SmtpReader(Stream stream)
{
    private readonly byte[] _buffer = new byte[16 * 1024];
    private int _start;
    private int _end;

    /// <summary>A command without its line end; null when the client has left.</summary>
    public async Task<string?> ReadLineAsync(CancellationToken cancellationToken)
    {
        var line = new ArrayBufferWriter<byte>();
        return await ReadLineIntoAsync(line, cancellationToken) ? Encoding.UTF8.GetString(line.WrittenSpan).TrimEnd('\r', '\n') : null;
    }

    /// <summary>A body up to its closing dot, without the doubled dots; null when the client has left before that.</summary>
    public async Task<byte[]?> ReadBodyAsync(CancellationToken cancellationToken)
    {
        var body = new ArrayBufferWriter<byte>();
        var line = new ArrayBufferWriter<byte>();
        while (await ReadLineIntoAsync(line, cancellationToken))
        {
            if (line.WrittenSpan.SequenceEqual(".\r\n"u8))
            {
                return body.WrittenSpan.ToArray();
            }

            body.Write(line.WrittenSpan.StartsWith("."u8) ? line.WrittenSpan[1..] : line.WrittenSpan);
            line.ResetWrittenCount();
        }

        return null;
    }

    /// <summary>Waits until the client has said something more; false when it has left.</summary>
    public async Task<bool> WaitAsync(CancellationToken cancellationToken)
    {
        if (_start == _end)
        {
            _start = 0;
            _end = await stream.ReadAsync(_buffer, cancellationToken);
        }

        return _start < _end;
    }

    private async Task<bool> ReadLineIntoAsync(ArrayBufferWriter<byte> line, CancellationToken cancellationToken)
    {
        while (true)
        {
            if (!await WaitAsync(cancellationToken))
            {
                return false;
            }

            var available = _buffer.AsSpan(_start.._end);
            var length = available.IndexOf((byte)'\n') + 1;
            line.Write(available[..(length == 0 ? available.Length : length)]);
            _start += length == 0 ? available.Length : length;
            if (length > 0)
            {
                return true;
            }
        }
    }
}
