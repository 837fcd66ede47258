using System.Security.Claims;
using AlertFunctions.Api;
using Microsoft.AspNetCore.Authorization;

namespace AlertFunctions.Standalone;

/// <summary>Which key opens which route.</summary>
internal static class KeyAuthorization
{
    /// <summary>Adds what <c>UseAuthentication</c> and <c>UseAuthorization</c> need.</summary>
    /// <param name="services">The host's services.</param>
    /// <param name="keys">The keys that the host accepts.</param>
    public static void AddKeyAuthorization(this IServiceCollection services, KeyRing keys)
    {
        services.AddSingleton(keys);

        // The core alone: AddAuthentication would bring data protection, which writes keys of its own to the disk at each first start.
        services.AddAuthenticationCore(options => options.AddScheme<KeyAuthenticationHandler>(KeyAuthenticationHandler.SchemeName, displayName: null));
        AuthorizationBuilder authorization = services.AddAuthorizationBuilder();
        foreach (string name in KeyRole.All.SelectMany(role => role.Policies).Distinct(StringComparer.Ordinal))
        {
            authorization.AddPolicy(name, policy => policy.RequireRole(RolesThatSatisfy(name)));
        }

        authorization.SetFallbackPolicy(new AuthorizationPolicyBuilder().RequireAssertion(context => MaySeeRoutingError(context.User, (HttpContext)context.Resource!)).Build());
    }

    private static IEnumerable<string> RolesThatSatisfy(string policy) => KeyRole.All.Where(role => role.Policies.Contains(policy, StringComparer.Ordinal)).Select(role => role.Name);

    /// <summary>
    /// A route without a policy is closed to everybody. What else has none is not a route of ours: routing found nothing, or answers 405 or 415 itself. Only
    /// a key that could use the route sees that answer, so that nobody without a key learns which routes exist. Outside the API there is nothing to hide.
    /// </summary>
    private static bool MaySeeRoutingError(ClaimsPrincipal user, HttpContext context) =>
        context.GetEndpoint() is not RouteEndpoint && (!NeedsKey(context.Request.Path) || RolesThatSatisfy(PolicyFor(context.Request)).Any(user.IsInRole));

    /// <summary>Whether what is at a path is for those with a key; the console's page assets are for everybody.</summary>
    public static bool NeedsKey(PathString path) =>
        path.StartsWithSegments("/api", StringComparison.OrdinalIgnoreCase) || path.StartsWithSegments("/admin", StringComparison.OrdinalIgnoreCase);

    private static string PolicyFor(HttpRequest request) =>
        string.Equals(request.Path.Value?.TrimEnd('/'), "/api/events", StringComparison.OrdinalIgnoreCase) && (HttpMethods.IsPost(request.Method) || HttpMethods.IsOptions(request.Method)) ? AccessPolicies.PostEvents
        : HttpMethods.IsGet(request.Method) || HttpMethods.IsHead(request.Method) ? AccessPolicies.Read
        : AccessPolicies.Manage;
}
