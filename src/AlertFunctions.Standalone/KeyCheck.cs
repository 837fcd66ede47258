namespace AlertFunctions.Standalone;

/// <summary>Asks for a key as the Functions host does: <c>x-functions-key</c>, or <c>?code=</c>.</summary>
internal sealed class KeyCheck(RequestDelegate next, KeyRing keys)
{
    public async Task InvokeAsync(HttpContext context)
    {
        HttpRequest request = context.Request;
        if (keys.IsEmpty || IsOpen(request))
        {
            await next(context);
            return;
        }

        string? key = request.Headers["x-functions-key"].FirstOrDefault() ?? request.Query["code"].FirstOrDefault();
        KeyRole role = keys.RoleOf(key);
        bool isPostOfEvents = request.Path.Equals("/api/events", StringComparison.OrdinalIgnoreCase) && (HttpMethods.IsPost(request.Method) || HttpMethods.IsOptions(request.Method));
        if (role == KeyRole.Manage || (role == KeyRole.Events && isPostOfEvents))
        {
            await next(context);
            return;
        }

        string title = role == KeyRole.Events ? "This key may only post events." : "A key is needed in the header x-functions-key (or in ?code=).";
        await Results.Problem(title: title, statusCode: StatusCodes.Status401Unauthorized).ExecuteAsync(context);
    }

    /// <summary>The health check and the console's page assets need no key.</summary>
    private static bool IsOpen(HttpRequest request) =>
        (request.Path.Equals("/api/health", StringComparison.OrdinalIgnoreCase) && (HttpMethods.IsGet(request.Method) || HttpMethods.IsHead(request.Method)))
        || !(request.Path.StartsWithSegments("/api", StringComparison.OrdinalIgnoreCase) || request.Path.StartsWithSegments("/admin", StringComparison.OrdinalIgnoreCase));
}
