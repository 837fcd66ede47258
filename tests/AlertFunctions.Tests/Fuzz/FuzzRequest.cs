using System.Text;

namespace AlertFunctions.Tests.Fuzz;

/// <summary>A request as it was made by chance.</summary>
/// <param name="Method">The method.</param>
/// <param name="Target">Path and query as they are sent.</param>
/// <param name="Headers">The headers.</param>
/// <param name="Body">The body; null for none.</param>
/// <param name="IsChunked">Whether its length is not said.</param>
internal sealed record FuzzRequest(string Method, string Target, IReadOnlyList<(string Name, string Value)> Headers, byte[]? Body, bool IsChunked)
{
    private static readonly UriCreationOptions s_asItIs = new() { DangerousDisablePathAndQueryCanonicalization = true };

    /// <summary>The request for a client.</summary>
    /// <param name="host">Where it goes.</param>
    public HttpRequestMessage ToMessage(Uri host)
    {
        var message = new HttpRequestMessage(new HttpMethod(Method), new Uri($"http://{host.Authority}{Target}", s_asItIs));
        if (Body is not null)
        {
            message.Content = new ByteArrayContent(Body);
            message.Headers.TransferEncodingChunked = IsChunked;
        }

        foreach ((string name, string value) in Headers)
        {
            if (!message.Headers.TryAddWithoutValidation(name, value))
            {
                message.Content?.Headers.TryAddWithoutValidation(name, value);
            }
        }

        return message;
    }

    /// <inheritdoc/>
    public override string ToString() =>
        $"{Method} {Target}\n{string.Join('\n', Headers.Select(header => $"{header.Name}: {header.Value}"))}{(IsChunked ? "\n(chunked)" : "")}\n\n{(Body is null ? "(no body)" : Excerpt(Body))}";

    private static string Excerpt(byte[] body) => Encoding.UTF8.GetString(body, 0, Math.Min(body.Length, 1_000)) + (body.Length > 1_000 ? $"… ({body.Length} bytes)" : "");
}
