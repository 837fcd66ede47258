using System.Diagnostics;

namespace AlertFunctions.Core.Telemetry;

/// <summary>
/// The way from an event to the SMTP server as one trace. Between the request, the handler that composes and the session that sends it is kept in rows
/// of storage, as a W3C <c>traceparent</c>: a mail that is re-sent for a week is still in the trace of its event.
/// </summary>
public static class ProductTraces
{
    /// <summary>The name of the source of the product's spans.</summary>
    public const string SourceName = "AlertFunctions";

    private static readonly ActivitySource s_source = new(SourceName);

    /// <summary>The trace to keep with what is written now; null where nobody records it.</summary>
    public static string? Current => Activity.Current is { Recorded: true, IdFormat: ActivityIdFormat.W3C, Id: { } id } ? id : null;

    /// <summary>Begins to compose a mail.</summary>
    /// <param name="traces">The traces of the transitions that it is about; the first is its own.</param>
    /// <returns>The span, to be disposed; null where nobody records it.</returns>
    public static Activity? Compose(IEnumerable<string?> traces)
    {
        List<ActivityContext> contexts = traces.OfType<string>().Distinct(StringComparer.Ordinal).Select(Parse).OfType<ActivityContext>().ToList();
        return contexts.Count == 0 ? null : s_source.StartActivity("compose alert mail", ActivityKind.Internal, contexts[0], links: contexts.Skip(1).Select(context => new ActivityLink(context)));
    }

    /// <summary>Begins to send a mail to a recipient.</summary>
    /// <param name="trace">The mail's trace, or null.</param>
    /// <param name="server">The SMTP server's host.</param>
    /// <param name="port">Its port.</param>
    /// <param name="attempt">The number of the attempt, from 1.</param>
    /// <returns>The span, to be disposed; null where nobody records it.</returns>
    public static Activity? Send(string? trace, string server, int port, int attempt)
    {
        Activity? activity = s_source.StartActivity("send mail", ActivityKind.Client, trace is null ? default : Parse(trace) ?? default);
        activity?.SetTag("server.address", server).SetTag("server.port", port).SetTag("alertfunctions.mail.attempt", attempt);
        return activity;
    }

    /// <summary>Ends an attempt to send.</summary>
    /// <param name="span">Its span, or null.</param>
    /// <param name="errorType">The kind of failure; null where there is none.</param>
    /// <param name="code">The server's reply code, negative where there was none; null where nothing failed.</param>
    public static void End(Activity? span, string? errorType, int? code)
    {
        if (span is not null && errorType is not null)
        {
            span.SetStatus(ActivityStatusCode.Error).SetTag("error.type", errorType);
            if (code >= 0)
            {
                span.SetTag("alertfunctions.smtp.reply_code", code);
            }
        }
    }

    private static ActivityContext? Parse(string trace) => ActivityContext.TryParse(trace, traceState: null, isRemote: true, out ActivityContext context) ? context : null;
}
