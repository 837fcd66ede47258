using System.Security.Cryptography;
using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.WebUtilities;

namespace AlertFunctions.Api.Http;

/// <summary>The version of what an answer shows: the same content has the same one, whichever process answers.</summary>
internal static class EntityTag
{
    /// <summary>The version of some content.</summary>
    /// <param name="content">What the answer shows.</param>
    /// <param name="json">How it is written.</param>
    public static string Of(object content, JsonSerializerOptions json) => $"\"{WebEncoders.Base64UrlEncode(SHA256.HashData(JsonSerializer.SerializeToUtf8Bytes(content, json)).AsSpan(0, 15))}\"";

    /// <summary>Whether a request names no version, or that which is there.</summary>
    /// <param name="request">The request.</param>
    /// <param name="current">The version; null when nothing is there.</param>
    public static bool Matches(HttpRequest request, string? current) =>
        request.GetTypedHeaders().IfMatch is not { Count: > 0 } wanted || (current is not null && wanted.Any(tag => tag.Tag == "*" || tag.ToString() == current));
}
