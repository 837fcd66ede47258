namespace AlertFunctions.Testing;

/// <summary>Holds what a client sends over the network, and what it is answered, to the OpenAPI document.</summary>
public sealed class ContractHandler() : DelegatingHandler(new SocketsHttpHandler())
{
    private const string EventStream = "text/event-stream";

    /// <summary>Stands for events that are still to come: whoever waited for them would take away what the test is about.</summary>
    private const string SomeEvents = ":";

    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        HttpResponseMessage answer = await base.SendAsync(request, cancellationToken);
        bool goesOn = answer.Content.Headers.ContentType?.MediaType == EventStream;
        if (!goesOn)
        {
            await answer.Content.LoadIntoBufferAsync(cancellationToken);
        }

        (await OpenApiContract.OfProductAsync()).Check(new Exchange(
            request.Method.Method,
            request.RequestUri!.PathAndQuery,
            request.Content?.Headers.ContentType?.ToString(),
            request.Content is null || request.Content.Headers.ContentEncoding.Count > 0 ? null : await request.Content.ReadAsByteArrayAsync(cancellationToken),
            answer.StatusCode,
            answer.Content.Headers.ContentType?.ToString(),
            goesOn ? SomeEvents : await answer.Content.ReadAsStringAsync(cancellationToken),
            [.. answer.Headers.Select(header => header.Key)]));
        return answer;
    }
}
