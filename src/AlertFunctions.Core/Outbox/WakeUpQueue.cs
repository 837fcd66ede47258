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

    /// <summary>
    /// How far apart the wake-ups of a shard's outbox are that no handler of this process has begun with: what is stored meanwhile needs none of its own. The
    /// queue hides messages for whole seconds.
    /// </summary>
    private static readonly TimeSpan ComposeInterval = TimeSpan.FromSeconds(1);

    private readonly Dictionary<Shard, (DateTimeOffset VisibleAt, bool FirstAttempts)> _onTheirWay = [];
    private readonly Dictionary<WakeUp.Compose, TimeSpan> _composing = [];

    private TaskCompletionSource _sent = NewSignal();

    /// <summary>Completes when this process next sends a message that is visible at once.</summary>
    public Task NextSent => Volatile.Read(ref _sent).Task;

    /// <summary>
    /// Requests that the outbox of a shard is composed: at once, and again a second later for all that is stored until then. So many raises one by one take
    /// few messages, and the first of them does not wait.
    /// </summary>
    /// <param name="shard">The shard.</param>
    /// <param name="delay">How long what was stored is still collected.</param>
    /// <param name="cancellationToken">Cancels the operation.</param>
    public async Task ComposeAsync(Shard shard, TimeSpan delay, CancellationToken cancellationToken)
    {
        if (Claim(shard, ref delay) is not { } wakeUp)
        {
            return;
        }

        try
        {
            await SendAsync(wakeUp.Text, delay, cancellationToken);
        }
        catch
        {
            Begin(wakeUp);
            throw;
        }
    }

    /// <summary>Notes that a handler of this process begins to read an outbox: it cannot see what is stored from now on.</summary>
    /// <param name="wakeUp">The wake-up that it handles.</param>
    public void Begin(WakeUp.Compose wakeUp)
    {
        lock (_composing)
        {
            _composing.Remove(wakeUp);
        }
    }

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

    /// <summary>The wake-up to send, unless one that this process sent is still hidden and comes soon enough.</summary>
    private WakeUp.Compose? Claim(Shard shard, ref TimeSpan delay)
    {
        var prompt = new WakeUp.Compose(shard);
        WakeUp.Compose later = prompt with { Later = true };
        TimeSpan now = time.GetElapsedTime(0);
        lock (_composing)
        {
            if (_composing.TryGetValue(later, out TimeSpan visible) && visible > now && visible <= now + delay + ComposeInterval)
            {
                return null;
            }

            if (delay <= TimeSpan.Zero && !(_composing.TryGetValue(prompt, out TimeSpan sent) && now < sent + ComposeInterval))
            {
                _composing[prompt] = now;
                return prompt;
            }

            delay = delay <= TimeSpan.Zero ? ComposeInterval : delay;
            _composing[later] = now + delay;
            return later;
        }
    }

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

    private async Task SendAsync(string text, TimeSpan delay, CancellationToken cancellationToken)
    {
        // The SDK drops the fraction of a second, and a message that comes too early would be sent again at once.
        TimeSpan? hidden = delay > TimeSpan.Zero ? TimeSpan.FromSeconds(Math.Ceiling(delay.TotalSeconds)) : null;
        await storage.OutgoingMail.SendMessageAsync(text, hidden, NeverExpires, cancellationToken);
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

    /// <summary>Compose the mail of what waits in a shard's outbox.</summary>
    /// <param name="Shard">The shard.</param>
    public sealed record Compose(Shard Shard) : WakeUp
    {
        private const string LaterMark = "later";

        /// <summary>Whether it was sent to come later than what it is about.</summary>
        public bool Later { get; init; }

        /// <summary>The message text.</summary>
        public string Text => $"outbox|{Shard.Key}{(Later ? $"|{LaterMark}" : "")}";

        /// <summary>Parses the parts of a message; null if it is not of this kind.</summary>
        public static Compose? Parse(string[] parts) =>
            parts is [var key, .. [] or [LaterMark]] && ParseShard(key) is { } shard ? new Compose(shard) { Later = parts.Length > 1 } : null;
    }

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
        public static Send? Parse(string[] parts) => parts is [var key, var seconds, .. [] or [FirstAttemptsMark]]
            && ParseShard(key) is { } shard
            && long.TryParse(seconds, NumberStyles.None, CultureInfo.InvariantCulture, out long firstSent)
            && firstSent < DateTimeOffset.MaxValue.ToUnixTimeSeconds()
                ? new Send(shard, DateTimeOffset.FromUnixTimeSeconds(firstSent)) { FirstAttempts = parts.Length > 2 }
                : null;
    }

    /// <summary>Re-send all undelivered mail (S8).</summary>
    public sealed record Flush : WakeUp;

    /// <summary>Parses a message; null if it is not one of ours. Older versions woke one alert type.</summary>
    public static WakeUp? Parse(string text) => text.Split(Keys.Separator, 2) switch
    {
        [FlushText] => new Flush(),
        [ComposeRunsText] => new ComposeRuns(),
        ["outbox", var rest] => Compose.Parse(rest.Split(Keys.Separator)),
        ["compose", { Length: > 0 } alertType] => new Compose(Shard.Of(alertType)),
        ["send", var rest] => Send.Parse(rest.Split(Keys.Separator)),
        _ => null,
    };

    private static Shard? ParseShard(string key) => key is [>= '0' and < (char)('0' + Shard.Count)] ? new Shard(key[0] - '0') : null;
}
