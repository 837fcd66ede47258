using AlertFunctions.Core.Storage;

namespace AlertFunctions.Tests.Storage;

/// <summary>What several handlers need at the same time is read for all of them, and for nobody too early.</summary>
public sealed class SharedReadTests : IDisposable
{
    private readonly List<TaskCompletionSource<int>> _readings = [];
    private readonly SemaphoreSlim _began = new(0);

    public void Dispose() => _began.Dispose();

    [Fact]
    public async Task Who_asks_during_a_reading_gets_the_next_with_all_others_who_ask_then()
    {
        SharedRead<int> shared = Reading();
        Task<int> first = shared.ReadAsync(CancellationToken.None);
        await ReadingBeginsAsync();
        Task<int>[] others = [shared.ReadAsync(CancellationToken.None), shared.ReadAsync(CancellationToken.None), shared.ReadAsync(CancellationToken.None)];
        _readings[0].SetResult(1);
        await ReadingBeginsAsync();
        Task<int> last = shared.ReadAsync(CancellationToken.None);
        _readings[1].SetResult(2);
        await ReadingBeginsAsync();
        _readings[2].SetResult(3);

        int[] got = await Task.WhenAll([first, .. others, last]);
        Assert.Equal([1, 2, 2, 2, 3], got);
        Assert.Equal(3, _readings.Count);
    }

    [Fact]
    public async Task After_a_reading_the_next_who_asks_reads_again()
    {
        SharedRead<int> shared = Reading();
        for (int reading = 0; reading < 3; reading++)
        {
            Task<int> read = shared.ReadAsync(CancellationToken.None);
            await ReadingBeginsAsync();
            _readings[reading].SetResult(reading);
            Assert.Equal(reading, await read);
        }
    }

    [Fact]
    public async Task A_reading_that_fails_fails_for_those_who_share_it_alone()
    {
        SharedRead<int> shared = Reading();
        Task<int> first = shared.ReadAsync(CancellationToken.None);
        await ReadingBeginsAsync();
        Task<int> second = shared.ReadAsync(CancellationToken.None);
        _readings[0].SetException(new TimeoutException("storage"));
        await ReadingBeginsAsync();
        _readings[1].SetResult(2);

        await Assert.ThrowsAsync<TimeoutException>(() => first);
        Assert.Equal(2, await second);
    }

    [Fact]
    public async Task Who_stops_waiting_stops_nobody_else()
    {
        SharedRead<int> shared = Reading();
        Task<int> first = shared.ReadAsync(CancellationToken.None);
        await ReadingBeginsAsync();
        using var leaves = new CancellationTokenSource();
        Task<int> impatient = shared.ReadAsync(leaves.Token);
        Task<int> patient = shared.ReadAsync(CancellationToken.None);
        await leaves.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => impatient);
        _readings[0].SetResult(1);
        await ReadingBeginsAsync();
        _readings[1].SetResult(2);

        int[] got = await Task.WhenAll(first, patient);
        Assert.Equal([1, 2], got);
    }

    private async Task ReadingBeginsAsync() => Assert.True(await _began.WaitAsync(TimeSpan.FromSeconds(20)), "No reading began.");

    private SharedRead<int> Reading() => new(() =>
    {
        var reading = new TaskCompletionSource<int>(TaskCreationOptions.RunContinuationsAsynchronously);
        _readings.Add(reading);
        _began.Release();
        return reading.Task;
    });
}
