using Microsoft.AspNetCore.Http;

namespace AlertFunctions.Api.Http;

/// <summary>What a reader would rather have than JSON.</summary>
internal static class AcceptHeader
{
    /// <summary>Whether a reader prefers a media type to JSON.</summary>
    /// <param name="request">The request.</param>
    /// <param name="mediaType">The media type, in lower case.</param>
    public static bool Prefers(HttpRequest request, string mediaType) => request.GetTypedHeaders().Accept
        .Where(type => type.Quality is not 0)
        .OrderByDescending(type => type.Quality ?? 1)
        .Select(type => type.MediaType.Value?.ToLowerInvariant())
        .FirstOrDefault(type => type == mediaType || type is JsonBody.MediaType or "application/*" or "*/*") == mediaType;
}
