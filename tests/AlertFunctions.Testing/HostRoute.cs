using Microsoft.AspNetCore.Routing;
using Microsoft.AspNetCore.Routing.Patterns;

namespace AlertFunctions.Testing;

/// <summary>A method of an address that a host answers.</summary>
/// <param name="Method">The method.</param>
/// <param name="Path">A path that the route matches, its parameters filled in.</param>
public sealed record HostRoute(string Method, string Path)
{
    /// <summary>Every route of a host, each method by itself.</summary>
    /// <param name="endpoints">The host's own list of what it answers.</param>
    /// <param name="methods">The methods of a route that takes all.</param>
    public static IReadOnlyList<HostRoute> AllOf(EndpointDataSource endpoints, params IReadOnlyList<string> methods) =>
    [
        .. from route in endpoints.Endpoints.OfType<RouteEndpoint>()
           let path = string.Join('/', route.RoutePattern.PathSegments.Select(segment => string.Concat(segment.Parts.Select(TextOf))).Prepend(""))
           from method in route.Metadata.GetMetadata<IHttpMethodMetadata>()?.HttpMethods ?? methods
           select new HostRoute(method, path),
    ];

    private static string TextOf(RoutePatternPart part) => part switch
    {
        RoutePatternLiteralPart literal => literal.Content,
        RoutePatternSeparatorPart separator => separator.Content,
        RoutePatternParameterPart { Name: "documentName" } => "v1",
        _ => "ops",
    };
}
