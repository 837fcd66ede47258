using System.Diagnostics;
using Microsoft.AspNetCore.Diagnostics;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace AlertFunctions.Api.Http;

/// <summary>Answers 500 to an exception that nobody expected, and logs it with the traceId of the answer, which a log without scopes would not have.</summary>
internal sealed partial class UnexpectedErrorHandler(ILogger<UnexpectedErrorHandler> logger) : IExceptionHandler
{
    public async ValueTask<bool> TryHandleAsync(HttpContext httpContext, Exception exception, CancellationToken cancellationToken)
    {
        string traceId = Activity.Current?.Id ?? httpContext.TraceIdentifier;
        LogUnexpected(traceId, exception);
        bool reads = HttpMethods.IsGet(httpContext.Request.Method) || HttpMethods.IsHead(httpContext.Request.Method);
        await Results.Problem(
            title: $"Unexpected error; search the log for this traceId.{(reads ? "" : " Repeating the request is safe for events with id and time.")}",
            statusCode: StatusCodes.Status500InternalServerError,
            extensions: [KeyValuePair.Create<string, object?>(Problem.CodeMember, "unexpectedError"), KeyValuePair.Create<string, object?>("traceId", traceId)]).ExecuteAsync(httpContext);
        return true;
    }

    [LoggerMessage(EventId = 302, Level = LogLevel.Error, Message = "Unexpected error, answered 500 with traceId {TraceId}.")]
    private partial void LogUnexpected(string traceId, Exception exception);
}
