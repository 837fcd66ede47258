using System.Buffers;
using System.Diagnostics;
using System.IO.Pipelines;
using System.Net;
using System.Net.Sockets;

namespace AlertFunctions.Bench.Stage;

/// <summary>An SMTP server that accepts everything at once and keeps only the count, so that it limits nobody.</summary>
internal sealed class SmtpSink : IAsyncDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly Task _accepting;
    private readonly Lock _gate = new();
    private int _mails;
    private long _bytes;
    private long _lastMail;
    private (int Mails, TaskCompletionSource Reached)? _awaited;

    public SmtpSink()
    {
        _listener.Start(512);
        _accepting = AcceptAsync();
    }

    public int Port => ((IPEndPoint)_listener.LocalEndpoint).Port;

    /// <summary>How many mails were accepted.</summary>
    public int Mails => Volatile.Read(ref _mails);

    /// <summary>The size of a mail, on average.</summary>
    public int MailSize => (int)(Interlocked.Read(ref _bytes) / Math.Max(1, Mails));

    /// <summary>When the last mail was accepted, as a timestamp of <see cref="Stopwatch"/>.</summary>
    public long LastMail => Interlocked.Read(ref _lastMail);

    /// <summary>Waits until so many mails were accepted in all.</summary>
    public Task WaitForAsync(int mails, TimeSpan timeout)
    {
        lock (_gate)
        {
            if (_mails >= mails)
            {
                return Task.CompletedTask;
            }

            var reached = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            _awaited = (mails, reached);
            return reached.Task.WaitAsync(timeout);
        }
    }

    public async ValueTask DisposeAsync()
    {
        _listener.Stop();
        await _accepting;
    }

    private async Task AcceptAsync()
    {
        try
        {
            while (true)
            {
                _ = ServeAsync(await _listener.AcceptSocketAsync());
            }
        }
        catch (Exception exception) when (exception is SocketException or ObjectDisposedException)
        {
            // Stopped.
        }
    }

    private async Task ServeAsync(Socket socket)
    {
        socket.NoDelay = true;
        await using var stream = new NetworkStream(socket, ownsSocket: true);
        try
        {
            await ConverseAsync(stream);
        }
        catch (IOException)
        {
            // The client is gone.
        }
    }

    private async Task ConverseAsync(NetworkStream stream)
    {
        PipeReader reader = PipeReader.Create(stream);
        await stream.WriteAsync("220 sink\r\n"u8.ToArray());
        bool inBody = false;
        var answer = new ArrayBufferWriter<byte>();
        while (true)
        {
            ReadResult read = await reader.ReadAsync();
            ReadOnlySequence<byte> left = read.Buffer;
            bool quit = false;
            while (!quit && TryReadLine(ref left, out ReadOnlySequence<byte> line))
            {
                quit = Answer(line, ref inBody, answer);
            }

            reader.AdvanceTo(left.Start, read.Buffer.End);
            if (answer.WrittenCount > 0)
            {
                await stream.WriteAsync(answer.WrittenMemory);
                answer.ResetWrittenCount();
            }

            if (quit || read.IsCompleted)
            {
                return;
            }
        }
    }

    private bool Answer(ReadOnlySequence<byte> line, ref bool inBody, ArrayBufferWriter<byte> answer)
    {
        if (inBody)
        {
            Interlocked.Add(ref _bytes, line.Length + 2);
            if (line.Length == 1 && line.FirstSpan[0] == '.')
            {
                inBody = false;
                answer.Write("250 accepted\r\n"u8);
                Count();
            }

            return false;
        }

        Span<byte> verb = stackalloc byte[4];
        line.Slice(0, Math.Min(4, line.Length)).CopyTo(verb);
        inBody = verb.SequenceEqual("DATA"u8);
        bool quit = verb.SequenceEqual("QUIT"u8);
        answer.Write(inBody ? "354 go on\r\n"u8 : quit ? "221 bye\r\n"u8 : verb.SequenceEqual("EHLO"u8) ? "250-sink\r\n250-PIPELINING\r\n250-SIZE 36700160\r\n250 8BITMIME\r\n"u8 : "250 yes\r\n"u8);
        return quit;
    }

    private void Count()
    {
        lock (_gate)
        {
            Interlocked.Exchange(ref _lastMail, Stopwatch.GetTimestamp());
            if (++_mails >= _awaited?.Mails)
            {
                _awaited.Value.Reached.TrySetResult();
                _awaited = null;
            }
        }
    }

    private static bool TryReadLine(ref ReadOnlySequence<byte> buffer, out ReadOnlySequence<byte> line)
    {
        if (buffer.PositionOf((byte)'\n') is not { } end)
        {
            line = default;
            return false;
        }

        line = buffer.Slice(0, end);
        line = line.Length > 0 && line.Slice(line.Length - 1).FirstSpan[0] == '\r' ? line.Slice(0, line.Length - 1) : line;
        buffer = buffer.Slice(buffer.GetPosition(1, end));
        return true;
    }
}
