namespace AlertFunctions.Api.Http;

/// <summary>A page of a longer list.</summary>
internal sealed record Page<T>(IReadOnlyList<T> Items, string? Continuation);

/// <summary>A list that is short enough to be given as a whole.</summary>
internal sealed record ItemList<T>(IReadOnlyList<T> Items);
