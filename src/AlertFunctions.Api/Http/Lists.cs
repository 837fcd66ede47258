using System.Text.Json.Serialization;

namespace AlertFunctions.Api.Http;

/// <summary>A page of a longer list.</summary>
internal sealed record Page<T>(IReadOnlyList<T> Items, string? Continuation);

/// <summary>A whole list.</summary>
internal sealed record Items<T>([property: JsonPropertyName("items")] IReadOnlyList<T> All);
