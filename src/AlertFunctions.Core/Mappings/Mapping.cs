namespace AlertFunctions.Core.Mappings;

/// <summary>How what a system sends in a form of its own becomes events: an expression (JMESPath) for each field of an event, as people wrote it.</summary>
/// <param name="Name">1 to 64 letters, digits, spaces and <c>. _ - @</c>.</param>
public sealed record Mapping(string Name)
{
    /// <summary>Finds the items of a body, each of which is one event; null where the body itself, or each item of it if it is an array, is one.</summary>
    public string? Items { get; init; }

    /// <summary>Gives the computer of an item.</summary>
    public required string Computer { get; init; }

    /// <summary>Gives the alert type of an item.</summary>
    public required string Alert { get; init; }

    /// <summary>Gives a word that says whether the alert is raised or cleared; null where each item raises.</summary>
    public string? State { get; init; }

    /// <summary>Gives what identifies an item and is the same when it is sent again; null where its whole text does.</summary>
    public string? Id { get; init; }

    /// <summary>Gives the time when it happened; null for the time of arrival.</summary>
    public string? Time { get; init; }

    /// <summary>Gives the severity, or null.</summary>
    public string? Severity { get; init; }

    /// <summary>Gives the message for people, or null.</summary>
    public string? Message { get; init; }
}
