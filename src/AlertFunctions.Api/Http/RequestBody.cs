using System.Buffers;
using System.IO.Pipelines;
using System.Text.Unicode;
using Microsoft.AspNetCore.Http;

namespace AlertFunctions.Api.Http;

/// <summary>Reads a request's body, or says why it cannot.</summary>
internal static class RequestBody
{
    /// <summary>The largest body, in bytes, unless a route takes more; of a compressed one, what it becomes.</summary>
    public const int MaximumLength = 1024 * 1024;

    /// <summary>Reads the body as text.</summary>
    /// <param name="request">The request, whose content type was checked.</param>
    /// <param name="maximum">The largest body, in bytes.</param>
    /// <returns>The text in UTF-8 without a byte order mark, or the answer that says what is wrong.</returns>
    public static async Task<(ReadOnlyMemory<byte> Utf8, IResult? Refusal)> ReadAsync(HttpRequest request, int maximum)
    {
        (ReadOnlyMemory<byte> bytes, IResult? refusal) = await ReadBytesAsync(request, maximum);
        return refusal is null ? ToText(bytes) : (default, refusal);
    }

    /// <summary>The text of a body's bytes.</summary>
    /// <param name="bytes">The body.</param>
    /// <returns>The text in UTF-8 without a byte order mark, or the answer that says what is wrong.</returns>
    public static (ReadOnlyMemory<byte> Utf8, IResult? Refusal) ToText(ReadOnlyMemory<byte> bytes) =>
        !Utf8.IsValid(bytes.Span) ? (default, Problem.Invalid("$", "The body is not valid UTF-8; encode it in UTF-8 and send charset=utf-8."))
        : (bytes.Span.StartsWith("\uFEFF"u8) ? bytes[3..] : bytes, null);

    /// <summary>Reads the body, which may be no text.</summary>
    /// <param name="request">The request.</param>
    /// <param name="maximum">The largest body, in bytes.</param>
    /// <returns>The body, or the answer that says what is wrong.</returns>
    public static async Task<(ReadOnlyMemory<byte> Bytes, IResult? Refusal)> ReadBytesAsync(HttpRequest request, int maximum)
    {
        // What the decompression understands has no encoding any more.
        if (request.Headers.ContentEncoding.ToString() is { Length: > 0 } encoding && !encoding.Equals("identity", StringComparison.OrdinalIgnoreCase))
        {
            request.HttpContext.Response.Headers.AcceptEncoding = "gzip";
            return (default, Problem.Of(StatusCodes.Status415UnsupportedMediaType, "unsupportedEncoding", $"The content encoding is '{JsonFields.Excerpt(encoding)}', but must be gzip or left out."));
        }

        byte[]? bytes;
        try
        {
            bytes = request.ContentLength > maximum ? null : await ReadWholeAsync(request, maximum);
        }
        catch (InvalidDataException)
        {
            return (default, Problem.Invalid("$", "The body is not valid gzip, which its content encoding says it is."));
        }

        return bytes is null ? (default, Problem.TooLarge(maximum)) : (bytes, null);
    }

    private static async Task<byte[]?> ReadWholeAsync(HttpRequest request, int maximum)
    {
        PipeReader reader = request.BodyReader;
        while (true)
        {
            ReadResult result = await ReadAsync(reader, request.HttpContext.RequestAborted);
            if (result.Buffer.Length > maximum)
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

    /// <summary>Reads some of the body. Whatever the connection cannot deliver is the client's fault; the server reports most of it as such, but not a chunk size beyond all numbers.</summary>
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
