using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Mvc;
using Microsoft.Azure.Functions.Worker;

namespace AlertFunctions;

/// <summary>
/// Everything that comes by HTTP. Each function stands for one kind of key, which the Functions host checks; all of them lead into the one pipeline.
/// </summary>
/// <remarks>
/// The Functions host knows no precedence among routes: it tries them in the order of the functions' names and takes the first that fits. So no
/// two routes here may fit the same request, which the expressions see to. Without them <c>Api</c> and <c>Read</c> would take what is meant for
/// <c>RecordEvents</c> and <c>Health</c>, and ask for their own keys. Each address takes every method, so that the contract answers a wrong one in words;
/// the host would answer one that no trigger lists by a 404 without a body. <c>Read</c> and <c>Api</c> share an address and no method.
/// </remarks>
/// <param name="pipeline">The HTTP contract.</param>
public sealed class HttpFunctions(Pipeline pipeline)
{
    private const string Get = "get";
    private const string Head = "head";
    private const string Post = "post";
    private const string Put = "put";
    private const string Patch = "patch";
    private const string Delete = "delete";
    private const string Options = "options";

    private const string AllButEventsAndHealth = "api/{*path:regex(^(?!(events|health)/?$))}";

    // An expression never fits a missing value, and the root has no path: it is given one, which nobody reads.
    private const string AllButApiAndTheHostsOwn = "{*path:regex(^(?!/*(api|admin|runtime)(/|$)))=index.html}";

    /// <summary>Records events.</summary>
    /// <param name="request">The request.</param>
    [Function("RecordEvents")]
    public Task<IActionResult> RecordEventsAsync([HttpTrigger(AuthorizationLevel.Function, Get, Head, Post, Put, Patch, Delete, Options, Route = "api/events")] HttpRequest request) =>
        pipeline.RunAsync(request);

    /// <summary>Reads whatever else is under <c>/api</c>.</summary>
    /// <param name="request">The request.</param>
    [Function("Read")]
    public Task<IActionResult> ReadAsync([HttpTrigger(AuthorizationLevel.Function, Get, Head, Route = AllButEventsAndHealth)] HttpRequest request) =>
        pipeline.RunAsync(request);

    /// <summary>Changes whatever else is under <c>/api</c>.</summary>
    /// <param name="request">The request.</param>
    [Function("Api")]
    public Task<IActionResult> ApiAsync([HttpTrigger(AuthorizationLevel.Function, Post, Put, Patch, Delete, Options, Route = AllButEventsAndHealth)] HttpRequest request) =>
        pipeline.RunAsync(request);

    /// <summary>Tells how the system is doing.</summary>
    /// <param name="request">The request.</param>
    [Function("Health")]
    public Task<IActionResult> HealthAsync([HttpTrigger(AuthorizationLevel.Anonymous, Get, Head, Post, Put, Patch, Delete, Options, Route = "api/health")] HttpRequest request) =>
        pipeline.RunAsync(request);

    /// <summary>The console's pages and the OpenAPI document, which hold nothing secret.</summary>
    /// <param name="request">The request.</param>
    [Function("Console")]
    public async Task<IActionResult> ConsoleAsync([HttpTrigger(AuthorizationLevel.Anonymous, Get, Head, Route = AllButApiAndTheHostsOwn)] HttpRequest request) =>
        // The pipeline trusts the host's check of the key, and here there is none. Should a path ever be read differently by the host, nothing leaks.
        request.Path.StartsWithSegments("/api", StringComparison.OrdinalIgnoreCase) ? new NotFoundResult() : await pipeline.RunAsync(request);
}
