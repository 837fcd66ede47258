using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Mvc;
using Microsoft.Azure.Functions.Worker;

namespace AlertFunctions;

/// <summary>
/// All HTTP triggers. There is one function per kind of key, which the Functions host checks; all of them run the same pipeline.
/// </summary>
/// <remarks>
/// The Functions host has no precedence among routes: it tries them in the order of the functions' names and takes the first match. No two routes
/// here may therefore match the same request, which the regular expressions ensure. Without them, <c>Api</c> and <c>Read</c> would take the requests
/// of <c>RecordEvents</c> and <c>Health</c> and require their own keys. Every address takes all methods, so that the contract can explain that a
/// method is wrong; the host answers an unlisted method with a 404 without a body. <c>Read</c> and <c>Api</c> share an address and no method.
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

    // A regex constraint never matches a missing value. The root has no path, so it gets a default that nothing reads.
    private const string AllButApiAndTheHostsOwn = "{*path:regex(^(?!/*(api|admin|runtime)(/|$)))=index.html}";

    /// <summary>Records events.</summary>
    /// <param name="request">The request.</param>
    [Function("RecordEvents")]
    public Task<IActionResult> RecordEventsAsync([HttpTrigger(AuthorizationLevel.Function, Get, Head, Post, Put, Patch, Delete, Options, Route = "api/events")] HttpRequest request) =>
        pipeline.RunAsync(request);

    /// <summary>Handles reads of everything else under <c>/api</c>.</summary>
    /// <param name="request">The request.</param>
    [Function("Read")]
    public Task<IActionResult> ReadAsync([HttpTrigger(AuthorizationLevel.Function, Get, Head, Route = AllButEventsAndHealth)] HttpRequest request) =>
        pipeline.RunAsync(request);

    /// <summary>Handles changes of everything else under <c>/api</c>.</summary>
    /// <param name="request">The request.</param>
    [Function("Api")]
    public Task<IActionResult> ApiAsync([HttpTrigger(AuthorizationLevel.Function, Post, Put, Patch, Delete, Options, Route = AllButEventsAndHealth)] HttpRequest request) =>
        pipeline.RunAsync(request);

    /// <summary>Reports the health of the system.</summary>
    /// <param name="request">The request.</param>
    [Function("Health")]
    public Task<IActionResult> HealthAsync([HttpTrigger(AuthorizationLevel.Anonymous, Get, Head, Post, Put, Patch, Delete, Options, Route = "api/health")] HttpRequest request) =>
        pipeline.RunAsync(request);

    /// <summary>Serves the console, the OpenAPI document and its page, which contain nothing secret.</summary>
    /// <param name="request">The request.</param>
    [Function("Console")]
    public async Task<IActionResult> ConsoleAsync([HttpTrigger(AuthorizationLevel.Anonymous, Get, Head, Route = AllButApiAndTheHostsOwn)] HttpRequest request) =>
        // The pipeline relies on the host's key check, and this trigger has none. If the host ever parses a path differently, nothing leaks.
        request.Path.StartsWithSegments("/api", StringComparison.OrdinalIgnoreCase) ? new NotFoundResult() : await pipeline.RunAsync(request);
}
