using Microsoft.AspNetCore.Diagnostics;
using Microsoft.AspNetCore.Http;

namespace AlertFunctions.Api.Http;

/// <summary>Answers what the server found wrong with a request while its body was read: the client's fault, so nothing is logged.</summary>
internal sealed class BrokenRequestHandler : IExceptionHandler
{
    public async ValueTask<bool> TryHandleAsync(HttpContext httpContext, Exception exception, CancellationToken cancellationToken)
    {
        if (exception is not BadHttpRequestException broken)
        {
            return false;
        }

        // Where the next request would begin is not known any more.
        httpContext.Response.Headers.Connection = "close";
        IResult answer = broken.StatusCode switch
        {
            StatusCodes.Status408RequestTimeout => Problem.Of(broken.StatusCode, "bodyTimedOut", "The body did not arrive in time; send it without long pauses."),
            StatusCodes.Status413PayloadTooLarge => Problem.TooLarge(RequestBody.MaximumLength),
            _ => Problem.Of(StatusCodes.Status400BadRequest, "brokenBody", "The body ended early, or its chunks are not what HTTP asks for; nothing was changed."),
        };
        await answer.ExecuteAsync(httpContext);
        return true;
    }
}
