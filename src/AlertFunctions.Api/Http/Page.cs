namespace AlertFunctions.Api.Http;

/// <summary>A page of a longer list.</summary>
internal sealed record Page<T>(IReadOnlyList<T> Items, string? Continuation);

/// <summary>A list that is short enough to be given as a whole.</summary>
/// <param name="Items">All of it.</param>
internal sealed record ItemList<T>(IReadOnlyList<T> Items)
{
    /// <summary>How many there are.</summary>
    public int Total => Items.Count;

    /// <summary>Always null, as on the last page of a longer list, so that one client reads all lists.</summary>
    public string? Continuation { get; }
}

/// <summary>A page of a longer list that was counted.</summary>
/// <param name="Items">What is on the page.</param>
/// <param name="Total">How many there are over all pages; null when there are more than 10,000.</param>
/// <param name="Continuation">What the request of the next page names; null on the last.</param>
internal sealed record CountedPage<T>(IReadOnlyList<T> Items, int? Total, string? Continuation);
