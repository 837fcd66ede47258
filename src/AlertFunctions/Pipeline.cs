using AlertFunctions.Api;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Routing;

namespace AlertFunctions;

/// <summary>The HTTP contract inside a function: the same pipeline as on the standalone host, so that both answer alike.</summary>
/// <param name="services">The host's services.</param>
public sealed class Pipeline(IServiceProvider services)
{
    private readonly RequestDelegate _run = AlertApi.BuildPipeline(services);

    /// <summary>Answers a request that the worker has already routed to a function.</summary>
    /// <param name="request">The request; its answer is complete when the task ends.</param>
    /// <returns>A result that adds nothing to the answer.</returns>
    public async Task<IActionResult> RunAsync(HttpRequest request)
    {
        HttpContext context = request.HttpContext;

        // The pipeline's routing leaves a request alone that has an endpoint, and the function's route value must not become one of its own.
        Endpoint? functionEndpoint = context.GetEndpoint();
        RouteValueDictionary functionRouteValues = request.RouteValues;
        context.SetEndpoint(null);
        request.RouteValues = [];
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
