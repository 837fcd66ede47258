using AlertFunctions.Api.Http;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;

namespace AlertFunctions.Tests.Clients;

/// <summary>Answers the first events that are sent as a host does whose storage does not answer.</summary>
internal sealed class UnavailableAtFirst : IStartupFilter
{
    private int _refusals;

    /// <summary>Whether it did: events were sent at all.</summary>
    public bool HasRefused => Volatile.Read(ref _refusals) > 0;

    public Action<IApplicationBuilder> Configure(Action<IApplicationBuilder> next) => app =>
    {
        app.Use((context, rest) =>
        {
            if (!HttpMethods.IsPost(context.Request.Method) || context.Request.Path != "/api/events" || Interlocked.CompareExchange(ref _refusals, 1, 0) > 0)
            {
                return rest(context);
            }

            context.Response.Headers.RetryAfter = "1";
            return Problem.Of(StatusCodes.Status503ServiceUnavailable, "storageUnavailable", "Storage does not answer.").ExecuteAsync(context);
        });
        next(app);
    };
}
