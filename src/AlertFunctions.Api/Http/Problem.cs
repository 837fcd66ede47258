using Microsoft.AspNetCore.Http;

namespace AlertFunctions.Api.Http;

/// <summary>Answers that say what was wrong (RFC 9457).</summary>
internal static class Problem
{
    public static IResult Invalid(Faults faults) =>
        Results.ValidationProblem(faults.ToErrors(), title: "The request is invalid; every fault is listed, and nothing was changed.");

    public static IResult Invalid(string path, string message)
    {
        var faults = new Faults();
        faults.Add(path, message);
        return Invalid(faults);
    }

    public static IResult NotFound(string title) => Results.Problem(title: title, statusCode: StatusCodes.Status404NotFound);

    public static IResult Conflict(string title) => Results.Problem(title: title, statusCode: StatusCodes.Status409Conflict);

    public static IResult TooLarge(int limit) =>
        Results.Problem(title: $"The body is larger than {limit} bytes; send fewer events in one request.", statusCode: StatusCodes.Status413PayloadTooLarge);

    public static IResult NotJson(string? contentType) => Results.Problem(
        title: $"The content type is {(string.IsNullOrWhiteSpace(contentType) ? "missing" : $"'{contentType}'")}, but must be application/json.",
        statusCode: StatusCodes.Status415UnsupportedMediaType);
}
