using System.Diagnostics;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Metadata;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Routing;
using Microsoft.AspNetCore.WebUtilities;
using Microsoft.Extensions.DependencyInjection;

namespace AlertFunctions.Api.Http;

/// <summary>
/// Writes every problem, whatever the request accepts: a client that asked for CSV or HTML still has to learn what was wrong. What the framework itself
/// refuses gets words and a code as well.
/// </summary>
internal sealed class ProblemWriter : IProblemDetailsWriter
{
    /// <summary>Where all statuses are described.</summary>
    private const string AnyStatus = "https://tools.ietf.org/html/rfc9110#section-15";

    public bool CanWrite(ProblemDetailsContext context) => true;

    public async ValueTask WriteAsync(ProblemDetailsContext context)
    {
        HttpContext http = context.HttpContext;
        ProblemDetails problem = context.ProblemDetails;
        problem.Status ??= http.Response.StatusCode;
        if (!problem.Extensions.ContainsKey(Problem.CodeMember))
        {
            (string code, string title) = Describe(problem.Status.Value, http.Request);
            problem.Extensions[Problem.CodeMember] = code;
            problem.Title = title;
        }

        // Routing's refusals, and statuses that the framework has no address for, come without one.
        problem.Type ??= TypedResults.Problem(statusCode: problem.Status).ProblemDetails.Type ?? AnyStatus;
        problem.Extensions.TryAdd("traceId", Activity.Current?.Id ?? http.TraceIdentifier);

        // Without a token of its own the write ends quietly when the client has gone; with one it would throw, and be logged as an error.
        await http.Response.WriteAsJsonAsync(problem, problem.GetType(), options: null, "application/problem+json", CancellationToken.None);
    }

    /// <summary>What a request's body must be. Routing refuses another one before it comes to the route that knows.</summary>
    private static string AcceptedType(HttpRequest request) => request.HttpContext.RequestServices.GetRequiredService<EndpointDataSource>().Endpoints.OfType<RouteEndpoint>()
        .Where(route => string.Equals(route.RoutePattern.RawText, request.Path.Value, StringComparison.OrdinalIgnoreCase))
        .Select(route => route.Metadata.GetMetadata<IAcceptsMetadata>()?.ContentTypes[0])
        .FirstOrDefault(type => type is not null) ?? JsonBody.MediaType;

    private static (string Code, string Title) Describe(int status, HttpRequest request) => status switch
    {
        StatusCodes.Status400BadRequest => ("badRequest", "The request is not valid HTTP, or names a host that this server does not answer for."),
        StatusCodes.Status404NotFound => ("notFound", "There is nothing at this address; /openapi/v1.json lists what there is."),
        StatusCodes.Status405MethodNotAllowed => ("methodNotAllowed", "This address does not accept this method; /openapi/v1.json lists what it accepts."),
        StatusCodes.Status415UnsupportedMediaType => ("unsupportedMediaType", JsonBody.ContentTypeFault(request, AcceptedType(request)) ?? $"The content type must be {AcceptedType(request)}."),
        _ => ($"http{status}", ReasonPhrases.GetReasonPhrase(status)),
    };
}
