using AlertFunctions.Core.Telemetry;
using Azure.Core;
using Azure.Core.Pipeline;

namespace AlertFunctions.Core.Storage;

/// <summary>Counts each request to a service, retries included.</summary>
/// <param name="service">The service.</param>
/// <param name="metrics">Where it is counted.</param>
public sealed class StorageOperationsPolicy(string service, ProductMetrics metrics) : HttpPipelinePolicy
{
    /// <inheritdoc/>
    public override async ValueTask ProcessAsync(HttpMessage message, ReadOnlyMemory<HttpPipelinePolicy> pipeline)
    {
        try
        {
            await ProcessNextAsync(message, pipeline);
        }
        finally
        {
            metrics.AddStorageOperation(service, message.Request.Method.Method, message.HasResponse ? message.Response.Status : null);
        }
    }

    /// <inheritdoc/>
    public override void Process(HttpMessage message, ReadOnlyMemory<HttpPipelinePolicy> pipeline) =>
        throw new NotSupportedException("Storage must be called asynchronously.");
}
