using Microsoft.AspNetCore.Http;

namespace AlertFunctions.Api.Http;

/// <summary>Answers that say what was wrong (RFC 9457). Each has a <c>code</c> that stays the same when its words change.</summary>
public static class Problem
{
    /// <summary>The member of a problem that programs can rely on.</summary>
    public const string CodeMember = "code";

    /// <summary>A problem.</summary>
    /// <param name="status">The HTTP status.</param>
    /// <param name="code">The stable code by which programs recognise it.</param>
    /// <param name="title">What was wrong and what to do, for a person.</param>
    public static IResult Of(int status, string code, string title) => Results.Problem(title: title, statusCode: status, extensions: CodeOf(code));

    internal static IResult Invalid(Faults faults) =>
        Results.ValidationProblem(faults.ToErrors(), title: "The request is invalid; every fault is listed, and nothing was changed.", extensions: CodeOf("invalidRequest"));

    internal static IResult Invalid(string path, string message)
    {
        var faults = new Faults();
        faults.Add(path, message);
        return Invalid(faults);
    }

    internal static IResult NotFound(string title) => Of(StatusCodes.Status404NotFound, "notFound", title);

    internal static IResult Conflict(string code, string title) => Of(StatusCodes.Status409Conflict, code, title);

    internal static IResult PreconditionFailed(string title) => Of(StatusCodes.Status412PreconditionFailed, "preconditionFailed", title);

    internal static IResult TooLarge(int limit) =>
        Of(StatusCodes.Status413PayloadTooLarge, "bodyTooLarge", $"The body is larger than {limit} bytes; send less in one request.");

    internal static IResult NotJson(string title) => Of(StatusCodes.Status415UnsupportedMediaType, "unsupportedMediaType", title);

    private static IEnumerable<KeyValuePair<string, object?>> CodeOf(string code) => [KeyValuePair.Create<string, object?>(CodeMember, code)];
}
