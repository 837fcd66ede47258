using System.Globalization;
using AlertFunctions.Core.Storage;

namespace AlertFunctions.Core.Outbox;

/// <summary>
/// Sends wake-up messages. They carry no state: a lost, repeated, late or reordered one only causes delay (rule 1).
/// </summary>
public sealed class WakeUpQueue(StorageClients storage, TimeProvider time)
{
    private static readonly TimeSpan NeverExpires = TimeSpan.FromSeconds(-1);

    /// <summary>How long a wake-up that finds no free slot is re-sent before it is dropped; the timer wakes the shard while mail is due.</summary>
    private static readonly TimeSpan Persistence = TimeSpan.FromMinutes(1);

    private readonly Dictionary<Shard, (DateTimeOffset VisibleAt, bool FirstAttempts)> _onTheirWay = [];

    private TaskCompletionSource _sent = NewSignal();

    /// <summary>Completes when this process next sends a message that is visible at once.</summary>
    public Task NextSent => Volatile.Read(ref _sent).Task;

    /// <summary>Requests that the mail of an alert type is composed.</summary>
    public Task ComposeAsync(string alertType, TimeSpan delay, CancellationToken cancellationToken) =>
        SendAsync(WakeUp.ComposeText(alertType), delay, cancellationToken);

    /// <summary>Requests that the mail of started scheduled tasks is composed.</summary>
    public Task ComposeRunsAsync(CancellationToken cancellationToken) =>
        SendAsync(WakeUp.ComposeRunsText, TimeSpan.Zero, cancellationToken);

    /// <summary>Wakes a shard at once.</summary>
    public Task SendMailAsync(Shard shard, CancellationToken cancellationToken) =>
        SendAsync(new WakeUp.Send(shard, time.GetUtcNow()).Text, TimeSpan.Zero, cancellationToken);

    /// <summary>Wakes a shard after a short delay, so that a handler that had a slot lets others have it first.</summary>
    public Task SendLaterAsync(Shard shard, CancellationToken cancellationToken) =>
        SendOnceAsync(new WakeUp.Send(shard, time.GetUtcNow()), TimeSpan.FromSeconds(5), cancellationToken);

    /// <summary>
    /// Re-sends a wake-up that found no free slot, sooner if it is for first attempts. After a minute it is dropped: the timer wakes the shard while
    /// mail is due.
    /// </summary>
    public async Task SendAgainAsync(WakeUp.Send wakeUp, CancellationToken cancellationToken)
    {
        if (time.GetUtcNow() - wakeUp.FirstSent < Persistence)
        {
            await SendOnceAsync(wakeUp, TimeSpan.FromSeconds(wakeUp.FirstAttempts ? 2 : Random.Shared.Next(3, 6)), cancellationToken);
        }
    }

    /// <summary>Requests that all failed mail is attempted (S16).</summary>
    public Task FlushAsync(TimeSpan delay, CancellationToken cancellationToken) =>
        SendAsync(WakeUp.FlushText, delay, cancellationToken);

    /// <summary>Sends a wake-up unless this process already has one for the same shard under way: one is enough, however many alert types found no slot.</summary>
    private async Task SendOnceAsync(WakeUp.Send wakeUp, TimeSpan delay, CancellationToken cancellationToken)
    {
        DateTimeOffset now = time.GetUtcNow();
        lock (_onTheirWay)
        {
            if (_onTheirWay.TryGetValue(wakeUp.Shard, out (DateTimeOffset VisibleAt, bool FirstAttempts) other) && other.VisibleAt > now && (other.FirstAttempts || !wakeUp.FirstAttempts))
            {
                return;
            }

            _onTheirWay[wakeUp.Shard] = (now + delay, wakeUp.FirstAttempts);
        }

        try
        {
            await SendAsync(wakeUp.Text, delay, cancellationToken);
        }
        catch
        {
            lock (_onTheirWay)
            {
                _onTheirWay.Remove(wakeUp.Shard);
            }

            throw;
        }
    }

    /// <summary>The approximate number of messages in the queue, visible or not.</summary>
    public async Task<int> CountAsync(CancellationToken cancellationToken) =>
        (await storage.OutgoingMail.GetPropertiesAsync(cancellationToken)).Value.ApproximateMessagesCount;

    private async Task SendAsync(string text, TimeSpan delay, CancellationToken cancellationToken)
    {
        await storage.OutgoingMail.SendMessageAsync(text, delay > TimeSpan.Zero ? delay : null, NeverExpires, cancellationToken);
        if (delay <= TimeSpan.Zero)
        {
            Interlocked.Exchange(ref _sent, NewSignal()).SetResult();
        }
    }

    private static TaskCompletionSource NewSignal() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}

/// <summary>The meaning of a wake-up message.</summary>
public abstract record WakeUp
{
    /// <summary>The message that requests a flush.</summary>
    public const string FlushText = "flush";

    /// <summary>The message that requests composing the mail of started scheduled tasks.</summary>
    public const string ComposeRunsText = "tasks";

    /// <summary>Compose the mail of an alert type.</summary>
    public sealed record Compose(string AlertType) : WakeUp;

    /// <summary>Compose the mail of started scheduled tasks.</summary>
    public sealed record ComposeRuns : WakeUp;

    /// <summary>Send the mail that is due in a shard.</summary>
    /// <param name="Shard">The shard.</param>
    /// <param name="FirstSent">When the wake-up was first sent.</param>
    public sealed record Send(Shard Shard, DateTimeOffset FirstSent) : WakeUp
    {
        private const string FirstAttemptsMark = "new";

        /// <summary>Whether it is for first attempts.</summary>
        public bool FirstAttempts { get; init; }

        /// <summary>The message text.</summary>
        public string Text => string.Create(CultureInfo.InvariantCulture, $"send|{Shard.Key}|{FirstSent.ToUnixTimeSeconds()}{(FirstAttempts ? $"|{FirstAttemptsMark}" : "")}");

        /// <summary>Parses the parts of a message; null if it is not of this kind.</summary>
        public static Send? Parse(string[] parts) => parts is [{ Length: 1 } shard, var seconds, .. [] or [FirstAttemptsMark]]
            && shard[0] is >= '0' and < (char)('0' + Shard.Count)
            && long.TryParse(seconds, NumberStyles.None, CultureInfo.InvariantCulture, out long firstSent)
            && firstSent < DateTimeOffset.MaxValue.ToUnixTimeSeconds()
                ? new Send(new Shard(shard[0] - '0'), DateTimeOffset.FromUnixTimeSeconds(firstSent)) { FirstAttempts = parts.Length > 2 }
                : null;
    }

    /// <summary>Re-send all undelivered mail (S8).</summary>
    public sealed record Flush : WakeUp;

    /// <summary>The message that requests composing the mail of an alert type.</summary>
    public static string ComposeText(string alertType) => $"compose|{alertType}";

    /// <summary>Parses a message; null if it is not one of ours.</summary>
    public static WakeUp? Parse(string text) => text.Split(Keys.Separator, 2) switch
    {
        [FlushText] => new Flush(),
        [ComposeRunsText] => new ComposeRuns(),
        ["compose", { Length: > 0 } alertType] => new Compose(alertType),
        ["send", var rest] => Send.Parse(rest.Split(Keys.Separator)),
        _ => null,
    };
}
