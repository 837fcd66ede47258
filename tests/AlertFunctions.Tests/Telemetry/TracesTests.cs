using System.Diagnostics;
using AlertFunctions.Core.Telemetry;
using AlertFunctions.Testing;
using AlertFunctions.Tests.Failures;
using OpenTelemetry;
using OpenTelemetry.Trace;

namespace AlertFunctions.Tests.Telemetry;

/// <summary>From an event to the SMTP server is one trace, though storage lies between.</summary>
public sealed class TracesTests(AzuriteServer azurite) : FailureTests(azurite)
{
    private static readonly ActivitySource s_client = new("AlertFunctions.Tests.Client");

    private readonly List<Activity> _spans = [];

    [Fact]
    public async Task A_raise_its_composing_and_each_attempt_of_its_mail_are_one_trace()
    {
        using TracerProvider tracing = Listen();
        Server.On(SmtpStep.Body).Once().Reply("451 4.3.0 not now");
        string trace = await ReportAsync("web01");
        await Product.WorkOffQueueAsync();
        await PassHourAsync();
        Assert.Single(Server.Accepted);

        List<Activity> spans = Of(trace);
        Activity request = spans.Single(span => span.OperationName == "request");
        Activity compose = spans.Single(span => span.OperationName == "compose alert mail");
        List<Activity> sends = spans.FindAll(span => span.OperationName == "send mail");
        Assert.Equal(request.SpanId, compose.ParentSpanId);
        Assert.Equal([compose.SpanId, compose.SpanId], sends.Select(send => send.ParentSpanId));
        Assert.Equal([1, 2], sends.Select(send => send.GetTagItem("alertfunctions.mail.attempt")));
        Assert.Equal([ActivityStatusCode.Error, ActivityStatusCode.Unset], sends.Select(send => send.Status));
        Assert.Equal((ActivityKind.Client, "refused", 451, Server.Port), (sends[0].Kind, sends[0].GetTagItem("error.type"), sends[0].GetTagItem("alertfunctions.smtp.reply_code"), sends[0].GetTagItem("server.port")));
    }

    [Fact]
    public async Task Raises_that_become_one_mail_are_linked_in_the_trace_of_the_first()
    {
        using TracerProvider tracing = Listen();
        string first = await ReportAsync("web01");
        string second = await ReportAsync("web02");
        await Product.WorkOffQueueAsync();

        Assert.Single(Server.Accepted);
        Activity compose = Of(first).Single(span => span.OperationName == "compose alert mail");
        Assert.Equal([second], compose.Links.Select(link => link.Context.TraceId.ToHexString()));
    }

    [Fact]
    public async Task No_span_names_an_address_a_computer_or_what_an_event_said()
    {
        using TracerProvider tracing = Listen();
        string trace = await ReportAsync("secret-computer", "a secret message");
        await Product.WorkOffQueueAsync();

        Assert.Equal(3, Of(trace).Count);
        Assert.All(Of(trace), span => Assert.DoesNotMatch("secret|@", $"{span.DisplayName} {string.Join(' ', span.TagObjects)} {span.StatusDescription}"));
    }

    [Fact]
    public async Task Where_nobody_records_traces_none_is_kept()
    {
        await Product.ReportAsync("web01");
        Assert.DoesNotContain("Trace", Assert.Single(await Installation.RowsAsync("Work", "outbox|")).Keys);
    }

    private TracerProvider Listen() => Sdk.CreateTracerProviderBuilder().AddSource(s_client.Name, ProductTraces.SourceName).AddInMemoryExporter(_spans).Build();

    private List<Activity> Of(string trace)
    {
        lock (_spans)
        {
            return [.. _spans.Where(span => span.TraceId.ToHexString() == trace).OrderBy(span => span.StartTimeUtc)];
        }
    }

    private async Task<string> ReportAsync(string computer, string? message = null)
    {
        using Activity request = s_client.StartActivity("request", ActivityKind.Server, parentContext: default)!;
        await Product.ReportAsync(computer, message: message);
        return request.TraceId.ToHexString();
    }
}
