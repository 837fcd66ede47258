using AlertFunctions.Core.Storage;
using Azure;
using Azure.Core;
using Azure.Core.Pipeline;
using Azure.Identity;

namespace AlertFunctions.Tests.Storage;

/// <summary>What a service or its credential did not do is a storage fault; what our own code did wrong is not.</summary>
public sealed class StorageFaultTests
{
    public static TheoryData<Exception, bool> Exceptions { get; } = new()
    {
        { new RequestFailedException(0, "refused"), true },
        { new RequestFailedException(400, "bad"), true },
        { new RequestFailedException(401, "who are you"), true },
        { new RequestFailedException(403, "no role"), true },
        { new RequestFailedException(404, "no table"), true },
        { new RequestFailedException(413, "too large"), true },
        { new RequestFailedException(429, "slow down"), true },
        { new RequestFailedException(501, "never"), true },
        { new RequestFailedException(503, "busy"), true },
        { new AuthenticationFailedException("no token"), true },
        { new CredentialUnavailableException("no identity"), true },
        { new StorageUnavailableException(TimeSpan.FromSeconds(1)), true },
        { new StorageContentionException(), true },
        { new TaskCanceledException(), false },
        { new OperationCanceledException(), false },
        { new TimeoutException(), false },
        { new IOException(), false },
        { new InvalidCastException(), false },
        { new InvalidOperationException(), false },
        { new FormatException(), false },
        { new AggregateException(), false },
    };

    [Theory]
    [MemberData(nameof(Exceptions))]
    public void A_fault_is_the_services_or_its_credentials(Exception exception, bool fault) => Assert.Equal(fault, StorageFault.Is(exception));

    [Fact]
    public async Task The_SDKs_own_time_limit_is_a_fault()
    {
        var exception = await Assert.ThrowsAsync<StorageUnavailableException>(() => SendAsync(new Transport(Silence), CancellationToken.None));
        Assert.Contains("timeout", exception.Message, StringComparison.OrdinalIgnoreCase);
    }

    [Fact]
    public async Task The_callers_cancellation_is_none_and_keeps_the_callers_token()
    {
        using var caller = new CancellationTokenSource();
        var transport = new Transport(Silence, networkTimeout: Timeout.InfiniteTimeSpan);
        Task sending = SendAsync(transport, caller.Token);
        await transport.Reached;
        await caller.CancelAsync();
        Assert.Equal(caller.Token, (await Assert.ThrowsAnyAsync<OperationCanceledException>(() => sending)).CancellationToken);
    }

    [Fact]
    public async Task A_cancellation_after_failed_tries_is_a_cancellation_too()
    {
        using var caller = new CancellationTokenSource();
        int tries = 0;
        var transport = new Transport(async token =>
        {
            if (++tries < 3)
            {
                throw new RequestFailedException(0, "refused");
            }

            await caller.CancelAsync();
            token.ThrowIfCancellationRequested();
        });
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => SendAsync(transport, caller.Token));
    }

    [Fact]
    public async Task Tries_that_all_failed_are_one_fault_that_says_what_was_wrong_last()
    {
        int tries = 0;
        var transport = new Transport(_ => throw new RequestFailedException(0, $"refused {++tries}"));
        Assert.Equal("refused 4", (await Assert.ThrowsAsync<StorageUnavailableException>(() => SendAsync(transport, CancellationToken.None))).Message);
    }

    [Fact]
    public async Task What_our_own_code_did_wrong_stays_what_it_is()
    {
        var transport = new Transport(_ => throw new InvalidOperationException("ours"));
        await Assert.ThrowsAsync<InvalidOperationException>(() => SendAsync(transport, CancellationToken.None));
    }

    private static async Task Silence(CancellationToken token) => await Task.Delay(Timeout.Infinite, token);

    private static async Task SendAsync(Transport transport, CancellationToken caller)
    {
        var options = new Options { Transport = transport };
        options.Retry.Delay = TimeSpan.FromMilliseconds(1);
        options.Retry.MaxDelay = TimeSpan.FromMilliseconds(1);
        options.Retry.NetworkTimeout = transport.NetworkTimeout;
        options.AddPolicy(new StorageFaultPolicy(), HttpPipelinePosition.PerCall);
        HttpPipeline pipeline = HttpPipelineBuilder.Build(options);
        using HttpMessage message = pipeline.CreateMessage();
        message.Request.Uri.Reset(new Uri("https://storage.example"));
        await pipeline.SendAsync(message, caller);
    }

    private sealed class Options : ClientOptions;

    /// <summary>A service that never answers, in the way that a test says.</summary>
    private sealed class Transport(Func<CancellationToken, Task> fail, TimeSpan? networkTimeout = null) : HttpPipelineTransport
    {
        private static readonly HttpClientTransport s_requests = new();
        private readonly TaskCompletionSource _reached = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public TimeSpan NetworkTimeout => networkTimeout ?? TimeSpan.FromMilliseconds(20);

        public Task Reached => _reached.Task;

        public override Request CreateRequest() => s_requests.CreateRequest();

        public override void Process(HttpMessage message) => throw new NotSupportedException();

        public override async ValueTask ProcessAsync(HttpMessage message)
        {
            _reached.TrySetResult();
            await fail(message.CancellationToken);
        }
    }
}
