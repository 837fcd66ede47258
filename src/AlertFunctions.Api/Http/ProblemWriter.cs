using System.Diagnostics;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.WebUtilities;

namespace AlertFunctions.Api.Http;

/// <summary>
/// Writes every problem, whatever the request accepts: a client that asked for CSV or HTML still has to learn what was wrong. What the framework itself
/// refuses gets words and a code as well.
/// </summary>
internal sealed class ProblemWriter : IProblemDetailsWriter
{
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

        problem.Extensions.TryAdd("traceId", Activity.Current?.Id ?? http.TraceIdentifier);

        // Without a token of its own the write ends quietly when the client has gone; with one it would throw, and be logged as an error.
        await http.Response.WriteAsJsonAsync(problem, problem.GetType(), options: null, "application/problem+json", CancellationToken.None);
    }

    private static (string Code, string Title) Describe(int status, HttpRequest request) => status switch
    {
        StatusCodes.Status400BadRequest => ("badRequest", "The request is not valid HTTP, or names a host that this server does not answer for."),
        StatusCodes.Status404NotFound => ("notFound", "There is nothing at this address; /openapi/v1.json lists what there is."),
        StatusCodes.Status405MethodNotAllowed => ("methodNotAllowed", "This address does not accept this method; /openapi/v1.json lists what it accepts."),
        StatusCodes.Status415UnsupportedMediaType => ("unsupportedMediaType", JsonBody.ContentTypeFault(request) ?? "The content type must be application/json."),
        _ => ($"http{status}", ReasonPhrases.GetReasonPhrase(status)),
    };
}
