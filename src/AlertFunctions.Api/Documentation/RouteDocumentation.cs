using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;

namespace AlertFunctions.Api.Documentation;

/// <summary>What the document shows as examples of a route.</summary>
/// <param name="Request">A body as it is sent, in JSON unless the route takes a text, or null.</param>
/// <param name="Answer">The body of a success, in JSON, or null.</param>
/// <param name="Failure">The body, in JSON, of an answer that is neither a success nor problem details, or null.</param>
internal sealed record RouteExamples(string? Request, string? Answer, string? Failure);

/// <summary>Marks a route whose resource has versions: an answer has its <c>ETag</c>, and a change honours <c>If-Match</c>.</summary>
internal sealed record ResourceVersions;

/// <summary>Lets routes say what the document shows of them and their types do not.</summary>
internal static class RouteDocumentation
{
    /// <summary>The content type of problem details.</summary>
    public const string ProblemType = "application/problem+json";

    /// <summary>Shows examples. A test compares them with the schemas.</summary>
    public static RouteHandlerBuilder WithExamples(this RouteHandlerBuilder route, string? request = null, string? answer = null, string? failure = null) =>
        route.WithMetadata(new RouteExamples(request, answer, failure));

    /// <summary>Says that the resource has versions.</summary>
    public static RouteHandlerBuilder WithVersions(this RouteHandlerBuilder route) => route.WithMetadata(new ResourceVersions());

    /// <summary>Says that an answer with a status is a problem.</summary>
    public static RouteHandlerBuilder ProducesOwnProblem(this RouteHandlerBuilder route, int status) => route.WithMetadata(ProblemOf(status));

    /// <summary>An answer with problem details.</summary>
    public static ProducesResponseTypeMetadata ProblemOf(int status) => new(status, typeof(ProblemBody), [ProblemType]);
}
