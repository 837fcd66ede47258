using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Routing;

namespace AlertFunctions.Api.Http;

/// <summary>Answers <c>HEAD</c> wherever <c>GET</c> is answered. The endpoint does the same for both; the server leaves out the body.</summary>
internal static class HeadRequests
{
    /// <summary>Where routes are added that answer <c>HEAD</c> too.</summary>
    public static IEndpointRouteBuilder AnsweringHead(this IEndpointRouteBuilder endpoints)
    {
        RouteGroupBuilder group = endpoints.MapGroup("");
        ((IEndpointConventionBuilder)group).Finally(endpoint =>
        {
            if (endpoint.Metadata.OfType<IHttpMethodMetadata>().LastOrDefault() is { HttpMethods: ["GET"] })
            {
                endpoint.Metadata.Add(new HttpMethodMetadata(["GET", "HEAD"]));
            }
        });
        return group;
    }
}
