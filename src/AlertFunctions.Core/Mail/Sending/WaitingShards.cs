using AlertFunctions.Core.Outbox;
using AlertFunctions.Core.Storage;

namespace AlertFunctions.Core.Mail.Sending;

/// <summary>
/// Shards whose handlers in this process found no free slot. Whoever is done with a slot goes on with them at once. It is a hint only: their wake-ups
/// come again by themselves (rule 1).
/// </summary>
public sealed class WaitingShards
{
    private readonly Lock _gate = new();
    private readonly List<WakeUp.Send> _waiting = [];

    /// <summary>Whether any shard waits.</summary>
    public bool Any
    {
        get
        {
            lock (_gate)
            {
                return _waiting.Count > 0;
            }
        }
    }

    /// <summary>Adds a shard. One that waits already stays where it is, or moves to the front with mail that was never tried.</summary>
    public void Add(WakeUp.Send wakeUp)
    {
        lock (_gate)
        {
            int same = _waiting.FindIndex(other => other.Shard == wakeUp.Shard);
            if (same >= 0 && (_waiting[same].FirstAttempts || !wakeUp.FirstAttempts))
            {
                return;
            }

            if (same >= 0)
            {
                _waiting.RemoveAt(same);
            }

            _waiting.Add(wakeUp);
        }
    }

    /// <summary>Takes the shard that has waited longest, those with mail that was never tried first; null if none waits.</summary>
    public WakeUp.Send? Take()
    {
        lock (_gate)
        {
            WakeUp.Send? next = _waiting.Find(wakeUp => wakeUp.FirstAttempts) ?? _waiting.FirstOrDefault();
            if (next is not null)
            {
                _waiting.Remove(next);
            }

            return next;
        }
    }

    /// <summary>Removes a shard that got a slot of its own.</summary>
    public void Remove(Shard shard)
    {
        lock (_gate)
        {
            _waiting.RemoveAll(wakeUp => wakeUp.Shard == shard);
        }
    }
}
