using System.Security.Cryptography;
using System.Text.Json;
using AlertFunctions.Api.Documentation;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.WebUtilities;
using Microsoft.Extensions.Primitives;
using Microsoft.Net.Http.Headers;

namespace AlertFunctions.Api.Http;

/// <summary>The version of what an answer shows: the same content has the same one, whichever process answers.</summary>
internal static class EntityTag
{
    /// <summary>Names whatever version is there.</summary>
    private const string Any = "*";

    /// <summary>The version of some content.</summary>
    /// <param name="content">What the answer shows.</param>
    /// <param name="json">How it is written.</param>
    public static string Of(object content, JsonSerializerOptions json) => $"\"{WebEncoders.Base64UrlEncode(SHA256.HashData(JsonSerializer.SerializeToUtf8Bytes(content, json)).AsSpan(0, 15))}\"";

    /// <summary>Refuses a change whose <c>If-Match</c> cannot be read: taken as none, it would overwrite what its sender wanted to keep.</summary>
    public static Task CheckAsync(HttpContext context, RequestDelegate next) =>
        context.GetEndpoint()?.Metadata.GetMetadata<ResourceVersions>() is not null && !HttpMethods.IsGet(context.Request.Method) && !HttpMethods.IsHead(context.Request.Method)
        && FaultOf(context.Request.Headers.IfMatch) is { } fault
            ? Problem.Invalid(HeaderNames.IfMatch, fault).ExecuteAsync(context)
            : next(context);

    /// <summary>Whether a request names no version, or that which is there.</summary>
    /// <param name="request">The request, whose <c>If-Match</c> was checked.</param>
    /// <param name="current">The version; null when nothing is there.</param>
    public static bool Matches(HttpRequest request, string? current) =>
        request.Headers.IfMatch is not { Count: > 0 } header || (current is not null && Read(header).Any(tag => tag.Tag == Any || tag.ToString() == current));

    /// <summary>Whether a request for something says that its sender has the version that is there. What it says of versions otherwise has no effect on reading.</summary>
    /// <param name="request">The request.</param>
    /// <param name="current">The version.</param>
    public static bool IsKnown(HttpRequest request, EntityTagHeaderValue current) =>
        request.GetTypedHeaders().IfNoneMatch.Any(known => known.Tag == Any || known.Compare(current, useStrongComparison: false));

    private static string? FaultOf(StringValues header)
    {
        if (header.Count == 0)
        {
            return null;
        }

        IList<EntityTagHeaderValue> tags = Read(header);
        string? found = tags.Count == 0 || (tags.Count > 1 && tags.Any(tag => tag.Tag == Any)) ? "cannot be read"
            : tags.Any(tag => tag.IsWeak) ? "names a weak version (W/), but versions here are strong"
            : null;
        return found is null ? null : $"is '{JsonFields.Excerpt(header.ToString())}', which {found}; accepted are * for whatever is there, or the ETag of an answer with its quotation marks, several of them with commas between.";
    }

    /// <summary>The versions that a header names; none when any of it cannot be read.</summary>
    private static IList<EntityTagHeaderValue> Read(StringValues header) => EntityTagHeaderValue.TryParseStrictList(header!, out IList<EntityTagHeaderValue>? tags) ? tags : [];
}
