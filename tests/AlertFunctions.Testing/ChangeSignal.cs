namespace AlertFunctions.Testing;

/// <summary>Lets a test wait for a state of something that runs beside it, woken by each change instead of polling.</summary>
public sealed class ChangeSignal
{
    /// <summary>Generous: it ends a test that would hang, and never decides one that works.</summary>
    public static readonly TimeSpan DefaultTimeout = TimeSpan.FromSeconds(30);

    private TaskCompletionSource _next = NewSource();

    /// <summary>Says that something has changed.</summary>
    public void Raise() => Interlocked.Exchange(ref _next, NewSource()).SetResult();

    /// <summary>Waits until <paramref name="condition"/> holds.</summary>
    /// <exception cref="TimeoutException">It did not in time; the message says what was waited for and what was there instead.</exception>
    public async Task WaitUntilAsync(Func<bool> condition, string what, Func<string> describe, TimeSpan? timeout = null)
    {
        using var deadline = new CancellationTokenSource(timeout ?? DefaultTimeout);
        while (true)
        {
            // Taken before looking, so that a change between the look and the wait is not missed.
            var changed = Volatile.Read(ref _next).Task;
            if (condition())
            {
                return;
            }

            try
            {
                await changed.WaitAsync(deadline.Token);
            }
            catch (OperationCanceledException e)
            {
                throw new TimeoutException($"Waited {(timeout ?? DefaultTimeout).TotalSeconds} seconds for {what}. {describe()}", e);
            }
        }
    }

    private static TaskCompletionSource NewSource() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}
