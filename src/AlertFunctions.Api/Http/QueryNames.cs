using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace AlertFunctions.Api.Http;

/// <summary>The query parameters that a route accepts. A route that names none accepts none.</summary>
internal sealed record QueryNames(IReadOnlyList<QueryParameter> Accepted)
{
    private static readonly QueryNames None = new([]);

    /// <summary>The key, which the host has read; the route never sees a use of it.</summary>
    public const string Key = "code";

    /// <summary>Refuses a request with a parameter that its route does not know: a filter with a typing error would find everything.</summary>
    public static Task CheckAsync(HttpContext context, RequestDelegate next)
    {
        if (context.GetEndpoint() is not RouteEndpoint route)
        {
            return next(context);
        }

        QueryNames names = route.Metadata.GetMetadata<QueryNames>() ?? None;
        var faults = new Faults();
        foreach (string name in context.Request.Query.Keys.Where(name => !names.Accepts(name)).Take(JsonFields.MaximumUnknown))
        {
            faults.Add(
                JsonFields.Excerpt(name),
                names.Accepted.Count == 0 ? "is not known; this address accepts no query parameters." : $"is not known; accepted are {string.Join(", ", names.Accepted.Select(parameter => parameter.Name))}.");
        }

        return faults.Any ? Problem.Invalid(faults).ExecuteAsync(context) : next(context);
    }

    private bool Accepts(string name) => name.Equals(Key, StringComparison.OrdinalIgnoreCase) || Accepted.Any(parameter => parameter.Name.Equals(name, StringComparison.OrdinalIgnoreCase));
}

/// <summary>Lets routes name their query parameters.</summary>
internal static class QueryNamesExtensions
{
    /// <summary>Names the query parameters that a route accepts; every other one is refused.</summary>
    public static RouteHandlerBuilder WithQuery(this RouteHandlerBuilder route, params QueryParameter[] parameters) => route.WithMetadata(new QueryNames(parameters));
}
