using System.Collections.Concurrent;
using System.Net;
using AlertFunctions.WorkerHost.Telemetry;
using Grpc.Core;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace AlertFunctions.WorkerHost;

/// <summary>An OpenTelemetry collector that keeps the spans that it is sent.</summary>
internal sealed class TraceCollector : IAsyncDisposable
{
    private readonly WebApplication _server;
    private readonly ConcurrentQueue<CollectedSpan> _spans = new();

    private TraceCollector()
    {
        WebApplicationBuilder builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0, endpoint => endpoint.Protocols = HttpProtocols.Http2));
        builder.Services.AddGrpc();
        builder.Services.AddSingleton(_spans);
        _server = builder.Build();
        _server.MapGrpcService<Service>();
    }

    /// <summary>Where it listens.</summary>
    public string Address => _server.Urls.Single();

    /// <summary>The spans of a trace, in the order in which they ended.</summary>
    /// <param name="trace">The trace's id in hexadecimal.</param>
    public IReadOnlyList<CollectedSpan> SpansOf(string trace) => [.. _spans.Where(span => span.Trace == trace)];

    /// <summary>Starts one.</summary>
    public static async Task<TraceCollector> StartAsync()
    {
        var collector = new TraceCollector();
        await collector._server.StartAsync();
        return collector;
    }

    public ValueTask DisposeAsync() => _server.DisposeAsync();

    private sealed class Service(ConcurrentQueue<CollectedSpan> spans) : TraceService.TraceServiceBase
    {
        public override Task<ExportTraceServiceResponse> Export(ExportTraceServiceRequest request, ServerCallContext context)
        {
            foreach (Span span in request.ResourceSpans.SelectMany(resource => resource.ScopeSpans).SelectMany(scope => scope.Spans))
            {
                spans.Enqueue(new CollectedSpan(Hexadecimal(span.TraceId), Hexadecimal(span.SpanId), Hexadecimal(span.ParentSpanId), span.Name));
            }

            return Task.FromResult(new ExportTraceServiceResponse());

            static string Hexadecimal(Google.Protobuf.ByteString id) => Convert.ToHexStringLower(id.Span);
        }
    }
}

/// <summary>A span as it arrived.</summary>
/// <param name="Trace">Its trace.</param>
/// <param name="Id">Its id.</param>
/// <param name="Parent">The id of its parent; empty for none.</param>
/// <param name="Name">Its name.</param>
internal sealed record CollectedSpan(string Trace, string Id, string Parent, string Name);
