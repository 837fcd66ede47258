using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using AlertFunctions.Core.Mail.Smtp;
using AlertFunctions.Core.Settings;
using AlertFunctions.Testing;
using Azure.Identity;
using MimeKit;

namespace AlertFunctions.Tests.Mail;

/// <summary>A server's name with several addresses: one that is dead does not keep mail from the others (S10).</summary>
public sealed class AddressRaceTests
{
    private static readonly IPAddress s_first = IPAddress.Parse("192.0.2.1");
    private static readonly IPAddress s_second = IPAddress.Parse("192.0.2.2");
    private static readonly IPAddress s_third = IPAddress.Parse("2001:db8::3");
    private static readonly TimeSpan s_soon = TimeSpan.FromSeconds(20);

    private readonly FakeClock _clock = new();
    private readonly TaskCompletionSource _secondAsked = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly ConcurrentDictionary<IPAddress, TaskCompletionSource<Connection>> _attempts = new();

    [Fact]
    public async Task An_address_that_answers_is_the_only_one_that_is_asked()
    {
        Answers(s_first);
        Assert.Equal(s_first, (await RunAsync(s_first, s_second)).Address);
        Assert.Equal([s_first], Asked);
    }

    [Fact]
    public async Task An_address_that_swallows_packets_has_a_head_start_and_no_more()
    {
        Answers(s_third);
        Task<Connection> running = RunAsync(s_first, s_second, s_third);
        await _clock.WaitForPauseAsync(TimeSpan.FromMilliseconds(250));
        _clock.Advance(TimeSpan.FromMilliseconds(249));
        Assert.Equal([s_first], Asked);
        _clock.Advance(TimeSpan.FromMilliseconds(1));
        await _clock.WaitForPauseAsync(TimeSpan.FromMilliseconds(250), count: 2);
        _clock.Advance(TimeSpan.FromMilliseconds(250));

        Assert.Equal(s_third, (await running.WaitAsync(s_soon, TestContext.Current.CancellationToken)).Address);
        Assert.Equal([s_first, s_second, s_third], Asked);
        Assert.True(_attempts[s_first].Task.IsCanceled && _attempts[s_second].Task.IsCanceled);
    }

    [Fact]
    public async Task An_address_that_refuses_gives_way_at_once()
    {
        Refuses(s_first);
        Answers(s_second);
        Assert.Equal(s_second, (await RunAsync(s_first, s_second)).Address);
    }

    [Fact]
    public async Task A_slow_address_that_answers_first_after_all_is_taken_and_the_other_is_let_go()
    {
        Task<Connection> running = RunAsync(s_first, s_second);
        await _clock.WaitForPauseAsync(TimeSpan.FromMilliseconds(250));
        _clock.Advance(TimeSpan.FromMilliseconds(250));
        await _secondAsked.Task.WaitAsync(s_soon, TestContext.Current.CancellationToken);
        Answers(s_first);
        Assert.Equal(s_first, (await running.WaitAsync(s_soon, TestContext.Current.CancellationToken)).Address);
        Assert.True(_attempts[s_second].Task.IsCanceled);
    }

    [Fact]
    public async Task When_no_address_can_be_reached_the_last_failure_is_told()
    {
        Refuses(s_first);
        Refuses(s_second);
        Assert.Equal(SocketError.ConnectionRefused, (await Assert.ThrowsAsync<SocketException>(() => RunAsync(s_first, s_second))).SocketErrorCode);
        Assert.Equal(SocketError.HostNotFound, (await Assert.ThrowsAsync<SocketException>(() => RunAsync())).SocketErrorCode);
    }

    [Fact]
    public async Task Who_gives_up_is_obeyed_at_once()
    {
        using var givesUp = new CancellationTokenSource();
        Task<Connection> running = new AddressRace<Connection>(ConnectAsync, _clock).RunAsync([s_first, s_second], givesUp.Token);
        await givesUp.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => running.WaitAsync(s_soon, TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task Mail_is_delivered_to_a_name_whose_first_address_swallows_packets()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "Only Linux has more than one address of loopback unasked, and drops what a full backlog cannot hold.");
        await using var server = new ScriptedSmtpServer();
        var dead = IPAddress.Parse("127.0.0.2");
        using var listener = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        listener.Bind(new IPEndPoint(dead, server.Port));
        listener.Listen(0);
        using var filler = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        await filler.ConnectAsync(dead, server.Port, TestContext.Current.CancellationToken);
        var settings = new SmtpSettings { Host = "mail.example.com", Port = server.Port, From = new MailboxAddress("", "alerts@example.com"), Security = SmtpSecurity.None };
        var transport = new MailKitTransport(settings, new DefaultAzureCredential(), TimeProvider.System) { Resolve = (_, _) => Task.FromResult<IPAddress[]>([dead, IPAddress.Loopback]) };

        SmtpConnectResult connected = await transport.ConnectAsync(TestContext.Current.CancellationToken);

        Assert.Null(connected.Failure);
        await using ISmtpConnection connection = connected.Connection!;
        Assert.Equal(1, server.Connections);
    }

    private ConcurrentQueue<IPAddress> Asked { get; } = new();

    private Task<Connection> RunAsync(params IPAddress[] addresses) => new AddressRace<Connection>(ConnectAsync, _clock).RunAsync(addresses, TestContext.Current.CancellationToken);

    private async Task<Connection> ConnectAsync(IPAddress address, CancellationToken cancellationToken)
    {
        TaskCompletionSource<Connection> attempt = Attempt(address);
        Asked.Enqueue(address);
        if (address.Equals(s_second))
        {
            _secondAsked.TrySetResult();
        }

        await using CancellationTokenRegistration registration = cancellationToken.Register(() => attempt.TrySetCanceled(cancellationToken));
        return await attempt.Task;
    }

    private void Answers(IPAddress address) => Attempt(address).SetResult(new Connection(address));

    private void Refuses(IPAddress address) => Attempt(address).SetException(new SocketException((int)SocketError.ConnectionRefused));

    private TaskCompletionSource<Connection> Attempt(IPAddress address) => _attempts.GetOrAdd(address, _ => new(TaskCreationOptions.RunContinuationsAsynchronously));

    private sealed record Connection(IPAddress Address) : IDisposable
    {
        public void Dispose()
        {
            // Nothing is held.
        }
    }
}
