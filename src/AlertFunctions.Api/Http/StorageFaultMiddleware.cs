using AlertFunctions.Core.Storage;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.Logging;

namespace AlertFunctions.Api.Http;

/// <summary>Answers 503 with Retry-After when storage does not answer, within 30 seconds.</summary>
internal sealed partial class StorageFaultMiddleware(RequestDelegate next, FaultLog faults, TimeProvider time, ILogger<StorageFaultMiddleware> logger)
{
    public async Task InvokeAsync(HttpContext context)
    {
        using var deadline = new RequestStorageDeadline(time, context.RequestAborted);
        context.Features.Set(deadline);
        try
        {
            await next(context);
        }
        catch (Exception exception) when (IsFault(exception, deadline) && !context.RequestAborted.IsCancellationRequested && !context.Response.HasStarted)
        {
            faults.Write(exception is OperationCanceledException ? new StorageUnavailableException(RequestStorageDeadline.Limit) : exception, LogStorageFailed);
            context.Response.Clear();
            context.Response.Headers.RetryAfter = "10";
            await Problem.Of(StatusCodes.Status503ServiceUnavailable, "storageUnavailable", TitleFor(context.Request.Method)).ExecuteAsync(context);
        }
    }

    private static string TitleFor(string method) => HttpMethods.IsGet(method) || HttpMethods.IsHead(method)
        ? "Storage does not answer; try again in a few seconds."
        : "Storage does not answer. Nothing is known to be recorded; repeat the request, which is safe for events with id and time.";

    private static bool IsFault(Exception exception, RequestStorageDeadline deadline) =>
        StorageFault.Is(exception) || (exception is OperationCanceledException && deadline.HasPassed);

    [LoggerMessage(EventId = 301, Level = LogLevel.Error, Message = "Storage does not answer; requests get 503. {Fault}")]
    private partial void LogStorageFailed(string fault, Exception? exception);
}

/// <summary>
/// How long a request's storage calls may take together, from the first of them. It is no deadline of the request: reading a body and writing an
/// answer take as long as the client does, so that no answer is cut off in the middle.
/// </summary>
internal sealed class RequestStorageDeadline(TimeProvider time, CancellationToken clientGone) : IDisposable
{
    /// <summary>Leaves time to write the answer within 30 seconds.</summary>
    public static readonly TimeSpan Limit = TimeSpan.FromSeconds(25);

    private CancellationTokenSource? _deadline;
    private CancellationTokenSource? _either;

    /// <summary>For the storage calls of the request: the time is up, or the client has gone.</summary>
    public CancellationToken Token
    {
        get
        {
            _deadline ??= new CancellationTokenSource(Limit, time);
            _either ??= CancellationTokenSource.CreateLinkedTokenSource(_deadline.Token, clientGone);
            return _either.Token;
        }
    }

    /// <summary>Whether the time is up.</summary>
    public bool HasPassed => _deadline is { IsCancellationRequested: true };

    public void Dispose()
    {
        _either?.Dispose();
        _deadline?.Dispose();
    }
}

/// <summary>Gives endpoints the token for their storage calls.</summary>
internal static class StorageDeadlineExtensions
{
    /// <summary>The token for a request's storage calls; never for its body or its answer.</summary>
    public static CancellationToken StorageDeadline(this HttpContext context) => context.Features.GetRequiredFeature<RequestStorageDeadline>().Token;
}
