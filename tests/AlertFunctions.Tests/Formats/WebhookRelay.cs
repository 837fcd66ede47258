using System.Net;
using System.Text.Json.Nodes;
using AlertFunctions.Testing;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace AlertFunctions.Tests.Formats;

/// <summary>Stands between a sender and the product: the sender finds it at the same address while the product comes and goes, and a test sees the answers.</summary>
internal sealed class WebhookRelay : IAsyncDisposable
{
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(60);

    private readonly ChangeSignal _changed = new();
    private readonly List<(HttpStatusCode Status, string Answer)> _answers = [];
    private readonly HttpClient _http = new();
    private readonly WebApplication _app;

    private WebhookRelay(WebApplication app) => _app = app;

    /// <summary>Where the sender sends to.</summary>
    public Uri Address => new(_app.Urls.First());

    /// <summary>Where the product is; null while there is none, which the sender sees as a 502.</summary>
    public Uri? Product { get; set; }

    /// <summary>Starts one.</summary>
    public static async Task<WebhookRelay> StartAsync()
    {
        WebApplicationBuilder builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        WebApplication app = builder.Build();
        app.Urls.Add("http://127.0.0.1:0");
        var relay = new WebhookRelay(app);
        app.Run(relay.ForwardAsync);
        await app.StartAsync();
        return relay;
    }

    /// <summary>Waits for an answer that comes after this call.</summary>
    /// <param name="status">Its status.</param>
    /// <param name="which">What it says; null for anything.</param>
    public Task WaitForAsync(HttpStatusCode status, Func<JsonNode, bool>? which = null)
    {
        int before = Count();
        return _changed.WaitUntilAsync(
            () => Answers().Skip(before).Any(answer => answer.Status == status && (which is null || which(JsonNode.Parse(answer.Answer)!))),
            $"an answer {status}",
            () => string.Join('\n', Answers()),
            s_patience);
    }

    public async ValueTask DisposeAsync()
    {
        await _app.DisposeAsync();
        _http.Dispose();
    }

    private int Count() => Answers().Count;

    private List<(HttpStatusCode Status, string Answer)> Answers()
    {
        lock (_answers)
        {
            return [.. _answers];
        }
    }

    private async Task ForwardAsync(HttpContext context)
    {
        (HttpStatusCode status, string text) = Product is { } product ? await ForwardAsync(context.Request, product) : (HttpStatusCode.BadGateway, "");
        context.Response.StatusCode = (int)status;
        await context.Response.WriteAsync(text);
        lock (_answers)
        {
            _answers.Add((status, text));
        }

        _changed.Raise();
    }

    private async Task<(HttpStatusCode Status, string Text)> ForwardAsync(HttpRequest request, Uri product)
    {
        using var message = new HttpRequestMessage(HttpMethod.Post, new Uri(product, $"{request.Path}{request.QueryString}")) { Content = new StreamContent(request.Body) };
        message.Content.Headers.TryAddWithoutValidation("Content-Type", request.ContentType);
        try
        {
            using HttpResponseMessage answer = await _http.SendAsync(message);
            return (answer.StatusCode, await answer.Content.ReadAsStringAsync());
        }
        catch (HttpRequestException)
        {
            return (HttpStatusCode.BadGateway, "");
        }
    }
}
