using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Microsoft.Net.Http.Headers;

namespace AlertFunctions.Api.Http;

/// <summary>Reads a request's JSON, or says why it cannot.</summary>
internal static class JsonBody
{
    /// <summary>How deep objects and arrays may stand in each other.</summary>
    public const int MaximumDepth = 64;

    /// <summary>The content type of JSON.</summary>
    public const string MediaType = "application/json";

    /// <summary>The content type of a merge patch (RFC 7396), for <c>PATCH</c>.</summary>
    public const string MergePatchMediaType = "application/merge-patch+json";

    private static readonly JsonDocumentOptions Options = new() { MaxDepth = MaximumDepth, CommentHandling = JsonCommentHandling.Disallow, AllowTrailingCommas = false };

    /// <summary>Reads the body.</summary>
    /// <param name="request">The request.</param>
    /// <param name="maximum">The largest body, in bytes.</param>
    /// <returns>The document, or the answer that says what is wrong.</returns>
    public static async Task<(JsonDocument? Document, IResult? Refusal)> ReadAsync(HttpRequest request, int maximum = RequestBody.MaximumLength)
    {
        (ReadOnlyMemory<byte> utf8, IResult? refusal) = await ReadTextAsync(request, maximum);
        return refusal is null ? Parse(utf8) : (null, refusal);
    }

    /// <summary>Reads the body's text, which is still to be parsed.</summary>
    /// <param name="request">The request.</param>
    /// <param name="maximum">The largest body, in bytes.</param>
    /// <param name="alsoAccepted">What the route takes beside JSON, in a sentence, or null.</param>
    /// <returns>The text, or the answer that says what is wrong.</returns>
    public static async Task<(ReadOnlyMemory<byte> Utf8, IResult? Refusal)> ReadTextAsync(HttpRequest request, int maximum = RequestBody.MaximumLength, string? alsoAccepted = null) =>
        ContentTypeFault(request) is { } fault ? (default, Problem.NotJson(alsoAccepted is null ? fault : $"{fault} {alsoAccepted}")) : await RequestBody.ReadAsync(request, maximum);

    /// <summary>What is wrong with a request's content type; null when its body can be read.</summary>
    /// <param name="request">The request.</param>
    /// <param name="mediaType">What its body must be.</param>
    /// <param name="holdsSeveralValues">Whether its body was looked at and holds several JSON values, whatever its content type says.</param>
    public static string? ContentTypeFault(HttpRequest request, string mediaType = MediaType, bool holdsSeveralValues = false)
    {
        string[] accepted = HttpMethods.IsPatch(request.Method) ? [MergePatchMediaType, MediaType] : [mediaType];
        string mustBe = $"but must be {string.Join(" or ", accepted)}";
        if (!MediaTypeHeaderValue.TryParse(request.ContentType, out MediaTypeHeaderValue? type))
        {
            return $"The content type is {(string.IsNullOrWhiteSpace(request.ContentType) ? "missing" : $"'{JsonFields.Excerpt(request.ContentType)}'")}, {mustBe}.";
        }

        if (!accepted.Contains(type.MediaType.ToString(), StringComparer.OrdinalIgnoreCase))
        {
            string hint = holdsSeveralValues || IsJsonLines(type.MediaType.ToString()) ? "; several events go into one array" : "";
            return $"The content type is '{JsonFields.Excerpt(type.MediaType.ToString())}', {mustBe}{hint}.";
        }

        return HeaderUtilities.RemoveQuotes(type.Charset).ToString().ToUpperInvariant() is "" or "UTF-8" or "UTF8" or "US-ASCII" ? null
            : $"The charset is '{JsonFields.Excerpt(type.Charset.ToString())}', but {mediaType} must be in UTF-8; send charset=utf-8.";
    }

    private static bool IsJsonLines(string mediaType) =>
        mediaType.Contains("ndjson", StringComparison.OrdinalIgnoreCase) || mediaType.Contains("jsonl", StringComparison.OrdinalIgnoreCase) || mediaType.Contains("json-seq", StringComparison.OrdinalIgnoreCase);

    /// <summary>Parses the text of a body.</summary>
    /// <param name="text">The text.</param>
    /// <returns>The document, or the answer that says what is wrong.</returns>
    public static (JsonDocument? Document, IResult? Refusal) Parse(ReadOnlyMemory<byte> text)
    {
        if (text.IsEmpty)
        {
            return (null, Problem.Invalid("$", "The body is empty, but must be JSON."));
        }

        try
        {
            return (JsonDocument.Parse(text, Options), null);
        }
        catch (JsonException exception)
        {
            string hint = IsSeveralValues(text.Span) ? " It holds several values; several events go into one array." : "";
            return (null, Problem.Invalid("$", $"The body is not valid JSON: {exception.Message}{hint}"));
        }
    }

    /// <summary>Whether a text is several JSON values one after the other, as NDJSON is.</summary>
    public static bool IsSeveralValues(ReadOnlySpan<byte> text)
    {
        var reader = new Utf8JsonReader(text, new JsonReaderOptions { MaxDepth = MaximumDepth, AllowMultipleValues = true });
        int values = 0;
        try
        {
            while (reader.Read())
            {
                values += reader.CurrentDepth == 0 && reader.TokenType is not (JsonTokenType.EndObject or JsonTokenType.EndArray) ? 1 : 0;
            }

            return values > 1;
        }
        catch (JsonException)
        {
            return false;
        }
    }
}
