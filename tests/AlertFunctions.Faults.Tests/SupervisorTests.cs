using AlertFunctions.Faults.Stage;

namespace AlertFunctions.Faults.Tests;

public sealed class SupervisorTests
{
    [Fact]
    public async Task No_process_is_left_when_all_ends_in_the_moment_between_two()
    {
        var first = new Life();
        var second = new Life();
        Supervisor supervisor = null!;
        Task ended = Task.CompletedTask;
        supervisor = new Supervisor("A", number =>
        {
            if (number > 0)
            {
                ended = supervisor.DisposeAsync().AsTask();
            }

            return number == 0 ? first : second;
        }, TextWriter.Null);
        supervisor.Start();
        await supervisor.UpAsync(TimeSpan.FromSeconds(10));
        await first.KillAsync();
        await second.Ended.WaitAsync(TimeSpan.FromSeconds(10), TestContext.Current.CancellationToken);
        await ended;
    }

    private sealed class Life : IProductLife
    {
        private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public Task Ended => _ended.Task;

        public string Output => "";

        public Task ReadyAsync() => Task.CompletedTask;

        public Task<HttpResponseMessage> SendAsync(HttpMethod method, string path, HttpContent? body, CancellationToken cancellationToken) =>
            throw new NotSupportedException();

        public Task KillAsync()
        {
            _ended.TrySetResult();
            return Task.CompletedTask;
        }

        public ValueTask DisposeAsync() => ValueTask.CompletedTask;
    }
}
