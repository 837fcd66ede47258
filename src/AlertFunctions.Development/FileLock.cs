namespace AlertFunctions.Development;

/// <summary>A lock between processes: a file that one of them has open exclusively. It ends with its process, however that ends.</summary>
internal static class FileLock
{
    private static readonly TimeSpan PollInterval = TimeSpan.FromMilliseconds(250);

    /// <summary>Takes the lock and holds it until the result is disposed.</summary>
    /// <param name="path">The lock file; it and its folder are created.</param>
    /// <param name="timeout">How long to wait for the present holder.</param>
    /// <param name="onWait">Called once when there is another holder.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <exception cref="IOException">The lock was not to be had within <paramref name="timeout"/>.</exception>
    public static async Task<IDisposable> AcquireAsync(string path, TimeSpan timeout, Action onWait, CancellationToken cancellationToken)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        long start = TimeProvider.System.GetTimestamp();
        for (bool first = true; ; first = false)
        {
            try
            {
                return new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
            }
            catch (IOException) when (TimeProvider.System.GetElapsedTime(start) < timeout)
            {
                if (first)
                {
                    onWait();
                }

                await Task.Delay(PollInterval, cancellationToken);
            }
        }
    }
}
