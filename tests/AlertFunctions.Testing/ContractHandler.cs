namespace AlertFunctions.Testing;

/// <summary>Holds what a client sends over the network, and what it is answered, to the OpenAPI document.</summary>
public sealed class ContractHandler() : DelegatingHandler(new SocketsHttpHandler())
{
    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        HttpResponseMessage answer = await base.SendAsync(request, cancellationToken);
        await answer.Content.LoadIntoBufferAsync(cancellationToken);
        (await OpenApiContract.OfProductAsync()).Check(new Exchange(
            request.Method.Method,
            request.RequestUri!.PathAndQuery,
            request.Content?.Headers.ContentType?.ToString(),
            request.Content is null || request.Content.Headers.ContentEncoding.Count > 0 ? null : await request.Content.ReadAsByteArrayAsync(cancellationToken),
            answer.StatusCode,
            answer.Content.Headers.ContentType?.ToString(),
            await answer.Content.ReadAsStringAsync(cancellationToken),
            [.. answer.Headers.Select(header => header.Key)]));
        return answer;
    }
}
