namespace AlertFunctions.Core.Storage;

/// <summary>
/// Lets everybody who asks while something is being read share the next reading of it. What they get was read after they asked, so it is no older than
/// what each would have read alone.
/// </summary>
/// <typeparam name="T">What is read.</typeparam>
/// <param name="read">Reads it.</param>
public sealed class SharedRead<T>(Func<Task<T>> read)
{
    private readonly Lock _gate = new();
    private Task<T>? _running;
    private Task<T>? _next;

    /// <summary>Reads, alone or with others.</summary>
    /// <param name="cancellationToken">Ends the wait, not the reading, which others may share.</param>
    public Task<T> ReadAsync(CancellationToken cancellationToken)
    {
        lock (_gate)
        {
            Task<T> shared = _next is null && _running is null or { IsCompleted: true }
                ? _running = Task.Run(read, CancellationToken.None)
                : _next ??= ReadNextAsync(_running!);
            return shared.WaitAsync(cancellationToken);
        }
    }

    private async Task<T> ReadNextAsync(Task running)
    {
        await running.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing | ConfigureAwaitOptions.ForceYielding);
        lock (_gate)
        {
            (_running, _next) = (_next, null);
        }

        return await read();
    }
}
