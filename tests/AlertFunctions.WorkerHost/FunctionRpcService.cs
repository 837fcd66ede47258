using AlertFunctions.WorkerHost.Protocol;
using Grpc.Core;

namespace AlertFunctions.WorkerHost;

/// <summary>The host's end of the protocol: a worker connects, says which one it is, and keeps the one stream for all that follows.</summary>
/// <param name="host">Knows the workers that it has started.</param>
internal sealed class FunctionRpcService(FunctionsHost host) : FunctionRpc.FunctionRpcBase
{
    public override async Task EventStream(IAsyncStreamReader<StreamingMessage> requestStream, IServerStreamWriter<StreamingMessage> responseStream, ServerCallContext context)
    {
        if (await requestStream.MoveNext(context.CancellationToken))
        {
            await host.WorkerOf(requestStream.Current.StartStream.WorkerId).ServeAsync(requestStream, responseStream, context.CancellationToken);
        }
    }
}
