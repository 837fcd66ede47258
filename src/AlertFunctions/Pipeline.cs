using System.Diagnostics;
using AlertFunctions.Api;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Routing;

namespace AlertFunctions;

/// <summary>Runs the HTTP contract inside a function: the same pipeline as on the standalone host, so both respond alike.</summary>
/// <param name="services">The host's services.</param>
public sealed class Pipeline(IServiceProvider services)
{
    private readonly RequestDelegate _run = AlertApi.BuildPipeline(services);

    /// <summary>Handles a request that the worker has already routed to a function.</summary>
    /// <param name="request">The request. Its response is complete when the task completes.</param>
    /// <returns>A result that adds nothing to the response.</returns>
    public async Task<IActionResult> RunAsync(HttpRequest request)
    {
        HttpContext context = request.HttpContext;

        // The pipeline's routing skips a request that already has an endpoint, and the function's route value must not be taken for one of its own.
        Endpoint? functionEndpoint = context.GetEndpoint();
        RouteValueDictionary functionRouteValues = request.RouteValues;
        context.SetEndpoint(null);
        request.RouteValues = [];

        // The worker calls a function where the host says so, not where the request came in: what follows from the request is to be in the request's trace all the same.
        Activity.Current = context.Features.Get<IHttpActivityFeature>()?.Activity ?? Activity.Current;
        try
        {
            await _run(context);
        }
        finally
        {
            request.RouteValues = functionRouteValues;
            context.SetEndpoint(functionEndpoint);
        }

        return new EmptyResult();
    }
}
