namespace AlertFunctions.Standalone;

/// <summary>Keeps the work of the host waiting until it listens.</summary>
internal static class HostStart
{
    /// <summary>
    /// Waits until the host has started. Its server starts after all other parts: a host that cannot listen is to end without having sent, moved or logged
    /// anything.
    /// </summary>
    /// <param name="lifetime">The host's.</param>
    /// <param name="stopping">The host stops.</param>
    /// <returns>Whether it has started; false when it stops before.</returns>
    public static async Task<bool> HasStartedAsync(this IHostApplicationLifetime lifetime, CancellationToken stopping)
    {
        using var either = CancellationTokenSource.CreateLinkedTokenSource(lifetime.ApplicationStarted, stopping);
        await Task.Delay(Timeout.InfiniteTimeSpan, either.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        return lifetime.ApplicationStarted.IsCancellationRequested;
    }
}
