using System.Security.Cryptography;
using System.Text;
using AlertFunctions.Api.Http;
using AlertFunctions.Core.Events;
using AlertFunctions.Core.Storage;

namespace AlertFunctions.Api.Events.Formats;

/// <summary>
/// What the items of a request in a foreign format become: events within our limits, and items that cannot be events. What is too long is shortened, since an
/// alert must not be lost because one of its texts is long.
/// </summary>
/// <param name="now">The time of arrival.</param>
/// <param name="retention">How long events are kept.</param>
internal sealed class ReceivedEvents(DateTimeOffset now, TimeSpan retention) : IDisposable
{
    private readonly List<Event> _events = [];
    private readonly List<WarningBody> _warnings = [];
    private readonly List<RejectedItem> _firstRejected = [];
    private readonly IncrementalHash _hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
    private int _rejected;

    /// <summary>The events, in order.</summary>
    public IReadOnlyList<Event> Events => _events;

    /// <summary>What is hardly meant, of the first events of which there is something.</summary>
    public IReadOnlyList<WarningBody> Warnings => _warnings;

    /// <summary>The items that cannot be events; null when there are none.</summary>
    public RejectedItems? Rejected => _rejected == 0 ? null : new RejectedItems(_rejected, _firstRejected, Convert.ToHexStringLower(_hash.GetCurrentHash()));

    /// <summary>Takes an event, or rejects it where not even a shorter one could be recorded.</summary>
    public void Add(ForeignEvent item)
    {
        string computer = ForeignTexts.Name(item.Computer);
        string alert = ForeignTexts.Name(item.Alert);
        if ((FaultOf("computer", computer) ?? FaultOf("alert", alert)) is { } fault)
        {
            Reject(item.Path, item.Item, fault);
            return;
        }

        // An alert that began before the time for which events are kept is still to be mailed. A time that is still to come would make what follows older than it.
        bool hasTime = item.Time is { } time && time <= now && time >= now - retention;
        _events.Add(new Event(computer, alert, item.Kind, hasTime ? item.Time!.Value : now)
        {
            Id = item.Id.Length <= Event.MaximumNameLength ? item.Id : Keys.Hash(item.Id),
            IsTimedByArrival = !hasTime,
            RecordOnly = item.RecordOnly,
            Severity = item.Severity,
            Message = item.Message is null ? null : ForeignTexts.Message(item.Message),
            Data = item.Data is null || Encoding.UTF8.GetByteCount(item.Data) > Event.MaximumDataLength ? null : item.Data,
        });
        if (!hasTime && item.IdPath is not null && _warnings.Count < WarningBody.Maximum)
        {
            _warnings.Add(WarningBody.OfIdAlone(item.IdPath, item.Time));
        }
    }

    /// <summary>Rejects an item.</summary>
    /// <param name="path">Where it is in the body.</param>
    /// <param name="item">Its text.</param>
    /// <param name="reason">What is wrong, and what is accepted.</param>
    public void Reject(string path, string item, string reason)
    {
        _hash.AppendData(Encoding.UTF8.GetBytes(item));
        if (++_rejected <= RejectedItems.MaximumFirst)
        {
            _firstRejected.Add(new RejectedItem(path, reason, item));
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _hash.Dispose();

    private static string? FaultOf(string what, string name) => Names.Fault(name, Event.MaximumNameLength) is { } fault ? $"The {what} '{JsonFields.Excerpt(name)}' {fault}" : null;
}
