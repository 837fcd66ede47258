using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Metadata;
using Microsoft.AspNetCore.Routing;

namespace AlertFunctions.Api.Documentation;

/// <summary>The answers that follow from what a route is: whether it needs a key, takes a body, has versions. No route has to name them.</summary>
internal static class CommonAnswers
{
    /// <summary>Adds them to a route of the API; an answer that the route itself gives with the same status stays as it is.</summary>
    public static void Add(EndpointBuilder endpoint)
    {
        if (endpoint is not RouteEndpointBuilder route || route.RoutePattern.RawText?.StartsWith("/api", StringComparison.Ordinal) is not true)
        {
            return;
        }

        HashSet<int> own = endpoint.Metadata.OfType<IProducesResponseTypeMetadata>().Select(answer => answer.StatusCode).ToHashSet();
        foreach (int status in StatusesOf(endpoint).Where(status => !own.Contains(status)))
        {
            endpoint.Metadata.Add(RouteDocumentation.ProblemOf(status));
        }
    }

    private static IEnumerable<int> StatusesOf(EndpointBuilder endpoint)
    {
        yield return StatusCodes.Status400BadRequest; // an unknown query parameter, if nothing else
        if (endpoint.Metadata.OfType<IAuthorizeData>().Any())
        {
            yield return StatusCodes.Status401Unauthorized;
        }

        yield return StatusCodes.Status403Forbidden; // a host without keys refuses what pages of other sites send, to every route

        if (endpoint.Metadata.OfType<IAcceptsMetadata>().Any())
        {
            yield return StatusCodes.Status408RequestTimeout;
            yield return StatusCodes.Status413PayloadTooLarge;
            yield return StatusCodes.Status415UnsupportedMediaType;
        }

        if (endpoint.Metadata.OfType<ResourceVersions>().Any() && endpoint.Metadata.OfType<HttpMethodMetadata>().SelectMany(methods => methods.HttpMethods).All(method => !HttpMethods.IsGet(method)))
        {
            yield return StatusCodes.Status412PreconditionFailed;
        }

        yield return StatusCodes.Status500InternalServerError;
        yield return StatusCodes.Status503ServiceUnavailable;
    }
}
