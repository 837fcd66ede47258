using System.Collections.Immutable;
using System.Globalization;
using System.Text.Json;
using MimeKit;

namespace AlertFunctions.Testing;

/// <summary>
/// An SMTP server that nobody here wrote (npm <c>smtp-server</c>), for the tests in which mail really arrives. It accepts everything; what
/// it must refuse or break is the task of <see cref="ScriptedSmtpServer"/>.
/// </summary>
public sealed class RealSmtpServer : IAsyncDisposable
{
    private static readonly JsonSerializerOptions s_json = new(JsonSerializerDefaults.Web);

    private readonly ChangeSignal _changed = new();
    private ImmutableList<ReceivedMail> _messages = [];
    private NodeProcess? _process;

    private RealSmtpServer()
    {
    }

    public static string Host => "127.0.0.1";

    /// <summary>The same for as long as the object lives, restarts included.</summary>
    public int Port { get; private set; }

    /// <summary>What was accepted, in that order, restarts included.</summary>
    public IReadOnlyList<ReceivedMail> Messages => Volatile.Read(ref _messages);

    /// <summary>Starts one on a free port. Skips the calling test where there is no Node.js.</summary>
    public static async Task<RealSmtpServer> StartNewAsync()
    {
        await NodeProcess.SkipTestWithoutNodeAsync();
        var server = new RealSmtpServer { Port = FreePort.Choose() }; // nobody else is given it while the server is stopped
        await server.StartAsync();
        return server;
    }

    /// <summary>Starts it again after <see cref="StopAsync"/>, on the same port.</summary>
    public async Task StartAsync()
    {
        string[] arguments = [Port.ToString(CultureInfo.InvariantCulture)];
        _process = await NodeProcess.StartAsync(Repository.InfrastructureFile("smtp-server.mjs"), arguments, Receive);
    }

    /// <summary>Ends the server: a connection to its port is refused from now on.</summary>
    public async Task StopAsync()
    {
        if (Interlocked.Exchange(ref _process, null) is { } process)
        {
            await process.DisposeAsync();
        }
    }

    /// <summary>Ends the server in the middle of whatever it does.</summary>
    public async Task KillAsync()
    {
        if (Interlocked.Exchange(ref _process, null) is { } process)
        {
            await process.KillAsync();
            await process.DisposeAsync();
        }
    }

    /// <summary>Lets it stand still, or go on.</summary>
    public Task SignalAsync(ProcessSignal signal) => _process?.SignalAsync(signal) ?? Task.CompletedTask;

    /// <summary>Waits until at least <paramref name="count"/> messages have been accepted, and returns them all.</summary>
    public async Task<IReadOnlyList<ReceivedMail>> WaitForAsync(int count, TimeSpan? timeout = null)
    {
        await _changed.WaitUntilAsync(() => Messages.Count >= count, $"{count} accepted message(s)",
            () => $"There are {Messages.Count}, to: {string.Join(", ", Messages.SelectMany(m => m.Recipients))}", timeout);
        return Messages;
    }

    public async ValueTask DisposeAsync() => await StopAsync();

    private bool Receive(string line)
    {
        var output = JsonSerializer.Deserialize<OutputLine>(line, s_json)!;
        if (output.Port is { } port)
        {
            Port = port;
            return true;
        }

        ImmutableInterlocked.Update(ref _messages, (messages, mail) => messages.Add(mail), new ReceivedMail(output.From!, output.To!, output.Raw!)
        {
            ConnectedAt = DateTimeOffset.FromUnixTimeMilliseconds(output.ConnectedAt),
            AcceptedAt = DateTimeOffset.FromUnixTimeMilliseconds(output.AcceptedAt),
        });
        _changed.Raise();
        return false;
    }

    private sealed record OutputLine(int? Port, string? From, string[]? To, byte[]? Raw, long ConnectedAt, long AcceptedAt);
}

/// <summary>A message that a server has accepted, with the envelope it came in.</summary>
/// <param name="Sender">The envelope's sender, where delivery failures go.</param>
/// <param name="Recipients">The envelope's recipients, which need not be those of the header.</param>
/// <param name="Raw">What was transferred.</param>
/// <param name="ConnectionNumber">The number of its connection, from 1, where the server counts them.</param>
public sealed record ReceivedMail(string Sender, IReadOnlyList<string> Recipients, byte[] Raw, int ConnectionNumber = 0)
{
    private readonly Lazy<MimeMessage> _message = new(() => MimeMessage.Load(new MemoryStream(Raw)));

    /// <summary>When its connection was accepted.</summary>
    public DateTimeOffset ConnectedAt { get; init; }

    /// <summary>When it was accepted.</summary>
    public DateTimeOffset AcceptedAt { get; init; }

    /// <summary>Whether the script kept the reply from the client, which cannot know then that it was accepted.</summary>
    public bool ReplyLost { get; init; }

    public string Recipient => Recipients.Single();

    public MimeMessage Message => _message.Value;

    public string MessageId => Message.MessageId ?? "";
}
