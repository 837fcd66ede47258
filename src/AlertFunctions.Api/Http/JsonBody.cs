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
    /// <summary>The largest body, in bytes.</summary>
    public const int MaximumLength = 1024 * 1024;

    /// <summary>How deep objects and arrays may stand in each other.</summary>
    public const int MaximumDepth = 64;

    private static readonly JsonDocumentOptions Options = new() { MaxDepth = MaximumDepth, CommentHandling = JsonCommentHandling.Disallow, AllowTrailingCommas = false };

    /// <summary>Reads the body.</summary>
    /// <returns>The document, or the answer that says what is wrong.</returns>
    public static async Task<(JsonDocument? Document, IResult? Refusal)> ReadAsync(HttpRequest request)
    {
        if (!MediaTypeHeaderValue.TryParse(request.ContentType, out MediaTypeHeaderValue? type)
            || !type.MediaType.Equals("application/json", StringComparison.OrdinalIgnoreCase)
            || (type.Charset.HasValue && !type.Charset.Equals("utf-8", StringComparison.OrdinalIgnoreCase) && !type.Charset.Equals("\"utf-8\"", StringComparison.OrdinalIgnoreCase)))
        {
            return (null, Problem.NotJson(request.ContentType));
        }

        if (request.ContentLength > MaximumLength || await ReadBytesAsync(request) is not { } bytes)
        {
            return (null, Problem.TooLarge(MaximumLength));
        }

        if (bytes.Length == 0)
        {
            return (null, Problem.Invalid("$", "The body is empty, but must be JSON."));
        }

        if (!Utf8.IsValid(bytes))
        {
            return (null, Problem.Invalid("$", "The body is not valid UTF-8."));
        }

        try
        {
            ReadOnlyMemory<byte> text = bytes.AsSpan().StartsWith("\uFEFF"u8) ? bytes.AsMemory(3) : bytes;
            return (JsonDocument.Parse(text, Options), null);
        }
        catch (JsonException exception)
        {
            return (null, Problem.Invalid("$", $"The body is not valid JSON: {exception.Message}"));
        }
    }

    private static async Task<byte[]?> ReadBytesAsync(HttpRequest request)
    {
        PipeReader reader = request.BodyReader;
        while (true)
        {
            ReadResult result = await reader.ReadAsync(request.HttpContext.RequestAborted);
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
}
