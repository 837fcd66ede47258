using AlertFunctions.Core.Storage;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace AlertFunctions.Api.Http;

/// <summary>Answers 503 with Retry-After when storage does not answer, within 30 seconds.</summary>
internal sealed partial class StorageAnswers(RequestDelegate next, TimeProvider time, ILogger<StorageAnswers> logger)
{
    /// <summary>Leaves time to write the answer within 30 seconds.</summary>
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(25);

    public async Task InvokeAsync(HttpContext context)
    {
        CancellationToken aborted = context.RequestAborted;
        using var deadline = new CancellationTokenSource(Deadline, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(deadline.Token, aborted);
        context.RequestAborted = either.Token;
        try
        {
            await next(context);
        }
        catch (Exception exception) when (StorageFault.Is(exception) && exception is not BadHttpRequestException && !aborted.IsCancellationRequested && !context.Response.HasStarted)
        {
            LogStorageFailed(exception);
            context.Response.Clear();
            context.Response.Headers.RetryAfter = "10";
            await Results.Problem(
                title: "Storage does not answer. Nothing is known to be recorded; repeat the request, which is safe for events with id and time.",
                statusCode: StatusCodes.Status503ServiceUnavailable).ExecuteAsync(context);
        }
        finally
        {
            context.RequestAborted = aborted;
        }
    }

    [LoggerMessage(EventId = 301, Level = LogLevel.Error, Message = "Storage does not answer.")]
    private partial void LogStorageFailed(Exception exception);
}
