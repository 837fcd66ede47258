using AlertFunctions.WorkerHost.Protocol;

namespace AlertFunctions.WorkerHost;

/// <summary>The worker's process ended before it had answered.</summary>
internal sealed class WorkerEndedException(string message) : Exception(message);

/// <summary>The worker answered that something failed: a function threw, or could not be loaded.</summary>
internal sealed class WorkerFailedException(StatusResult result) : Exception($"{result.Status}: {result.Exception?.Message}\n{result.Exception?.StackTrace}");
