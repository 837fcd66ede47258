namespace AlertFunctions.Api.Http;

/// <summary>A page of a longer list.</summary>
/// <param name="Items">What is on the page.</param>
/// <param name="Total">How many there are over all pages; null when there are more than 10,000, or when counting them would take longer than a request may.</param>
/// <param name="Continuation">What the request of the next page names; null on the last.</param>
internal sealed record Page<T>(IReadOnlyList<T> Items, int? Total, string? Continuation);

/// <summary>A list that is short enough to be given as a whole.</summary>
/// <param name="Items">All of it.</param>
/// <param name="Total">How many there are.</param>
/// <param name="Continuation">Always null, as on the last page of a longer list, so that one client reads all lists.</param>
internal sealed record ItemList<T>(IReadOnlyList<T> Items, int Total, string? Continuation)
{
    /// <summary>A list as a whole.</summary>
    public static ItemList<T> Of(IReadOnlyList<T> items) => new(items, items.Count, Continuation: null);
}
