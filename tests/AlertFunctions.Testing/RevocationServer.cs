using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace AlertFunctions.Testing;

/// <summary>The web server on loopback that gives out a CA's revocation list, or never answers, as one behind a firewall.</summary>
public sealed class RevocationServer : IAsyncDisposable
{
    private readonly WebApplication _server;

    private RevocationServer(WebApplication server) => _server = server;

    /// <summary>Where the list is.</summary>
    public Uri List => new($"{_server.Urls.First()}/{Guid.NewGuid():N}.crl");

    /// <summary>What it gives out; null when it never answers.</summary>
    public byte[]? Content { get; set; }

    public static async Task<RevocationServer> StartAsync()
    {
        WebApplicationBuilder builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        var revocation = new RevocationServer(builder.Build());
        revocation._server.Run(revocation.AnswerAsync);
        await revocation._server.StartAsync();
        return revocation;
    }

    public async ValueTask DisposeAsync()
    {
        using var atOnce = new CancellationTokenSource();
        await atOnce.CancelAsync();
        await _server.StopAsync(atOnce.Token);
        await _server.DisposeAsync();
    }

    private async Task AnswerAsync(HttpContext context)
    {
        if (Content is { } list)
        {
            context.Response.ContentType = "application/pkix-crl";
            await context.Response.Body.WriteAsync(list);
            return;
        }

        var left = new TaskCompletionSource();
        await using CancellationTokenRegistration registration = context.RequestAborted.Register(left.SetResult);
        await left.Task;
    }
}
