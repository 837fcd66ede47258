using System.Buffers;
using System.IO.Pipelines;
using System.Text.Unicode;
using Microsoft.AspNetCore.Http;

namespace AlertFunctions.Api.Http;

/// <summary>Reads a request's text, or says why it cannot.</summary>
internal static class RequestBody
{
    /// <summary>The largest body, in bytes, unless a route takes more; of a compressed one, what it becomes.</summary>
    public const int MaximumLength = 1024 * 1024;

    /// <summary>Reads the body.</summary>
    /// <param name="request">The request, whose content type was checked.</param>
    /// <param name="maximum">The largest body, in bytes.</param>
    /// <returns>The text in UTF-8 without a byte order mark, or the answer that says what is wrong.</returns>
    public static async Task<(ReadOnlyMemory<byte> Utf8, IResult? Refusal)> ReadAsync(HttpRequest request, int maximum)
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
            bytes = request.ContentLength > maximum ? null : await ReadBytesAsync(request, maximum);
        }
        catch (InvalidDataException)
        {
            return (default, Problem.Invalid("$", "The body is not valid gzip, which its content encoding says it is."));
        }

        return bytes is null ? (default, Problem.TooLarge(maximum))
            : !Utf8.IsValid(bytes) ? (default, Problem.Invalid("$", "The body is not valid UTF-8; encode it in UTF-8 and send charset=utf-8."))
            : (bytes.AsSpan().StartsWith("\uFEFF"u8) ? bytes.AsMemory(3) : bytes, null);
    }

    private static async Task<byte[]?> ReadBytesAsync(HttpRequest request, int maximum)
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
