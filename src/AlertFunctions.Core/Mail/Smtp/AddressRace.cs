using System.Net;
using System.Net.Sockets;

namespace AlertFunctions.Core.Mail.Smtp;

/// <summary>
/// Connects to whichever of a name's addresses answers first, each with a head start over the next (RFC 8305). An address that swallows packets –
/// broken IPv6, a dead host behind the name – would otherwise use up the whole deadline in every attempt.
/// </summary>
/// <typeparam name="T">A connection.</typeparam>
/// <param name="connect">Connects to one address.</param>
/// <param name="time">Measures the head start.</param>
public sealed class AddressRace<T>(Func<IPAddress, CancellationToken, Task<T>> connect, TimeProvider time)
    where T : IDisposable
{
    /// <summary>How long an address may take before the next one is tried beside it: what RFC 8305 recommends.</summary>
    private readonly TimeSpan _headStart = TimeSpan.FromMilliseconds(250);

    /// <summary>Connects; when no address can be reached, throws what the last one failed with.</summary>
    /// <param name="addresses">The addresses, the preferred one first.</param>
    /// <param name="cancellationToken">Cancels the operation.</param>
    public async Task<T> RunAsync(IEnumerable<IPAddress> addresses, CancellationToken cancellationToken)
    {
        var waiting = new Queue<IPAddress>(addresses);
        var running = new List<Task<T>>();
        using var decided = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        try
        {
            while (true)
            {
                if (waiting.TryDequeue(out IPAddress? next))
                {
                    running.Add(connect(next, decided.Token));
                }
                else if (running.Count == 0)
                {
                    throw new SocketException((int)SocketError.HostNotFound);
                }

                await WaitForOneAsync(running, nextWaits: waiting.Count > 0);
                if (running.Find(attempt => attempt.IsCompleted) is { } ended)
                {
                    running.Remove(ended);
                    if (ended.IsCompletedSuccessfully || (running.Count == 0 && waiting.Count == 0))
                    {
                        return await ended;
                    }
                }
            }
        }
        finally
        {
            await decided.CancelAsync();
            foreach (Task<T> loser in running)
            {
                await DisposeAsync(loser);
            }
        }
    }

    /// <summary>Waits until a connection stands or has failed, or the head start of the newest is over.</summary>
    private async Task WaitForOneAsync(List<Task<T>> running, bool nextWaits)
    {
        using var ended = new CancellationTokenSource();
        Task headStart = nextWaits ? Task.Delay(_headStart, time, ended.Token) : Task.Delay(Timeout.Infinite, ended.Token);
        await Task.WhenAny([.. running, headStart]);
        await ended.CancelAsync();
    }

    private static async Task DisposeAsync(Task<T> loser)
    {
        try
        {
            (await loser).Dispose();
        }
        catch (Exception)
        {
            // Another address has answered: why this one did not is of no interest.
        }
    }
}
