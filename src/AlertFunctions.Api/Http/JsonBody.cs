using System.Buffers;
using System.IO.Pipelines;
using System.Text.Json;
using System.Text.Unicode;
using Microsoft.AspNetCore.Http;
using Microsoft.Net.Http.Headers;

namespace AlertFunctions.Api.Http;

/// <summary>Reads a request's JSON, or says why it cannot.</summary>
internal static class JsonBody
{
    /// <summary>The largest body, in bytes; of a compressed one, what it becomes.</summary>
    public const int MaximumLength = 1024 * 1024;

    /// <summary>How deep objects and arrays may stand in each other.</summary>
    public const int MaximumDepth = 64;

    /// <summary>The content type of JSON.</summary>
    public const string MediaType = "application/json";

    /// <summary>The content type of a merge patch (RFC 7396), for <c>PATCH</c>.</summary>
    public const string MergePatchMediaType = "application/merge-patch+json";

    private static readonly JsonDocumentOptions Options = new() { MaxDepth = MaximumDepth, CommentHandling = JsonCommentHandling.Disallow, AllowTrailingCommas = false };

    /// <summary>Reads the body.</summary>
    /// <returns>The document, or the answer that says what is wrong.</returns>
    public static async Task<(JsonDocument? Document, IResult? Refusal)> ReadAsync(HttpRequest request)
    {
        if (ContentTypeFault(request) is { } fault)
        {
            return (null, Problem.NotJson(fault));
        }

        // What the decompression understands has no encoding any more.
        if (request.Headers.ContentEncoding.ToString() is { Length: > 0 } encoding && !encoding.Equals("identity", StringComparison.OrdinalIgnoreCase))
        {
            request.HttpContext.Response.Headers.AcceptEncoding = "gzip";
            return (null, Problem.Of(StatusCodes.Status415UnsupportedMediaType, "unsupportedEncoding", $"The content encoding is '{JsonFields.Excerpt(encoding)}', but must be gzip or left out."));
        }

        byte[]? bytes;
        try
        {
            bytes = request.ContentLength > MaximumLength ? null : await ReadBytesAsync(request);
        }
        catch (InvalidDataException)
        {
            return (null, Problem.Invalid("$", "The body is not valid gzip, which its content encoding says it is."));
        }

        return bytes is null ? (null, Problem.TooLarge(MaximumLength)) : Parse(bytes);
    }

    /// <summary>What is wrong with a request's content type; null when its body can be read.</summary>
    public static string? ContentTypeFault(HttpRequest request)
    {
        if (!MediaTypeHeaderValue.TryParse(request.ContentType, out MediaTypeHeaderValue? type))
        {
            return $"The content type is {(string.IsNullOrWhiteSpace(request.ContentType) ? "missing" : $"'{JsonFields.Excerpt(request.ContentType)}'")}, but must be {MediaType}.";
        }

        bool known = type.MediaType.Equals(MediaType, StringComparison.OrdinalIgnoreCase)
            || (HttpMethods.IsPatch(request.Method) && type.MediaType.Equals(MergePatchMediaType, StringComparison.OrdinalIgnoreCase));
        if (!known)
        {
            string hint = IsJsonLines(type.MediaType.ToString()) ? "; several events go into one array" : "";
            return $"The content type is '{JsonFields.Excerpt(type.MediaType.ToString())}', but must be {MediaType}{hint}.";
        }

        return HeaderUtilities.RemoveQuotes(type.Charset).ToString().ToUpperInvariant() is "" or "UTF-8" or "UTF8" or "US-ASCII" ? null
            : $"The charset is '{JsonFields.Excerpt(type.Charset.ToString())}', but {MediaType} must be in UTF-8; send charset=utf-8.";
    }

    private static bool IsJsonLines(string mediaType) =>
        mediaType.Contains("ndjson", StringComparison.OrdinalIgnoreCase) || mediaType.Contains("jsonl", StringComparison.OrdinalIgnoreCase) || mediaType.Contains("json-seq", StringComparison.OrdinalIgnoreCase);

    private static (JsonDocument? Document, IResult? Refusal) Parse(byte[] bytes)
    {
        if (bytes.Length == 0)
        {
            return (null, Problem.Invalid("$", "The body is empty, but must be JSON."));
        }

        if (!Utf8.IsValid(bytes))
        {
            return (null, Problem.Invalid("$", "The body is not valid UTF-8; encode it in UTF-8 and send charset=utf-8."));
        }

        ReadOnlyMemory<byte> text = bytes.AsSpan().StartsWith("\uFEFF"u8) ? bytes.AsMemory(3) : bytes;
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

    /// <summary>Whether a text would be JSON if several values could stand one after the other, as in NDJSON.</summary>
    private static bool IsSeveralValues(ReadOnlySpan<byte> text)
    {
        var reader = new Utf8JsonReader(text, new JsonReaderOptions { MaxDepth = MaximumDepth, AllowMultipleValues = true });
        try
        {
            while (reader.Read())
            {
                // To its end.
            }

            return true;
        }
        catch (JsonException)
        {
            return false;
        }
    }

    private static async Task<byte[]?> ReadBytesAsync(HttpRequest request)
    {
        PipeReader reader = request.BodyReader;
        while (true)
        {
            ReadResult result = await ReadAsync(reader, request.HttpContext.RequestAborted);
            if (result.Buffer.Length > MaximumLength)
            {
                reader.AdvanceTo(result.Buffer.End);
                return null;
            }

            if (result.IsCompleted)
            {
                byte[] bytes = result.Buffer.ToArray();
                reader.AdvanceTo(result.Buffer.End);
                return bytes;
            }

            reader.AdvanceTo(result.Buffer.Start, result.Buffer.End);
        }
    }

    /// <summary>Reads some of the body. Whatever the connection cannot deliver is the client's fault; the server says so of most of it, but not of a chunk size beyond all numbers.</summary>
    private static async ValueTask<ReadResult> ReadAsync(PipeReader reader, CancellationToken clientGone)
    {
        try
        {
            return await reader.ReadAsync(clientGone);
        }
        catch (IOException exception) when (exception is not BadHttpRequestException)
        {
            throw new BadHttpRequestException(exception.Message, exception);
        }
    }
}
