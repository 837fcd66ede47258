using System.Globalization;
using AlertFunctions.Core.Storage;

namespace AlertFunctions.Core.Mail;

/// <summary>
/// Sends wake-ups. A message carries one word and no state: losing, repeating, delaying or reordering one changes nothing but time (rule 1).
/// </summary>
internal sealed class WakeUpQueue(StorageClients storage, TimeProvider time)
{
    private static readonly TimeSpan NeverExpires = TimeSpan.FromSeconds(-1);

    /// <summary>How long a wake-up that finds no free slot is sent again before it is dropped; the timer wakes the shard while mail is due.</summary>
    private static readonly TimeSpan Persistence = TimeSpan.FromMinutes(1);

    public Task ComposeAsync(string alertType, TimeSpan delay, CancellationToken cancellationToken) =>
        SendAsync(WakeUp.ComposeText(alertType), delay, cancellationToken);

    public Task ComposeRunsAsync(CancellationToken cancellationToken) =>
        SendAsync(WakeUp.ComposeRunsText, TimeSpan.Zero, cancellationToken);

    public Task SendMailAsync(Shard shard, CancellationToken cancellationToken) =>
        SendAsync(WakeUp.SendText(shard, time.GetUtcNow()), TimeSpan.Zero, cancellationToken);

    public Task FlushAsync(TimeSpan delay, CancellationToken cancellationToken) =>
        SendAsync(WakeUp.FlushText, delay, cancellationToken);

    /// <summary>Sends a wake-up again that found no free slot, two to five seconds later.</summary>
    public async Task SendMailAgainAsync(Shard shard, DateTimeOffset firstSent, CancellationToken cancellationToken)
    {
        if (time.GetUtcNow() - firstSent < Persistence)
        {
            await SendAsync(WakeUp.SendText(shard, firstSent), TimeSpan.FromSeconds(Random.Shared.Next(2, 6)), cancellationToken);
        }
    }

    private async Task SendAsync(string text, TimeSpan delay, CancellationToken cancellationToken) =>
        await storage.OutgoingMail.SendMessageAsync(text, delay > TimeSpan.Zero ? delay : null, NeverExpires, cancellationToken);
}

/// <summary>What one message asks for.</summary>
internal abstract record WakeUp
{
    public const string FlushText = "flush";

    public const string ComposeRunsText = "tasks";

    /// <summary>Make mails of an alert type's outbox.</summary>
    public sealed record Compose(string AlertType) : WakeUp;

    /// <summary>Make mails of the runs of scheduled tasks.</summary>
    public sealed record ComposeRuns : WakeUp;

    /// <summary>Send what is due in a shard.</summary>
    public sealed record Send(Shard Shard, DateTimeOffset FirstSent) : WakeUp;

    /// <summary>Send everything that waits (S8).</summary>
    public sealed record Flush : WakeUp;

    public static string ComposeText(string alertType) => $"compose|{alertType}";

    public static string SendText(Shard shard, DateTimeOffset firstSent) => string.Create(CultureInfo.InvariantCulture, $"send|{shard.Key}|{firstSent.ToUnixTimeSeconds()}");

    /// <summary>Reads a message; null when it is none of ours.</summary>
    public static WakeUp? Parse(string text) => text.Split(Keys.Separator, 2) switch
    {
        [FlushText] => new Flush(),
        [ComposeRunsText] => new ComposeRuns(),
        ["compose", { Length: > 0 } alertType] => new Compose(alertType),
        ["send", var rest] when rest.Split(Keys.Separator) is [{ Length: 1 } shard, var seconds]
            && shard[0] is >= '0' and < (char)('0' + Shard.Count)
            && long.TryParse(seconds, NumberStyles.None, CultureInfo.InvariantCulture, out long firstSent)
            && firstSent < DateTimeOffset.MaxValue.ToUnixTimeSeconds() => new Send(new Shard(shard[0] - '0'), DateTimeOffset.FromUnixTimeSeconds(firstSent)),
        _ => null,
    };
}
