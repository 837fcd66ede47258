using AlertFunctions.Core.Texts;
using Azure.Data.Tables;

namespace AlertFunctions.Core.SystemEvents;

/// <summary>Which system events are listed.</summary>
/// <param name="Number">Only those of this number, or null.</param>
/// <param name="Level">Only those of this level, or null.</param>
/// <param name="Search">Only those that hold this text in their name, description, target or data, without regard to case; or null.</param>
/// <param name="Culture">The language of the names and descriptions that are searched.</param>
public sealed record SystemEventFilter(int? Number, SystemEventLevel? Level, string? Search, MailCulture Culture)
{
    /// <summary>Whether it excludes any events.</summary>
    public bool IsRestricted => IsOfKind || Search is not null;

    /// <summary>Whether it filters by <see cref="KindProperties"/>.</summary>
    public bool IsOfKind => Number is not null || Level is not null;

    /// <summary>The properties that identify the kind of an event.</summary>
    public static IReadOnlyList<string> KindProperties { get; } = ["PartitionKey", "RowKey", "Number", "Level"];

    /// <summary>Whether a row is of a kind that is listed.</summary>
    public bool MatchesKind(TableEntity row) =>
        (Number is null || (row["Number"] is int number && number == Number)) && (Level is null || row["Level"] as string == Level.ToString());

    /// <summary>Whether an event of that kind holds the text.</summary>
    public bool MatchesText(SystemEvent item) =>
        Search is null || Holds(item.Name(Culture)) || Holds(item.Description(Culture)) || Holds(item.Target) || item.Data.Values.Any(Holds);

    private bool Holds(string text) => text.Contains(Search!, StringComparison.OrdinalIgnoreCase);
}
