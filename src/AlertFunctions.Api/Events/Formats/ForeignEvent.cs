using AlertFunctions.Core.Outbox;
using AlertFunctions.Core.Texts;

namespace AlertFunctions.Api.Events.Formats;

/// <summary>An event as another system says it, before it is brought within our limits.</summary>
/// <param name="Path">Where it is in the body, as a JSON path or <c>line 3</c>.</param>
/// <param name="Item">Its text in the body.</param>
internal sealed record ForeignEvent(string Path, string Item)
{
    /// <summary>The computer.</summary>
    public required string Computer { get; init; }

    /// <summary>The alert type.</summary>
    public required string Alert { get; init; }

    /// <summary>Whether it raises or clears the alert.</summary>
    public required TransitionKind Kind { get; init; }

    /// <summary>Whether it is only recorded, since its system reports more than alerts.</summary>
    public bool RecordOnly { get; init; }

    /// <summary>Identifies it, and is the same when it is sent again; of any length.</summary>
    public required string Id { get; init; }

    /// <summary>Where the sender's own id of it is; null when the id is made of the item, or of the time as well.</summary>
    public string? IdPath { get; init; }

    /// <summary>When it happened; null when it does not say so, or in no way that can be read.</summary>
    public DateTimeOffset? Time { get; init; }

    /// <summary>The severity, or null.</summary>
    public Severity? Severity { get; init; }

    /// <summary>A message for people, of any length, or null.</summary>
    public string? Message { get; init; }

    /// <summary>A JSON object of whatever else is known, of any size, or null.</summary>
    public string? Data { get; init; }
}
