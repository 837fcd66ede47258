namespace AlertFunctions.Api.Http;

/// <summary>A page of a longer list.</summary>
/// <param name="Items">What is on the page.</param>
/// <param name="Total">How many there are over all pages; null when there are more than 10,000, or when the list is not counted and has further pages.</param>
/// <param name="Continuation">What the request of the next page names; null on the last.</param>
internal sealed record Page<T>(IReadOnlyList<T> Items, int? Total, string? Continuation)
{
    /// <summary>A page of a list that is only read as far as it is shown, since counting it would read all of it.</summary>
    /// <param name="items">What is on the page.</param>
    /// <param name="before">The continuation that the request named; null for the first page.</param>
    /// <param name="next">What the request of the next page names; null on the last.</param>
    public static Page<T> OfUncounted(IReadOnlyList<T> items, string? before, string? next) => new(items, before is null && next is null ? items.Count : null, next);
}

/// <summary>A list that is short enough to be given as a whole.</summary>
/// <param name="Items">All of it.</param>
/// <param name="Total">How many there are.</param>
/// <param name="Continuation">Always null, as on the last page of a longer list, so that one client reads all lists.</param>
internal sealed record ItemList<T>(IReadOnlyList<T> Items, int Total, string? Continuation)
{
    /// <summary>A list as a whole.</summary>
    public static ItemList<T> Of(IReadOnlyList<T> items) => new(items, items.Count, Continuation: null);
}
