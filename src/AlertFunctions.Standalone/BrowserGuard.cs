using AlertFunctions.Api.Http;

namespace AlertFunctions.Standalone;

/// <summary>
/// The guard of a host without keys. Whatever page is open in a browser on this machine can send requests to it, so it answers only its own pages and
/// what is no page at all: under its own names, and neither from another site nor from another origin.
/// </summary>
internal static class BrowserGuard
{
    private static readonly string[] OwnNames = ["localhost", "127.0.0.1", "[::1]"];

    /// <summary>Adds the guard, before everything that answers.</summary>
    public static void UseBrowserGuard(this IApplicationBuilder app) => app.Use((context, next) => Refusal(context.Request) is { } refusal ? refusal.ExecuteAsync(context) : next(context));

    private static IResult? Refusal(HttpRequest request)
    {
        // A page whose own name leads here would be of the same origin.
        if (!OwnNames.Contains(request.Host.Host, StringComparer.OrdinalIgnoreCase))
        {
            return Problem.Of(StatusCodes.Status400BadRequest, "foreignHost", $"Without keys this host answers as {string.Join(", ", OwnNames)} only; configure keys to reach it under another name.");
        }

        // A link in a mail comes from another site too, and leads to the console's page.
        bool foreign = KeyAuthorization.NeedsKey(request.Path)
            && (string.Equals(request.Headers["Sec-Fetch-Site"], "cross-site", StringComparison.OrdinalIgnoreCase)
                || (request.Headers.Origin.ToString() is { Length: > 0 } origin && !string.Equals(origin, $"{request.Scheme}://{request.Host}", StringComparison.OrdinalIgnoreCase)));
        return foreign ? Problem.Of(StatusCodes.Status403Forbidden, "crossSite", "Without keys this host refuses requests that a page of another site sends; configure keys to allow them.") : null;
    }
}
